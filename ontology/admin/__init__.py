from ontology.admin import changes, connections, entities, events, tags

__all__ = ["changes", "connections", "entities", "events", "tags"]
