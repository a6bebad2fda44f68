"""What happened to the security of your account."""

from urllib.parse import urlencode

from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.models import SecurityEvent
from accounts.pages.settings import part_of, show
from accounts.queries.devices import device
from config.errors import Invalid
from config.paging import keyset, page_of

HISTORY = "settings_history"
PAGE_SIZE = 30
Severity = SecurityEvent.Severity
TONES = {Severity.MEDIUM: "note", Severity.HIGH: "warn", Severity.CRITICAL: "bad"}
WORDS = {
    Severity.LOW: "Routine",
    Severity.MEDIUM: "Worth knowing",
    Severity.HIGH: "Important",
    Severity.CRITICAL: "Act now",
}
# The first whose word stands in the type.
ICONS = (
    ("passkey", "key"), ("api_key", "terminal"), ("second_factor", "shield"), ("backup", "shield"), ("password", "lock"),
    ("reset", "lock"), ("email", "mail"), ("device", "screen"), ("sign_in", "lock"), ("signed", "person"),
    ("session", "screen"), ("account", "link"), ("role", "users"), ("export", "download"), ("deletion", "trash"),
)  # fmt: skip


@part_of(HISTORY)
@require_safe
def history(request):
    severity = request.GET.get("severity", "")
    severity = severity if severity in Severity.values else ""
    # Administrators may see everybody's events; this page is about one's own.
    rows = SecurityEvent.objects.visible_to(request.user).filter(user=request.user)
    if severity:
        rows = rows.filter(severity=severity)
    try:
        found = keyset(rows, cursor=request.GET.get("cursor"), limit=PAGE_SIZE, by="at")
    except Invalid:
        return redirect(HISTORY)
    page = page_of(found, limit=PAGE_SIZE, by="at")
    kept = {"severity": severity} if severity else {}
    context = {
        "events": [as_told(event) for event in page.items],
        "severity": severity,
        "tabs": tabs_of(severity),
        "first_url": "?" + urlencode(kept) if request.GET.get("cursor") else "",
        "next_url": "?" + urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else "",
    }
    return show(request, "history", context)


def as_told(event):
    seen = device(event.user_agent) if event.user_agent else ""
    return {
        "at": event.at,
        "title": event.get_type_display(),
        "details": event.details if event.details != seen else "",
        "where": " · ".join(filter(None, (seen, event.ip))),
        "icon": next((icon for part, icon in ICONS if part in event.type), "shield"),
        "badge": WORDS[Severity(event.severity)] if event.severity != Severity.LOW else "",
        "tone": TONES.get(Severity(event.severity), ""),
    }


def tabs_of(severity):
    return [{"url": "/settings/history/", "text": "All", "active": not severity}] + [
        {"url": f"/settings/history/?severity={value}", "text": WORDS[value], "active": severity == value}
        for value in reversed(Severity)
    ]
