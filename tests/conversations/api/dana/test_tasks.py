"""Dana's tasks over the wire: works, no credential, wrong owner, missing, bad input."""

import pytest

from config.ids import new_id
from conversations.models import Task
from conversations.verbs.tasks import remove_task, update_task
from tests.factories.conversations import room
from tests.factories.tasks import client_conversation, task_of

pytestmark = pytest.mark.django_db

PATH = "/api/tasks"


def problem(answer):
    return answer.status_code, answer.json()["error"]["code"]


def z(moment):
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def out(task):
    return {
        "id": str(task.pk), "user_id": str(task.user_id), "description": task.description, "status": task.status,
        "priority": task.priority, "platform": task.platform or None, "client_name": task.client_name or None,
        "conversation_id": str(task.conversation_id) if task.conversation_id else None,
        "due_date": str(task.due_date) if task.due_date else None, "done_at": z(task.done_at) if task.done_at else None,
        "created_at": z(task.created_at), "updated_at": z(task.updated_at),
    }  # fmt: skip


class TestList:
    def test_is_ones_own_newest_first(self, caller, user, stranger):
        task_of(stranger)
        gone, *rest = [task_of(user, description=f"{number}") for number in range(4)]
        remove_task(task_id=gone.pk, by=user)
        assert caller.get(PATH).json() == {
            "success": True, "tasks": [out(task) for task in reversed(rest)], "total": 3, "limit": 50, "offset": 0,
        }  # fmt: skip

    def test_is_cut(self, caller, user):
        tasks = [task_of(user, description=f"{number}") for number in range(4)]
        answer = caller.get(PATH, limit=2, offset=1).json()
        assert [task["id"] for task in answer["tasks"]] == [str(tasks[2].pk), str(tasks[1].pk)]
        assert (answer["total"], answer["limit"], answer["offset"]) == (4, 2, 1)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"status": "in_progress"}, ["begun"]),
            ({"status": "done"}, ["over"]),
            ({"priority": "high"}, ["over", "begun"]),
            ({"platform": "facebook"}, ["begun"]),
            ({"priority": "high", "platform": "whatsapp"}, ["over"]),
            ({"platform": "instagram"}, []),
            ({"status": "", "priority": "", "platform": ""}, ["plain", "over", "begun"]),
        ],
    )
    def test_is_filtered(self, caller, user, asked, found):
        task_of(user, description="begun", status="in_progress", priority="high", platform="facebook")
        task_of(user, description="over", status="done", priority="high", platform="whatsapp")
        task_of(user, description="plain")
        answer = caller.get(PATH, **asked).json()
        assert [task["description"] for task in answer["tasks"]] == found
        assert answer["total"] == len(found)

    @pytest.mark.parametrize(
        "asked",
        [
            {"status": "later"}, {"priority": "urgent"}, {"platform": "telegram"}, {"limit": "0"}, {"limit": "101"},
            {"limit": "x"}, {"offset": "-1"}, {"status": "a\0"},
        ],
    )  # fmt: skip
    def test_refuses_what_means_nothing(self, caller, asked):
        assert problem(caller.get(PATH, **asked)) == (400, "validation_error")

    @pytest.mark.parametrize("count", [1, 3])
    def test_in_as_many_queries_however_many(self, caller, user, django_assert_num_queries, count):
        for _ in range(count):
            task_of(user, conversation_id=client_conversation(user).pk)
        caller.get(PATH)
        with django_assert_num_queries(3):
            assert len(caller.get(PATH).json()["tasks"]) == count


class TestCreate:
    def test_answers_the_task(self, caller, user):
        place = room(user)
        body = {
            "description": "Send", "status": "in_progress", "priority": "low", "platform": "whatsapp",
            "client_name": "Alice Johnson", "conversation_id": str(place.pk), "due_date": "2026-12-24",
        }  # fmt: skip
        answer = caller.post(PATH, body)
        task = Task.objects.get()
        assert answer.status_code == 201
        assert answer.json() == {"success": True, "message": "Task created successfully", "task": out(task)}
        assert {name: answer.json()["task"][name] for name in body} == body

    def test_takes_nulls_for_nothing(self, caller):
        body = {"description": "x", "platform": None, "client_name": None, "conversation_id": None, "due_date": None}
        told = caller.post(PATH, body).json()["task"]
        assert [told[name] for name in ("platform", "client_name", "conversation_id", "due_date")] == [None] * 4

    @pytest.mark.parametrize(
        "wrong",
        [
            {}, {"description": ""}, {"description": None}, {"description": 7}, {"description": "x" * 2001},
            {"description": "a\0"}, {"description": "x", "status": "later"}, {"description": "x", "priority": "urgent"},
            {"description": "x", "priority": None}, {"description": "x", "platform": "telegram"},
            {"description": "x", "client_name": "x" * 121}, {"description": "x", "due_date": "soon"},
            {"description": "x", "conversation_id": "nowhere"}, {"description": "x", "conversation_id": 7}, [],
        ],
    )  # fmt: skip
    def test_refuses_what_cannot_be(self, caller, wrong):
        assert problem(caller.post(PATH, wrong)) == (400, "validation_error")
        assert Task.objects.count() == 0

    def test_refuses_what_is_no_json(self, caller):
        answer = caller.client.post(PATH, '{"description": "\\ud83d"}', content_type="application/json")
        assert problem(answer) == (400, "validation_error")

    def test_another_s_conversation_is_unknown(self, caller, stranger):
        body = {"description": "x", "conversation_id": str(client_conversation(stranger).pk)}
        answer = caller.post(PATH, body)
        assert problem(answer) == (400, "validation_error")
        assert list(answer.json()["error"]["details"]) == ["conversation_id"]


class TestOne:
    def test_is_read(self, caller, user):
        task = task_of(user)
        assert caller.get(f"{PATH}/{task.pk}").json() == {"success": True, "task": out(task)}

    def test_is_changed_where_something_is_given(self, caller, user):
        task = task_of(user, platform="facebook", client_name="John Doe")
        answer = caller.put(f"{PATH}/{task.pk}", {"status": "done", "client_name": None})
        task.refresh_from_db()
        assert answer.json() == {"success": True, "message": "Task updated successfully", "task": out(task)}
        assert (task.status, task.client_name, task.platform, task.done_at is None) == ("done", "", "facebook", False)

    def test_is_removed(self, caller, user):
        task = task_of(user)
        answer = caller.delete(f"{PATH}/{task.pk}")
        assert answer.json() == {"success": True, "message": "Task deleted successfully"}
        assert problem(caller.get(f"{PATH}/{task.pk}")) == (404, "resource_not_found")

    @pytest.mark.parametrize("wrong", [{"status": "later"}, {"description": " "}, {"priority": None}, {"due_date": 7}])
    def test_refuses_what_cannot_be(self, caller, user, wrong):
        task = task_of(user)
        assert problem(caller.put(f"{PATH}/{task.pk}", wrong)) == (400, "validation_error")

    @pytest.mark.parametrize("method", ["get", "put", "delete"])
    def test_another_s_and_unknown_ones_are_not_found(self, caller, stranger, method):
        for key in (task_of(stranger).pk, new_id(), "nowhere", "0" * 400):
            assert problem(getattr(caller, method)(f"{PATH}/{key}")) == (404, "resource_not_found")

    def test_of_a_conversation_left_the_task_stays(self, caller, user):
        task = task_of(user, conversation_id=room(user).pk)
        update_task(task_id=task.pk, priority="low", by=user)
        assert caller.get(f"{PATH}/{task.pk}").json()["task"]["conversation_id"] == str(task.conversation_id)


class TestWithoutACredential:
    @pytest.mark.parametrize(
        ("method", "path"),
        [("get", PATH), ("post", PATH), *((method, f"{PATH}/x") for method in ("get", "put", "delete"))],
    )
    def test_nothing_is_said(self, anonymous, method, path):
        assert problem(getattr(anonymous, method)(path)) == (401, "auth_required")

    def test_a_wrong_method_is_said_in_the_dialect(self, caller):
        answer = caller.client.patch(PATH)
        assert (answer.status_code, answer.json()["success"]) == (405, False)
