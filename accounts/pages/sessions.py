"""Where you are signed in, and an end to each."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Session
from accounts.pages.settings import part_of, show
from accounts.queries.devices import device
from accounts.verbs.sessions import end_sessions, sign_out_everywhere
from config.ids import lookup_id

SESSIONS = "settings_sessions"
THROUGH: dict[str, str] = {style.value: f"{style.label} API" for style in Session.Style} | {"web": "These pages"}


@part_of(SESSIONS)
@require_safe
def sessions(request):
    current = request.session_row
    rows = sorted(Session.objects.visible_to(request.user).live(), key=lambda row: row.pk != current.pk)
    listed = [
        {
            "row": row,
            "device": device(row.user_agent),
            "through": THROUGH.get(row.style, ""),
            "is_this": row.pk == current.pk,
            "icon": "screen" if row.style == Session.Style.WEB else "terminal",
        }
        for row in rows
    ]
    return show(request, "sessions", {"sessions": listed})


@part_of(SESSIONS)
@require_POST
def end_session(request, session_id):
    mine = Session.objects.visible_to(request.user)
    ended = end_sessions(sessions=mine.filter(pk=lookup_id(session_id)), reason="ended-by-owner")
    messages.success(request, "That session has ended." if ended else "That session was already over.")
    return redirect(SESSIONS)


@part_of(SESSIONS)
@require_POST
def end_others(request):
    count = sign_out_everywhere(user=request.user, keep=request.session_row)
    messages.success(request, f"Signed out everywhere else ({count}).")
    return redirect(SESSIONS)
