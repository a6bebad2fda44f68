"""Work after the answer: each job passes an id to one verb and may run twice or at once. Sweeps find what was lost."""

import datetime as dt
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from celery.utils.log import get_task_logger

from config.errors import DomainError
from marketplace.gateways.sandbox_payments import forgotten, forgotten_refunds
from marketplace.verbs import (
    carts,
    departures,
    gear_documents,
    idempotency,
    orders,
    payment_calls,
    product_files,
    reconciliation,
    refund_tries,
    renewals,
    reversals,
    sandbox,
    sellers,
    transfers,
    webhooks,
)

logger = get_task_logger(__name__)

BEAT = {
    "sweep_sandbox": ("marketplace.jobs.sweep_sandbox", 10),
    "sweep_transfers": ("marketplace.jobs.sweep_transfers", 30),
    "sweep_refunds": ("marketplace.jobs.sweep_refunds", 30),
    "sweep_reversals": ("marketplace.jobs.sweep_reversals", 30),
    "sweep_books": ("marketplace.jobs.sweep_books", 3600),
    "sweep_orders": ("marketplace.jobs.sweep_orders", 30),
    "sweep_webhooks": ("marketplace.jobs.sweep_webhooks", 60),
    "sweep_payments": ("marketplace.jobs.sweep_payments", 300),
    "sweep_gear_contents": ("marketplace.jobs.sweep_gear_contents", 6 * 3600),
    "sweep_product_contents": ("marketplace.jobs.sweep_product_contents", 6 * 3600),
    "sweep_subscriptions": ("marketplace.jobs.sweep_subscriptions", 60),
    "sweep_sellers": ("marketplace.jobs.sweep_sellers", 600),
    "sweep_old_rows": ("marketplace.jobs.sweep_old_rows", 3600),
}


@shared_task
def sandbox_settle(provider_id: str) -> None:
    sandbox.settle_sandbox_payment(provider_id=provider_id)


@shared_task
def sandbox_settle_refund(refund_provider_id: str) -> None:
    sandbox.settle_sandbox_refund(refund_provider_id=refund_provider_id)


@shared_task
def attempt_transfer(transfer_id: str) -> None:
    transfers.attempt_transfer(transfer_id=UUID(transfer_id))


@shared_task
def attempt_refund(refund_id: str) -> None:
    refund = refund_tries.attempt_refund(refund_id=UUID(refund_id))
    if refund is not None:
        sandbox_settle_refund.delay(refund.provider_id)


@shared_task
def attempt_reversal(reversal_id: str) -> None:
    reversals.attempt_reversal(reversal_id=UUID(reversal_id))


@shared_task
def attempt_reversals_of(refund_id: str) -> None:
    for reversal_id in reversals.reversals_due(refund_id=UUID(refund_id)):
        attempt_reversal.delay(str(reversal_id))


@shared_task
def reconcile_day(day: str) -> None:
    """`day` is ISO 8601, UTC."""
    try:
        reconciliation.reconcile_day(day=dt.date.fromisoformat(day))
    except DomainError as error:
        logger.warning("A day could not be reconciled: %s", error.message)


@shared_task
def reconcile_payment(payment_id: str) -> None:
    try:
        payment_calls.reconcile_payment(payment_id=UUID(payment_id))
    except DomainError as error:
        logger.warning("A payment could not be reconciled: %s", error.message)


@shared_task
def apply_webhook(event_id: str) -> None:
    webhooks.apply_webhook(event_id=UUID(event_id))


@shared_task
def expire_order(order_id: str) -> None:
    orders.expire_order(order_id=UUID(order_id))


@shared_task
def attempt_transfers_of(seller_id: str) -> None:
    for transfer_id in transfers.transfers_due_for(seller_id=UUID(seller_id)):
        attempt_transfer.delay(str(transfer_id))


@shared_task
def refresh_seller(seller_id: str) -> None:
    try:
        sellers.refresh_account(user_id=UUID(seller_id))
    except DomainError as error:
        logger.warning("A seller's account could not be read: %s", error.message)


@shared_task
def sweep_sandbox() -> None:
    for provider_id in forgotten():
        sandbox_settle.delay(provider_id)
    for refund_provider_id in forgotten_refunds():
        sandbox_settle_refund.delay(refund_provider_id)


@shared_task
def sweep_transfers() -> None:
    """First tries whose message was lost, retries whose time has come, leases that a dead worker left."""
    for transfer_id in transfers.transfers_due():
        attempt_transfer.delay(str(transfer_id))


@shared_task
def sweep_refunds() -> None:
    """Refunds that the provider has not heard of, or has not ended yet."""
    for refund_id in refund_tries.refunds_due():
        attempt_refund.delay(str(refund_id))


@shared_task
def sweep_reversals() -> None:
    for reversal_id in reversals.reversals_due():
        attempt_reversal.delay(str(reversal_id))


@shared_task
def sweep_books() -> None:
    """Our sums, and yesterday and today against the providers'; what differs is kept for staff. And what waits for people."""
    reconciliation.check_books()
    for payment_id in payment_calls.payments_in_review():
        reconcile_payment.delay(str(payment_id))
    today = dt.datetime.now(dt.UTC).date()
    for day in (today - timedelta(days=1), today):
        reconcile_day.delay(day.isoformat())


@shared_task
def sweep_orders() -> None:
    for order_id in orders.orders_to_expire():
        expire_order.delay(str(order_id))


@shared_task
def sweep_webhooks() -> None:
    for event_id in webhooks.webhooks_to_try():
        apply_webhook.delay(str(event_id))


@shared_task
def sweep_payments() -> None:
    for payment_id in payment_calls.payments_to_reconcile(older_than=timedelta(minutes=10)):
        reconcile_payment.delay(str(payment_id))


@shared_task
def sweep_gear_contents() -> None:
    """What lies in the store among gear's papers and belongs to none."""
    gear_documents.sweep_gear_contents()


@shared_task
def sweep_product_contents() -> None:
    """What lies in the store among sold files and belongs to none."""
    product_files.sweep_product_contents()


@shared_task
def renew_subscription(subscription_id: str) -> None:
    try:
        renewals.renew_subscription(subscription_id=UUID(subscription_id))
    except DomainError as error:
        logger.warning("A renewal could not be opened: %s", error.message)


@shared_task
def open_lost_payment(payment_id: str) -> None:
    try:
        renewals.open_lost_payment(payment_id=UUID(payment_id))
    except DomainError as error:
        logger.warning("A payment could not be opened: %s", error.message)


@shared_task
def expire_subscription(subscription_id: str) -> None:
    renewals.expire_subscription(subscription_id=UUID(subscription_id))


@shared_task
def remind_subscriber(subscription_id: str) -> None:
    renewals.remind_subscriber(subscription_id=UUID(subscription_id))


@shared_task
def sweep_subscriptions() -> None:
    """What is due by its date: a month to charge, an end, a reminder; and payments that the provider never heard of."""
    for subscription_id in renewals.subscriptions_to_renew():
        renew_subscription.delay(str(subscription_id))
    for subscription_id in renewals.subscriptions_to_expire():
        expire_subscription.delay(str(subscription_id))
    for subscription_id in renewals.subscriptions_to_remind():
        remind_subscriber.delay(str(subscription_id))
    for payment_id in renewals.payments_to_open():
        open_lost_payment.delay(str(payment_id))


@shared_task
def sweep_sellers() -> None:
    """Every account once a day, unfinished ones every hour: a webhook may be lost, or never be sent."""
    for seller_id in sellers.accounts_to_read():
        refresh_seller.delay(str(seller_id))


@shared_task
def sweep_old_rows() -> None:
    idempotency.forget_old_keys()
    webhooks.forget_old_webhooks()
    carts.forget_old_carts()
    departures.forget_addresses()
