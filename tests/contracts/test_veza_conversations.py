"""The examples of veza.txt for chat and conversations, replayed: status, envelope and keys."""

import pytest

from conversations.verbs.messages import send_message
from tests.factories.conversations import room

pytestmark = pytest.mark.django_db


def data_of(response, status=200):
    assert response.status_code == status
    body = response.json()
    assert body.keys() == {"success", "data"}
    assert body["success"] is True
    return body["data"]


class TestChat:
    """Document veza.txt, "Chat": GET /chat/token."""

    def test_token(self, caller):
        data = data_of(caller.get("/api/v1/chat/token"))

        assert data.keys() == {"token", "expires_in"}
        assert data["token"].startswith("eyJ")
        assert data["expires_in"] == 300

    def test_needs_a_bearer_token(self, anonymous):
        response = anonymous.get("/api/v1/chat/token")

        assert response.status_code == 401
        assert response.json().keys() == {"success", "error", "code"}
        assert response.json()["success"] is False


class TestConversations:
    """Document veza.txt, "Conversations (v0.931 cursor)"; its bodies are in decisions.md §6."""

    def test_list(self, caller, user):
        room(user)

        data = data_of(caller.get("/api/v1/conversations"))

        assert data.keys() == {"conversations", "next_cursor", "has_more"}
        assert len(data["conversations"]) == 1

    def test_history(self, caller, user):
        conversation = room(user)
        for number in range(3):
            send_message(conversation_id=conversation.pk, content=str(number), by=user)
        path = f"/api/v1/conversations/{conversation.pk}/history"

        first = data_of(caller.get(path, limit=2))
        second = data_of(caller.get(path, limit=2, cursor=first["next_cursor"]))

        assert first.keys() == second.keys() == {"messages", "next_cursor", "has_more"}
        assert [message["content"] for page in (first, second) for message in page["messages"]] == ["2", "1", "0"]
        assert (first["has_more"], second["has_more"], second["next_cursor"]) == (True, False, None)

    def test_create_update_delete(self, caller, stranger):
        made = data_of(
            caller.post("/api/v1/conversations", {"name": "Porch", "participant_ids": [str(stranger.pk)]}), 201
        )
        path = f"/api/v1/conversations/{made['id']}"

        assert made["name"] == "Porch"
        assert data_of(caller.put(path, {"name": "Colonnade"}))["name"] == "Colonnade"
        assert data_of(caller.delete(path)) == {"message": "Conversation deleted"}
        assert caller.put(path, {"name": "Late"}).status_code == 404
