"""A seller's account at Stripe: v2's recipient, and v1's account where the platform has no access to v2.

Which of the two is decided in one place, `_by_generation`. Everything here raises the library's own errors.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import stripe
from django.conf import settings

from marketplace.gateways.payouts import PayoutAccount

Thing = TypeVar("Thing")
INCLUDED = ["configuration.recipient", "identity", "requirements"]


def make_account(client: stripe.StripeClient, *, key: str, email: str) -> PayoutAccount:
    """Made under `key`, or the one that was: as long as Stripe remembers the key, 30 days in v2 and one in v1."""
    country = _platform_country(client)

    def as_recipient() -> PayoutAccount:
        wanted: Any = {
            "contact_email": email,
            "display_name": email,
            "dashboard": "express",
            "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
            "configuration": {
                "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
            },
            "include": INCLUDED,
        }
        if country:
            wanted["identity"] = {"country": country.lower()}
        return _recipient(client.v2.core.accounts.create(wanted, {"idempotency_key": key}).to_dict())

    def as_account() -> PayoutAccount:
        wanted: Any = {
            "email": email,
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
        }
        if country:
            wanted["country"] = country.upper()
        return _account(client.v1.accounts.create(wanted, {"idempotency_key": f"{key}-v1"}).to_dict())

    return _by_generation(as_recipient, as_account)


def read_account(client: stripe.StripeClient, provider_id: str) -> PayoutAccount:
    wanted: Any = {"include": INCLUDED}
    return _by_generation(
        lambda: _recipient(client.v2.core.accounts.retrieve(provider_id, wanted).to_dict()),
        lambda: _account(client.v1.accounts.retrieve(provider_id).to_dict()),
    )


def make_link(client: stripe.StripeClient, provider_id: str) -> str:
    """Where the seller goes on. It brings them back to us, and asks us for a new one where it was used or is too old."""
    places = {
        "refresh_url": f"{settings.SITE_URL}/studio/payouts/connect/again/",
        "return_url": f"{settings.SITE_URL}/studio/payouts/connect/back/",
    }
    onboarding: Any = {"type": "account_onboarding", "account_onboarding": places}
    older: Any = {"account": provider_id, "type": "account_onboarding", **places}
    return _by_generation(
        lambda: client.v2.core.account_links.create({"account": provider_id, "use_case": onboarding}).url,
        lambda: client.v1.account_links.create(older).url,
    )


def _by_generation(newer: Callable[[], Thing], older: Callable[[], Thing]) -> Thing:
    """v2, and v1 where Stripe says that v2 is not for this platform. Nothing was made then, so nothing is made twice."""
    try:
        return newer()
    except stripe.StripeError as error:
        if error.error is None or not _is_closed(error):
            raise
    return older()


def _is_closed(error: stripe.StripeError) -> bool:
    code = str(error.code or "")
    return "accounts_v2" in code or "v2_access" in code or error.http_status in (403, 404)


def _platform_country(client: stripe.StripeClient) -> str:
    """The platform's own country: v2 wants one for a seller, who corrects it on Stripe's page. Empty where it is not told."""
    try:
        return client.v1.accounts.retrieve_current().to_dict().get("country") or ""
    except (stripe.InvalidRequestError, stripe.PermissionError):
        return ""


def _recipient(there: dict[str, Any]) -> PayoutAccount:
    """v2. `configuration` and `requirements` are null where they were not asked for or are empty."""
    status = _inside(
        there, "configuration", "recipient", "capabilities", "stripe_balance", "stripe_transfers", "status"
    )
    entries = _inside(there, "requirements", "entries") or []
    due = [str(entry.get("description") or "") for entry in entries if entry.get("awaiting_action_from") == "user"]
    return PayoutAccount(
        provider_id=there["id"],
        transfers_active=status == "active",
        requirements_due=tuple(word for word in due if word),
    )


def _account(there: dict[str, Any]) -> PayoutAccount:
    """v1."""
    return PayoutAccount(
        provider_id=there["id"],
        transfers_active=_inside(there, "capabilities", "transfers") == "active",
        requirements_due=tuple(_inside(there, "requirements", "currently_due") or ()),
    )


def _inside(there: Any, *path: str) -> Any:
    for step in path:
        if there is None:
            return None
        there = there.get(step)
    return there
