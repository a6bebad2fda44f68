"""Chat sockets without a network: the ASGI application is given its events by hand."""

from contextlib import asynccontextmanager
from urllib.parse import urlencode

import orjson
import pytest
from asgiref.testing import ApplicationCommunicator

from accounts.models import Session
from accounts.verbs import access_tokens
from accounts.verbs.clients import Client
from accounts.verbs.sessions import open_session
from config.asgi import application
from conversations.live.hub import hub

PATIENCE = 10


class Line:
    """One end of a socket; the application holds the other."""

    def __init__(self, communicator):
        self.communicator = communicator

    async def say(self, **frame):
        await self.raw(text=orjson.dumps(frame, default=str).decode())

    async def raw(self, **parts):
        await self.communicator.send_input({"type": "websocket.receive", **parts})

    async def event(self):
        return await self.communicator.receive_output(PATIENCE)

    async def next(self, *types):
        """The next frame of one of these types."""
        while True:
            event = await self.event()
            assert event["type"] == "websocket.send", event
            frame = orjson.loads(event["text"])
            if frame["type"] in types:
                return frame

    async def code(self):
        """The code the socket is closed with, after whatever else it says."""
        while (event := await self.event())["type"] != "websocket.close":
            pass
        return event["code"]


@asynccontextmanager
async def line(query="", headers=(), path="/ws/chat/"):
    scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": list(headers)}
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "websocket.connect"})
    assert (await communicator.receive_output(PATIENCE))["type"] == "websocket.accept"
    try:
        yield Line(communicator)
    finally:
        await communicator.send_input({"type": "websocket.disconnect", "code": 1001})
        await communicator.wait(PATIENCE)


def signed_in(user):
    return open_session(user=user, style=Session.Style.VEZA, client=Client())


def token_of(session, *, audience="chat", seconds=300):
    return access_tokens.issue(session=session, audience=audience, seconds=seconds)


def chat_query(user):
    """The query of a socket that `user` opens."""
    return urlencode({"token": token_of(signed_in(user))})


@pytest.fixture(autouse=True)
def _hub_at_rest(request):
    """The hub's thread gives its connection back before the test's database goes."""
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")  # ours ends before it does
    yield
    assert hub.wait_for_rest(PATIENCE)
