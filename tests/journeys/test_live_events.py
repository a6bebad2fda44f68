"""Dana's sockets in real processes: two houses on one database, who does not read, and a client that polls."""

import asyncio

import httpx
import pytest
import socketio

from conversations.verbs.notifications import notify
from tests.factories.accounts import UserFactory
from tests.factories.conversations import room
from tests.live import PATIENCE, WebProcess, Writer, in_thread
from tests.members import Member
from tests.socket_io import dialled

pytestmark = pytest.mark.django_db(transaction=True)

POSTS = 30


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
    return room(ada.user, bo.user)


def token_of(member):
    return member.bearer["Authorization"].partition(" ")[2]


async def enter(client, member, place, **more):
    await client.connect()
    assert (await client.ask("authenticate", {"token": token_of(member)}))["success"] is True
    return await client.ask("join_conversation", {"conversation_id": str(place.pk), **more})


async def post(http, host, member, place, content):
    address = f"http://{host}/api/v1/conversations/{place.pk}/messages"
    answer = await http.post(address, json={"content": content}, headers=member.bearer)
    assert answer.status_code == 201, answer.text


async def heard(client, count):
    return [(message["seq"], message["content"]) for message in await client.messages(count)]


class TestTwoHouses:
    async def test_what_is_posted_in_one_is_heard_in_both_once_and_in_order(self, houses, ada, bo, place):
        async with httpx.AsyncClient(timeout=PATIENCE) as http, dialled(houses[0]) as one, dialled(houses[1]) as two:
            await enter(one, ada, place)
            await enter(two, bo, place)
            posts = (post(http, houses[n % 2], (ada, bo)[n % 2], place, f"post {n}") for n in range(POSTS))
            await asyncio.gather(*posts)
            said = await heard(one, POSTS)

            assert [seq for seq, _ in said] == list(range(1, POSTS + 1))
            assert {content for _, content in said} == {f"post {n}" for n in range(POSTS)}
            assert await heard(two, POSTS) == said
            assert [await one.heard(), await two.heard()] == [[], []]

    async def test_what_a_worker_says_is_heard_and_what_was_missed_is_caught_up_with(self, houses, ada, place, writer):
        wish = {"conversation": place.pk, "sender": ada.user.pk}
        async with dialled(houses[0]) as listener:
            await enter(listener, ada, place)
            await asyncio.to_thread(writer.ask, **wish, count=2, content="here")
            assert await heard(listener, 2) == [(1, "here"), (2, "here")]
        await asyncio.to_thread(writer.ask, **wish, count=5, content="away")
        async with dialled(houses[1]) as listener:
            answer = await enter(listener, ada, place, after=2)
            await asyncio.to_thread(writer.ask, **wish, count=1, content="back")

            assert [message["seq"] for message in answer["missed"]] == [3, 4, 5, 6, 7]
            assert await heard(listener, 1) == [(8, "back")]

    async def test_what_the_house_has_to_say_reaches_them_wherever_they_are(self, houses, ada):
        async with dialled(houses[0]) as one, dialled(houses[1]) as two:
            for client in (one, two):
                await client.connect({"token": token_of(ada)})
                await client.next("authenticated")
            await in_thread(notify, user_id=ada.user.pk, key="1", title="Closing soon", is_system=True)
            told = [await client.next("system_notification") for client in (one, two)]
            assert [event["message"] for event in told] == ["Closing soon"] * 2


class TestWithoutRedis:
    async def test_a_redis_that_is_away_delays_but_loses_nothing(self, ada, bo, place):
        process = await in_thread(WebProcess, REDIS_URL="redis://127.0.0.1:9/0")
        try:
            async with httpx.AsyncClient(timeout=PATIENCE) as http, dialled(process.host) as listener:
                await enter(listener, bo, place)
                for number in range(3):
                    await post(http, process.host, ada, place, str(number))

                assert await heard(listener, 3) == [(1, "0"), (2, "1"), (3, "2")]
        finally:
            await asyncio.to_thread(process.end)


class TestSlowListener:
    async def test_who_does_not_read_is_let_go_and_hurts_nobody(self, houses, ada, bo, place, writer):
        count, content = 700, "\N{CLASSICAL BUILDING}" * 10_000
        # A small window, one message of look-ahead and no compression: what it does not read stays with the server.
        async with (
            dialled(houses[0], compression=None, max_queue=1, ping_interval=None) as slow,
            dialled(houses[0]) as quick,
        ):
            await enter(slow, bo, place)
            await enter(quick, ada, place)
            hearing = asyncio.create_task(heard(quick, count))
            wish = {"conversation": place.pk, "sender": ada.user.pk, "count": count, "content": content}
            await asyncio.to_thread(writer.ask, **wish)

            assert [seq for seq, _ in await hearing] == list(range(1, count + 1))
            code = await slow.ended()
        assert code in (1013, None)  # None where the socket was too full to take even the code
        assert len([event for event in slow.events if event[0] == "new_message"]) < count


class TestAClientOfTheLibrary:
    async def test_polls(self, houses, ada, bo, place):
        told, joined = await asyncio.to_thread(polled, houses[0], ada, bo, place)
        assert (joined["success"], told["conversation_id"], told["content"]) == (True, str(place.pk), "for who polls")


def polled(host, ada, bo, place):
    """What python-socketio's own client hears by long polling."""
    with socketio.SimpleClient() as client:
        client.connect(f"http://{host}", transports=["polling"])
        assert client.call("authenticate", {"token": token_of(ada)}, timeout=PATIENCE)["success"] is True
        joined = client.call("join_conversation", {"conversation_id": str(place.pk)}, timeout=PATIENCE)
        with httpx.Client(timeout=PATIENCE) as http:
            address = f"http://{host}/api/v1/conversations/{place.pk}/messages"
            http.post(address, json={"content": "for who polls"}, headers=bo.bearer).raise_for_status()
        while True:
            name, data = client.receive(timeout=PATIENCE)
            if name == "new_message":
                return data["message"], joined
