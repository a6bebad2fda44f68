"""Work after the answer: each job passes an id to one verb and may run twice or at once. Sweeps find what was lost."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from celery.utils.log import get_task_logger

from config.errors import DomainError
from marketplace.gateways.sandbox_payments import forgotten
from marketplace.verbs import idempotency, orders, payments, sandbox, transfers, webhooks

logger = get_task_logger(__name__)

BEAT = {
    "sweep_sandbox": ("marketplace.jobs.sweep_sandbox", 10),
    "sweep_transfers": ("marketplace.jobs.sweep_transfers", 30),
    "sweep_orders": ("marketplace.jobs.sweep_orders", 30),
    "sweep_webhooks": ("marketplace.jobs.sweep_webhooks", 60),
    "sweep_payments": ("marketplace.jobs.sweep_payments", 300),
    "sweep_old_rows": ("marketplace.jobs.sweep_old_rows", 3600),
}


@shared_task
def sandbox_settle(provider_id: str) -> None:
    sandbox.settle_sandbox_payment(provider_id=provider_id)


@shared_task
def attempt_transfer(transfer_id: str) -> None:
    transfers.attempt_transfer(transfer_id=UUID(transfer_id))


@shared_task
def reconcile_payment(payment_id: str) -> None:
    try:
        payments.reconcile_payment(payment_id=UUID(payment_id))
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
def sweep_sandbox() -> None:
    for provider_id in forgotten():
        sandbox_settle.delay(provider_id)


@shared_task
def sweep_transfers() -> None:
    """First tries whose message was lost, retries whose time has come, leases that a dead worker left."""
    for transfer_id in transfers.transfers_due():
        attempt_transfer.delay(str(transfer_id))


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
    for payment_id in payments.payments_to_reconcile(older_than=timedelta(minutes=10)):
        reconcile_payment.delay(str(payment_id))


@shared_task
def sweep_old_rows() -> None:
    idempotency.forget_old_keys()
    webhooks.forget_old_webhooks()
