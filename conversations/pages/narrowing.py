"""The inbox's address says which conversations are listed: reading it, and the addresses that narrow or widen the list."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from conversations.models import Conversation, Platform
from conversations.queries.desk import Narrowing, counts

SHOWS = (("", "All"), ("clients", "Clients"), ("unanswered", "Unanswered"))
STATUSES = [(value, value.capitalize()) for value in ("active", "pending", "closed")]


def read_narrowing(request: Any) -> Narrowing:
    """What means nothing is as if it were not there. Only staff may look at everyone's."""
    show, status, platform = (request.GET.get(name, "") for name in ("show", "status", "platform"))
    return Narrowing(
        show=show if show in dict(SHOWS) else "",
        status=status if status in Conversation.Status.values else "",
        platform=platform if platform in Platform.values else "",
        is_everyones=request.GET.get("whose") == "all" and request.user.is_staff,
    )


def query_of(asked: Narrowing, search: str = "", **more: str) -> str:
    """The end of an address that asks for this: `?show=clients`, or nothing."""
    parts = {"show": asked.show, "status": asked.status, "platform": asked.platform}
    parts |= {"whose": "all" if asked.is_everyones else "", "q": search, **more}
    said = urlencode({name: value for name, value in parts.items() if value})
    return f"?{said}" if said else ""


def ways(asked: Narrowing, search: str, *, by: Any) -> dict[str, Any]:
    """For _narrow.html: links that narrow by what waits, and choices of status and platform."""
    found = counts(by=by, is_everyones=asked.is_everyones)
    shows = [
        {
            "url": f"/inbox/{query_of(replace(asked, show=show), search)}",
            "text": text,
            "count": found.get(show, 0),
            "active": asked.show == show,
            "is_urgent": show == "unanswered",
        }
        for show, text in SHOWS
    ]
    return {
        "shows": shows,
        "statuses": [("", "Any status"), *((value, f"{text} ({found[value]})") for value, text in STATUSES)],
        "platforms": [("", "Any platform"), *Platform.choices],
        "has_clients": bool(found["clients"]),
        "is_narrowed": bool(asked.status or asked.platform or asked.is_everyones),
        "asked": asked,
        "clear_url": f"/inbox/{query_of(Narrowing(show=asked.show), search)}",
    }
