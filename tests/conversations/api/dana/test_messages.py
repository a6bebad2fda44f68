import datetime as dt

import pytest

from config.moments import iso
from conversations.models import Delivery, Message, PlatformAccount
from tests.clients import Caller
from tests.factories.clients import by_hand, client_wrote, thread_with
from tests.factories.conversations import room

pytestmark = pytest.mark.django_db

PATH = "/api/messages"


def problem(answer):
    return answer.status_code, answer.json()["error"]["code"]


def body_for(thread, **more):
    return {"conversation_id": str(thread.pk), "content": "Thank you!", "sender_type": "user"} | more


class TestSend:
    def test_answers_what_was_kept(self, caller, user):
        thread = thread_with(user)

        answer = caller.post(PATH, body_for(thread))

        message = Message.objects.get(role="user")
        told = caller.get(f"{PATH}/{message.pk}").json()["message"]
        assert (answer.status_code, answer.json()) == (
            201,
            {
                "success": True,
                "message": "Message sent successfully",
                "message_id": str(message.pk),
                "conversation_id": str(thread.pk),
                "created_at": told["created_at"],
                "seq": 2,
            },
        )
        assert told == {
            "id": str(message.pk),
            "conversation_id": str(thread.pk),
            "content": "Thank you!",
            "sender_type": "user",
            "created_at": message.sent_at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "seq": 2,
            "sender_id": str(user.pk),
            "delivery_status": "pending",
            "delivery_error": None,
        }

    @pytest.mark.parametrize("key", ["k", "k" * 64, "k" * 65, "k" * 255])
    def test_is_once_under_one_key(self, caller, user, key):
        thread = thread_with(user)
        header = {"headers": {"Idempotency-Key": key}}

        first, again = (caller.post(PATH, body_for(thread, content=said), **header) for said in ("one", "two"))

        assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 200, "true")
        assert (first.json(), Message.objects.filter(role="user").count()) == (again.json(), 1)

    def test_takes_the_key_in_the_body_too(self, caller, user):
        thread = by_hand(user)

        answers = [caller.post(PATH, body_for(thread, client_id="k")) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 200]

    @pytest.mark.parametrize("key", ["", "k" * 256])
    def test_refuses_a_key_that_is_none(self, caller, user, key):
        answer = caller.post(PATH, body_for(by_hand(user)), headers={"Idempotency-Key": key})

        assert problem(answer) == (400, "validation_error")

    @pytest.mark.parametrize(
        "more",
        [
            {"content": ""},
            {"content": " \n"},
            {"content": 7},
            {"content": None},
            {"content": "x" * 10_001},
            {"content": "x" * 2001},
            {"content": "a\0b"},
            {"sender_type": "client"},
            {"sender_type": "ai"},
            {"sender_type": "system"},
            {"sender_type": None},
            {"conversation_id": None},
            {"conversation_id": 7},
            {"client_id": "k" * 65},
            {"client_id": ""},
        ],
    )
    def test_refuses_what_is_wrong(self, caller, user, more):
        assert problem(caller.post(PATH, body_for(thread_with(user), **more))) == (400, "validation_error")
        assert not Message.objects.filter(role="user").exists()

    @pytest.mark.parametrize("name", ["conversation_id", "content"])
    def test_refuses_what_is_missing(self, caller, user, name):
        body = body_for(by_hand(user))
        del body[name]

        assert problem(caller.post(PATH, body)) == (400, "validation_error")

    def test_takes_a_person_to_be_the_sender(self, caller, user):
        body = body_for(thread_with(user))
        del body["sender_type"]

        assert caller.post(PATH, body).status_code == 201

    def test_notes_down_what_a_client_said_where_nothing_is_sent(self, caller, user):
        answer = caller.post(PATH, body_for(by_hand(user), sender_type="client"))

        told = caller.get(f"{PATH}/{answer.json()['message_id']}").json()["message"]
        assert (answer.status_code, told["sender_type"], told["delivery_status"]) == (201, "client", None)

    def test_is_refused_after_the_window_with_its_end(self, caller, user):
        thread = thread_with(user)
        client_wrote(thread, ago=dt.timedelta(days=8))
        thread.refresh_from_db()

        answer = caller.post(PATH, body_for(thread))

        assert problem(answer) == (400, "validation_error")
        assert answer.json()["error"]["details"]["reply_until"] == iso(thread.reply_until)
        assert not Delivery.objects.filter(status="pending").exists()

    def test_is_refused_where_the_account_is_away(self, caller, user):
        thread = thread_with(user)
        PlatformAccount.objects.update(status="disconnected")

        answer = caller.post(PATH, body_for(thread))

        assert problem(answer) == (409, "validation_error")
        assert answer.json()["error"]["details"] == {"reason": "account_disconnected"}

    def test_is_refused_where_the_tier_lacks_the_platform(self, caller, user):
        answer = caller.post(PATH, body_for(thread_with(user, platform="whatsapp")))

        assert problem(answer) == (403, "permission_denied")
        assert answer.json()["error"]["details"]["reason"] == "limit_reached"

    def test_is_for_who_sees_the_conversation(self, caller, user, stranger, anonymous):
        theirs = by_hand(stranger)

        assert problem(caller.post(PATH, body_for(theirs))) == (404, "resource_not_found")
        assert problem(caller.post(PATH, body_for(theirs, conversation_id="x"))) == (404, "resource_not_found")
        assert problem(caller.post(PATH, body_for(room(user)))) == (404, "resource_not_found")
        assert problem(anonymous.post(PATH, body_for(theirs))) == (401, "auth_required")


class TestOne:
    @pytest.mark.parametrize("key", ["x", "0190a1b2-0000-7000-8000-000000000000", "%00"])
    def test_is_unknown_where_there_is_none(self, caller, key):
        assert problem(caller.get(f"{PATH}/{key}")) == (404, "resource_not_found")

    def test_is_for_who_sees_the_conversation(self, user, stranger, anonymous):
        thread_with(user)
        path = f"{PATH}/{Message.objects.get().pk}"

        assert problem(Caller.signed_in_as(stranger).get(path)) == (404, "resource_not_found")
        assert problem(anonymous.get(path)) == (401, "auth_required")

    def test_is_not_of_rooms(self, caller, user):
        said = caller.post(f"/api/v1/conversations/{room(user).pk}/messages", {"content": "Between us"}).json()

        assert problem(caller.get(f"{PATH}/{said['data']['id']}")) == (404, "resource_not_found")
