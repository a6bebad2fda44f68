"""What one socket does with every frame, right and wrong (decisions.md §4, messaging-design.md §4 and §9)."""

import asyncio
from functools import partial

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from accounts.verbs.sessions import access_token, end_sessions
from config.ids import new_id
from conversations.live.budgets import PER_MINUTE
from conversations.live.database import database
from conversations.models import Message, Participant
from conversations.verbs.conversations import delete_conversation
from conversations.verbs.messages import send_message
from tests.conversations.live.conftest import chat_query, line, signed_in, token_of
from tests.factories.conversations import room

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(user, stranger):
    return room(user, stranger)


@pytest.fixture
def query(user):
    return chat_query(user)


def later(call):
    """`call` in a thread that gives its connection back."""
    return partial(database, call)


class TestOpening:
    async def test_takes_a_chat_token(self, query):
        async with line(query) as mine:
            await mine.say(type="ping")
            assert await mine.next("pong") == {"type": "pong"}

    @pytest.fixture
    def refused(self, user):
        session = signed_in(user)
        ended = signed_in(user)
        spent = token_of(ended)
        end_sessions(sessions=type(ended).objects.filter(pk=ended.pk), reason="signed-out")
        with time_machine.travel("2020-01-01"):
            old = token_of(session)
        right = token_of(session)
        return {
            "none": "",
            "empty": "token=",
            "garbage": "token=garbage",
            "access token": f"token={access_token(session=session)}",
            "other audience": f"token={token_of(session, audience='api')}",
            "run out": f"token={old}",
            "of an ended sign-in": f"token={spent}",
            "one character changed": f"token={right[:-2]}{'A' if right[-2] != 'A' else 'B'}{right[-1]}",
            "too long": f"token={'x' * 5000}",
            "too many fields": "&".join(f"a{n}=1" for n in range(50)),
        }

    async def test_refuses_whatever_is_not_one(self, refused):
        codes = {}
        for name, query in refused.items():
            async with line(query) as mine:
                codes[name] = await mine.code()

        assert codes == dict.fromkeys(refused, 4401)

    async def test_a_chat_token_opens_nothing_else(self, user):
        token = await later(lambda: token_of(signed_in(user)))()

        answer = await later(
            lambda: Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/conversations").status_code
        )()

        assert answer == 401

    @pytest.fixture
    def cookie(self, user):
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        return (b"cookie", f"{settings.SESSION_COOKIE_NAME}={value}".encode())

    @pytest.mark.parametrize("origin", ["http://localhost:8000", "http://127.0.0.1:4711"])
    async def test_takes_the_cookie_of_our_own_pages(self, cookie, origin):
        async with line(headers=[cookie, (b"origin", origin.encode()), (b"host", b"127.0.0.1:4711")]) as mine:
            await mine.say(type="ping")
            await mine.next("pong")

    @pytest.mark.parametrize("origin", [None, "", "null", "http://evil.example", "http://127.0.0.1:4712"])
    async def test_refuses_a_cookie_that_another_site_sends(self, cookie, origin):
        headers = [cookie, (b"host", b"127.0.0.1:4711")] + (
            [(b"origin", origin.encode())] if origin is not None else []
        )
        async with line(headers=headers) as mine:
            assert await mine.code() == 4401

    async def test_an_unknown_address_is_refused_quietly(self):
        from asgiref.testing import ApplicationCommunicator  # noqa: PLC0415 -- this test alone

        from config.asgi import application  # noqa: PLC0415 -- as above

        scope = {"type": "websocket", "path": "/ws/nothing/", "query_string": b"", "headers": []}
        communicator = ApplicationCommunicator(application, scope)
        await communicator.send_input({"type": "websocket.connect"})

        assert await communicator.receive_output(5) == {"type": "websocket.close"}
        await communicator.wait(5)


class TestJoin:
    async def test_hears_what_is_said_from_then_on(self, query, place, stranger):
        before = await later(send_message)(conversation_id=place.pk, content="before", by=stranger)
        async with line(query) as mine:
            await mine.say(type="join", conversation_id=place.pk)
            joined = await mine.next("joined")
            said = await later(send_message)(conversation_id=place.pk, content="now", client_id="c", by=stranger)

            assert joined["last_seq"] == before.seq
            assert await mine.next("message") == {
                "type": "message",
                "conversation_id": str(place.pk),
                "message_id": str(said.pk),
                "seq": 2,
                "role": "user",
                "status": "done",
                "sender_id": str(stranger.pk),
                "sender_name": "A Stranger",
                "content": "now",
                "client_id": "c",
                "created_at": said.sent_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }

    async def test_twice_hears_once(self, query, place, user):
        async with line(query) as mine:
            for _ in range(2):
                await mine.say(type="join", conversation_id=place.pk)
                await mine.next("joined")
            for content in ("one", "two"):
                await later(send_message)(conversation_id=place.pk, content=content, by=user)

            assert [(await mine.next("message"))["content"] for _ in range(2)] == ["one", "two"]

    async def test_again_with_after_repeats_what_was_asked_for(self, query, place, user):
        first, *_ = [await later(send_message)(conversation_id=place.pk, content=str(n), by=user) for n in range(3)]
        async with line(query) as mine:
            await mine.say(type="join", conversation_id=place.pk)
            await mine.next("joined")
            await mine.say(type="join", conversation_id=place.pk, after=first.pk)

            assert [(await mine.next("message"))["seq"] for _ in range(2)] == [2, 3]

    @pytest.mark.parametrize("which", ["unknown", "garbage", "not mine"])
    async def test_hides_what_is_not_mine(self, query, staff, which):
        theirs = await later(room)(staff)
        asked = {"unknown": new_id(), "garbage": "garbage", "not mine": theirs.pk}[which]
        async with line(query) as mine:
            await mine.say(type="join", conversation_id=asked)
            error = await mine.next("error")
            await later(send_message)(conversation_id=theirs.pk, content="secret", by=staff)
            await mine.say(type="ping")

            assert (error["code"], error["conversation_id"]) == ("not_found", str(asked))
            assert (await mine.next("message", "pong"))["type"] == "pong"

    async def test_knows_only_messages_of_this_conversation_as_after(self, query, place):
        async with line(query) as mine:
            await mine.say(type="join", conversation_id=place.pk, after=new_id())
            assert (await mine.next("joined", "error"))["code"] == "not_found"

    async def test_counts_frames_of_every_kind(self, query, monkeypatch):
        monkeypatch.setitem(PER_MINUTE, "any", 2)
        async with line(query) as mine:
            for _ in range(3):
                await mine.say(type="ping")
            answers = [await mine.next("pong", "error") for _ in range(3)]
        assert [answer.get("code") for answer in answers] == [None, None, "rate_limited"]

    async def test_is_limited(self, query, place):
        async with line(query) as mine:
            for _ in range(61):
                await mine.say(type="join", conversation_id=place.pk)
            answers = [await mine.next("joined", "error") for _ in range(61)]

        assert [answer["type"] for answer in answers] == ["joined"] * 60 + ["error"]
        assert answers[-1]["code"] == "rate_limited"

    async def test_ends_with_leave(self, query, place, user):
        async with line(query) as mine:
            await mine.say(type="join", conversation_id=place.pk)
            await mine.next("joined")
            await mine.say(type="leave", conversation_id=place.pk)
            await mine.say(type="ping")
            await mine.next("pong")
            await later(send_message)(conversation_id=place.pk, content="unheard", by=user)
            await mine.say(type="ping")

            assert (await mine.next("message", "pong"))["type"] == "pong"

    async def test_ends_with_the_conversation(self, query, place, user):
        async with line(query) as mine:
            await mine.say(type="join", conversation_id=place.pk)
            await mine.next("joined")
            await later(delete_conversation)(conversation_id=place.pk, by=user)

            assert (await mine.next("error"))["code"] == "access_revoked"


class TestMessage:
    async def test_is_echoed_with_its_client_id_and_sent_once(self, query, place):
        async with line(query) as mine:
            await mine.say(type="join", conversation_id=place.pk)
            await mine.next("joined")
            for _ in range(2):
                await mine.say(type="message", conversation_id=place.pk, content="once", client_id="a")
            echoes = [await mine.next("message") for _ in range(2)]

        assert echoes[0] == echoes[1]
        assert (echoes[0]["client_id"], echoes[0]["content"]) == ("a", "once")
        assert await database(Message.objects.count) == 1

    async def test_is_answered_where_the_sender_has_not_joined(self, query, place):
        async with line(query) as mine:
            await mine.say(type="message", conversation_id=str(place.pk).upper(), content="hi", client_id="a")

            assert (await mine.next("message"))["client_id"] == "a"

    async def test_a_socket_cannot_speak_for_others(self, query, place, user, stranger):
        async with line(query) as mine:
            await mine.say(type="message", conversation_id=place.pk, content="hi", sender_id=stranger.pk, role="system")
            message = await mine.next("message")

        assert (message["sender_id"], message["role"]) == (str(user.pk), "user")

    @pytest.mark.parametrize("content", ["", "   ", "x" * 10_001, "a\0b"])
    async def test_that_cannot_be_is_refused_and_the_socket_stays(self, query, place, content):
        async with line(query) as mine:
            await mine.say(type="message", conversation_id=place.pk, content=content, client_id="a")
            error = await mine.next("error")
            await mine.say(type="ping")

            assert (error["code"], error["client_id"]) == ("invalid", "a")
            await mine.next("pong")


class TestOtherFrames:
    async def test_read_only_rises(self, query, place, user, stranger):
        messages = [await later(send_message)(conversation_id=place.pk, content=str(n), by=stranger) for n in range(2)]
        async with line(query) as mine:
            await mine.say(type="join", conversation_id=place.pk)
            await mine.next("joined")
            for message in reversed(messages):
                await mine.say(type="read", conversation_id=place.pk, message_id=message.pk)
            read = await mine.next("read")
            await mine.say(type="ping")
            await mine.next("pong")

        assert (read["seq"], read["message_id"]) == (2, str(messages[1].pk))
        assert (await database(Participant.objects.get, user=user)).last_read_seq == 2

    async def test_typing_needs_the_room_and_is_not_echoed(self, query, place, user):
        async with line(query) as mine:
            await mine.say(type="typing", conversation_id=place.pk)
            assert (await mine.next("error"))["code"] == "not_joined"
            await mine.say(type="join", conversation_id=place.pk)
            await mine.next("joined")
            await mine.say(type="typing", conversation_id=place.pk)
            await later(send_message)(conversation_id=place.pk, content="x", by=user)

            assert (await mine.next("typing", "message"))["type"] == "message"

    async def test_typing_is_told_once_in_three_seconds(self, query, place, stranger):
        theirs = await later(chat_query)(stranger)
        async with line(query) as mine, line(theirs) as other:
            for one in (mine, other):
                await one.say(type="join", conversation_id=place.pk)
                await one.next("joined")
            for _ in range(3):
                await mine.say(type="typing", conversation_id=place.pk)
            await mine.say(type="typing", conversation_id=place.pk, is_typing=False)
            await mine.say(type="message", conversation_id=place.pk, content="done")
            told = []
            while not told or told[-1]["type"] != "message":
                told.append(await other.next("typing", "message"))

        assert [frame.get("is_typing") for frame in told] == [True, False, None]


class TestBrokenFrames:
    BROKEN = ["", "nonsense", "null", "1", "[]", "{}", '{"type": 7}', '{"type": "new_message"}', '{"type": "join"}']

    @pytest.mark.parametrize("text", [*BROKEN, '{"type": "message", "conversation_id": "x", "content": null}'])
    async def test_is_answered_with_an_error(self, query, text):
        async with line(query) as mine:
            await mine.raw(text=text)
            assert (await mine.next("error"))["code"] == "invalid"
            await mine.say(type="ping")
            await mine.next("pong")

    async def test_ten_a_minute_are_borne(self, query):
        async with line(query) as mine:
            for _ in range(11):
                await mine.raw(text="nonsense")
            for _ in range(10):
                await mine.next("error")
            assert await mine.code() == 1008

    async def test_binary_and_too_large_ones_close(self, query):
        async with line(query) as mine:
            await mine.raw(bytes=b"{}")
            assert await mine.code() == 1003
        async with line(query) as mine:
            await mine.raw(text='{"type": "ping", "x": "' + "x" * 65_536 + '"}')
            assert await mine.code() == 1009

    async def test_hurts_only_its_own_socket(self, query):
        async with line(query) as healthy, line(query) as sick:
            await sick.raw(bytes=b"\0")
            assert await sick.code() == 1003
            await healthy.say(type="ping")
            await healthy.next("pong")


class TestSignIn:
    async def test_is_looked_at_each_minute(self, user, monkeypatch):
        """Not every end of a session is announced: a changed password ends it too."""
        monkeypatch.setattr("conversations.live.chat.CHECK_SECONDS", 0.05)
        query = await later(chat_query)(user)
        async with line(query) as mine:
            await mine.say(type="ping")
            await mine.next("pong")

            def change_password():
                user.set_password("another quiet colonnade")
                user.save()

            await later(change_password)()
            assert await asyncio.wait_for(mine.code(), 5) == 4401
