"""What the store holds of people, and what becomes of it (config/personal_data.py)."""

from typing import Any

from django.db.models import QuerySet

from config.personal_data import Person, declare, table
from marketplace.models import (
    IdempotencyRecord,
    LedgerEntry,
    LedgerTransaction,
    Order,
    OrderLine,
    Payment,
    Product,
    Review,
    SandboxAccount,
    SandboxMishap,
    SandboxPayment,
    SandboxTransfer,
    SellerAccount,
    Transfer,
    WebhookEvent,
)

LAW = "What was bought, sold and paid is a business record that tax law has us keep for ten years."
PROVIDER = (
    "The payment provider's signed word on a payment is its proof; it is removed with all webhooks after their time."
)
SOLD = "Kept orders name it as what was bought."
RATING = "The product's average rests on the rating; what was written is emptied."


def bookings_of(person: Person) -> QuerySet[Any]:
    """A ledger account is named by a text: `seller:<id>`."""
    return LedgerEntry.objects.filter(account=f"seller:{person.id}")


def sandbox_account_of(person: Person) -> QuerySet[Any]:
    """The sandbox knows a seller by the key that `start_onboarding` asks with."""
    return SandboxAccount.objects.filter(key=f"acct-{person.id}")


def archived(row: Product) -> str:
    """archived: nobody can buy it any more"""
    return Product.Status.ARCHIVED


declare(
    "marketplace",
    table(
        IdempotencyRecord,
        of="user",
        exported="id user_id route order_id created_at",
        withheld="key fingerprint answer",
        not_personal="locked_until",
    ),
    table(
        Review,
        of="buyer",
        stays=RATING,
        exported="id product_id buyer_id order_id rating comment created_at",
        anonymised={"comment": ""},
    ),
    table(
        Payment,
        of="order__buyer",
        stays=LAW,
        exported=(
            "id order_id provider_id method status reason amount_cents captured_cents refunded_cents currency refund_due "
            "created_at updated_at"
        ),
        anonymised={"client_secret": ""},
        kept={
            "connector_ref": "It is how the bank names the payment when it is disputed.",
            "provider_updated_at": "It orders what the provider said.",
        },
    ),
    table(
        OrderLine,
        of="order__buyer seller",
        stays=LAW,
        exported=("id order_id product_id seller_id title quantity unit_cents gross_cents fee_cents refunded_cents"),
        not_personal="took_stock",
    ),
    table(
        Order,
        of="buyer",
        stays=LAW,
        exported="id number buyer_id status reason currency total_cents paid_at created_at updated_at",
        not_personal="holds_stock expires_at",
    ),
    table(
        Transfer,
        of="seller",
        stays=LAW,
        exported=(
            "id order_id seller_id gross_cents platform_fee_cents fee_bp debt_offset_cents amount_cents reversed_cents "
            "currency status provider_id last_error completed_at created_at updated_at"
        ),
        not_personal=(
            "retry_count tries_spent next_retry_at retried_at attempted_at attempt_key key_since lease_until last_error_code"
        ),
    ),
    table(
        LedgerEntry,
        found=bookings_of,
        stays=LAW,
        exported="id transaction_id account amount_cents currency",
    ),
    table(
        SellerAccount,
        of="user",
        stays=LAW,
        exported="id user_id provider_id transfers_active default_currency connected_at created_at updated_at",
    ),
    table(
        SandboxAccount,
        found=sandbox_account_of,
        stays="The sandbox stands for an outside provider, which keeps the accounts it paid.",
        exported="id key email is_active created_at",
        anonymised={"email": "erased@erased.invalid"},
    ),
    table(
        Product,
        of="seller",
        stays=SOLD,
        exported=(
            "id seller_id title description kind price_cents currency stock status track_id cover preview preview_seconds "
            "rating_sum rating_count created_at updated_at"
        ),
        not_personal="rating_score",
        anonymised={
            "title": "No longer offered",
            "description": "",
            "cover": "",
            "preview": "",
            "preview_seconds": None,
            "status": archived,
        },
    ),
    # --- nobody's by themselves ---
    table(LedgerTransaction, not_personal="id source_key kind created_at"),
    table(
        WebhookEvent,
        stays=PROVIDER,
        not_personal="id provider event_id type status attempts last_error received_at processed_at",
        kept={"body": PROVIDER},
    ),
    table(
        SandboxPayment,
        not_personal="provider_id order_ref method amount_cents currency status error_message created_at updated_at",
    ),
    table(
        SandboxTransfer,
        not_personal="id key account_id amount_cents currency group reference error created_at",
    ),
    table(SandboxMishap, not_personal="id kind seconds times_left created_at"),
)
