"""A payout provider that moves no money: accounts, links and transfers with Stripe's rules, on rows of its own.

It keeps the first answer under a key, failures too, as Stripe's v1 does. `SandboxMishap` rows make it misbehave.
"""

import time
from typing import Any, NoReturn

from django.apps import apps
from django.conf import settings
from django.core import signing
from django.db.models import F, Sum

from marketplace.gateways.payouts import PayoutAccount, PayoutRefused, PayoutUnanswered, SentTransfer

SALT = "sandbox-onboarding"
LINK_SECONDS = 600
INSIDE = "api_error"
REFUSALS = {
    "balance_insufficient": "The platform's balance is too low for this transfer.",
    "insufficient_capabilities_for_transfer": "The seller's account cannot receive transfers yet.",
    "idempotency_error": "This key was used with other parameters.",
}


def _rows(name: str) -> Any:
    # By name: a gateway is outside and knows no model of ours; these rows are the provider's own.
    return apps.get_model("marketplace", f"Sandbox{name}").objects


class SandboxPayouts:
    name = "sandbox"

    def account(self, *, key: str, email: str) -> PayoutAccount:
        row, _ = _rows("Account").get_or_create(key=key, defaults={"email": email})
        return PayoutAccount(provider_id=f"acct_{row.pk.hex}", transfers_active=row.is_active)

    def read_account(self, provider_id: str) -> PayoutAccount:
        row = _rows("Account").get(pk=provider_id.removeprefix("acct_"))
        return PayoutAccount(provider_id=provider_id, transfers_active=row.is_active)

    def link(self, provider_id: str) -> str:
        return f"{settings.SITE_URL}/sandbox/onboarding/{signing.dumps(provider_id, salt=SALT)}/"

    def transfer(
        self, *, key: str, destination: str, amount_cents: int, currency: str, group: str, reference: str
    ) -> SentTransfer:
        account = _rows("Account").get(pk=destination.removeprefix("acct_"))
        wanted = {"account": account, "amount_cents": amount_cents, "currency": currency, "group": group}
        known = _rows("Transfer").filter(key=key).first()
        if known is not None:
            return _replay(known, wanted)
        if not account.is_active:
            _refuse("insufficient_capabilities_for_transfer")
        mishap = _next_mishap()
        kind = mishap.kind if mishap else ""
        if kind == "down":
            raise PayoutUnanswered("no_answer", "The payout provider did not answer.")
        error = {"refuse": "balance_insufficient", "sticky": INSIDE}.get(kind, "")
        row, is_new = _rows("Transfer").get_or_create(
            key=key, defaults={**wanted, "reference": reference, "error": error}
        )
        if not is_new:
            return _replay(row, wanted)
        if kind == "refuse":
            _refuse(error)
        if kind == "slow":
            time.sleep(mishap.seconds)
        if kind in ("sticky", "lose_answer"):
            raise PayoutUnanswered(error or "timeout", "The payout provider's answer was lost.")
        return _sent(row)

    def find_transfers(self, group: str) -> list[SentTransfer]:
        return [_sent(row) for row in _rows("Transfer").filter(group=group, error="")]

    def balance(self, provider_id: str) -> dict[str, int]:
        arrived = _rows("Transfer").filter(account=provider_id.removeprefix("acct_"), error="")
        sums = arrived.order_by().values_list("currency").annotate(total=Sum("amount_cents"))
        return dict(sums)


def account_of_link(token: str) -> str | None:
    """The account that an onboarding link is for; None where it is altered or too old."""
    try:
        return signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return None


def finish_onboarding(provider_id: str) -> None:
    """What the seller's own button on the sandbox's page does."""
    _rows("Account").filter(pk=provider_id.removeprefix("acct_")).update(is_active=True)


def _next_mishap() -> Any:
    for mishap in _rows("Mishap").filter(times_left__gt=0)[:5]:
        if _rows("Mishap").filter(pk=mishap.pk, times_left__gt=0).update(times_left=F("times_left") - 1):
            return mishap
    return None


def _replay(row: Any, wanted: dict[str, Any]) -> SentTransfer:
    if any(getattr(row, name) != value for name, value in wanted.items()):
        _refuse("idempotency_error")
    if row.error == INSIDE:
        raise PayoutUnanswered(INSIDE, "The payout provider repeats an earlier failure.", is_replay=True)
    if row.error:
        _refuse(row.error)
    return _sent(row)


def _refuse(code: str) -> NoReturn:
    raise PayoutRefused(code, REFUSALS[code])


def _sent(row: Any) -> SentTransfer:
    return SentTransfer(
        provider_id=f"tr_{row.pk.hex}", amount_cents=row.amount_cents, currency=row.currency, reference=row.reference
    )
