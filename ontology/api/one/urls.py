"""Document one.txt: the thirteen paths of the graph."""

from django.urls import path

from ontology.api.one.connections import Connections
from ontology.api.one.entities import Entities
from ontology.api.one.events import Events
from ontology.api.one.tags import Tags

urlpatterns = [
    path("entities/create", Entities.as_view({"post": "create"})),
    path("entities/get", Entities.as_view({"get": "retrieve"})),
    path("entities/list", Entities.as_view({"get": "list"})),
    path("entities/update", Entities.as_view({"post": "update"})),
    path("entities/delete", Entities.as_view({"post": "delete_softly"})),
    path("connections/create", Connections.as_view({"post": "create"})),
    path("connections/get", Connections.as_view({"get": "retrieve"})),
    path("connections/delete", Connections.as_view({"post": "delete_softly"})),
    path("events/log", Events.as_view({"post": "log"})),
    path("events/getHistory", Events.as_view({"get": "get_history"})),
    path("tags/create", Tags.as_view({"post": "create"})),
    path("tags/get", Tags.as_view({"get": "retrieve"})),
    path("tags/search", Tags.as_view({"get": "search"})),
]
