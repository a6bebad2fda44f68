"""A payout provider that moves no money: accounts, links, transfers and reversals with Stripe's rules, on its own rows.

It keeps the first answer under a key, failures too, as Stripe's v1 does. `SandboxMishap` rows of the calls `transfer` and
`reversal` make it misbehave. A seller "pays out" where staff set `paid_out_cents` on the sandbox's account.
"""

from typing import Any, NoReturn
from uuid import UUID

import orjson
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F, Sum
from django.utils.timezone import now

from marketplace.gateways import payout_webhooks
from marketplace.gateways.payouts import (
    Balance,
    PayoutAccount,
    PayoutNews,
    PayoutRefused,
    PayoutUnanswered,
    SentReversal,
    SentTransfer,
    UnknownAccount,
)
from marketplace.gateways.sandbox_mishaps import next_mishap, rows

SALT = "sandbox-onboarding"
LINK_SECONDS = 600
ACCOUNT = "acct_sandbox_"
INSIDE = "api_error"
REFUSALS = {
    "balance_insufficient": "The balance is too low for this.",
    "insufficient_capabilities_for_transfer": "The seller's account cannot receive transfers yet.",
    "resource_missing": "There is no such account or transfer.",
    "transfer_reversal_too_large": "The reversal is more than what is left of the transfer.",
}


class SandboxPayouts:
    name = "sandbox"

    def account(self, *, key: str, email: str) -> PayoutAccount:
        row, _ = rows("Account").get_or_create(key=key, defaults={"email": email})
        return _account_of(row)

    def read_account(self, provider_id: str) -> PayoutAccount:
        row = rows("Account").filter(pk=_key_of(provider_id)).first()
        if row is None:
            raise UnknownAccount
        return _account_of(row)

    def is_own(self, provider_id: str) -> bool:
        return provider_id.startswith(ACCOUNT)

    def link(self, provider_id: str) -> str:
        self.read_account(provider_id)
        return f"{settings.SITE_URL}/sandbox/onboarding/{signing.dumps(provider_id, salt=SALT)}/"

    def transfer(
        self,
        *,
        key: str,
        destination: str,
        amount_cents: int,
        currency: str,
        group: str,
        reference: str,
        source_ref: str = "",
    ) -> SentTransfer:
        account = rows("Account").filter(pk=_key_of(destination)).first() or _refuse("resource_missing")
        wanted = {"account": account, "amount_cents": amount_cents, "currency": currency, "group": group}
        known = rows("Transfer").filter(key=key).first()
        if known is not None:
            return _sent(_replayed(known, wanted))
        if not account.is_active:
            _refuse("insufficient_capabilities_for_transfer")
        mishap = next_mishap("transfer")
        if mishap == "down":
            raise PayoutUnanswered("no_answer", "The payout provider did not answer.")
        error = {"refuse": "balance_insufficient", "sticky": INSIDE}.get(mishap, "")
        row, is_new = rows("Transfer").get_or_create(
            key=key, defaults={**wanted, "reference": reference, "error": error}
        )
        mishap.answer_late()
        return _sent(_answered(row, mishap) if is_new else _replayed(row, wanted))

    def find_transfers(self, group: str) -> list[SentTransfer]:
        found = rows("Transfer").filter(group=group, error="").annotate(taken_back=Sum("reversals__amount_cents"))
        return [_sent(row, reversed_cents=row.taken_back or 0) for row in found]

    def reverse(self, *, key: str, transfer_id: str, amount_cents: int, reference: str) -> SentReversal:
        transfer = rows("Transfer").filter(pk=_key_of(transfer_id), error="").first() or _refuse("resource_missing")
        wanted = {"transfer": transfer, "amount_cents": amount_cents}
        known = rows("Reversal").filter(key=key).first()
        if known is not None:
            return _reversal_of(_replayed(known, wanted))
        mishap = next_mishap("reversal")
        if mishap == "down":
            raise PayoutUnanswered("no_answer", "The payout provider did not answer.")
        row, is_new = _take_back(key, wanted, reference, mishap)
        mishap.answer_late()
        return _reversal_of(_answered(row, mishap) if is_new else _replayed(row, wanted))

    def find_reversals(self, transfer_id: str) -> list[SentReversal]:
        return [_reversal_of(row) for row in rows("Reversal").filter(transfer=_key_of(transfer_id), error="")]

    def balance(self, provider_id: str) -> dict[str, Balance]:
        account = rows("Account").filter(pk=_key_of(provider_id)).first()
        return {code: Balance(available_cents=cents, pending_cents=0) for code, cents in _money_of(account).items()}

    def parse_webhook(self, *, body: bytes, signature: str) -> PayoutNews:
        payout_webhooks.verify(body=body, signature=signature, secret=settings.STRIPE_WEBHOOK_SECRET)
        return payout_webhooks.read(body)


# --- what people do there --------------------------------------------------------------------------------------------


def account_of_link(token: str) -> str | None:
    """The account that an onboarding link is for; None where it is altered or too old."""
    try:
        return signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.BadSignature:
        return None


def finish_onboarding(provider_id: str) -> tuple[bytes, str]:
    """What the seller's own button on the sandbox's page does. The webhook that tells of it, and its signature."""
    rows("Account").filter(pk=_key_of(provider_id)).update(is_active=True)
    about = {"id": provider_id, "object": "account", "capabilities": {"transfers": "active"}}
    event = {
        "id": f"evt_{provider_id}_{now().timestamp():.6f}",
        "object": "event",
        "type": "account.updated",
        "account": provider_id,
        "livemode": False,
        "data": {"object": about},
    }
    body = orjson.dumps(event)
    return body, payout_webhooks.sign(body, settings.STRIPE_WEBHOOK_SECRET.split(",")[0].strip())


def pay_out_all(account_id: UUID) -> int:
    """The seller moves what they have, in the currency that the account earned first, to their own bank."""
    account = rows("Account").get(pk=account_id)
    first = rows("Transfer").filter(account=account, error="").order_by("created_at", "id").first()
    left = _money_of(account).get(first.currency, 0) if first else 0
    rows("Account").filter(pk=account_id).update(paid_out_cents=F("paid_out_cents") + max(left, 0))
    return account.paid_out_cents + max(left, 0)


# --- inside ----------------------------------------------------------------------------------------------------------


def _key_of(provider_id: str) -> str | None:
    """The row's id in `acct_<hex>`, `tr_<hex>`; None where it is not of that form."""
    word = provider_id.rpartition("_")[2]
    return word if len(word) == 32 and set(word) <= set("0123456789abcdef") else None


def _account_of(row: Any) -> PayoutAccount:
    return PayoutAccount(
        provider_id=f"{ACCOUNT}{row.pk.hex}",
        transfers_active=row.is_active,
        requirements_due=() if row.is_active else ("external_account",),
    )


@transaction.atomic
def _take_back(key: str, wanted: dict[str, Any], reference: str, mishap: str) -> tuple[Any, bool]:
    """The reversal under this key and whether it is new. The seller's money and the transfer's rest are its bounds."""
    transfer, amount = wanted["transfer"], wanted["amount_cents"]
    account = rows("Account").select_for_update().get(pk=transfer.account_id)
    taken = transfer.reversals.filter(error="").aggregate(total=Sum("amount_cents"))["total"] or 0
    error = {"refuse": "balance_insufficient", "sticky": INSIDE}.get(mishap, "")
    if amount > transfer.amount_cents - taken:
        error = "transfer_reversal_too_large"
    elif amount > _money_of(account).get(transfer.currency, 0):
        error = "balance_insufficient"
    return rows("Reversal").get_or_create(key=key, defaults={**wanted, "reference": reference, "error": error})


def _money_of(account: Any) -> dict[str, int]:
    """By currency, what came less what went back; what was paid out left in the currency that the account earned first."""
    arrived = rows("Transfer").filter(account=account, error="")
    totals = dict(arrived.order_by().values_list("currency").annotate(total=Sum("amount_cents")))
    back = rows("Reversal").filter(transfer__account=account, error="").order_by()
    for currency, total in back.values_list("transfer__currency").annotate(total=Sum("amount_cents")):
        totals[currency] -= total
    if first := arrived.order_by("created_at", "id").values_list("currency", flat=True).first():
        totals[first] -= account.paid_out_cents
    return totals


def _answered(row: Any, mishap: str) -> Any:
    """The row as its caller hears of it, the first time."""
    if row.error and row.error != INSIDE:
        _refuse(row.error)
    if mishap in ("sticky", "lose_answer"):
        raise PayoutUnanswered(row.error or "timeout", "The payout provider's answer was lost.")
    return row


def _replayed(row: Any, wanted: dict[str, Any]) -> Any:
    """The row as its caller hears of it, every other time."""
    if any(getattr(row, name) != value for name, value in wanted.items()):
        # Something was done under this key, only not this: what, the list has to tell.
        raise PayoutUnanswered("idempotency_error", "This key was used with other parameters.", is_replay=True)
    if row.error == INSIDE:
        raise PayoutUnanswered(INSIDE, "The payout provider repeats an earlier failure.", is_replay=True)
    if row.error:
        _refuse(row.error)
    return row


def _refuse(code: str) -> NoReturn:
    raise PayoutRefused(code, REFUSALS[code])


def _sent(row: Any, *, reversed_cents: int = 0) -> SentTransfer:
    return SentTransfer(
        provider_id=f"tr_{row.pk.hex}",
        amount_cents=row.amount_cents,
        currency=row.currency,
        reference=row.reference,
        reversed_cents=reversed_cents,
    )


def _reversal_of(row: Any) -> SentReversal:
    return SentReversal(provider_id=f"trr_{row.pk.hex}", amount_cents=row.amount_cents, reference=row.reference)
