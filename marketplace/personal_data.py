"""What the store holds of people, and what becomes of it (config/personal_data.py)."""

from typing import Any

from django.db.models import QuerySet

from config.personal_data import Person, declare, table
from marketplace.models import (
    Cart,
    CartItem,
    Difference,
    Dispute,
    GearDocument,
    GearItem,
    GearRepair,
    IdempotencyRecord,
    Invoice,
    InvoiceSeries,
    LedgerEntry,
    LedgerTransaction,
    License,
    Order,
    OrderLine,
    Payment,
    Product,
    ProductFile,
    Refund,
    RefundLine,
    Review,
    SandboxAccount,
    SandboxMishap,
    SandboxPayment,
    SandboxRefund,
    SandboxReversal,
    SandboxTransfer,
    SellerAccount,
    SubscriptionCharge,
    SubscriptionTier,
    Transfer,
    TransferReversal,
    UsageCount,
    UserSubscription,
    WebhookEvent,
)

LAW = "What was bought, sold and paid is a business record that tax law has us keep for ten years."
PROVIDER = (
    "The payment provider's signed word on a payment is its proof; it is removed with all webhooks after their time."
)
SOLD = "Kept orders name it as what was bought."
BOUGHT_FILES = "Its buyers paid for it and keep it; files that nobody bought go with their seller."
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


def address_in_use(row: Order) -> dict[str, str]:
    """emptied; at first kept, where a paid parcel waits to be sent there, until it is"""
    return row.shipping if OrderLine.objects.filter(order=row).to_send().exists() else {}


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
        GearDocument,
        of="gear__owner",
        exported="id gear_id type name content content_type size_bytes created_at",
    ),
    table(
        GearRepair,
        of="gear__owner",
        exported="id gear_id repair_date description cost_cents currency provider created_at",
    ),
    table(
        GearItem,
        of="owner",
        exported=(
            "id owner_id name category brand model serial_number status purchase_date purchase_price_cents currency "
            "warranty_until_date notes created_at updated_at"
        ),
    ),
    table(
        CartItem,
        of="cart__user",
        exported="id cart_id product_id quantity unit_cents currency created_at",
    ),
    table(
        Cart,
        of="user",
        exported="id user_id created_at updated_at",
        withheld="token_hash",
    ),
    table(UsageCount, of="user", exported="id user_id kind day count"),
    table(
        SubscriptionCharge,
        of="subscription__user",
        stays=LAW,
        exported=(
            "id subscription_id tier_id kind period_start period_end amount_cents credit_cents currency status reason "
            "created_at updated_at"
        ),
        not_personal="key attempts",
    ),
    table(
        UserSubscription,
        of="user",
        stays=LAW,
        exported=(
            "id user_id tier_id next_tier_id status start_date end_date payment_method saved_method is_given past_due_since "
            "next_charge_at canceled_at created_at updated_at"
        ),
        anonymised={"saved_method": ""},
        not_personal="reminded_for",
    ),
    table(
        Review,
        of="buyer",
        stays=RATING,
        exported="id product_id buyer_id order_id rating comment answer answered_at created_at edited_at withdrawn_at",
        # An answer speaks to who wrote the review, and of them.
        anonymised={"comment": "", "answer": "", "answered_at": None},
    ),
    table(
        Dispute,
        of="payment__order__buyer payment__charge__subscription__user",
        stays=LAW,
        exported="id payment_id provider_id status amount_cents taken_cents created_at updated_at",
    ),
    table(
        RefundLine,
        of="refund__order__buyer line__seller",
        stays=LAW,
        exported="id refund_id line_id amount_cents share_cents",
    ),
    table(
        TransferReversal,
        of="transfer__seller",
        stays=LAW,
        exported="id transfer_id refund_id amount_cents currency status provider_id settled_at created_at updated_at",
        not_personal="attempt_key key_since attempts lease_until next_try_at last_error_code last_error",
    ),
    table(
        Refund,
        of="order__buyer payment__charge__subscription__user requested_by",
        stays=LAW,
        exported=(
            "id order_id payment_id provider_id amount_cents currency status reason details requested_by_id settled_at "
            "created_at updated_at"
        ),
        anonymised={"reason": "erased", "details": ""},
        not_personal="attempts is_asked lease_until next_try_at last_error",
    ),
    table(
        Difference,
        of="resolved_by",
        stays="What our books and the provider's disagreed about is part of the accounts that tax law has us keep.",
        exported="id kind reference currency ours_cents theirs_cents note found_at resolved_at resolved_by_id resolution",
        not_personal="seen_at",
    ),
    table(
        Invoice,
        of="order__buyer charge__subscription__user",
        stays=LAW,
        exported="id kind year number order_id refund_id charge_id snapshot issued_at",
    ),
    table(
        License,
        of="owner given_by",
        stays="It is the proof of what was bought or given, to its owner as to its seller.",
        exported=(
            "id product_id owner_id order_line_id seat key source given_by_id note status revoked_at download_count "
            "max_downloads last_download_at created_at updated_at"
        ),
        anonymised={"note": ""},
    ),
    table(
        ProductFile,
        of="product__seller",
        stays=BOUGHT_FILES,
        exported="id product_id name content content_type size_bytes sha256 created_at",
        not_personal="position",
        kept={"content": BOUGHT_FILES},
    ),
    table(
        Payment,
        of="order__buyer charge__subscription__user",
        stays=LAW,
        exported=(
            "id order_id charge_id provider_id method status reason amount_cents captured_cents refunded_cents currency "
            "refund_due is_spare is_sandbox dispute created_at updated_at"
        ),
        anonymised={"client_secret": "", "saved_method": ""},
        kept={
            "connector_ref": "It is how the bank names the payment when it is disputed.",
            "provider_updated_at": "It orders what the provider said.",
        },
    ),
    table(
        OrderLine,
        of="order__buyer seller",
        stays=LAW,
        exported=(
            "id order_id product_id seller_id title kind quantity unit_cents gross_cents fee_cents vat_bp vat_cents "
            "refunded_cents reversed_cents fulfilled_at tracking"
        ),
        not_personal="took_stock stock_returned",
    ),
    table(
        Order,
        of="buyer",
        stays=LAW,
        exported=(
            "id number buyer_id status reason currency total_cents vat_cents refunded_cents billing shipping paid_at "
            "fulfilled_at created_at updated_at"
        ),
        # The invoice keeps what tax law asks for.
        anonymised={"billing": {}, "shipping": address_in_use},
        not_personal="holds_stock expires_at",
    ),
    table(
        Transfer,
        of="seller",
        stays=LAW,
        exported=(
            "id order_id seller_id gross_cents platform_fee_cents fee_bp debt_offset_cents amount_cents reversed_cents "
            "currency status provider_id last_error is_sandbox completed_at created_at updated_at"
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
        exported=(
            "id user_id provider_id transfers_active default_currency vat_id requirements_due balance balance_at connected_at "
            "created_at updated_at"
        ),
        anonymised={"requirements_due": []},
    ),
    table(
        SandboxAccount,
        found=sandbox_account_of,
        stays="The sandbox stands for an outside provider, which keeps the accounts it paid.",
        exported="id key email is_active paid_out_cents created_at",
        anonymised={"email": "erased@erased.invalid"},
    ),
    table(
        Product,
        of="seller",
        stays=SOLD,
        exported=(
            "id seller_id title description kind price_cents currency stock status vat_bp track_id cover preview "
            "preview_seconds rating_sum rating_count created_at updated_at"
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
    table(
        SubscriptionTier,
        not_personal=(
            "id name description price_cents currency vat_bp features platforms ai_answers_a_day knowledge_files position "
            "is_active created_at updated_at"
        ),
    ),
    table(InvoiceSeries, not_personal="id year kind next_number"),
    table(LedgerTransaction, not_personal="id source_key kind is_sandbox created_at"),
    table(
        WebhookEvent,
        stays=PROVIDER,
        not_personal="id provider event_id type status attempts last_error received_at processed_at",
        kept={"body": PROVIDER},
    ),
    table(
        SandboxPayment,
        not_personal=(
            "provider_id order_ref method amount_cents currency status error_message keeps_method created_at updated_at"
        ),
    ),
    table(
        SandboxRefund,
        not_personal="provider_id payment_id amount_cents currency status error_message created_at updated_at",
    ),
    table(
        SandboxTransfer,
        not_personal="id key account_id amount_cents currency group reference error created_at",
    ),
    table(SandboxReversal, not_personal="id key transfer_id amount_cents reference error created_at"),
    table(SandboxMishap, not_personal="id call kind seconds times_left created_at"),
)
