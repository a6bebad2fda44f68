from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    verbose_name = "Store"

    def ready(self) -> None:
        from marketplace import checks, receivers  # noqa: F401, PLC0415 -- facts are connected once the models are loaded
