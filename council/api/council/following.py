"""Following a deliberation as server-sent events: saved rows only, replay and live by the same reading.

The seam's hub wakes a follower when something happened; looking again each half second covers what it cannot know, the
text of an answer that is still growing. Source: council.txt, "Response Format", and the council design, section 3.
"""

from asyncio import sleep, timeout
from collections.abc import AsyncGenerator, Iterator
from json import dumps
from logging import getLogger
from time import monotonic
from typing import Any
from uuid import UUID

from conversations.live.database import database
from conversations.live.hub import Listener, Overrun, hub
from council.gateways.language_model import PUBLIC_SENTENCES, ErrorCode
from council.models import Deliberation
from council.queries.deliberations import Snapshot, snapshot

LOOK_AGAIN_SECONDS = 0.5
PING_SECONDS = 15
STOPPED = "The council was stopped. What was answered so far is kept."
LOST = "The stream broke off. The council goes on; open it again to follow."
DONE = b"data: [DONE]\n\n"
PING = b": ping\n\n"

logger = getLogger(__name__)


async def follow(deliberation_id: UUID, *, ids: dict[str, str], deltas: bool) -> AsyncGenerator[bytes, None]:
    """Everything saved, then what comes, then the end. `ids` are the metadata event's."""
    yield event({"type": "metadata", **ids})
    told = Told(deltas=deltas)
    ear: Listener | None = None
    heard_at = monotonic()
    try:
        while True:
            state = await database(snapshot, deliberation_id)
            for news in told.news(state):
                heard_at = monotonic()
                yield event(news)
            if not state.is_open:
                break
            if ear is None:
                # What was saved between the reading and the listening is seen by the next reading.
                ear = await hub.listen([f"conversation:{ids['conversationId']}"], encode=nothing)
                continue
            await news_or_a_moment(ear)
            if monotonic() - heard_at >= PING_SECONDS:
                heard_at = monotonic()
                yield PING
    except Exception:
        logger.exception("A follower of deliberation %s broke off", deliberation_id)
        yield event({"type": "error", "error": LOST, "code": ErrorCode.UNAVAILABLE, "retryable": True})
    finally:
        if ear is not None:
            ear.close()
    yield DONE


class Told:
    """What one follower has been told already, and so what is news to it."""

    def __init__(self, *, deltas: bool) -> None:
        self.deltas = deltas
        self.texts: dict[str, str] = {}
        self.answered: set[str] = set()

    def news(self, state: Snapshot) -> Iterator[dict[str, Any]]:
        for reply in state.replies:
            seat = reply["persona_id"]
            if seat in self.answered:
                continue
            if self.deltas:
                yield from self.growth(seat, reply["message__content"])
            if reply["message__status"] == "done":
                self.answered.add(seat)
                yield {"type": "advisor-response", "advisor": advisor_out(reply)}
        if state.synthesis is not None:
            yield {"type": "synthesis", "synthesis": state.synthesis["body"]}
        elif not state.is_open:
            yield error_out(state)

    def growth(self, seat: str, text: str) -> Iterator[dict[str, Any]]:
        """What was added to a text; from its beginning again where an answer was started anew."""
        known = self.texts.get(seat, "")
        self.texts[seat] = text
        if not text.startswith(known):
            yield {"type": "advisor-delta", "advisorId": seat, "delta": text, "restart": True}
        elif len(text) > len(known):
            yield {"type": "advisor-delta", "advisorId": seat, "delta": text[len(known) :]}


def advisor_out(reply: dict[str, Any]) -> dict[str, Any]:
    """The document's four keys; the others are ours."""
    return {
        "advisorId": reply["persona_id"],
        "advisorName": reply["advisor_name"],
        "advisorRole": reply["advisor_role"],
        "response": reply["message__content"],
        "messageId": str(reply["message_id"]),
        "modelId": reply["model_id"],
        "usage": {"promptTokens": reply["prompt_tokens"], "completionTokens": reply["completion_tokens"]},
    }


def error_out(state: Snapshot) -> dict[str, Any]:
    """The document's text `error`; the others are ours."""
    if state.status == Deliberation.Status.STOPPED:
        told = {"type": "error", "error": STOPPED, "code": "stopped", "retryable": True}
    else:
        code = ErrorCode(state.error_code)
        told = {
            "type": "error",
            "error": PUBLIC_SENTENCES[code],
            "code": code,
            "stage": state.error_stage,
            "retryable": code is not ErrorCode.NOT_CONFIGURED,
        }
    return {**told, "advisorId": state.error_seat} if state.error_seat else told


def event(data: dict[str, Any]) -> bytes:
    """One line. Everything outside ASCII is escaped, newlines of every kind too, so that no answer forges an event."""
    return f"data: {dumps(data, separators=(',', ':'))}\n\n".encode()


def nothing(_: object) -> None:
    """Followers read rows; the hub need not encode anything for them."""


async def news_or_a_moment(ear: Listener) -> None:
    """Return when something happened in the conversation, or after half a second."""
    try:
        async with timeout(LOOK_AGAIN_SECONDS):
            await anext(ear)
    except TimeoutError:
        return
    except Overrun:
        # This ear hears nothing any more; looking regularly is enough.
        await sleep(LOOK_AGAIN_SECONDS)
