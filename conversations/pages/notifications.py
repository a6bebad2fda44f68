"""GET /notifications/: what the platform said to you; POST /notifications/read/ marks one (`id`) or all as read."""

from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from config.errors import Invalid
from conversations.queries.notifications import notifications as told
from conversations.queries.notifications import unread_notifications
from conversations.verbs.notifications import mark_read

ROWS = 30
ICONS = {"info": "info", "warning": "warning", "error": "error"}


@login_required
@require_safe
def notifications(request):
    """`?after=` a cursor shows older ones."""
    after = request.GET.get("after", "")[:200]
    try:
        page = told(by=request.user, cursor=after or None, limit=ROWS)
    except Invalid:
        raise Http404 from None
    context = {
        "place": "notifications",
        "rows": [{**row, "icon": ICONS[row["kind"]]} for row in page.items],
        "news": unread_notifications(by=request.user),
        "first_url": "/notifications/" if after else "",
        "next_url": f"/notifications/?{urlencode({'after': page.next_cursor})}" if page.next_cursor else "",
    }
    return render(request, "conversations/notifications.html", context)


@login_required
@require_POST
def read(request):
    one = request.POST.get("id")
    marked = mark_read(ids=[one] if one else None, by=request.user)
    if not one:
        toasts.success(request, "All read." if marked else "There was nothing new.")
    return redirect("notifications")
