from ontology.models.changes import Change
from ontology.models.connections import Connection
from ontology.models.entities import Entity
from ontology.models.events import Event
from ontology.models.tags import Tag
from ontology.models.vocabulary import ConnectionType, EntityType, EventType, Status

__all__ = ["Change", "Connection", "ConnectionType", "Entity", "EntityType", "Event", "EventType", "Status", "Tag"]
