"""dana.txt, "Tasks": its five requests word for word, with real ids put in."""

import pytest

from tests.factories.tasks import task_of

pytestmark = pytest.mark.django_db

TASK = {
    "id", "user_id", "description", "status", "priority", "platform", "client_name", "created_at", "updated_at",
}  # fmt: skip
NEW_TASK = """{
  "description": "Send product specifications",
  "priority": "medium",
  "platform": "whatsapp",
  "client_name": "Alice Johnson"
}"""
CHANGED_TASK = """{
  "description": "Follow up with customer about product inquiry and pricing",
  "status": "in_progress",
  "priority": "medium"
}"""


@pytest.fixture
def two(user):
    first = {"description": "Send product brochure", "status": "in_progress", "priority": "medium"}
    second = {"description": "Follow up with customer about product inquiry", "priority": "high"}
    return [
        task_of(user, **second, platform="facebook", client_name="John Doe"),
        task_of(user, **first, platform="instagram", client_name="Jane Smith"),
    ]


def send(caller, method, path, body=""):
    return getattr(caller.client, method)(path, body, content_type="application/json")


def answered(answer, status, *names):
    assert answer.status_code == status
    body = answer.json()
    assert (body["success"], set(body)) == (True, {"success", *names})
    return body


def test_list_tasks(caller, two):
    body = answered(caller.get("/api/tasks"), 200, "tasks", "total", "limit", "offset")
    assert (body["total"], body["limit"], body["offset"]) == (2, 50, 0)
    assert [(task["client_name"], task["platform"], task["status"]) for task in body["tasks"]] == [
        ("Jane Smith", "instagram", "in_progress"),
        ("John Doe", "facebook", "todo"),
    ]
    assert all(set(task) >= TASK for task in body["tasks"])


def test_list_tasks_with_its_parameters(caller, two):
    query = {"limit": 10, "offset": 0, "status": "todo", "priority": "high", "platform": "facebook"}
    body = answered(caller.get("/api/tasks", **query), 200, "tasks", "total", "limit", "offset")
    assert [task["client_name"] for task in body["tasks"]] == ["John Doe"]


def test_create_task(caller, user):
    body = answered(send(caller, "post", "/api/tasks", NEW_TASK), 201, "message", "task")
    assert body["message"] == "Task created successfully"
    task = body["task"]
    assert {name: task[name] for name in TASK - {"id", "created_at", "updated_at"}} == {
        "user_id": str(user.pk),
        "description": "Send product specifications",
        "status": "todo",
        "priority": "medium",
        "platform": "whatsapp",
        "client_name": "Alice Johnson",
    }
    assert task["created_at"].endswith("Z")


def test_get_task(caller, two):
    body = answered(caller.get(f"/api/tasks/{two[0].pk}"), 200, "task")
    assert (body["task"]["description"], body["task"]["priority"], set(body["task"]) >= TASK) == (
        "Follow up with customer about product inquiry",
        "high",
        True,
    )


def test_update_task(caller, two):
    body = answered(send(caller, "put", f"/api/tasks/{two[0].pk}", CHANGED_TASK), 200, "message", "task")
    assert body["message"] == "Task updated successfully"
    told = [body["task"][name] for name in ("description", "status", "priority", "platform", "client_name")]
    assert told == [
        "Follow up with customer about product inquiry and pricing", "in_progress", "medium", "facebook", "John Doe",
    ]  # fmt: skip


def test_delete_task(caller, two):
    answer = send(caller, "delete", f"/api/tasks/{two[0].pk}")
    assert answered(answer, 200, "message") == {"success": True, "message": "Task deleted successfully"}
