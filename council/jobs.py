"""The queue `deliberations`, apart from all others: a deliberation may wait for minutes. The row is the truth."""

from uuid import UUID

from celery import shared_task

from council.verbs import deliberations, sittings

BEAT = {"sweep_deliberations": ("council.jobs.sweep_deliberations", 15)}


@shared_task
def deliberate(deliberation_id: str) -> None:
    sittings.deliberate(deliberation_id=UUID(deliberation_id))


@shared_task
def sweep_deliberations() -> None:
    for deliberation_id in deliberations.sweep_deliberations():
        deliberate.delay(str(deliberation_id))
