"""dana.txt, "Integrations": its eight requests word for word, with real ids put in."""

import json

import pytest

from tests.clients import Caller
from tests.factories.integrations import connected
from tests.fakes.slack import CHANNEL, TOKEN, SlackHouse, used_by

pytestmark = pytest.mark.django_db

CREATE = """{
  "integration_type": "slack",
  "config": {
    "bot_token": "xoxb-your-token",
    "channel_id": "C0123456789"
  }
}"""
UPDATE = """{
  "config": {
    "bot_token": "xoxb-new-token",
    "channel_id": "C0123456789"
  }
}"""
TYPES = """{
  "success": true,
  "integrations": [
    {
      "type": "slack",
      "name": "Slack",
      "description": "Send notifications to Slack channels",
      "category": "business"
    },
    {
      "type": "email",
      "name": "Email",
      "description": "Send and receive emails",
      "category": "business"
    },
    {
      "type": "hubspot",
      "name": "HubSpot",
      "description": "Sync contacts and create tickets in HubSpot",
      "category": "business"
    },
    {
      "type": "postgresql",
      "name": "PostgreSQL",
      "description": "Connect to PostgreSQL databases",
      "category": "database"
    }
  ]
}"""
SCHEMA = """{
    "type": "object",
    "properties": {
      "bot_token": {
        "type": "string",
        "title": "Bot Token",
        "description": "Slack Bot User OAuth Token (starts with xoxb-)"
      },
      "channel_id": {
        "type": "string",
        "title": "Channel ID",
        "description": "Slack Channel ID (starts with C)"
      }
    },
    "required": ["bot_token", "channel_id"]
}"""
ROW = ("integration_type", "status", "created_at", "updated_at")


def place(user, *rest):
    return "/".join(("/api/integrations/user", str(user.pk), *rest))


def send(caller, method, path, body=""):
    return getattr(caller.client, method)(path, body, content_type="application/json")


def is_row(row, type="slack"):
    assert (row["integration_type"], row["status"]) == (type, "active")
    assert all(row[name].endswith("Z") for name in ("created_at", "updated_at"))
    return tuple(row)


def test_list_integration_types(caller):
    assert caller.get("/api/integrations").json() == json.loads(TYPES)


def test_get_integration_schema(caller):
    body = caller.get("/api/integrations/schema/slack").json()
    schema, told = json.loads(SCHEMA), body["schema"]
    assert (body["success"], told["type"], told["required"]) == (True, "object", schema["required"])
    for name, about in schema["properties"].items():
        assert told["properties"][name].items() >= about.items()


def test_list_user_integrations(caller, user):
    for type in ("hubspot", "slack"):
        connected(user, type)
    body = caller.get(place(user)).json()
    assert set(body) == {"success", "integrations"}
    slack, hubspot = body["integrations"]
    assert (is_row(slack), is_row(hubspot, "hubspot")) == (ROW, ROW)


def test_create_integration(caller, user):
    answer = send(caller, "post", place(user), CREATE)
    body = answer.json()
    assert (answer.status_code, body["success"]) == (201, True)
    assert body["message"] == "Integration created successfully"
    assert is_row(body["integration"]) == ROW


def test_get_integration(caller, user):
    send(caller, "post", place(user), CREATE)
    body = caller.get(place(user, "slack")).json()
    assert (set(body), body["success"]) == ({"success", "integration"}, True)
    assert body["integration"]["config"] == {"bot_token": "********", "channel_id": "C0123456789"}
    assert set(is_row(body["integration"])) == {*ROW, "config"}


def test_update_integration(caller, user):
    before = send(caller, "post", place(user), CREATE).json()["integration"]
    body = send(caller, "put", place(user, "slack"), UPDATE).json()
    assert (body["success"], body["message"]) == (True, "Integration updated successfully")
    assert is_row(body["integration"]) == ROW
    assert body["integration"]["created_at"] == before["created_at"]
    assert body["integration"]["updated_at"] >= before["updated_at"]
    assert user.integrations.get().config == json.loads(UPDATE)["config"]


def test_delete_integration(caller, user):
    connected(user)
    answer = send(caller, "delete", place(user, "slack"))
    assert answer.json() == {"success": True, "message": "Integration deleted successfully"}
    assert not user.integrations.exists()


def test_test_integration(caller, user, settings):
    connected(user, bot_token=TOKEN, channel_id=CHANNEL)
    house = SlackHouse()
    used_by(settings, house)
    with house.standing():
        body = send(caller, "post", place(user, "slack", "test")).json()
    assert body == {
        "success": True,
        "message": "Integration test successful",
        "details": {"connected": True, "team_name": "Your Team", "channel_name": "your-channel", "is_member": True},
    }


def test_get_user_of_the_admin_endpoints(staff, user):
    for type in ("slack", "hubspot"):
        connected(user, type)
    told = Caller.signed_in_as(staff).get(f"/api/admin/users/{user.pk}").json()["user"]["integrations"]
    assert sorted(told, key=lambda row: row["integration_type"]) == [
        {"integration_type": "hubspot", "status": "active"},
        {"integration_type": "slack", "status": "active"},
    ]
