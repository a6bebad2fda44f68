from celery import shared_task

from conversations.verbs import client_names

BEAT = {"look_up_names": ("conversations.jobs.client_names.look_up_names", 600)}


@shared_task
def look_up_name(*, conversation_id: str) -> None:
    client_names.look_up_name(conversation_id=conversation_id)


@shared_task
def look_up_names() -> None:
    """The sweep: whose name was not to be had at once."""
    for conversation_id in client_names.names_to_sweep():
        client_names.look_up_name(conversation_id=conversation_id)
