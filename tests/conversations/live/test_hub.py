"""One thread reads, everyone hears; nobody waits for a slow listener."""

import asyncio
import threading
from dataclasses import dataclass

import orjson
import pytest
from django.db import OperationalError, transaction

from conversations.live import feed
from conversations.live.database import database
from conversations.live.hub import QUEUE, Hub, Overrun
from ontology.changes import publish
from ontology.facts import Fact

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Fact):
    topic: str
    number: int

    def topics(self):
        return (self.topic,)


def number_of(heard):
    return orjson.dumps(heard.payload["number"])


@pytest.fixture
def hub(transactional_db):
    hub = Hub()
    yield hub
    assert hub.wait_for_rest(10)


async def ring(*numbers, topic="bell"):
    def say():
        with transaction.atomic():
            for number in numbers:
                publish(Rang(topic=topic, number=number))

    await database(say)


async def heard(listener, count):
    return [int((await asyncio.wait_for(anext(listener), 10)).frame) for _ in range(count)]


class TestListen:
    async def test_hears_what_is_published_after_it_and_nothing_before(self, hub):
        await ring(0)
        listener = await hub.listen(["bell"], encode=number_of)
        await ring(1, 2)
        await ring(9, topic="another")
        await ring(3)

        assert await heard(listener, 3) == [1, 2, 3]
        listener.close()

    async def test_hears_a_change_of_two_topics_once(self, hub):
        listener = await hub.listen(["bell", "also"], encode=number_of)

        @dataclass(frozen=True, slots=True, kw_only=True)
        class RangTwice(Rang):
            def topics(self):
                return ("bell", "also")

        await database(publish, RangTwice(topic="", number=1))
        await ring(2)

        assert await heard(listener, 2) == [1, 2]
        listener.close()

    async def test_encodes_once_however_many_listen(self, hub):
        encoded = []

        def encode(change):
            encoded.append(change.payload["number"])
            return number_of(change)

        listeners = [await hub.listen(["bell"], encode=encode) for _ in range(3)]
        await ring(7)

        told = [await asyncio.wait_for(anext(listener), 10) for listener in listeners]
        assert encoded == [7]
        assert {id(one.frame) for one in told} == {id(told[0].frame)}
        for listener in listeners:
            listener.close()

    async def test_what_is_rolled_back_is_never_heard(self, hub):
        listener = await hub.listen(["bell"], encode=number_of)

        def say():
            with transaction.atomic():
                publish(Rang(topic="bell", number=1))
                transaction.set_rollback(True)

        await database(say)
        await ring(2)

        assert await heard(listener, 1) == [2]
        listener.close()

    async def test_topics_come_and_go(self, hub):
        listener = await hub.listen(["bell"], encode=number_of)
        listener.forget("bell")
        listener.listen("gong")
        await ring(1)
        await ring(2, topic="gong")

        assert await heard(listener, 1) == [2]
        listener.close()


class TestOverrun:
    async def test_a_full_queue_ends_that_listener_alone(self, hub):
        slow = await hub.listen(["bell"], encode=number_of)
        quick = await hub.listen(["bell"], encode=number_of)
        told = []

        async def follow():
            async for one in quick:
                told.append(int(one.frame))
                if len(told) == QUEUE + 2:
                    return

        following = asyncio.create_task(follow())
        # In one transaction, so that it comes in one go: only who does not listen overruns.
        await ring(*range(QUEUE + 2))
        await asyncio.wait_for(following, 10)

        assert told == list(range(QUEUE + 2))
        assert slow.topics == set()
        with pytest.raises(Overrun):
            await slow.overrun()
        with pytest.raises(Overrun):
            await anext(slow)
        quick.close()


class TestTrouble:
    async def test_a_change_that_cannot_be_encoded_is_told_without_a_frame(self, hub, caplog):
        def encode(change):
            if change.payload["number"] == 1:
                raise ValueError
            return number_of(change)

        listener = await hub.listen(["bell"], encode=encode)
        await ring(1, 2)

        assert [(await asyncio.wait_for(anext(listener), 10)).frame for _ in range(2)] == [None, b"2"]
        assert "could not be encoded" in caplog.text
        listener.close()

    async def test_goes_on_where_it_was_after_the_database_was_away(self, hub, monkeypatch, caplog):
        listener = await hub.listen(["bell"], encode=number_of)
        real, failures = feed.changes_after, iter([OperationalError("away"), OperationalError("still away")])

        def sometimes(position):
            is_ours = threading.current_thread() is hub._thread  # the process's own hub may still be coming to rest
            if is_ours and (failure := next(failures, None)) is not None:
                raise failure
            return real(position)

        monkeypatch.setattr(feed, "changes_after", sometimes)
        await ring(1)
        await ring(2)

        assert await heard(listener, 2) == [1, 2]
        assert caplog.text.count("could not look for changes") == 2
        listener.close()


class TestRest:
    async def test_rests_when_the_last_has_gone_and_starts_anew(self, hub):
        first = await hub.listen(["bell"], encode=number_of)
        first.close()
        assert await asyncio.to_thread(hub.wait_for_rest, 10)
        await ring(1)

        second = await hub.listen(["bell"], encode=number_of)
        await ring(2)
        assert await heard(second, 1) == [2]
        second.close()
