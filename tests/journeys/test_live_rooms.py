"""Two web processes on one database, eight writers, listeners in both: nothing lost, nothing twice, in order."""

import asyncio
import statistics
import time

import httpx
import pytest

from accounts.models import Session
from accounts.verbs.sessions import end_sessions
from conversations.verbs.participants import add_participant, remove_participant
from tests.factories.accounts import UserFactory
from tests.factories.conversations import room
from tests.live import PATIENCE, WebProcess, Writer, chatting, in_thread
from tests.members import Member

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 8
POSTS_EACH = 15


@pytest.fixture(scope="module")
def houses(django_db_setup, django_db_blocker):
    """Two processes that serve the test's database."""
    with django_db_blocker.unblock():
        processes = [WebProcess(), WebProcess()]
    yield [process.host for process in processes]
    for process in processes:
        process.end()


@pytest.fixture(scope="module")
def writer(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        process = Writer()
    yield process
    process.end()


@pytest.fixture
def ada(user):
    return Member(user)


@pytest.fixture
def bo():
    return Member(UserFactory(name="Bo"))


@pytest.fixture
def place(ada, bo):
    """A room of the two."""
    return room(ada.user, bo.user)


class TestManyWriters:
    async def test_every_listener_hears_everything_once_and_in_order(self, houses, ada, bo, place):
        total = WRITERS * POSTS_EACH
        async with (
            httpx.AsyncClient(timeout=PATIENCE) as http,
            chatting(houses[0], ada.token) as one,
            chatting(houses[0], bo.token) as two,
            chatting(houses[1], bo.token) as three,
            chatting(houses[1], ada.token) as four,
        ):
            listeners = (one, two, three, four)
            for listener in listeners:
                joined = await listener.join(place.pk)
                assert (joined["type"], joined["last_seq"]) == ("joined", 0)

            async def write(number):
                for post in range(POSTS_EACH):
                    house = houses[(number + post) % 2]
                    address = f"http://{house}/api/v1/conversations/{place.pk}/messages"
                    body = {"content": f"{number}-{post}", "client_id": f"{number}-{post}"}
                    answer = await http.post(address, json=body, headers=(ada, bo)[number % 2].bearer)
                    assert answer.status_code == 201, answer.text

            async def wander():
                """Comes and goes between the two houses, always asking for what it missed."""
                after, heard = None, []
                while len(heard) < total:
                    house = houses[len(heard) % 2]
                    async with chatting(house, bo.token) as guest:
                        await guest.join(place.pk, **({"after": after} if after else {"after": None}))
                        if after is None:
                            began.set()
                        await guest.hear(until=min(total, len(heard) + 20))
                        heard += [message["seq"] for message in guest.messages]
                        after = guest.messages[-1]["message_id"]
                return heard

            began = asyncio.Event()
            wanderer = asyncio.create_task(wander())
            await asyncio.wait_for(began.wait(), PATIENCE)
            await asyncio.gather(*(write(number) for number in range(WRITERS)))
            heard = [await listener.hear(until=total) for listener in listeners]

            expected = list(range(1, total + 1))
            assert heard == [expected] * 4
            assert await asyncio.wait_for(wanderer, PATIENCE) == expected
            said = {message["content"] for message in one.messages}
            assert said == {f"{number}-{post}" for number in range(WRITERS) for post in range(POSTS_EACH)}
            assert [m["message_id"] for m in one.messages] == [m["message_id"] for m in three.messages]


class TestLatency:
    async def test_what_a_worker_says_reaches_a_socket_at_once(
        self, houses, ada, place, writer, record_testsuite_property
    ):
        async with chatting(houses[0], ada.token) as listener:
            await listener.join(place.pk)
            delays = []
            for number in range(1, 41):
                await asyncio.to_thread(writer.ask, conversation=place.pk, sender=ada.user.pk, count=1)
                await listener.hear(until=number)
                delays.append(time.time() - float(listener.messages[-1]["content"]))

        median = statistics.median(delays) * 1000
        record_testsuite_property("live_latency_median_ms", round(median, 1))
        assert median < 250


class TestAfter:
    async def test_what_was_missed_comes_first_and_in_order(self, houses, ada, place, writer):
        async with chatting(houses[0], ada.token) as listener:
            await listener.join(place.pk)
            await asyncio.to_thread(writer.ask, conversation=place.pk, sender=ada.user.pk, count=2)
            assert await listener.hear(until=2) == [1, 2]
            last = listener.messages[0]["message_id"]
        await asyncio.to_thread(writer.ask, conversation=place.pk, sender=ada.user.pk, count=30)

        async with chatting(houses[1], ada.token) as listener:
            joined = await listener.join(place.pk, after=last)
            await asyncio.to_thread(writer.ask, conversation=place.pk, sender=ada.user.pk, count=3)

            assert (joined["last_seq"], joined["truncated"]) == (32, False)
            assert await listener.hear(until=35) == list(range(2, 36))


class TestSlowListener:
    async def test_who_does_not_read_is_let_go_and_hurts_nobody(self, houses, ada, bo, place, writer):
        count, content = 600, "\N{CLASSICAL BUILDING}" * 10_000
        # A small window, one message of look-ahead and no compression: what it does not read stays with the server.
        async with (
            chatting(houses[0], bo.token, compression=None, max_queue=1, ping_interval=None) as slow,
            chatting(houses[0], ada.token) as quick,
        ):
            for listener in (slow, quick):
                await listener.join(place.pk)
            hearing = asyncio.create_task(quick.hear(until=count))
            wish = {"conversation": place.pk, "sender": ada.user.pk, "count": count, "content": content}
            await asyncio.to_thread(writer.ask, **wish)

            assert await hearing == list(range(1, count + 1))
            code = await slow.closed()
        assert code in (1013, None)  # None where the socket was too full to take even the code


class TestSignIn:
    async def test_ending_it_in_one_process_closes_the_socket_in_the_other(self, houses, ada, place):
        async with chatting(houses[1], ada.token) as listener:
            await listener.join(place.pk)
            await in_thread(end_sessions, sessions=Session.objects.filter(pk=ada.session.pk), reason="signed-out")

            assert await listener.closed() == 4401

    async def test_who_is_removed_hears_nothing_more(self, houses, ada, bo, place, writer):
        async with chatting(houses[0], bo.token) as removed, chatting(houses[0], ada.token) as stays:
            for listener in (removed, stays):
                await listener.join(place.pk)
            await in_thread(remove_participant, conversation_id=place.pk, user_id=bo.user.pk, by=ada.user)
            told = await removed.next("error")
            await asyncio.to_thread(writer.ask, conversation=place.pk, sender=ada.user.pk, count=1)
            await stays.hear(until=1)
            await removed.say(type="ping")

            assert (told["code"], told["conversation_id"]) == ("access_revoked", str(place.pk))
            await removed.next("pong")
            assert removed.messages == []
            assert (await removed.join(place.pk))["code"] == "not_found"


class TestSignals:
    async def test_typing_presence_and_reading_cross_processes(self, houses, ada, bo, place, writer):
        key = str(place.pk)
        about_bo = {"conversation_id": key, "user_id": str(bo.user.pk)}
        async with chatting(houses[0], ada.token) as here:
            assert (await here.join(key))["present"] == [str(ada.user.pk)]
            async with chatting(houses[1], bo.token) as there:
                assert set((await there.join(key))["present"]) == {str(ada.user.pk), str(bo.user.pk)}
                assert await here.next("presence") == {
                    "type": "presence",
                    **about_bo,
                    "user_name": "Bo",
                    "status": "online",
                }
                await there.say(type="typing", conversation_id=key)
                assert await here.next("typing") == {"type": "typing", **about_bo, "user_name": "Bo", "is_typing": True}
                await here.say(type="message", conversation_id=key, content="hi", client_id="x")
                message = await there.next("message")
                await there.say(type="read", conversation_id=key, message_id=message["message_id"])
                read = await here.next("read")
                assert read == {"type": "read", **about_bo, "message_id": message["message_id"], "seq": 1}
            assert (await here.next("presence"))["status"] == "offline"

    async def test_only_who_has_joined_is_present(self, houses, ada, bo, place):
        """Being connected is not being there: what `joined` lists is what `presence` tells of."""
        key = str(place.pk)
        async with chatting(houses[0], ada.token) as here, chatting(houses[1], bo.token) as there:
            assert (await here.join(key))["present"] == [str(ada.user.pk)]
            await there.join(key)
            assert (await here.next("presence"))["status"] == "online"
            await there.say(type="leave", conversation_id=key)
            assert (await here.next("presence"))["status"] == "offline"
            async with chatting(houses[0], ada.token) as later:
                assert (await later.join(key))["present"] == [str(ada.user.pk)]

    async def test_someone_with_two_sockets_stays_online_while_one_is_left(self, houses, ada, bo, place):
        async with chatting(houses[0], ada.token) as here, chatting(houses[0], bo.token) as left:
            for listener in (left, here):
                await listener.join(place.pk)
            async with chatting(houses[1], bo.token) as right:
                await right.join(place.pk)
            statuses = []
            while statuses[-2:] != ["offline", "online"]:
                statuses.append((await here.next("presence"))["status"])

            async with chatting(houses[1], ada.token) as later:
                assert set((await later.join(place.pk))["present"]) == {str(ada.user.pk), str(bo.user.pk)}


class TestWithoutRedis:
    async def test_a_redis_that_is_away_delays_but_loses_nothing(self, ada, bo, place):
        process = await in_thread(WebProcess, REDIS_URL="redis://127.0.0.1:9/0")
        try:
            async with httpx.AsyncClient(timeout=PATIENCE) as http, chatting(process.host, bo.token) as listener:
                await listener.join(place.pk)
                address = f"http://{process.host}/api/v1/conversations/{place.pk}/messages"
                for number in range(3):
                    answer = await http.post(address, json={"content": str(number)}, headers=ada.bearer)
                    assert answer.status_code == 201
                await listener.say(type="typing", conversation_id=place.pk)

                assert await listener.hear(until=3) == [1, 2, 3]
        finally:
            await asyncio.to_thread(process.end)


def test_someone_new_hears_from_now_on(ada, bo, place):
    """Adding is idempotent, so that two owners who click at once make one place."""
    newcomer = UserFactory(name="Cy")
    first = add_participant(conversation_id=place.pk, user_id=newcomer.pk, by=ada.user)
    assert add_participant(conversation_id=place.pk, user_id=str(newcomer.pk), by=ada.user) == first
