"""What somebody has to do, often for a client (dana.txt, "Tasks"): their own business, so nothing of it is in the graph."""

import datetime as dt
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound
from config.ids import lookup_id
from config.moments import iso
from conversations.facts import TaskChanged
from conversations.models import ClientThread, Conversation, Platform, Task
from ontology.changes import publish
from ontology.verbs.files import lock_owner

MOST_TASKS = 10_000
LONGEST = {"description": 2000, "client_name": 120}
FIRST_YEAR, LAST_YEAR = 1900, 2100
CHOICES: dict[str, list[str]] = {
    "status": Task.Status.values,
    "priority": Task.Priority.values,
    "platform": ["", *Platform.values],
}


class TaskFields(TypedDict, total=False):
    """`platform` and `client_name` are empty where there is none, `conversation_id` and `due_date` None."""

    description: str
    status: str
    priority: str
    platform: str
    client_name: str
    conversation_id: Any
    due_date: dt.date | None


@transaction.atomic
def create_task(*, by: User, **given: Unpack[TaskFields]) -> Task:
    """A task of `by`'s. In a client's conversation it takes platform and name from there, where none are given.

    Invalid with details for each field; Conflict `too_many_tasks` above MOST_TASKS.
    """
    task = Task(user=by)
    apply(task, given, by=by, needed=("description",))
    lock_owner(by.pk)
    if Task.objects.visible_to(by).count() >= MOST_TASKS:
        sentence = f"You have {MOST_TASKS:,} tasks, which is the most. Delete some that are done."
        raise Conflict(sentence, code="too_many_tasks")
    task.save()
    tell(task, "created")
    return task


@transaction.atomic
def update_task(*, task_id: Any, by: User, **given: Unpack[TaskFields]) -> Task:
    """Change what is given and leave the rest; fails as `create_task` does, and with NotFound."""
    task = locked_task(task_id, by=by)
    apply(task, given, by=by)
    task.save()
    tell(task, "updated")
    return task


@transaction.atomic
def remove_task(*, task_id: Any, by: User) -> None:
    task = locked_task(task_id, by=by)
    task.deleted_at = now()
    task.save(update_fields=["deleted_at", "updated_at"])
    tell(task, "removed")


def locked_task(task_id: Any, *, by: User) -> Task:
    """The caller's task, locked; NotFound for another's, so that an id tells nothing."""
    task = Task.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=lookup_id(task_id)).first()
    if task is None:
        raise NotFound("Task not found")
    return task


def tell(task: Task, what: str) -> None:
    publish(
        TaskChanged(
            task_id=task.pk,
            user_id=task.user_id,
            what=what,
            description=task.description,
            status=task.status,
            priority=task.priority,
            updated_at=iso(task.updated_at),
        )
    )


# --- what may stand in a field -----------------------------------------------------------------------------------------


def apply(task: Task, given: Any, *, by: User, needed: tuple[str, ...] = ()) -> None:
    faults = {name: ["This field is required."] for name in needed if name not in given}
    for name, value in given.items():
        if fault := put(task, name, value, by=by):
            faults[name] = [fault]
    if faults:
        name, sentences = next(iter(faults.items()))
        raise Invalid(f"{name}: {sentences[0]}", details=faults)
    if "conversation_id" in given:
        take_from_client(task)
    if task.status != Task.Status.DONE:
        task.done_at = None
    elif task.done_at is None:
        task.done_at = now()


def put(task: Task, name: str, value: Any, *, by: User) -> str:
    """Set it where it is right; what is wrong with it, or nothing."""
    if name == "conversation_id":
        conversation = None if value is None else conversation_of(value, by=by)
        task.conversation = conversation
        return "You have no such conversation." if value is not None and conversation is None else ""
    clean, fault = checked(name, value)
    if not fault:
        setattr(task, name, clean)
    return fault


def conversation_of(conversation_id: Any, *, by: User) -> Conversation | None:
    return Conversation.objects.visible_to(by).filter(pk=lookup_id(conversation_id)).first()


def take_from_client(task: Task) -> None:
    thread = ClientThread.objects.filter(conversation=task.conversation_id).first() if task.conversation_id else None
    if thread is not None:
        task.platform = task.platform or thread.platform
        task.client_name = task.client_name or thread.client_name


def checked(name: str, value: Any) -> tuple[Any, str]:
    """(the clean value, what is wrong with it or nothing)"""
    if name in LONGEST:
        least = 1 if name == "description" else 0
        text = value.strip() if isinstance(value, str) else ""
        is_right = isinstance(value, str) and least <= len(text) <= LONGEST[name] and "\0" not in text
        return text, "" if is_right else f"Must be a text of {least} to {LONGEST[name]:,} characters."
    if name in CHOICES:
        names = ", ".join(filter(None, CHOICES[name]))
        return value, "" if value in CHOICES[name] else f"Must be one of {names}."
    is_day = value is None or (isinstance(value, dt.date) and FIRST_YEAR <= value.year <= LAST_YEAR)
    return value, "" if is_day else f"Must be a day from {FIRST_YEAR} to {LAST_YEAR}."
