"""What every page's template may rely on."""

import functools

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from conversations.queries.conversations import unread_total
from marketplace.pages.visitors import cart_count


def house(request):
    """`sandbox_badge` names what is not the real thing here; empty where all is. `sandbox_payments`: whether
    buyers pay in the sandbox. `unread` marks the places with news.
    `cart_count` is how many things lie in the cart."""
    takes_sandbox = not settings.HYPERSWITCH_API_KEY
    pays_sandbox = not settings.STRIPE_SECRET_KEY
    return {
        "sandbox_badge": "Sandbox payments" if takes_sandbox else "Sandbox payouts" if pays_sandbox else "",
        "sandbox_payments": takes_sandbox,
        "site_url": settings.SITE_URL,
        # A number, asked for once and only where it is shown: a lazy object is none to the filters.
        "cart_count": functools.cache(lambda: cart_count(request)),
        "unread": SimpleLazyObject(lambda: unread_of(request.user)),
    }


def unread_of(user):
    """Counts by place; asked for only where the frame is drawn."""
    if not user.is_authenticated:
        return {}
    return {"rooms": unread_total(by=user, kinds=("room",)), "inbox": unread_total(by=user, kinds=("direct", "client"))}
