from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "conversations"
    verbose_name = "Conversations"

    def ready(self) -> None:
        from conversations import checks, receivers  # noqa: F401, PLC0415 -- facts are connected once the models are loaded
