"""How a deliberation ends, whoever ends it."""

from typing import Any

from django.utils.timezone import now

from conversations.models import Message
from council.facts import DeliberationEnded
from council.models import Deliberation
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import log

EVENTS = {
    Deliberation.Status.DONE: EventType.AGENT_COMPLETED,
    Deliberation.Status.STOPPED: EventType.AGENT_FAILED,
    Deliberation.Status.ERROR: EventType.AGENT_FAILED,
}
MESSAGE_STATUS = {
    Deliberation.Status.STOPPED: Message.Status.STOPPED,
    Deliberation.Status.ERROR: Message.Status.ERROR,
}


def end(
    deliberation: Deliberation, status: Deliberation.Status, *, code: str = "", stage: str = "", seat: str = ""
) -> None:
    """Close a locked deliberation; an answer that was still growing keeps its text and takes the same end."""
    if status in MESSAGE_STATUS:
        growing = deliberation.replies.filter(message__status=Message.Status.STREAMING)
        seat = seat or next(iter(growing.values_list("persona_id", flat=True)), "")
        growing.update(error_code=code or status)
        Message.objects.filter(advisor_reply__in=deliberation.replies.all(), status=Message.Status.STREAMING).update(
            status=MESSAGE_STATUS[status]
        )
    deliberation.status = status
    deliberation.error_code = code
    deliberation.error_stage = stage or (Deliberation.Stage.ADVISOR if status == Deliberation.Status.ERROR else "")
    deliberation.error_seat = seat
    deliberation.lease_until = None
    deliberation.finished_at = now()
    deliberation.save()
    metadata: dict[str, Any] = {"what": f"council_{status}", "deliberationId": str(deliberation.pk)}
    log(
        type=EVENTS[status],
        actor_id=deliberation.asked_by_id,
        target_id=deliberation.conversation_id,
        metadata={**metadata, "code": code} if code else metadata,
        is_private=True,
    )
    publish(
        DeliberationEnded(
            deliberation_id=deliberation.pk,
            conversation_id=deliberation.conversation_id,
            user_id=deliberation.asked_by_id,
            status=status,
        )
    )
