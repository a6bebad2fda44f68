"""What the store's settings need beside themselves; said by `manage.py check` and at every start."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register
def facturx_is_installed(**_: Any) -> list[CheckMessage]:
    if not settings.INVOICE_FACTURX or find_spec("drafthorse"):
        return []
    hint = "Start with `INVOICE_FACTURX=1 make run`, which installs it."
    return [Error("INVOICE_FACTURX is on, and the extra `facturx` is not installed.", hint=hint, id="marketplace.E001")]


@register
def both_providers_are_of_one_kind(**_: Any) -> list[CheckMessage]:
    """Sales in the sandbox are play money, which is never sent; real money needs a way to its sellers."""
    if bool(settings.STRIPE_SECRET_KEY) == bool(settings.HYPERSWITCH_API_KEY):
        return []
    if settings.STRIPE_SECRET_KEY:
        said, hint = "Sellers are paid by Stripe, and buyers pay with play money.", "Set HYPERSWITCH_API_KEY."
    else:
        said, hint = "Buyers pay by Hyperswitch, and sellers cannot be paid.", "Set STRIPE_SECRET_KEY."
    return [Warning(said, hint=f"{hint} Until then no payout is sent.", id="marketplace.W001")]
