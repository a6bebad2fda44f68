"""The list at the left of rooms and inbox; a client's row says where they write, how it stands and who is to speak."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.utils.timezone import now

from config.errors import Invalid
from conversations.models import Conversation, Platform
from conversations.pages.narrowing import query_of, read_narrowing, ways
from conversations.pages.places import INBOX, Place
from conversations.queries.conversations import inbox
from conversations.queries.desk import Narrowing, client_sides, seats
from conversations.queries.messages import sender_name

ROWS = 40
GIST = 160
TONES = {"active": "good", "pending": "warn", "closed": ""}


def listed(request, where: Place, *, opened: dict[str, Any] | None = None) -> dict[str, Any]:
    """The list's part of the page. A broken cursor begins again."""
    search, cursor = request.GET.get("q", "").replace("\0", "")[:200], request.GET.get("cursor", "")
    asked = read_narrowing(request) if where == INBOX else Narrowing(is_everyones=True)
    only = asked.as_q(by=request.user)
    try:
        page = inbox(by=request.user, kinds=where.kinds, cursor=cursor, limit=ROWS, search=search, only=only)
    except Invalid:
        page = inbox(by=request.user, kinds=where.kinds, cursor=None, limit=ROWS, search=search, only=only)
    key = opened["id"] if opened else None
    query = query_of(asked, search) if where == INBOX else ""
    rows = [listed_row(row, where, is_open=row["id"] == key, query=query, by=request.user) for row in page.items]
    if where == INBOX:
        with_clients(rows, page.items, by=request.user)
    more = {"cursor": page.next_cursor or ""} | ({"q": search} if search else {})
    older = query_of(asked, search, cursor=more["cursor"]) if where == INBOX else f"?{urlencode(more)}"
    return {
        "place": where.name,
        "where": where,
        "rows": rows,
        "next_url": f"{where.url}{older}" if page.next_cursor else "",
        "search": search,
        "list_query": query,
        **(ways(asked, search, by=request.user) if where == INBOX else {}),
    }


def listed_row(row: dict[str, Any], where: Place, *, is_open: bool, query: str, by: Any) -> dict[str, Any]:
    last = row["last_message"]
    alone = row["kind"] == "direct" and row["other_ids"]
    return {
        "key": row["id"],
        "url": f"{address(where, row['id'])}{query}",
        "title": row["title"] or row["others"],
        "text": gist(last),
        "who": speaker(last, by=by) if where == INBOX else "",
        "at": row["last_message_at"],
        # A direct conversation wears the other person's colour.
        "id": row["other_ids"][0] if alone else row["id"],
        "count": "" if is_open or not row["unread"] else min(row["unread"], 99),
        "open": is_open,
        "badge": "closed" if row["status"] == "closed" else "",
    }


def gist(last: dict[str, Any] | None) -> str:
    if last is None:
        return "Nothing said yet"
    return last["content"][:GIST] or "Something without words"


def speaker(last: dict[str, Any] | None, *, by: Any) -> str:
    """Who spoke last, where that is not the other side: You, Assistant, or a colleague's name."""
    if last is None or last["role"] == "client":
        return ""
    if last["role"] == "ai":
        return "Assistant"
    if last["sender_id"] == by.pk:
        return "You"
    return ""


def with_clients(rows: list[dict[str, Any]], found: list[dict[str, Any]], *, by: Any) -> None:
    """Add `client` to the rows of clients' conversations: two queries more, however many they are."""
    keys = [row["id"] for row in found if row["kind"] == Conversation.Kind.CLIENT]
    sides, taken = (client_sides(keys), seats(keys, by=by)) if keys else ({}, set())
    for row, conversation in zip(rows, found, strict=True):
        if conversation["kind"] != Conversation.Kind.CLIENT:
            continue
        row["badge"] = ""
        if row["key"] not in taken:
            row["count"] = ""
        last = conversation["last_message"]
        if last and last["role"] == "user" and not row["who"]:
            row["who"] = sender_name(last)
        row["client"] = client_of(conversation, sides.get(row["key"]))


def client_of(conversation: dict[str, Any], side: dict[str, Any] | None) -> dict[str, Any]:
    status = conversation["status"]
    since = side["waiting_since"] if side and status != Conversation.Status.CLOSED else None
    return {
        "platform": side["platform"] if side else "",
        "platform_name": Platform(side["platform"]).label if side else "Client",
        "company": side["client_company"] if side else "",
        "status": status,
        "tone": TONES[status],
        "waiting_since": since,
        "waits": how_long(since) if since else "",
        "is_flagged": bool(side and side["is_flagged"]),
        "is_sandbox": bool(side and side["account__is_sandbox"]),
    }


def how_long(since: dt.datetime) -> str:
    """How long somebody has waited, in one number: `5 min`, `3 h`, `2 d`."""
    minutes = max(0, int((now() - since).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes or 1} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def address(where: Place, conversation_id) -> str:
    return f"{where.url}{conversation_id}/"
