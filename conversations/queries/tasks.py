"""Somebody's tasks, newest first: the list that is filtered, one of them, and how many there are by state."""

from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When

from config.errors import NotFound
from config.ids import lookup_id
from config.paging import Window
from conversations.models import Conversation, Task

LONGEST_SEARCH = 200
# The most urgent first.
BY_PRIORITY = Case(When(priority="high", then=Value(0)), When(priority="medium", then=Value(1)), default=Value(2))


def tasks_of(user: Any, *, status: str = "", priority: str = "", platform: str = "", words: str = "") -> QuerySet[Task]:
    """Their own that are so; an empty filter lets everything through."""
    asked = {"status": status, "priority": priority, "platform": platform}
    rows = Task.objects.visible_to(user).filter(**{name: value for name, value in asked.items() if value})
    if words := words.replace("\0", "").strip()[:LONGEST_SEARCH]:
        rows = rows.filter(Q(description__icontains=words) | Q(client_name__icontains=words))
    return rows.order_by("-created_at", "-id")


def task_page(user: Any, *, window: Window, **asked: str) -> tuple[list[Task], int]:
    """What the window shows, and how many there are in all. Two queries."""
    rows = tasks_of(user, **asked)
    return list(rows[window.offset : window.offset + window.limit]), rows.count()


def find_task(task_id: Any, *, by: Any) -> Task:
    """The caller's task; NotFound for another's, so that an id tells nothing."""
    task = Task.objects.visible_to(by).filter(pk=lookup_id(task_id)).first()
    if task is None:
        raise NotFound("Task not found")
    return task


def in_order_of_work(rows: QuerySet[Task]) -> QuerySet[Task]:
    """As one works them off: what has begun, then what is due first, then the more urgent; newest first among equals."""
    begun = Case(When(status="in_progress", then=Value(0)), default=Value(1))
    return rows.order_by(begun, F("due_date").asc(nulls_last=True), BY_PRIORITY, "-created_at", "-id")


def tasks_by_status(user: Any) -> dict[str, int]:
    """How many of each state there are, 0 too."""
    counted = Task.objects.visible_to(user).order_by().values_list("status").annotate(count=Count("pk"))
    return dict.fromkeys(Task.Status.values, 0) | dict(counted)


def conversations_of(tasks: list[Task], *, by: Any) -> dict[Any, Conversation]:
    """The conversations that these tasks come from, where the reader may still see them, by id."""
    keys = {task.conversation_id for task in tasks if task.conversation_id}
    return {row.pk: row for row in Conversation.objects.visible_to(by).filter(pk__in=keys)} if keys else {}
