from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "council"
    verbose_name = "Council"

    def ready(self) -> None:
        from council import receivers  # noqa: F401, PLC0415 -- receivers are joined once the models are loaded
