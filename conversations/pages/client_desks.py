"""A client's thread beside the list, and what is known of the client beside the thread."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect, render

from config.errors import DomainError, Invalid
from config.ids import new_id
from conversations.gateways.meta import longest
from conversations.models import LONGEST_MESSAGE, Conversation, Platform
from conversations.pages.client_forms import AssignForm, ClientForm, TaskForm
from conversations.pages.client_said import said_to_client
from conversations.pages.client_state import assistant_state, fault_of, may_write, notices, until
from conversations.pages.listing import TONES, address, listed
from conversations.pages.places import INBOX
from conversations.queries.conversations import participants
from conversations.queries.desk import beside_words, tasks_of, thread_of
from conversations.queries.messages import history
from conversations.verbs.messages import mark_read, send_message

MESSAGES = 50
STATUSES = [{"value": value, "text": value.capitalize()} for value in ("active", "pending", "closed")]


def client_thread(request, row: dict[str, Any]):
    """GET and POST /inbox/<id>/ of a client's conversation; posting answers the client."""
    if request.method == "POST":
        return answer(request, row)
    return shown(request, row)


def answer(request, row: dict[str, Any]):
    """What was typed is kept where it cannot be sent."""
    content, client_id = request.POST.get("content", ""), request.GET.get("client_id") or None
    try:
        send_message(
            conversation_id=row["id"], content=content.replace("\r\n", "\n"), client_id=client_id, by=request.user
        )
    except DomainError as error:
        return shown(request, row, typed=content, fault=error, status=400)
    return redirect(whole_address(request, row))


def shown(request, row: dict[str, Any], *, typed="", fault=None, draft=None, forms=None, status=200):
    """The page. `forms` are those that were typed into and not taken; `fault` is a DomainError of what was asked."""
    before = request.GET.get("before", "")[:200]
    try:
        page = history(conversation_id=row["id"], cursor=before, limit=MESSAGES, by=request.user)
    except Invalid:
        raise Http404 from None
    # A page that draws itself anew, perhaps unseen, says by its socket when somebody looks.
    if not before and "X-Quiet" not in request.headers and row["last_read_seq"] < row["last_seq"]:
        mark_read(conversation_id=row["id"], by=request.user)
        row["unread"] = 0
    side = thread_of(row["id"], by=request.user)
    people = participants(conversation_id=row["id"], by=request.user)
    title = row["title"] or "A client"
    words = said_to_client(
        page.items[::-1], beside_words([said["id"] for said in page.items]), client=title, reader_id=request.user.pk
    )
    context = {
        **listed(request, INBOX, opened=row),
        **state_of(row, side),
        "open": row,
        "open_title": title,
        "open_url": address(INBOX, row["id"]),
        "side": side or {},
        "messages_shown": words,
        "tasks": tasks_of(row["id"], by=request.user),
        "shows_facts": request.GET.get("part") == "about" or bool(forms),
        "typed": typed,
        "fault": fault_of(fault),
        "draft": draft,
        **forms_of(side, people, request.user),
        **(forms or {}),
    }
    query = context["list_query"]
    joined = "&" if query else "?"
    context |= words_about(page, before, f"{query}{joined}")
    context["about_url"] = f"{context['open_url']}{query}{joined}part=about"
    context["action"] = f"{context['open_url']}{query}{joined}{urlencode({'client_id': new_id()})}"
    return render(request, "conversations/client.html", context, status=status)


def words_about(page, before: str, query: str) -> dict[str, Any]:
    """Where the shown part of the thread lies in the whole; `query` is the list's, to be gone on with."""
    return {
        "last_message_id": "" if before or not page.items else max(page.items, key=lambda said: said["seq"])["id"],
        "older_cursor": page.next_cursor or "",
        "older_url": f"{query}{urlencode({'before': page.next_cursor})}" if page.next_cursor else "",
        "is_earlier": bool(before),
    }


def state_of(row: dict[str, Any], side) -> dict[str, Any]:
    """Whether one may write now, until when, how much at once, and what stands against it."""
    status = Conversation.Status(row["status"])
    platform = Platform(side.platform) if side else None
    is_open, shut_words = may_write(row, side)
    return {
        "platform_name": platform.label if platform else "Client",
        "status": {"text": status.label, "tone": TONES[status.value]},
        "statuses_shown": STATUSES,
        "may_write": is_open,
        "shut_words": shut_words,
        "may_draft": is_open and side is not None,
        "notices": notices(row, side),
        "until": until(row, side),
        "most": longest(platform) if platform and side.account else LONGEST_MESSAGE,
        "assistant": assistant_state(row, side),
    }


def forms_of(side, people, user) -> dict[str, Any]:
    known = {"client_name": side.client_name, "client_company": side.client_company} if side else {}
    assigned = {"assignee": str(side.assignee_id or "")} if side else {}
    return {
        "client_form": ClientForm(initial=known, auto_id="id_client_%s"),
        "assign_form": AssignForm(initial=assigned, people=people, reader=user, auto_id="id_assign_%s"),
        "task_form": TaskForm(auto_id="id_task_%s"),
    }


def whole_address(request, row: dict[str, Any]) -> str:
    """Back to the thread, with the list as it was narrowed."""
    kept = {
        name: request.GET[name]
        for name in ("show", "status", "platform", "whose", "q", "part")
        if request.GET.get(name)
    }
    return f"{address(INBOX, row['id'])}{'?' + urlencode(kept) if kept else ''}"
