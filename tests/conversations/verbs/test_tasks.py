"""What somebody has to do: whose it is, what may stand in it, and what is told of it."""

import datetime as dt

import pytest
import time_machine
from django.utils.timezone import now

from config.errors import Conflict, Invalid, NotFound
from config.ids import new_id
from conversations.models import Task
from conversations.verbs import tasks as verbs
from conversations.verbs.tasks import create_task, remove_task, update_task
from ontology.models import Change
from tests.factories.conversations import room
from tests.factories.tasks import client_conversation, task_of

pytestmark = pytest.mark.django_db

FIELDS = ("description", "status", "priority", "platform", "client_name", "conversation_id", "due_date", "done_at")


def whole(task):
    task.refresh_from_db()
    return {name: getattr(task, name) for name in FIELDS}


def told():
    return [change.payload for change in Change.objects.filter(kind="TaskChanged").order_by("pk")]


class TestCreate:
    def test_a_description_is_enough(self, user):
        task = create_task(description="  Send the brochure ", by=user)
        assert task.user == user
        assert whole(task) == {
            "description": "Send the brochure", "status": "todo", "priority": "medium", "platform": "",
            "client_name": "", "conversation_id": None, "due_date": None, "done_at": None,
        }  # fmt: skip

    def test_tells_its_owner_alone_and_whole(self, user):
        task = task_of(user, priority="high")
        change = Change.objects.get(kind="TaskChanged")
        assert change.topics == [f"user:{user.pk}"]
        assert change.payload == {
            "task_id": str(task.pk), "user_id": str(user.pk), "what": "created", "description": "Send the brochure",
            "status": "todo", "priority": "high",
            "updated_at": task.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }  # fmt: skip

    def test_knows_the_client_of_its_conversation(self, user):
        place = client_conversation(user)
        task = task_of(user, conversation_id=str(place.pk))
        assert (task.conversation, task.platform, task.client_name) == (place, "instagram", "Jane Smith")

    def test_keeps_what_is_given_beside_the_conversation(self, user):
        task = task_of(user, conversation_id=client_conversation(user).pk, platform="facebook", client_name="Her boss")
        assert (task.platform, task.client_name) == ("facebook", "Her boss")

    def test_is_about_a_room_too(self, user):
        place = room(user)
        task = task_of(user, conversation_id=place.pk)
        assert (task.conversation, task.platform) == (place, "")

    def test_made_done_is_done_now(self, user):
        with time_machine.travel("2026-05-01T10:00:00Z", tick=False):
            assert task_of(user, status="done").done_at == now()

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"description": "  "}, "description"),
            ({"description": "x" * 2001}, "description"),
            ({"description": "a\0b"}, "description"),
            ({"description": 7}, "description"),
            ({"client_name": "x" * 121}, "client_name"),
            ({"status": "later"}, "status"),
            ({"priority": "urgent"}, "priority"),
            ({"priority": ""}, "priority"),
            ({"platform": "telegram"}, "platform"),
            ({"due_date": dt.date(1, 1, 1)}, "due_date"),
            ({"conversation_id": "nowhere"}, "conversation_id"),
            ({"conversation_id": new_id()}, "conversation_id"),
        ],
    )
    def test_refuses_what_cannot_be(self, user, wrong, field):
        with pytest.raises(Invalid) as refused:
            task_of(user, **wrong)
        assert list(refused.value.details) == [field]
        assert (Task.objects.count(), told()) == (0, [])

    def test_needs_a_description(self, user):
        with pytest.raises(Invalid) as refused:
            create_task(priority="low", by=user)
        assert refused.value.details == {"description": ["This field is required."]}

    def test_another_s_conversation_is_unknown(self, user, stranger):
        with pytest.raises(Invalid) as refused:
            task_of(user, conversation_id=client_conversation(stranger).pk)
        assert refused.value.details == {"conversation_id": ["You have no such conversation."]}

    def test_ends_at_the_most(self, user, stranger, monkeypatch):
        monkeypatch.setattr(verbs, "MOST_TASKS", 2)
        first, _ = task_of(user), task_of(user)
        with pytest.raises(Conflict) as refused:
            task_of(user)
        assert refused.value.code == "too_many_tasks"
        task_of(stranger)
        remove_task(task_id=first.pk, by=user)
        task_of(user)


class TestUpdate:
    def test_changes_what_is_given_and_leaves_the_rest(self, user):
        day = dt.date(2026, 5, 1)
        task = task_of(user, platform="facebook", client_name="John Doe", due_date=day)
        update_task(task_id=str(task.pk), description="Call", status="in_progress", by=user)
        assert whole(task) == {
            "description": "Call", "status": "in_progress", "priority": "medium", "platform": "facebook",
            "client_name": "John Doe", "conversation_id": None, "due_date": day, "done_at": None,
        }  # fmt: skip
        assert [(each["what"], each["status"]) for each in told()] == [("created", "todo"), ("updated", "in_progress")]

    def test_when_it_was_done_is_kept_and_forgotten_with_it(self, user):
        task = task_of(user)
        with time_machine.travel("2026-05-01T10:00:00Z", tick=False):
            update_task(task_id=task.pk, status="done", by=user)
            done_at = now()
        with time_machine.travel("2026-05-02T10:00:00Z", tick=False):
            update_task(task_id=task.pk, status="done", priority="low", by=user)
        assert whole(task)["done_at"] == done_at
        update_task(task_id=task.pk, status="todo", by=user)
        assert whole(task)["done_at"] is None

    def test_takes_a_conversation_and_a_day_away(self, user):
        task = task_of(user, conversation_id=room(user).pk, due_date=dt.date(2026, 5, 1))
        update_task(task_id=task.pk, conversation_id=None, due_date=None, by=user)
        assert (whole(task)["conversation_id"], whole(task)["due_date"]) == (None, None)

    def test_changes_nothing_where_something_is_wrong(self, user):
        task = task_of(user)
        with pytest.raises(Invalid):
            update_task(task_id=task.pk, description="New", status="later", by=user)
        assert (whole(task)["description"], len(told())) == ("Send the brochure", 1)

    @pytest.mark.parametrize("act", [update_task, remove_task])
    def test_hides_it_from_others_staff_too(self, user, stranger, staff, act):
        task = task_of(user)
        for other in (stranger, staff):
            with pytest.raises(NotFound):
                act(task_id=task.pk, by=other)
        with pytest.raises(NotFound):
            act(task_id="nowhere", by=user)


class TestRemove:
    def test_is_gone_and_told(self, user):
        task = task_of(user)
        remove_task(task_id=task.pk, by=user)
        assert list(Task.objects.visible_to(user)) == []
        assert [each["what"] for each in told()] == ["created", "removed"]
        with pytest.raises(NotFound):
            remove_task(task_id=task.pk, by=user)
