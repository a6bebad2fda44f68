"""/inbox/tasks/: what somebody has to do, and the forms that change it. All of it works without scripts."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError, NotFound
from config.ids import parse_id
from conversations.models import Conversation, Platform, Task
from conversations.pages.task_forms import PRIORITY_NAMES, STATUS_NAMES, QuickTaskForm, TaskForm, explain
from conversations.queries.tasks import conversations_of, find_task, in_order_of_work, tasks_by_status, tasks_of
from conversations.verbs.tasks import create_task, remove_task, update_task

PLACE = "/inbox/tasks/"
ROWS = 30
DONE_SHOWN = 10
MOST_PAGES = 1000
TONES = {"high": "bad", "medium": "", "low": "note"}
CHOICES: dict[str, Any] = {"status": STATUS_NAMES, "priority": PRIORITY_NAMES, "platform": dict(Platform.choices)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def tasks(request):
    """GET ?status=&priority=&platform=&q=&page=, with ?conversation= prepared for one; POST adds a task."""
    conversation = asked_conversation(request)
    if request.method != "POST":
        return task_list(request, QuickTaskForm(), conversation)
    form = QuickTaskForm(request.POST)
    if form.is_valid():
        about = conversation.pk if conversation else None
        try:
            create_task(by=request.user, conversation_id=about, **form.cleaned_data)
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "The task is added.")
            return redirect(back(request, "conversation"))
    return task_list(request, form, conversation, status=422)


def task_list(request, form, conversation, *, status=200):
    """Everything that is open, and what was done last; or, where a state is asked for, that alone."""
    asked = filters_of(request)
    found = tasks_of(request.user, **asked)
    counts = tasks_by_status(request.user)
    is_whole = not asked["status"]
    page = cut(request, in_order_of_work(found.exclude(status=Task.Status.DONE)) if is_whole else ordered(found, asked))
    done = list(found.filter(status=Task.Status.DONE).order_by("-done_at", "-id")[:DONE_SHOWN]) if is_whole else []
    everything = [*page["rows"], *done]
    places = conversations_of(everything, by=request.user)
    for task in everything:
        show(task, places)
    context = {
        "place": "inbox",
        "inbox_tab": "tasks",
        "form": form,
        "conversation": conversation,
        "asked": asked,
        "is_asked": any(asked.values()),
        "is_whole": is_whole,
        "tabs": tabs(request, counts, asked["status"]),
        "groups": grouped(page["rows"]),
        "done": done,
        "has_any": any(counts.values()),
        "all_done_url": address(request, status="done"),
        "priorities": [("", "Priority"), *PRIORITY_NAMES.items()],
        "platforms": [("", "Platform"), *Platform.choices],
        "kept": request.GET.urlencode(),
        **page,
    }
    return render(request, "conversations/tasks/list.html", context, status=status)


def filters_of(request) -> dict[str, str]:
    """What is asked for; a value that means nothing asks for everything."""
    asked = {name: request.GET.get(name, "") for name in CHOICES}
    known = {name: value if value in CHOICES[name] else "" for name, value in asked.items()}
    return {**known, "words": request.GET.get("q", "").replace("\0", "").strip()[:200]}


def ordered(rows, asked):
    return rows.order_by("-done_at", "-id") if asked["status"] == Task.Status.DONE else in_order_of_work(rows)


def cut(request, rows) -> dict[str, Any]:
    """One page of these: `rows`, `prev_url`, `next_url`, `page_text`. A page that means nothing is the first."""
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST_PAGES else 1
    total = rows.count()
    last = min(max(1, -(-total // ROWS)), MOST_PAGES)
    number = min(number, last)
    return {
        "rows": list(rows[(number - 1) * ROWS : number * ROWS]),
        "prev_url": address(request, page=number - 1) if number > 1 else "",
        "next_url": address(request, page=number + 1) if number < last else "",
        "page_text": f"Page {number} of {last}" if last > 1 else "",
    }


def grouped(rows) -> list[dict[str, Any]]:
    """By state, in the order in which they come."""
    groups = {name: [task for task in rows if task.status == name] for name in ("in_progress", "todo", "done")}
    return [{"title": STATUS_NAMES[name], "tasks": some} for name, some in groups.items() if some]


def tabs(request, counts, chosen) -> list[dict[str, Any]]:
    whole = {"url": address(request, status="", page=""), "text": "Open", "active": not chosen}
    whole["count"] = counts["todo"] + counts["in_progress"]
    each = [
        {"url": address(request, status=name, page=""), "text": text, "count": counts[name], "active": chosen == name}
        for name, text in STATUS_NAMES.items()
    ]
    return [whole, *each]


def show(task, places) -> None:
    """What a row says of it, beside its own words."""
    task.place = places.get(task.conversation_id)
    task.tone, task.urgency = TONES[task.priority], PRIORITY_NAMES[task.priority]
    days = (task.due_date - localdate()).days if task.due_date else None
    is_done = task.status == Task.Status.DONE
    task.is_late = days is not None and days < 0 and not is_done
    task.is_soon = days is not None and 0 <= days <= 1 and not is_done
    is_this_year = days is not None and task.due_date.year == localdate().year
    task.due_day = f"{task.due_date:%-d %b}{'' if is_this_year else f' {task.due_date.year}'}" if task.due_date else ""
    task.due_words = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days) if days is not None else None


# --- one task ----------------------------------------------------------------------------------------------------------


@login_required
@require_POST
def change(request, task_id):
    """POST `status` or `priority`: the small changes of the list."""
    given = {name: request.POST[name] for name in ("status", "priority") if name in request.POST}
    try:
        update_task(task_id=task_id, by=request.user, **given)
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, error.message)
    return redirect(back(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, task_id):
    task = found(request, task_id)
    if request.method != "POST":
        return form_page(request, task, TaskForm(initial=TaskForm.of(task)))
    form = TaskForm(request.POST)
    if form.is_valid():
        try:
            update_task(task_id=task.pk, by=request.user, **form.cleaned_data)
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "The task is saved.")
            return redirect(back(request))
    return form_page(request, task, form, status=422)


def form_page(request, task, form, *, status=200):
    show(task, conversations_of([task], by=request.user))
    context = {"place": "inbox", "inbox_tab": "tasks", "task": task, "form": form, "back": back(request)}
    return render(request, "conversations/tasks/form.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, task_id):
    task = found(request, task_id)
    if request.method == "POST":
        remove_task(task_id=task.pk, by=request.user)
        messages.success(request, "The task is deleted.")
        return redirect(back(request))
    return render(
        request,
        "conversations/tasks/remove.html",
        {"place": "inbox", "inbox_tab": "tasks", "task": task, "back": back(request)},
    )


def found(request, task_id) -> Task:
    try:
        return find_task(task_id, by=request.user)
    except NotFound:
        raise Http404 from None


# --- addresses ---------------------------------------------------------------------------------------------------------


def asked_conversation(request) -> Conversation | None:
    """The one that a new task is to be about, where the reader may see it."""
    key = parse_id(request.GET.get("conversation", ""))
    return Conversation.objects.visible_to(request.user).filter(pk=key).first() if key else None


def address(request, **changes) -> str:
    """The list with what is asked for now, and with these changes."""
    asked = {**request.GET.dict(), **changes}
    kept = {name: value for name, value in asked.items() if value and name != "conversation"}
    return f"{PLACE}?{urlencode(kept)}" if kept else PLACE


def back(request, *without) -> str:
    """The list as it was when this was asked of it."""
    return address(request, **dict.fromkeys(without, ""))
