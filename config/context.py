"""What every page's template may rely on."""

from django.conf import settings


def house(request):
    """`sandbox_badge` names what is not the real thing here; empty where all is."""
    is_sandbox = not (settings.HYPERSWITCH_API_KEY and settings.STRIPE_SECRET_KEY)
    return {"sandbox_badge": "Sandbox payments" if is_sandbox else "", "site_url": settings.SITE_URL}
