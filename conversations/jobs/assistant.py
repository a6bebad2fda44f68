"""The queue `deliberations`: an answer waits for a provider, and must not stand before what is sent in a moment."""

from uuid import UUID

from celery import shared_task

from conversations.verbs import assistant, assistant_turns

BEAT = {"sweep_assistant": ("conversations.jobs.assistant.sweep_assistant", 10)}


@shared_task
def answer_client(*, turn_id: str) -> None:
    assistant.answer(turn_id=UUID(turn_id))


@shared_task
def sweep_assistant() -> None:
    for turn_id in assistant_turns.turns_due():
        answer_client.delay(turn_id=str(turn_id))
