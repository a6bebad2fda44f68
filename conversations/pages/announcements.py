"""What the platform says to all, above every page, until somebody has put it away in this browser."""

import functools

from django.conf import settings
from django.views.decorators.http import require_POST

from config.ids import parse_id
from conversations.queries.announcements import MOST_SHOWN, active_announcements
from ontology.pages.attention import back

COOKIE = "announcements_put_away"
KEPT_SECONDS = 365 * 24 * 3600
TONES = {"info": ("note", "info"), "warning": ("warn", "warning"), "error": ("bad", "error")}


def announced(request):
    """For every template: `announcements`, a function that a page calls where it shows them."""
    return {"announcements": functools.cache(lambda: shown_to(request))}


def shown_to(request):
    away = put_away(request)
    rows = [row for row in active_announcements() if row.pk.hex not in away]
    return [{"row": row, "tone": TONES[row.type][0], "icon": TONES[row.type][1]} for row in rows]


def put_away(request):
    """The ids that this browser does not want to see again, the latest last."""
    return [word for word in request.COOKIES.get(COOKIE, "").split(".") if len(word) == 32][-MOST_SHOWN:]


@require_POST
def dismiss(request):
    """POST /announcements/dismiss/ {id, next}: without an account too, so a cookie remembers it."""
    answer = back(request, "/")
    if key := parse_id(request.POST.get("id")):
        away = [*(word for word in put_away(request) if word != key.hex), key.hex][-MOST_SHOWN:]
        answer.set_cookie(
            COOKIE,
            ".".join(away),
            max_age=KEPT_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return answer
