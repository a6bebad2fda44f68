from celery import shared_task

from conversations.verbs import receipts

BEAT = {"sweep_receipts": ("conversations.jobs.receipts.sweep_receipts", 30)}


@shared_task
def sweep_receipts() -> None:
    """Receipts that came before their message, and those whose message never came."""
    receipts.sweep_receipts()
