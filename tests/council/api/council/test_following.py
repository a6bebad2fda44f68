"""One follower of a deliberation that is still open: told once, kept awake, and gone without a trace."""

from uuid import uuid4

import pytest

from conversations.live.hub import Overrun
from council.api.council import following
from council.api.council.following import Told, follow
from council.queries.deliberations import Snapshot


def state(*replies, status="running", synthesis=None):
    return Snapshot(
        status=status, error_code="", error_stage="", error_seat="", replies=tuple(replies), synthesis=synthesis
    )


def reply(seat, text, status="streaming"):
    return {
        "persona_id": seat,
        "advisor_name": seat.title(),
        "advisor_role": "Role",
        "model_id": "m",
        "prompt_tokens": 1,
        "completion_tokens": 2,
        "is_usage_estimated": False,
        "error_code": "",
        "message_id": "id",
        "message__content": text,
        "message__status": status,
    }


class Ear:
    """The hub's listener; `news` is what each waiting brings."""

    def __init__(self, news=None):
        self.news = news
        self.is_closed = False

    async def __anext__(self):
        if self.news:
            raise self.news
        return

    def close(self):
        self.is_closed = True


@pytest.fixture
def house(monkeypatch):
    """Readings in turn, the last one again and again, and the ear that the hub gives."""

    def prepare(*readings, ear=None):
        readings, ear = list(readings), ear or Ear()

        async def database(*_):
            return readings.pop(0) if len(readings) > 1 else readings[0]

        async def listen(topics, encode):
            ear.topics = topics
            return ear

        monkeypatch.setattr(following, "database", database)
        monkeypatch.setattr(following.hub, "listen", listen)
        return ear

    return prepare


def stream(**options):
    ids = {"conversationId": "c", "userMessageId": "m"}
    return follow(uuid4(), ids=ids, deltas=options.get("deltas", False))


class TestFollow:
    async def test_tells_each_answer_once_as_it_is_saved(self, house):
        sage = reply("persona_sage", "Yes.", "done")
        ear = house(state(), state(sage), state(sage), state(sage, status="done", synthesis={"body": {}}))

        told = [chunk.decode().removeprefix("data: ").strip() async for chunk in stream()]

        assert [text[:26] for text in told] == [
            '{"type":"metadata","conver',
            '{"type":"advisor-response"',
            '{"type":"synthesis","synth',
            "[DONE]",
        ]
        assert (ear.topics, ear.is_closed) == (["conversation:c"], True)

    async def test_keeps_a_silent_line_awake(self, house, monkeypatch):
        monkeypatch.setattr(following, "PING_SECONDS", 0)
        house(state(), state(), state(), state(status="done", synthesis={"body": {}}))

        chunks = [chunk async for chunk in stream()]

        assert chunks.count(b": ping\n\n") == 2

    async def test_lets_go_of_the_hub_when_its_reader_leaves(self, house, monkeypatch):
        monkeypatch.setattr(following, "PING_SECONDS", 0)
        ear = house(state())
        reading = stream()
        assert await anext(reading)
        assert await anext(reading) == b": ping\n\n"

        await reading.aclose()

        assert ear.is_closed

    async def test_goes_on_looking_when_the_hub_has_dropped_it(self, house, monkeypatch):
        monkeypatch.setattr(following, "LOOK_AGAIN_SECONDS", 0.01)
        house(state(), state(), state(status="done", synthesis={"body": {}}), ear=Ear(news=Overrun()))

        assert [chunk async for chunk in stream()][-1] == b"data: [DONE]\n\n"


class TestTold:
    def test_growth_is_told_in_parts_and_a_new_beginning_as_such(self):
        told = Told(deltas=True)
        texts = ["", "One", "One two", "One two", "Uno"]

        news = [event for text in texts for event in told.news(state(reply("persona_sage", text)))]

        assert news == [
            {"type": "advisor-delta", "advisorId": "persona_sage", "delta": "One"},
            {"type": "advisor-delta", "advisorId": "persona_sage", "delta": " two"},
            {"type": "advisor-delta", "advisorId": "persona_sage", "delta": "Uno", "restart": True},
        ]

    def test_without_the_wish_nothing_partial_is_told(self):
        assert list(Told(deltas=False).news(state(reply("persona_sage", "One")))) == []
