import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.verbs import access_tokens
from conversations.models import Message
from conversations.verbs.messages import send_message
from tests.clients import Caller
from tests.factories.conversations import room

pytestmark = pytest.mark.django_db


def address(conversation, what="messages"):
    return f"/api/v1/conversations/{conversation.pk}/{what}"


def say(conversation, by, *contents):
    return [send_message(conversation_id=conversation.pk, content=content, by=by) for content in contents]


class TestSend:
    def test_answers_the_message(self, caller, user):
        conversation = room(user)

        response = caller.post(address(conversation), {"content": "Guten Tag 🏛", "client_id": "a"})

        body = response.json()["data"]
        message = Message.objects.get()
        assert response.status_code == 201
        assert body == {
            "id": str(message.pk),
            "conversation_id": str(conversation.pk),
            "seq": 1,
            "role": "user",
            "sender_id": str(user.pk),
            "sender": {"id": str(user.pk), "name": "Ada Lovelace", "username": "ada"},
            "content": "Guten Tag 🏛",
            "client_id": "a",
            "status": "done",
            "created_at": body["created_at"],
        }

    def test_answers_a_re_send_with_the_first_and_200(self, caller, user):
        conversation = room(user)

        first, again = (caller.post(address(conversation), {"content": c, "client_id": "a"}) for c in ("one", "two"))

        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"content": ""},
            {"content": "  "},
            {"content": 7},
            {"content": None},
            {"content": "x" * 10_001},
            {"content": "x", "client_id": "y" * 65},
            {"content": "x", "client_id": 1},
            [],
        ],
    )
    def test_refuses_bad_input(self, caller, user, body):
        conversation = room(user)

        assert caller.post(address(conversation), body).status_code == 400
        assert not Message.objects.exists()

    def test_keeps_every_character(self, caller, user):
        conversation, content = room(user), "  a\n\tb \u202e<script>'\"%s{{x}} "

        caller.post(address(conversation), {"content": content})

        assert Message.objects.get().content == content


class TestHistory:
    @pytest.mark.parametrize("what", ["history", "messages"])
    def test_gives_the_newest_first(self, caller, user, what):
        conversation = room(user)
        say(conversation, user, "one", "two", "three")

        data = caller.get(address(conversation, what), limit=2).json()["data"]

        assert data.keys() == {"messages", "next_cursor", "has_more"}
        assert ([m["content"] for m in data["messages"]], data["has_more"]) == (["three", "two"], True)
        rest = caller.get(address(conversation, what), cursor=data["next_cursor"]).json()["data"]
        assert ([m["content"] for m in rest["messages"]], rest["next_cursor"], rest["has_more"]) == (
            ["one"],
            None,
            False,
        )

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": -1}, {"cursor": "x"}, {"cursor": "e30"}])
    def test_refuses_a_broken_window(self, caller, user, query):
        assert caller.get(address(room(user), "history"), **query).status_code == 400

    def test_takes_the_same_queries_for_one_and_three(self, caller, user, django_assert_num_queries):
        conversation = room(user)
        caller.get(address(conversation, "history"))  # what is looked at once and then cached
        for _ in range(2):
            say(conversation, user, "x")
            with django_assert_num_queries(3):
                caller.get(address(conversation, "history"))
            say(conversation, user, "y")

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        before=st.integers(1, 12),
        limit=st.integers(1, 5),
        meanwhile=st.lists(st.integers(0, 3), max_size=8),
        moments=st.lists(st.integers(0, 2), min_size=12, max_size=12),
    )
    def test_pages_stay_whole_while_rows_arrive(self, caller, user, before, limit, meanwhile, moments):
        """Also where many messages share one moment."""
        conversation = room(user)
        messages = say(conversation, user, *[str(n) for n in range(before)])
        for message, moment in zip(messages, moments, strict=False):
            Message.objects.filter(pk=message.pk).update(sent_at=message.sent_at.replace(microsecond=moment, second=0))
        expected = [
            str(key)
            for key in Message.objects.order_by("-sent_at", "-id")
            .filter(conversation=conversation)
            .values_list("pk", flat=True)
        ]

        seen, cursor, arrivals = [], "", iter(meanwhile)
        while cursor is not None:
            data = caller.get(address(conversation, "history"), limit=limit, cursor=cursor).json()["data"]
            seen += [m["id"] for m in data["messages"]]
            cursor = data["next_cursor"]
            say(conversation, user, *["new"] * next(arrivals, 0))

        assert seen == expected


class TestMarkRead:
    def test_reads_all_or_up_to_a_message(self, caller, user, stranger):
        conversation = room(user, stranger)
        first, _ = say(conversation, stranger, "one", "two")

        answers = [caller.post(address(conversation, "read"), body) for body in ({"message_id": str(first.pk)}, {})]

        assert [answer.json()["data"] for answer in answers] == [{"last_read_seq": 1}, {"last_read_seq": 2}]

    @pytest.mark.parametrize(("body", "status"), [({"message_id": 7}, 400), ({"message_id": "x"}, 404), ([], 400)])
    def test_refuses_bad_input(self, caller, user, body, status):
        assert caller.post(address(room(user), "read"), body).status_code == status


class TestChatToken:
    def test_names_the_sign_in_and_lives_five_minutes(self, caller, user):
        data = caller.get("/api/v1/chat/token").json()["data"]

        claims = access_tokens.read(data["token"], audience="chat")
        assert data == {"token": data["token"], "expires_in": 300}
        assert (claims.user_id, claims.session_id) == (user.pk, caller.session.pk)
        assert access_tokens.read(data["token"]) is None

    def test_is_no_bearer_token(self, caller):
        token = caller.get("/api/v1/chat/token").json()["data"]["token"]

        assert Caller(Authorization=f"Bearer {token}").get("/api/v1/conversations").status_code == 401
