"""`/ws/things/?ids=<id>,<id>&follows=1`: what people do with things that a page shows, while it is open. Ours, for pages.

From the server: `ready` once everything later will be told; `likes {entity_id, like_count}`, `comment {entity_id,
comment_id, comment_count}`, `comment_removed` with the same, `post_removed {entity_id}`, `stream_live` and `stream_ended`
`{entity_id}`; and with `follows`, for whoever is
signed in, `post {entity_id}` when somebody they follow has posted. Whoever may open the page may hear this: only of things
that are for all. Nothing is caught up on; a page that was away asks for itself anew.

Close codes: 4404 none of the ids is a thing for all, 1008 asked too much or spoke, otherwise those of chat.py.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import orjson
from django.db import DatabaseError

from config.ids import parse_id
from conversations.live.chat import BROKEN, POLICY, TRY_LATER, Closed, farewell
from conversations.live.credentials import is_ours, visitor_of
from conversations.live.database import database
from conversations.live.hub import Listener, Overrun, hub
from ontology.facts import (
    Commented,
    CommentRemoved,
    Liked,
    LikeTakenBack,
    PostPublished,
    PostRemoved,
    StreamEnded,
    StreamWentLive,
)
from ontology.models import Entity
from ontology.models.entities import PUBLIC
from ontology.queries.changes import Heard
from ontology.queries.people import followed_by

logger = logging.getLogger(__name__)

MOST_IDS = 100
MOST_FOLLOWED = 500
NOT_FOUND = 4404

READY = b'{"type":"ready"}'
FRAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    Liked.__name__: ("likes", ("entity_id", "like_count")),
    LikeTakenBack.__name__: ("likes", ("entity_id", "like_count")),
    Commented.__name__: ("comment", ("entity_id", "comment_id", "comment_count")),
    CommentRemoved.__name__: ("comment_removed", ("entity_id", "comment_id", "comment_count")),
    StreamWentLive.__name__: ("stream_live", ("entity_id",)),
    StreamEnded.__name__: ("stream_ended", ("entity_id",)),
}
POSTS = {PostPublished.__name__: "post", PostRemoved.__name__: "post_removed"}


async def things(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application. A refused visitor is let in and closed, since browsers cannot see a refused handshake."""
    await receive()
    await send({"type": "websocket.accept"})
    try:
        asked = await database(topics_of, scope)
        listener = await hub.listen(asked, encode=frame_of)
    except Closed as closed:
        await farewell(send, closed.code)
    except (DatabaseError, TimeoutError):
        logger.exception("A page's socket could not be opened")
        await farewell(send, BROKEN)
    else:
        await farewell(send, await follow(listener, frozenset(asked), receive, send))


def topics_of(scope: dict[str, Any]) -> list[str]:
    """The topics behind the address; Closed where it asks for nothing that may be heard. Reads the database."""
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=5)
    except ValueError:
        raise Closed(POLICY) from None
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    words = query.get("ids", [""])[0].split(",", MOST_IDS)
    if len(words) > MOST_IDS or not is_ours(headers):
        raise Closed(POLICY)
    keys = [key for key in map(parse_id, words) if key]
    shown = Entity.objects.filter(pk__in=keys, deleted_at=None, status__in=PUBLIC, is_private=False)
    topics = [f"entity:{key}" for key in shown.values_list("pk", flat=True)]
    if not topics:
        raise Closed(NOT_FOUND)
    return topics + (followed_topics(scope) if "follows" in query else [])


def followed_topics(scope: dict[str, Any]) -> list[str]:
    visitor = visitor_of(scope)
    if visitor is None:
        return []
    return [f"user:{key}" for key in followed_by(visitor.user).values_list("to_entity", flat=True)[:MOST_FOLLOWED]]


def frame_of(heard: Heard) -> bytes | None:
    """A person's topic carries much more than their posts: what has no frame here is for others' ears."""
    payload = heard.payload
    if heard.kind in POSTS:
        return orjson.dumps({"type": POSTS[heard.kind], "entity_id": payload["post_id"]})
    if heard.kind in FRAMES:
        type, names = FRAMES[heard.kind]
        return orjson.dumps({"type": type, **{name: payload[name] for name in names}})
    return None


async def follow(listener: Listener, asked: frozenset[str], receive: Any, send: Any) -> int | None:
    """Until one side ends it: the code to close with, None where the other side has gone."""
    tasks = [asyncio.create_task(part) for part in (tell(listener, asked, send), listen(receive), listener.overrun())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        error = next(iter(done)).exception()
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if isinstance(error, Closed):
        return error.code
    if isinstance(error, Overrun):
        return TRY_LATER
    logger.error("A page's socket failed", exc_info=error)
    return BROKEN


async def tell(listener: Listener, asked: frozenset[str], send: Any) -> None:
    with suppress(OSError):
        await send({"type": "websocket.send", "text": READY.decode()})
        async for told in listener:
            if told.frame is not None and is_asked(told.heard, asked):
                await send({"type": "websocket.send", "text": told.frame.decode()})
    raise Closed(None)


def is_asked(heard: Heard, asked: frozenset[str]) -> bool:
    """Of the people one follows only what they post is told; what happens to their other things is not."""
    return heard.kind == PostPublished.__name__ or heard.topics[0] in asked


async def listen(receive: Any) -> None:
    """Pages say nothing here."""
    event = await receive()
    raise Closed(None if event["type"] == "websocket.disconnect" else POLICY)
