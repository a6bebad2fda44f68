from celery import shared_task

from ontology.verbs.changes import forget_old_changes

BEAT = {"forget_changes": ("ontology.jobs.forget_changes", 3600)}


@shared_task
def forget_changes() -> None:
    forget_old_changes()
