from ontology.models.changes import Change
from ontology.models.connections import Connection
from ontology.models.entities import Entity
from ontology.models.events import Event
from ontology.models.files import CloudFile, FileVersion, ShareLink
from ontology.models.interactions import LONGEST_COMMENT, Comment, Like
from ontology.models.live_streams import LiveStream
from ontology.models.posts import LONGEST_ALT, LONGEST_POST, Post
from ontology.models.tag_names import TagName, TagSpelling
from ontology.models.tags import Tag
from ontology.models.tracks import Track
from ontology.models.transfers import GraphTransfer
from ontology.models.vocabulary import ConnectionType, EntityType, EventType, Status

__all__ = [
    "LONGEST_ALT",
    "LONGEST_COMMENT",
    "LONGEST_POST",
    "Change",
    "CloudFile",
    "Comment",
    "Connection",
    "ConnectionType",
    "Entity",
    "EntityType",
    "Event",
    "EventType",
    "FileVersion",
    "GraphTransfer",
    "Like",
    "LiveStream",
    "Post",
    "ShareLink",
    "Status",
    "Tag",
    "TagName",
    "TagSpelling",
    "Track",
]
