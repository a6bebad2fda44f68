"""The list at the left, the thread at the right; both work without scripts, and static/js/chat.js makes them live."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from config.errors import DomainError, Invalid
from config.ids import new_id
from conversations.models import LONGEST_MESSAGE, Conversation
from conversations.pages.client_desks import client_thread
from conversations.pages.forms import PersonForm
from conversations.pages.listing import address, listed
from conversations.pages.places import INBOX, PLACES, Place
from conversations.pages.threads import said
from conversations.queries.conversations import one, participants
from conversations.queries.messages import history
from conversations.verbs.messages import mark_read, send_message

MESSAGES = 50


@login_required
def desk(request, place):
    """GET /rooms/, /inbox/: the list alone."""
    where = PLACES[place]
    return render(request, "conversations/desk.html", {**listed(request, where), "open": None})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def thread(request, place, conversation_id):
    """One conversation; posting to it says something. `?before=` a cursor shows what was said earlier."""
    where = PLACES[place]
    row = found(conversation_id, where, by=request.user)
    if row["kind"] == Conversation.Kind.CLIENT:
        return client_thread(request, row)
    if request.method == "POST":
        return say(request, where, row)
    return shown(request, where, row)


def say(request, where: Place, row: dict[str, Any]):
    """What was typed is kept where it cannot be sent."""
    content, client_id = request.POST.get("content", ""), request.GET.get("client_id") or None
    try:
        send_message(
            conversation_id=row["id"], content=content.replace("\r\n", "\n"), client_id=client_id, by=request.user
        )
    except DomainError as error:
        return shown(request, where, row, typed=content, fault=error.message, status=400)
    return redirect(address(where, row["id"]))


def shown(request, where: Place, row: dict[str, Any], *, typed="", fault="", status=200):
    before = request.GET.get("before", "")[:200]
    try:
        page = history(conversation_id=row["id"], cursor=before, limit=MESSAGES, by=request.user)
    except Invalid:
        raise Http404 from None
    if not before and row["last_read_seq"] < row["last_seq"]:
        mark_read(conversation_id=row["id"], by=request.user)
        row["unread"] = 0
    people = participants(conversation_id=row["id"], by=request.user)
    others = [person for person in people if person["user_id"] != request.user.pk]
    seen = min((person["last_read_seq"] for person in others), default=0)
    url = address(where, row["id"])
    context = {
        **listed(request, where, opened=row),
        "open": row,
        "open_title": row["title"] or row["others"],
        "open_url": url,
        "messages_shown": said(page.items[::-1], reader_id=request.user.pk, seen_seq=seen if where == INBOX else 0),
        "last_message_id": "" if before or not page.items else page.items[0]["id"],
        "older_cursor": page.next_cursor or "",
        "older_url": f"?{urlencode({'before': page.next_cursor})}" if page.next_cursor else "",
        "is_earlier": bool(before),
        "people": people,
        "is_owner": owns(people, request.user),
        "person_form": PersonForm(auto_id="id_aside_%s"),
        "action": f"{url}?{urlencode({'client_id': new_id()})}",
        "most": LONGEST_MESSAGE,
        "typed": typed,
        "fault": fault,
    }
    return render(request, "conversations/desk.html", context, status=status)


def found(conversation_id, where: Place, *, by) -> dict[str, Any]:
    row = one(conversation_id=conversation_id, by=by)
    if row is None or row["kind"] not in where.kinds:
        raise Http404
    return row


def owns(people, user) -> bool:
    return any(person["user_id"] == user.pk and person["role"] == "owner" for person in people)
