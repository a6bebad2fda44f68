"""The roof for sockets and requests: `/socket.io` first, then HTTP to Django and WebSockets to the doors of `conversations`."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_app = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 -- Django must be set up first
from django.urls import path  # noqa: E402 -- as above

from config.bodies import BoundedBodies  # noqa: E402 -- as above
from conversations.live.chat import chat  # noqa: E402 -- as above
from conversations.live.socket_io import mounted  # noqa: E402 -- as above
from conversations.live.things import things  # noqa: E402 -- as above
from conversations.live.unknown import nowhere  # noqa: E402 -- as above

doors: tuple[tuple[str, Any], ...] = (
    ("ws/chat/", chat),
    ("ws/chat", chat),
    ("ws/things/", things),
    ("<path:rest>", nowhere),
    ("", nowhere),
)
websockets = URLRouter([path(address, door) for address, door in doors])
application = mounted(ProtocolTypeRouter({"http": BoundedBodies(django_app), "websocket": websockets}))
