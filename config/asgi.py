"""The roof for sockets and requests: HTTP to Django, WebSockets to the doors of `conversations`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django_app = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402 -- Django must be set up first

from config.bodies import BoundedBodies  # noqa: E402 -- the same

application = ProtocolTypeRouter({"http": BoundedBodies(django_app)})
