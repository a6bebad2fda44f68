"""Dana's live events (dana.txt, "WebSocket Events"; messaging-design.md §3 and §9, 17 to 26), socket by socket."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial

import jwt
import orjson
import pytest
import time_machine
from asgiref.testing import ApplicationCommunicator
from django.utils.timezone import now

from accounts.facts import ExportFinished
from accounts.models import Session
from accounts.verbs import access_tokens
from accounts.verbs.clients import Client
from accounts.verbs.sessions import access_token, end_sessions, open_session
from config.asgi import application
from config.ids import new_id
from config.moments import iso
from conversations.facts import AssistantTurnEnded, IntegrationChanged
from conversations.live import socket_io_client, socket_io_lines
from conversations.live.database import database
from conversations.live.socket_io import clients, server
from conversations.live.socket_io_lines import engines
from conversations.models import Conversation, Message
from conversations.queries import entrances
from conversations.verbs.announcements import announce
from conversations.verbs.conversations import close_conversation, delete_conversation
from conversations.verbs.messages import append_message, send_message
from conversations.verbs.notifications import notify
from conversations.verbs.participants import remove_participant
from ontology.changes import publish
from tests.conversations.live.conftest import line, signed_in, token_of
from tests.factories.conversations import room
from tests.factories.tasks import client_conversation, task_of
from tests.socket_io import QUERY, Ended, SocketIO

pytestmark = pytest.mark.django_db(transaction=True)

UPGRADE = [(b"connection", b"Upgrade"), (b"upgrade", b"websocket")]


@pytest.fixture(autouse=True)
def _no_clock_of_the_library(monkeypatch):
    """Its watch over silent clients belongs to the event loop it began on, and each test has its own."""
    monkeypatch.setattr(server.eio, "start_service_task", False)


def later(call):
    """`call` in a thread that gives its connection back."""
    return partial(database, call)


def api_token(user):
    return access_token(session=signed_in(user))


@asynccontextmanager
async def dialled(headers=()):
    async with line(QUERY, path="/socket.io/", headers=[*UPGRADE, *headers]) as wire:

        async def receive():
            event = await wire.event()
            if event["type"] == "websocket.close":
                raise Ended(event.get("code"))
            return event["text"]

        client = SocketIO(receive, lambda text: wire.raw(text=text))
        client.wire = wire
        assert (await client.read()).startswith("0{")
        yield client


@asynccontextmanager
async def connected(user=None):
    """A client, signed in where a user is named."""
    async with dialled() as client:
        kind, about = await client.connect()
        assert (kind, list(about)) == ("0", ["sid"])
        if user is not None:
            answer = await client.ask("authenticate", {"token": await database(api_token, user)})
            assert answer == {"success": True, "user_id": str(user.pk)}
        yield client


@pytest.fixture
def place(user, stranger):
    return room(user, stranger)


async def joined(client, place, **more):
    return await client.ask("join_conversation", {"conversation_id": str(place.pk), **more})


async def posted(place, user, *contents):
    return [await later(send_message)(conversation_id=place.pk, content=content, by=user) for content in contents]


def shape(message, sender_type="user"):
    return {
        "id": str(message.pk),
        "conversation_id": str(message.conversation_id),
        "content": message.content,
        "sender_type": sender_type,
        "created_at": iso(message.sent_at),
        "seq": message.seq,
        "sender_id": str(message.sender_id) if message.sender_id else None,
        "sender_name": message.sender.display_name if message.sender else "",
    }


class TestAuthenticate:
    @pytest.fixture
    def credentials(self, user):
        dana = open_session(user=user, style=Session.Style.DANA, client=Client())
        return {"a JWT": api_token(user), "a JWT of Dana's own sign-in": access_token(session=dana)}

    async def test_takes_what_dana_takes_as_a_bearer(self, user, credentials):
        for token in credentials.values():
            async with connected() as client:
                assert await client.ask("authenticate", {"token": token}) == {"success": True, "user_id": str(user.pk)}
                assert await client.next("authenticated") == {"user_id": str(user.pk)}

    async def test_takes_an_opaque_token(self, user, caller):
        body = {"email": "opal@example.com", "name": "Opal", "password": "a quiet colonnade 8"}
        token = (await later(caller.post)("/auth/signUp", body)).json()["token"]
        async with connected() as client:
            assert (await client.ask("authenticate", {"token": token}))["success"] is True

    async def test_is_answered_by_an_event_alone_where_nothing_else_is_asked(self, user):
        token = await later(api_token)(user)
        async with connected() as client:
            await client.emit("authenticate", {"token": token})
            assert await client.next("authenticated") == {"user_id": str(user.pk)}

    async def test_is_taken_from_the_connection_too(self, user):
        token = await later(api_token)(user)
        async with dialled() as client:
            assert (await client.connect({"token": token}))[0] == "0"
            assert await client.next("authenticated") == {"user_id": str(user.pk)}

    async def test_refuses_a_connection_whose_token_is_none(self):
        async with dialled() as client:
            kind, about = await client.connect({"token": "garbage"})
            assert (kind, about["data"]["code"]) == ("4", "invalid_token")

    @pytest.fixture
    def refused(self, user):
        session, ended = signed_in(user), signed_in(user)
        spent = access_token(session=ended)
        end_sessions(sessions=Session.objects.filter(pk=ended.pk), reason="signed-out")
        with time_machine.travel("2020-01-01"):
            old = access_token(session=session)
        right = access_token(session=session)
        body = jwt.decode(right, options={"verify_signature": False})
        return {
            "garbage": "garbage", "empty": "", "missing": None, "number": 7, "object": {"a": 1}, "list": ["x"],
            "true": True, "alg none": jwt.encode(body, None, algorithm="none"), "run out": old,
            "of an ended sign-in": spent, "for the chat": token_of(session), "too long": "x" * 5000,
            "one character changed": f"{right[:-2]}{'A' if right[-2] != 'A' else 'B'}{right[-1]}", "a.b.c": "a.b.c",
        }  # fmt: skip

    async def test_refuses_whatever_is_not_one(self, refused, monkeypatch):
        monkeypatch.setattr("conversations.live.socket_io.FAREWELL_SECONDS", 0.3)
        for name, token in refused.items():
            async with connected() as client:
                answer = await client.ask("authenticate", {"token": token})
                error = answer["error"]
                assert (name, answer["success"], error["code"]) == (name, False, "invalid_token")
                assert await client.next("auth_error") == error
                assert (name, await client.ended()) == (name, 1013)
        assert clients == {}

    @pytest.mark.parametrize("data", [(), (None,), (7,), ("token",), ([],), ({}, "more")])
    async def test_takes_an_object_alone(self, data):
        async with connected() as client:
            answer = await client.ask("authenticate", *data)
            assert answer["success"] is False
            assert answer["error"]["code"] in ("validation_error", "invalid_token")

    async def test_does_not_wait_for_ever(self, monkeypatch):
        monkeypatch.setattr(socket_io_lines, "SIGN_IN_SECONDS", 0.05)
        monkeypatch.setattr(socket_io_lines, "LAST_WORD_SECONDS", 0.3)
        async with dialled() as client:
            assert await client.ended() == 4401
            assert [(name, error["code"]) for name, error in client.events] == [("auth_error", "auth_required")]

    async def test_waits_for_nobody_who_has_authenticated(self, user, place, monkeypatch):
        monkeypatch.setattr(socket_io_lines, "SIGN_IN_SECONDS", 1)
        async with connected(user) as client:
            assert [engine._clock for engine in engines.values()] == [None]
            assert (await joined(client, place))["success"] is True

    async def test_ten_times_in_a_minute_at_most(self, user):
        token = {"token": await later(api_token)(user)}
        async with connected(user) as client:
            answers = [await client.ask("authenticate", token) for _ in range(10)]
            assert [answer["success"] for answer in answers] == [True] * 9 + [False]
            assert answers[-1]["error"]["code"] == "rate_limit_exceeded"
            assert (await client.ask("leave_conversation", {"conversation_id": "x"}))["success"] is True

    async def test_the_same_person_again_keeps_what_they_joined(self, user, stranger, place):
        token = {"token": await later(api_token)(user)}
        async with connected(user) as client:
            await joined(client, place)
            await client.ask("authenticate", token)
            (message,) = await posted(place, stranger, "still here")
            assert await client.messages(1) == [shape(message)]

    async def test_somebody_else_begins_anew(self, user, stranger, place):
        token = {"token": await later(api_token)(stranger)}
        async with connected(user) as client:
            await joined(client, place)
            assert (await client.ask("authenticate", token))["user_id"] == str(stranger.pk)
            await posted(place, stranger, "nobody joined")
            await later(task_of)(stranger)
            assert [event[0] for event in await after(client, "task_update")] == ["task_update"]

    async def test_a_new_connection_is_nobody(self, user, place):
        async with connected(user) as client:
            await client.send("41")
            assert (await client.connect())[0] == "0"
            assert (await joined(client, place))["error"]["code"] == "auth_required"


async def after(client, name):
    """All server events up to one of this name."""
    seen = []
    while not seen or seen[-1][0] != name:
        while not client.events:
            client.note(await client.read())
        event = client.events.popleft()
        if event[0] not in ("authenticated", "joined"):
            seen.append(event)
    return seen


class TestJoin:
    async def test_hears_what_is_said_from_then_on(self, user, stranger, place):
        await posted(place, stranger, "before")
        async with connected(user) as client:
            assert await joined(client, place) == {
                "success": True, "conversation_id": str(place.pk), "last_seq": 1, "missed": [], "truncated": False,
            }  # fmt: skip
            said = await posted(place, stranger, "one", "two")
            assert await client.messages(2) == [shape(message) for message in said]

    async def test_is_answered_by_an_event_too(self, user, place):
        async with connected(user) as client:
            await client.emit("join_conversation", {"conversation_id": str(place.pk)})
            assert (await client.next("joined"))["conversation_id"] == str(place.pk)
            await client.emit("join_conversation", {"conversation_id": "nowhere"})
            assert (await client.next("error"))["code"] == "resource_not_found"

    async def test_twice_is_once(self, user, stranger, place):
        async with connected(user) as client:
            await joined(client, place)
            await joined(client, place)
            (message,) = await posted(place, stranger, "once")
            assert await client.messages(1) == [shape(message)]
            assert await client.heard() == []

    async def test_thirty_posts_at_once_reach_both_once(self, user, stranger, place):
        async with connected(user) as one, connected(stranger) as two:
            for client in (one, two):
                await joined(client, place)
            calls = [posted(place, (user, stranger)[n % 2], f"post {n}") for n in range(30)]
            said = await asyncio.gather(*calls)
            wanted = sorted(message.content for (message,) in said)
            for client in (one, two):
                heard = await client.messages(30)
                assert sorted(message["content"] for message in heard) == wanted
                assert [message["seq"] for message in heard] == list(range(1, 31))
                assert await client.heard() == []

    async def test_tells_what_was_missed_by_seq_and_by_id(self, user, stranger, place):
        said = await posted(place, stranger, *(f"{n}" for n in range(4)))
        async with connected(user) as client:
            for afterwards in (said[1].seq, str(said[1].pk)):
                answer = await joined(client, place, after=afterwards)
                assert answer["missed"] == [shape(message) for message in said[2:]]
                assert (answer["last_seq"], answer["truncated"]) == (4, False)
            assert len((await joined(client, place, after=0))["missed"]) == 4

    async def test_says_where_there_is_more(self, user, stranger, place, monkeypatch):
        monkeypatch.setattr(entrances, "MOST_MISSED", 2)
        said = await posted(place, stranger, "a", "b", "c")
        async with connected(user) as client:
            answer = await joined(client, place, after=0)
            assert (answer["missed"], answer["truncated"]) == ([shape(message) for message in said[:2]], True)
            answer = await joined(client, place, after=2)
            assert (answer["missed"], answer["truncated"]) == ([shape(said[2])], False)

    async def test_an_answer_is_not_longer_than_can_be_taken(self, user, stranger, place, monkeypatch):
        monkeypatch.setattr(entrances, "MOST_LETTERS", 15)
        await posted(place, stranger, "x" * 20, "y", "z" * 20)
        async with connected(user) as client:
            answer = await joined(client, place, after=0)
            assert ([message["seq"] for message in answer["missed"]], answer["truncated"]) == ([1], True)
            answer = await joined(client, place, after=1)
            assert ([message["seq"] for message in answer["missed"]], answer["truncated"]) == ([2], True)

    async def test_what_is_said_while_it_joins_comes_once(self, user, stranger, place, monkeypatch):
        real = socket_io_client.entrance

        def slow(**given):
            send_message(conversation_id=place.pk, content="before the look", by=stranger)
            found = real(**given)
            send_message(conversation_id=place.pk, content="after it", by=stranger)
            return found

        monkeypatch.setattr(socket_io_client, "entrance", slow)
        async with connected(user) as client:
            answer = await joined(client, place, after=0)
            heard = await client.messages(1)
            assert [message["content"] for message in [*answer["missed"], *heard]] == ["before the look", "after it"]
            assert await client.heard() == []

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ({}, "validation_error"), ({"conversation_id": 7}, "validation_error"), (None, "validation_error"),
            ({"conversation_id": ""}, "validation_error"), ({"conversation_id": "nowhere"}, "resource_not_found"),
            ({"conversation_id": "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"}, "resource_not_found"),
            ({"conversation_id": "x", "after": True}, "validation_error"),
            ({"conversation_id": "x", "after": [1]}, "validation_error"),
        ],
    )  # fmt: skip
    async def test_refuses_what_is_nowhere(self, user, data, code):
        async with connected(user) as client:
            answer = await client.ask("join_conversation", data)
            assert (answer["success"], answer["error"]["code"]) == (False, code)

    @pytest.mark.parametrize(
        ("value", "code"), [(-1, "validation_error"), (2**63, "validation_error"), ("x", "resource_not_found")]
    )
    async def test_refuses_an_after_that_names_nothing(self, user, place, value, code):
        async with connected(user) as client:
            assert (await joined(client, place, after=value))["error"]["code"] == code
            await posted(place, user, "not joined")
            assert await client.heard() == []

    async def test_sixty_times_in_a_minute_at_most(self, user):
        async with connected(user) as client:
            codes = [
                (await client.ask("join_conversation", {"conversation_id": "x"}))["error"]["code"] for _ in range(61)
            ]
            assert codes == ["resource_not_found"] * 60 + ["rate_limit_exceeded"]

    async def test_others_hear_nothing(self, user, stranger, place):
        """Never authenticated, never joined, left, another's, made up: silence."""
        mine = await later(room)(user)
        async with (
            connected() as nobody,
            connected(stranger) as idle,
            connected(stranger) as left,
            connected(stranger) as other,
        ):
            assert (await joined(nobody, place))["error"]["code"] == "auth_required"
            assert (await left.ask("leave_conversation", {"conversation_id": "x"}))["success"] is True
            await joined(left, place)
            await left.ask("leave_conversation", {"conversation_id": str(place.pk)})
            assert (await joined(other, mine))["error"]["code"] == "resource_not_found"
            async with connected(user) as mine_too:
                await joined(mine_too, place)
                await joined(mine_too, mine)
                await posted(place, user, "in the room")
                await posted(mine, user, "alone")
                await mine_too.messages(2)
            assert [await client.heard() for client in (idle, left, other)] == [[], [], []]
            nobody.events.clear()
            await joined(nobody, place)
            assert [event[0] for event in nobody.events if event[0] != "error"] == []


class TestRights:
    async def test_who_is_removed_is_put_out(self, user, stranger, place):
        async with connected(stranger) as client, connected(user) as stays:
            for each in (client, stays):
                await joined(each, place)
            await later(remove_participant)(conversation_id=place.pk, user_id=stranger.pk, by=user)
            assert (await client.next("left"))["conversation_id"] == str(place.pk)
            await posted(place, user, "among us")
            await stays.messages(1)
            assert [event for event in await client.heard() if event[0] == "new_message"] == []
            assert (await joined(client, place))["error"]["code"] == "resource_not_found"

    async def test_of_a_deleted_conversation_all_are_put_out(self, user, stranger, place):
        async with connected(stranger) as client:
            await joined(client, place)
            await later(delete_conversation)(conversation_id=place.pk, by=user)
            assert (await client.next("left"))["conversation_id"] == str(place.pk)

    async def test_what_nobody_announced_is_found_within_a_minute(self, user, staff, monkeypatch):
        """Staff read clients' conversations; who is staff no more does not."""
        monkeypatch.setattr(socket_io_client, "CHECK_SECONDS", 0.05)
        place = await later(client_conversation)(user)
        async with connected(staff) as client:
            assert (await joined(client, place))["success"] is True
            await later(type(staff).objects.filter(pk=staff.pk).update)(is_staff=False)
            assert (await client.next("left"))["conversation_id"] == str(place.pk)

    async def test_a_sign_in_that_ends_is_nobody_s(self, user, place):
        session = await later(signed_in)(user)
        async with connected() as client:
            await client.ask("authenticate", {"token": await later(access_token)(session=session)})
            await joined(client, place)
            await later(end_sessions)(sessions=Session.objects.filter(pk=session.pk), reason="signed-out")
            assert (await client.next("auth_error"))["code"] == "invalid_token"
            await posted(place, user, "unheard")
            assert (await joined(client, place))["error"]["code"] == "auth_required"
            assert [event for event in client.events if event[0] == "new_message"] == []

    async def test_another_sign_in_of_theirs_that_ends_changes_nothing(self, user, place):
        other = await later(signed_in)(user)
        async with connected(user) as client:
            await joined(client, place)
            await later(end_sessions)(sessions=Session.objects.filter(pk=other.pk), reason="signed-out")
            (message,) = await posted(place, user, "still here")
            assert await client.messages(1) == [shape(message)]

    async def test_an_end_that_nobody_announced_is_found_within_a_minute(self, user, monkeypatch):
        monkeypatch.setattr(socket_io_client, "CHECK_SECONDS", 0.05)
        async with connected(user) as client:
            await later(Session.objects.filter(user=user.pk).update)(revoked_at=now())
            assert (await client.next("auth_error"))["code"] == "invalid_token"

    async def test_a_token_that_runs_out_is_noticed_at_that_moment(self, user):
        session = await later(signed_in)(user)
        async with connected() as client:
            token = await later(access_tokens.issue)(session=session, seconds=2)
            assert (await client.ask("authenticate", {"token": token}))["success"] is True
            assert (await client.next("auth_error"))["code"] == "invalid_token"
            assert await later(Session.objects.filter(pk=session.pk, revoked_at=None).exists)()


class TestEvents:
    async def test_a_client_s_words_and_a_machine_s(self, user):
        place = await later(client_conversation)(user)
        async with connected(user) as client:
            await joined(client, place)
            roles = ("client", "ai", "user", "advisor", "synthesis", "system")
            said = [await later(append_message)(conversation=place, role=role, content=role) for role in roles]
            kinds = ("client", "ai", "user", "ai", "ai", "ai")
            assert await client.messages(6) == [shape(message, kind) for message, kind in zip(said, kinds, strict=True)]

    async def test_an_answer_that_grows_is_told_once_it_is_whole(self, user, place):
        async with connected(user) as client:
            await joined(client, place)
            message = await later(append_message)(conversation=place, role="advisor", content="", status="streaming")
            (other,) = await posted(place, user, "meanwhile")
            assert await client.messages(1) == [shape(other)]
            await later(Message.objects.filter(pk=message.pk).update)(content="Whole.", status="done")
            message.content = "Whole."
            await later(ended_growing)(place)
            assert await client.messages(1) == [shape(message, "ai")]
            await later(ended_growing)(place)
            assert await client.heard() == []

    async def test_a_conversation_s_change(self, user, stranger, place):
        async with connected(stranger) as client:
            await later(close_conversation)(conversation_id=place.pk, by=user)
            changed = await later(Conversation.objects.get)(pk=place.pk)
            assert await client.next("conversation_update") == {
                "conversation": {"id": str(place.pk), "status": "closed", "updated_at": iso(changed.updated_at)},
                "what": "closed",
            }

    async def test_a_task_s_change_to_its_owner_alone(self, user, stranger):
        async with connected(user) as client, connected(stranger) as other:
            task = await later(task_of)(user, priority="high")
            assert await client.next("task_update") == {
                "task": {
                    "id": str(task.pk), "description": "Send the brochure", "status": "todo", "priority": "high",
                    "updated_at": iso(task.updated_at),
                },
                "what": "created",
            }  # fmt: skip
            assert await other.heard() == []

    async def test_an_integration_s_change(self, user):
        about = {"integration_type": "slack", "status": "active", "updated_at": "2026-03-15T20:15:00.000Z"}
        async with connected(user) as client:
            await later(publish)(IntegrationChanged(user_id=user.pk, what="created", **about))
            assert await client.next("integration_update") == {"integration": about, "what": "created"}

    async def test_what_the_house_has_to_say(self, user):
        about = {"user_id": user.pk, "key": "1", "title": "Your subscription ends in 7 days", "kind": "warning"}
        async with connected(user) as client:
            await later(notify)(user_id=user.pk, key="0", title="Somebody likes your post")
            told = await later(notify)(**about, text="Renew it in your settings.", is_system=True)
            await later(notify)(**{**about, "key": "2"}, is_system=True)
            assert await client.next("system_notification") == {
                "message": "Your subscription ends in 7 days. Renew it in your settings.",
                "type": "warning",
                "timestamp": iso(told.created_at),
            }
            assert (await client.next("system_notification"))["message"] == "Your subscription ends in 7 days"

    async def test_a_finished_export_is_such_a_word(self, user):
        async with connected(user) as client:
            await later(publish)(ExportFinished(export_id=new_id(), user_id=user.pk, status="ready"))
            told = await client.next("system_notification")
            assert told["message"] == "Your copy of your data is ready. It can be downloaded for seven days."

    async def test_an_announcement_is_told_to_all_who_are_here(self, user, stranger, staff):
        async with connected(user) as client, connected(stranger) as other:
            row = await later(announce)(title="New rooms", content="From Monday on.", type="info", by=staff)
            said = {"message": "New rooms. From Monday on.", "type": "info", "timestamp": iso(row.starts_at)}
            assert [await each.next("system_notification") for each in (client, other)] == [said, said]

    async def test_nothing_else_is_told(self, user, place):
        fact = AssistantTurnEnded(
            turn_id=new_id(), conversation_id=place.pk, owner_id=user.pk, status="answered", reason=""
        )
        async with connected(user) as client:
            await joined(client, place)
            await later(publish)(fact)
            (message,) = await posted(place, user, "after it")
            assert await client.messages(1) == [shape(message)]
            assert await client.heard() == []


def ended_growing(place):
    """As the council says that an answer is complete."""
    from council.facts import AdvisorAnswered  # noqa: PLC0415 -- this alone

    publish(AdvisorAnswered(deliberation_id=new_id(), conversation_id=place.pk, persona_id="persona_sage"))


class TestFaults:
    async def test_a_broken_frame_ends_that_socket_alone(self, user, stranger, place):
        async with connected(stranger) as stays:
            await joined(stays, place)
            for frame, code in {
                "42[": 1008,
                "451-[]": 1008,
                "x": 1008,
                "42" + "[" * 50_000: 1008,
                "4" * 70_000: 1009,
            }.items():
                async with connected(user) as client:
                    await client.send(frame)
                    assert await client.ended() == code
            async with connected(user) as client:
                await client.wire.raw(bytes=b"\x00\x01")
                assert await client.ended() == 1003
            (message,) = await posted(place, user, "all is well")
            assert await stays.messages(1) == [shape(message)]
        assert (clients, [engine for engine in engines.values() if engine.line is None]) == ({}, [])

    async def test_events_of_other_names_are_for_nobody(self, user, stranger, place):
        async with connected(user) as client, connected(stranger) as other:
            for each in (client, other):
                await joined(each, place)
            forged = {"message": {"conversation_id": str(place.pk), "content": "forged"}}
            for name in (
                "new_message",
                "system_notification",
                "conversation_update",
                "whatever",
                "connect",
                "disconnect",
            ):
                await client.emit(name, forged)
            assert await client.heard() == []
            assert await other.heard() == []
            (message,) = await posted(place, user, "true")
            assert await other.messages(1) == [shape(message)]

    async def test_who_does_not_read_is_cut_and_nothing_is_kept_of_them(self, user, place, monkeypatch):
        monkeypatch.setattr(socket_io_lines, "QUEUE", 3)
        async with connected(user) as client:
            await joined(client, place)
            (engine,) = engines.values()
            monkeypatch.setattr(engine.socket.queue, "qsize", lambda: 3)  # as if nothing was taken
            await posted(place, user, "too much")
            assert await client.ended() == 1013
        assert (clients, engines) == ({}, {})

    @pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:4712"])
    async def test_pages_of_other_sites_are_refused(self, origin):
        headers = [*UPGRADE, (b"origin", origin.encode()), (b"host", b"127.0.0.1:4711")]
        communicator = ApplicationCommunicator(
            application,
            {"type": "websocket", "path": "/socket.io/", "query_string": QUERY.encode(), "headers": headers},
        )
        await communicator.send_input({"type": "websocket.connect"})
        assert await communicator.receive_output(5) == {"type": "websocket.close"}
        await communicator.wait(5)

    async def test_our_own_pages_are_welcome(self):
        headers = [(b"origin", b"http://127.0.0.1:4711"), (b"host", b"127.0.0.1:4711")]
        async with dialled(headers=headers) as client:
            assert (await client.connect())[0] == "0"


async def requested(method, *, query="EIO=4&transport=polling", body=b"", path="/socket.io/", headers=()):
    """(status, headers, body) of a plain request."""
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": list(headers)}
    communicator = ApplicationCommunicator(application, scope)
    for start in range(0, max(len(body), 1), 50_000):
        part = body[start : start + 50_000]
        await communicator.send_input({"type": "http.request", "body": part, "more_body": start + 50_000 < len(body)})
    first = await communicator.receive_output(10)
    second = await communicator.receive_output(10)
    await communicator.wait(10)
    return first["status"], dict(first["headers"]), second["body"]


class TestPolling:
    @asynccontextmanager
    async def opened(self, path="/socket.io/"):
        """The query of a connection that is polled for."""
        status, headers, body = await requested("GET", path=path)
        assert (status, headers[b"cache-control"]) == (200, b"no-store")
        query = f"EIO=4&transport=polling&sid={orjson.loads(body[1:])['sid']}"
        yield query
        await requested("POST", query=query, body=b"1")
        assert (clients, engines) == ({}, {})

    @pytest.mark.parametrize("path", ["/socket.io", "/socket.io/"])
    async def test_speaks_at_both_addresses(self, user, path):
        auth = orjson.dumps({"token": await later(api_token)(user)})
        async with self.opened(path) as query:
            assert (await requested("POST", query=query, body=b"40" + auth, path=path))[0] == 200
            body = (await requested("GET", query=query, path=path))[2].decode()
            assert ('"user_id"' in body, body.startswith("40{")) == (True, True)

    async def test_takes_no_body_that_is_too_large_or_cannot_be_read(self):
        async with self.opened() as query:
            wrong = (b"4" * 70_000, b"42[", b"\xff", b"d=40")
            answers = [await requested("POST", query=query, body=body) for body in wrong]
            assert [answer[0] for answer in answers] == [413, 400, 400, 400]
            assert {orjson.loads(answer[2])["error"]["code"] for answer in answers} == {"validation_error"}
            assert (await requested("POST", query=query, body=b"40"))[0] == 200

    async def test_a_body_that_announces_no_length_is_read_all_the_same(self):
        async with self.opened() as query:
            await requested("POST", query=query, body=b"40")
            assert (await requested("GET", query=query))[2].startswith(b"40{")

    async def test_who_waits_for_news_is_let_go_with_the_connection(self):
        async with self.opened() as query:
            waiting = asyncio.create_task(requested("GET", query=query))
            await asyncio.sleep(0)
        assert (await asyncio.wait_for(waiting, 5))[0] == 200

    async def test_refuses_pages_of_other_sites(self):
        headers = [(b"origin", b"http://evil.example"), (b"host", b"127.0.0.1:4711")]
        status, _, body = await requested("GET", headers=headers)
        assert (status, orjson.loads(body)["error"]["code"]) == (400, "permission_denied")

    @pytest.mark.parametrize(
        ("query", "method"),
        [
            ("EIO=3&transport=polling", "GET"),
            ("EIO=4&transport=smoke", "GET"),
            ("EIO=4&transport=polling&sid=x", "GET"),
            ("EIO=4&transport=polling&sid=x", "POST"),
        ],
    )
    async def test_says_no_to_what_is_not_the_protocol(self, query, method):
        assert (await requested(method, query=query))[0] == 400


class TestElsewhere:
    async def test_other_addresses_are_as_they_were(self):
        status, _, body = await requested("GET", path="/api/tasks", query="", headers=[(b"host", b"localhost")])
        assert (status, orjson.loads(body)["error"]["code"]) == (401, "auth_required")
        status, _, _ = await requested("GET", path="/socket.iox", query="", headers=[(b"host", b"localhost")])
        assert status == 404
