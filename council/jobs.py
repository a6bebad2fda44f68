"""The queue `deliberations`, apart from all others: a deliberation may wait for minutes. The row is the truth."""

from uuid import UUID

from celery import shared_task
from celery.signals import worker_shutting_down

from council.verbs import deliberations, sittings

BEAT = {"sweep_deliberations": ("council.jobs.sweep_deliberations", 15)}


@shared_task
def deliberate(deliberation_id: str) -> None:
    sittings.deliberate(deliberation_id=UUID(deliberation_id))


@shared_task
def sweep_deliberations() -> None:
    for deliberation_id in deliberations.sweep_deliberations():
        deliberate.delay(str(deliberation_id))


@worker_shutting_down.connect
def close(**_: object) -> None:
    """A deliberation may take minutes and a stop may not: it is given back and goes on elsewhere, or after a restart."""
    sittings.close_sittings()
