"""dana.txt, "Conversations" and "Messages": their six requests word for word, with real ids put in."""

import pytest

from conversations.models import Message
from tests.factories.clients import assistant_says, client_says, thread_with

pytestmark = pytest.mark.django_db

CONVERSATION = {"id", "user_id", "platform", "client_name", "client_company", "status", "created_at", "updated_at"}
MESSAGE = {"id", "conversation_id", "content", "sender_type", "created_at"}
ASKED = "Hello, I have a question about your product."
ANSWERED = "Of course, I'd be happy to help! What would you like to know?"
CHANGE = """{
  "client_name": "Updated Name",
  "client_company": "Updated Company",
  "status": "closed"
}"""
SEND = """{
  "conversation_id": "conversation_id_1",
  "content": "Thank you for your help!",
  "sender_type": "user"
}"""


@pytest.fixture
def john(user):
    thread = thread_with(user, name="John Doe", company="Client Co.", wrote=False)
    client_says(thread, ASKED)
    assistant_says(thread, ANSWERED)
    return thread


def answered(answer, status, *names):
    assert answer.status_code == status
    body = answer.json()
    assert body["success"] is True
    assert set(names) <= set(body)
    return body


def documented(told, names):
    """What the document shows, by itself; a moment only has to be one."""
    assert names <= set(told)
    assert all(value.endswith("Z") for name, value in told.items() if name in ("created_at", "updated_at"))
    return {name: told[name] for name in names if not name.endswith("_at")}


def test_list_conversations(caller, user, john):
    jane = thread_with(user, platform="instagram", name="Jane Smith", wrote=False)
    assistant_says(jane, "Last message content")
    assistant_says(john, "Anything else?")

    body = answered(caller.get("/api/conversations", limit=50, offset=0), 200, "conversations")

    assert (body["total"], body["limit"], body["offset"]) == (2, 50, 0)
    first, second = body["conversations"]
    assert documented(first, CONVERSATION) == {
        "id": str(john.pk),
        "user_id": str(user.pk),
        "platform": "facebook",
        "client_name": "John Doe",
        "client_company": "Client Co.",
        "status": "active",
    }
    assert (second["client_name"], second["client_company"]) == ("Jane Smith", None)
    assert set(second["last_message"]) == {"content", "sender_type", "timestamp"}
    assert (second["last_message"]["content"], second["last_message"]["sender_type"]) == ("Last message content", "ai")
    assert caller.get("/api/conversations", status="active", platform="instagram").json()["total"] == 1


def test_get_conversation(caller, user, john):
    body = answered(caller.get(f"/api/conversations/{john.pk}"), 200, "conversation")

    assert documented(body["conversation"], CONVERSATION)["client_company"] == "Client Co."


def test_update_conversation(caller, user, john):
    answer = caller.client.put(f"/api/conversations/{john.pk}", CHANGE, content_type="application/json")

    body = answered(answer, 200, "message", "conversation")
    assert body["message"] == "Conversation updated successfully"
    assert documented(body["conversation"], CONVERSATION) == {
        "id": str(john.pk),
        "user_id": str(user.pk),
        "platform": "facebook",
        "client_name": "Updated Name",
        "client_company": "Updated Company",
        "status": "closed",
    }


def test_get_conversation_messages(caller, john):
    body = answered(caller.get(f"/api/conversations/{john.pk}/messages"), 200, "messages")

    assert (body["conversation_id"], body["total"], body["limit"]) == (str(john.pk), 2, 50)
    assert [documented(told, MESSAGE) for told in body["messages"]] == [
        {"id": str(key), "conversation_id": str(john.pk), "content": content, "sender_type": sender}
        for key, content, sender in zip(
            Message.objects.order_by("seq").values_list("pk", flat=True),
            (ASKED, ANSWERED),
            ("client", "ai"),
            strict=True,
        )
    ]


def test_send_message(caller, john):
    body = SEND.replace("conversation_id_1", str(john.pk))

    answer = caller.client.post("/api/messages", body, content_type="application/json")

    told = answered(answer, 201, "message", "message_id", "conversation_id")
    message = Message.objects.get(content="Thank you for your help!")
    assert (told["message"], told["message_id"], told["conversation_id"]) == (
        "Message sent successfully",
        str(message.pk),
        str(john.pk),
    )


def test_get_message(caller, john):
    message = Message.objects.get(content=ASKED)

    body = answered(caller.get(f"/api/messages/{message.pk}"), 200, "message")

    assert documented(body["message"], MESSAGE) == {
        "id": str(message.pk),
        "conversation_id": str(john.pk),
        "content": ASKED,
        "sender_type": "client",
    }
