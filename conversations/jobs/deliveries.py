from uuid import UUID

from celery import shared_task

from conversations.verbs import deliveries

BEAT = {"sweep_deliveries": ("conversations.jobs.deliveries.sweep_deliveries", 10)}


@shared_task
def attempt_delivery(message_id: str) -> None:
    """Its try, and then whoever waited for it in the same conversation."""
    key = UUID(message_id)
    deliveries.attempt_delivery(message_id=key)
    if following := deliveries.next_in_line(message_id=key):
        attempt_delivery.delay(str(following))


@shared_task
def sweep_deliveries() -> None:
    for key in deliveries.deliveries_due():
        attempt_delivery.delay(str(key))
