"""Followers read through a pool of their own; in a test they share its one connection, and nothing waits."""

import json

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from council.api.council import following


@pytest.fixture(autouse=True)
def _offline(settings):
    """The same engine whether or not the optional model is installed."""
    settings.LLM_MODEL = "offline:advisor"


@pytest.fixture
def here(monkeypatch):
    """Let a follower read in the test's own transaction."""

    async def database(call, *args):
        return await sync_to_async(call)(*args)

    monkeypatch.setattr(following, "database", database)


def body_of(response) -> str:
    """The whole text of a stream that ends."""

    async def collect():
        return b"".join([chunk async for chunk in response.streaming_content])

    return async_to_sync(collect)().decode()


def events_of(response) -> list:
    """The events of a stream that ends: JSON objects, and `[DONE]` as text. Fails on anything but `data:` lines."""
    blocks = body_of(response).split("\n\n")
    assert blocks.pop() == ""
    assert all(block.startswith("data: ") and "\n" not in block for block in blocks)
    texts = [block.removeprefix("data: ") for block in blocks]
    return [text if text == "[DONE]" else json.loads(text) for text in texts]
