"""What every page's template may rely on."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from conversations.queries.conversations import unread_total


def house(request):
    """`sandbox_badge` names what is not the real thing here; empty where all is. `unread` marks the places with news."""
    is_sandbox = not (settings.HYPERSWITCH_API_KEY and settings.STRIPE_SECRET_KEY)
    return {
        "sandbox_badge": "Sandbox payments" if is_sandbox else "",
        "site_url": settings.SITE_URL,
        "unread": SimpleLazyObject(lambda: unread_of(request.user)),
    }


def unread_of(user):
    """Counts by place; asked for only where the frame is drawn."""
    if not user.is_authenticated:
        return {}
    return {"rooms": unread_total(by=user, kinds=("room",)), "inbox": unread_total(by=user, kinds=("direct", "client"))}
