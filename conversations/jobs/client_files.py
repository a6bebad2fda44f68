from celery import shared_task

from conversations.verbs import client_files

BEAT = {
    "copy_files_of_all": ("conversations.jobs.client_files.copy_files_of_all", 60),
    "sweep_client_contents": ("conversations.jobs.client_files.sweep_contents", 24 * 3600),
}


@shared_task
def copy_files(*, message_id: str) -> None:
    client_files.copy_files(message_id=message_id)


@shared_task
def copy_files_of_all() -> None:
    """The sweep: what a queue lost, and what is tried again."""
    for message_id in client_files.files_to_sweep():
        client_files.copy_files(message_id=message_id)


@shared_task
def sweep_contents() -> None:
    client_files.sweep_contents()
