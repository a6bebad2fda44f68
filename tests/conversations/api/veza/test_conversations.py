import pytest

from config.ids import new_id
from conversations.models import Conversation
from conversations.verbs.messages import mark_read, send_message
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.conversations import direct, room

pytestmark = pytest.mark.django_db
ROOMS = "/api/v1/conversations"
QUERIES_OF_A_CALL = 1  # whose token it is

ENDPOINTS = [
    ("get", ROOMS),
    ("post", ROOMS),
    ("get", f"{ROOMS}/{{id}}"),
    ("put", f"{ROOMS}/{{id}}"),
    ("delete", f"{ROOMS}/{{id}}"),
    ("get", f"{ROOMS}/{{id}}/history"),
    ("get", f"{ROOMS}/{{id}}/messages"),
    ("post", f"{ROOMS}/{{id}}/messages"),
    ("post", f"{ROOMS}/{{id}}/read"),
    ("get", f"{ROOMS}/{{id}}/participants"),
    ("post", f"{ROOMS}/{{id}}/participants"),
    ("delete", f"{ROOMS}/{{id}}/participants"),
    ("get", "/api/v1/chat/token"),
]
BODIES = {
    "put": {"name": "x"},
    "post": {"content": "x", "user_id": str(new_id())},
    "delete": {"user_id": str(new_id())},
}


def call(caller, method, path, body=None):
    return getattr(caller, method)(path, *([body] if body is not None and method != "get" else []))


class TestEveryEndpoint:
    @pytest.mark.parametrize(("method", "path"), ENDPOINTS)
    def test_needs_a_credential(self, anonymous, method, path):
        response = call(anonymous, method, path.format(id=new_id()))

        assert response.status_code == 401
        assert response.json()["success"] is False

    @pytest.mark.parametrize(("method", "path"), [e for e in ENDPOINTS if "{id}" in e[1]])
    @pytest.mark.parametrize("which", ["stranger's", "unknown", "garbage"])
    def test_hides_what_is_not_yours(self, caller, stranger, method, path, which):
        key = {"stranger's": room(stranger).pk, "unknown": new_id(), "garbage": "not-an-id"}[which]

        response = call(caller, method, path.format(id=key), BODIES.get(method, {}))

        assert (response.status_code, response.json()["code"]) == (404, "not_found")


class TestList:
    def test_gives_rooms_and_direct_ones_newest_first_with_what_is_unread(self, caller, user, stranger):
        older, newer = room(user, stranger, title="Older"), direct(user, stranger)
        room(stranger, title="Not mine")
        Conversation.objects.create(kind="council", created_by=user)
        said = send_message(conversation_id=older.pk, content="one", by=stranger)
        send_message(conversation_id=older.pk, content="mine", by=user)
        send_message(conversation_id=newer.pk, content="hi", by=stranger)
        mark_read(conversation_id=older.pk, message_id=said.pk, by=user)

        data = caller.get(ROOMS).json()["data"]

        assert (data["next_cursor"], data["has_more"]) == (None, False)
        assert [
            (r["id"], r["kind"], r["name"], r["unread_count"], r["participant_count"], r["last_message"]["content"])
            for r in data["conversations"]
        ] == [
            (str(newer.pk), "direct", "A Stranger", 1, 2, "hi"),
            (str(older.pk), "room", "Older", 0, 2, "mine"),
        ]

    def test_takes_the_same_queries_for_one_and_three(self, caller, user, stranger, django_assert_num_queries):
        caller.get(ROOMS)  # what is looked at once and then cached
        for _ in range(2):
            conversation = room(user, stranger, UserFactory())
            send_message(conversation_id=conversation.pk, content="x", by=stranger)
            direct(user, UserFactory())
            with django_assert_num_queries(QUERIES_OF_A_CALL + 4):
                caller.get(ROOMS)
            room(user)

    def test_pages_by_cursor(self, caller, user):
        rooms = [room(user, title=str(n)) for n in range(5)]

        seen, cursor = [], ""
        while cursor is not None:
            data = caller.get(ROOMS, limit=2, cursor=cursor).json()["data"]
            seen += [row["name"] for row in data["conversations"]]
            cursor = data["next_cursor"]

        assert seen == [str(n) for n in reversed(range(len(rooms)))]

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "broken"}])
    def test_refuses_a_broken_window(self, caller, query):
        assert caller.get(ROOMS, **query).status_code == 400


class TestCreate:
    def test_opens_a_room(self, caller, user, stranger):
        response = caller.post(ROOMS, {"name": "Porch", "participant_ids": [str(stranger.pk)]})

        body = response.json()["data"]
        assert response.status_code == 201
        assert body == {
            "id": body["id"],
            "kind": "room",
            "name": "Porch",
            "status": "active",
            "created_by": str(user.pk),
            "participant_count": 2,
            "unread_count": 0,
            "last_seq": 0,
            "last_read_seq": 0,
            "last_message": None,
            "last_message_at": body["last_message_at"],
            "created_at": body["created_at"],
            "updated_at": body["updated_at"],
        }
        assert body["created_at"].endswith("Z")

    def test_answers_the_direct_conversation_the_two_have(self, caller, user, stranger):
        wish = {"kind": "direct", "participant_ids": [str(stranger.pk)]}

        one, two = caller.post(ROOMS, wish), caller.post(ROOMS, wish)

        assert one.json()["data"]["id"] == two.json()["data"]["id"]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"name": ""},
            {"name": 7},
            {"name": "x" * 121},
            {"name": "x", "participant_ids": "y"},
            {"name": "x", "participant_ids": ["y"]},
            {"name": "x", "participant_ids": [{}]},
            {"name": "x", "kind": "council"},
            {"kind": "direct", "participant_ids": []},
        ],
    )
    def test_refuses_what_is_no_room(self, caller, body):
        response = caller.post(ROOMS, body)

        assert response.status_code == 400
        assert not Conversation.objects.exists()


class TestUpdateAndDelete:
    def test_renames_closes_and_reopens(self, caller, user):
        key = room(user).pk

        named = caller.put(f"{ROOMS}/{key}", {"name": "New"}).json()["data"]
        closed = caller.put(f"{ROOMS}/{key}", {"status": "closed"}).json()["data"]
        late = caller.post(f"{ROOMS}/{key}/messages", {"content": "late"})
        opened = caller.put(f"{ROOMS}/{key}", {"status": "active"}).json()["data"]

        assert [(r["name"], r["status"]) for r in (named, closed, opened)] == [
            ("New", "active"),
            ("New", "closed"),
            ("New", "active"),
        ]
        assert (late.status_code, late.json()["code"]) == (409, "conversation_closed")

    def test_deletes(self, caller, user):
        key = room(user).pk

        assert caller.delete(f"{ROOMS}/{key}").json() == {"success": True, "data": {"message": "Conversation deleted"}}
        assert caller.get(f"{ROOMS}/{key}").status_code == 404

    def test_is_for_the_owner(self, user, stranger):
        key = room(user, stranger).pk
        member = Caller.signed_in_as(stranger)

        assert member.put(f"{ROOMS}/{key}", {"name": "Mine"}).status_code == 403
        assert member.delete(f"{ROOMS}/{key}").status_code == 403

    @pytest.mark.parametrize("body", [{"name": ""}, {"name": []}, {"status": "gone"}])
    def test_refuses_bad_input(self, caller, user, body):
        assert caller.put(f"{ROOMS}/{room(user).pk}", body).status_code == 400


class TestParticipants:
    def test_lists_adds_and_removes(self, caller, user, stranger):
        path = f"{ROOMS}/{room(user).pk}/participants"

        added = caller.post(path, {"user_id": str(stranger.pk)})
        listed = caller.get(path).json()["data"]["participants"]
        removed = caller.delete(path, {"user_id": str(stranger.pk)})

        assert (added.status_code, removed.status_code) == (201, 200)
        assert [(p["user_id"], p["username"], p["name"], p["role"]) for p in listed] == [
            (str(user.pk), "ada", "Ada Lovelace", "owner"),
            (str(stranger.pk), None, "A Stranger", "member"),
        ]
        assert [p["user_id"] for p in removed.json()["data"]["participants"]] == [str(user.pk)]

    def test_one_may_leave(self, user, stranger):
        key = room(user, stranger).pk
        member = Caller.signed_in_as(stranger)

        assert member.delete(f"{ROOMS}/{key}/participants", {"user_id": str(stranger.pk)}).json()["data"] == {
            "participants": []
        }
        assert member.get(f"{ROOMS}/{key}").status_code == 404

    def test_takes_the_same_queries_for_one_and_three(self, caller, user, django_assert_num_queries):
        caller.get(ROOMS)
        for people in (1, 3):
            key = room(user, *[UserFactory() for _ in range(people)]).pk
            with django_assert_num_queries(QUERIES_OF_A_CALL + 2):
                caller.get(f"{ROOMS}/{key}/participants")

    @pytest.mark.parametrize("body", [{}, {"user_id": 7}, {"user_id": None}, []])
    def test_refuses_bad_input(self, caller, user, body):
        assert caller.post(f"{ROOMS}/{room(user).pk}/participants", body).status_code == 400

    def test_does_not_know_strangers_to_the_house(self, caller, user):
        response = caller.post(f"{ROOMS}/{room(user).pk}/participants", {"user_id": str(new_id())})

        assert (response.status_code, response.json()["error"]) == (404, "User not found")
