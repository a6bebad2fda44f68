from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class House(AppConfig):
    """Not an app of ours but the place they stand on; listed so that every process that runs Django has the queue."""

    name = "config"

    def ready(self) -> None:
        from config.celery import app  # noqa: PLC0415 -- the queue reads the settings, which exist only now

        # Without this only the thread that made it would know it, and requests run in threads: their jobs would go to a
        # broker on this machine that nobody named.
        app.set_default()
        # Every app's part of the map of personal data, as Django finds every app's admin.
        autodiscover_modules("personal_data")
