"""Document council.txt: projects, personas and the council."""

from django.urls import path

from council.api.council.councils import Councils
from council.api.council.personas import Personas
from council.api.council.projects import Projects

urlpatterns = [
    path("api/projects", Projects.as_view({"get": "list", "post": "create"})),
    path("api/projects/<str:project_id>", Projects.as_view({"get": "retrieve", "put": "update", "delete": "remove"})),
    path("api/projects/<str:project_id>/conversations", Projects.as_view({"get": "conversations"})),
    path("api/personas", Personas.as_view({"get": "list", "post": "create"})),
    path("api/personas/<str:persona_id>", Personas.as_view({"get": "retrieve", "put": "update", "delete": "remove"})),
    path("api/council", Councils.as_view({"post": "ask"})),
    path("api/council/<str:conversation_id>", Councils.as_view({"get": "retrieve"})),
    path("api/council/<str:conversation_id>/stream", Councils.as_view({"get": "follow"})),
    path("api/council/<str:conversation_id>/stop", Councils.as_view({"post": "stop"})),
]
