"""How a page cuts a list that is searched and sorted: numbered pages, with addresses that keep what was asked."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

MOST_PAGES = 1000


def asked_for(request: Any, name: str = "q") -> str:
    return request.GET.get(name, "").replace("\0", "").strip()[:200]


def paged(request: Any, rows: QuerySet, *, size: int, total: int | None = None) -> dict[str, Any]:
    """`items`, `total`, `prev_url`, `next_url`, `page_text`; `total` where it is known already.

    A page that means nothing is the first, one behind the end the last.
    """
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST_PAGES else 1
    total = rows.count() if total is None else total
    last = min(max(1, -(-total // size)), MOST_PAGES)
    number = min(number, last)
    items = list(rows[(number - 1) * size : number * size])
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}

    def url(page: int) -> str:
        return "?" + urlencode({**kept, "page": page})

    return {
        "items": items,
        "total": total,
        "prev_url": url(number - 1) if number > 1 else "",
        "next_url": url(number + 1) if number < last else "",
        "page_text": f"Page {number} of {last}" if last > 1 else "",
    }
