from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class OntologyConfig(AppConfig):
    name = "ontology"
    verbose_name = "Graph"

    def ready(self) -> None:
        from ontology import receivers  # noqa: F401, PLC0415 -- facts are connected once the models are loaded

        post_migrate.connect(keep_search_whole, sender=self)


def keep_search_whole(using: str, **_: Any) -> None:
    from ontology.models.search_words import restore_triggers  # noqa: PLC0415 -- models are not ready before the apps are

    restore_triggers(connections[using])
