"""What a worker may write while it holds a deliberation. Every write checks the hold, so a worker thought dead cannot."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from json import dumps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from conversations.models import Conversation, Message
from conversations.verbs.messages import append_message
from council.facts import AdvisorAnswered
from council.gateways.language_model import SEATS, EarlierAnswer, Prompt, SynthesisDraft, Usage
from council.models import AdvisorReply, Deliberation, Persona, Synthesis
from council.queries.personas import persona_of
from council.verbs.endings import end
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import log

LEASE_SECONDS = 30
LONG_AGO = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Hold:
    """A worker's right to a deliberation: good while the row's attempt is still this one."""

    deliberation_id: UUID
    attempt: int


class Pulse(StrEnum):
    """What a worker learns when it shows that it lives; the last it knows by itself."""

    HELD = "held"
    STOP = "stop"
    LOST = "lost"
    CLOSING = "closing"


class HoldLost(Exception):
    """Another worker has taken over, or the deliberation has ended."""


def lease() -> dt.timedelta:
    return dt.timedelta(seconds=getattr(settings, "COUNCIL_LEASE_SECONDS", LEASE_SECONDS))


@transaction.atomic
def claim(*, deliberation_id: UUID) -> Hold | None:
    """Take a deliberation that nobody works on, by one conditional update; None where it is taken or over."""
    moment = now()
    free = Deliberation.objects.free(moment).filter(
        pk=deliberation_id, stop_requested_at=None, attempt__lt=F("last_attempt")
    )
    taken = free.update(
        attempt=F("attempt") + 1, status=Deliberation.Status.RUNNING, lease_until=moment + lease(), started_at=moment
    )
    if not taken:
        return None
    attempt = Deliberation.objects.values_list("attempt", flat=True).get(pk=deliberation_id)
    return Hold(deliberation_id, attempt)


@transaction.atomic
def show_life(hold: Hold) -> Pulse:
    """Renew the lease when a third of it is used up, and learn whether to go on."""
    row = (
        Deliberation.objects.filter(pk=hold.deliberation_id, attempt=hold.attempt, status=Deliberation.Status.RUNNING)
        .values("stop_requested_at", "lease_until")
        .first()
    )
    if row is None:
        return Pulse.LOST
    if row["stop_requested_at"] is not None:
        return Pulse.STOP
    moment = now()
    if row["lease_until"] is None or row["lease_until"] - moment < lease() * 2 / 3:
        Deliberation.objects.filter(pk=hold.deliberation_id, attempt=hold.attempt).update(lease_until=moment + lease())
    return Pulse.HELD


def waiting_seats(hold: Hold) -> list[str]:
    """The seats that have not finished, in the order they speak."""
    done = set(
        AdvisorReply.objects.filter(deliberation=hold.deliberation_id, message__status=Message.Status.DONE).values_list(
            "persona_id", flat=True
        )
    )
    return [seat for seat in SEATS if seat not in done]


def said(hold: Hold) -> tuple[str, dict[str, str]]:
    """The question, and the finished answers by seat."""
    question = Message.objects.get(deliberation=hold.deliberation_id).content
    replies = AdvisorReply.objects.filter(deliberation=hold.deliberation_id, message__status=Message.Status.DONE)
    texts = dict(replies.values_list("persona_id", "message__content"))
    return question, {seat: texts[seat] for seat in SEATS if seat in texts}


@transaction.atomic
def start_answer(hold: Hold, *, seat: str, model_id: str) -> Prompt:
    """Open the seat's message, empty and growing, and say what the advisor is asked. A partial answer starts anew."""
    deliberation = held(hold)
    persona = persona_of(deliberation.asked_by, seat)
    reply = deliberation.replies.select_related("message").filter(persona_id=seat).first()
    if reply is None:
        message = append_message(
            conversation=deliberation.conversation,
            role=Message.Role.ADVISOR,
            content="",
            status=Message.Status.STREAMING,
            parent=deliberation.question,
            metadata={"personaId": seat, "modelId": model_id},
        )
        reply = AdvisorReply(deliberation=deliberation, persona_id=seat, message=message)
    else:
        Message.objects.filter(pk=reply.message_id).update(content="", status=Message.Status.STREAMING)
    reply.advisor_name, reply.advisor_role, reply.model_id, reply.error_code = persona.name, persona.role, model_id, ""
    reply.save()
    note(deliberation, persona, EventType.AGENT_EXECUTED)
    question, earlier = said(hold)
    names = dict(deliberation.replies.values_list("persona_id", "advisor_name"))
    return Prompt(
        seat=seat,
        system_prompt=persona.system_prompt,
        question=question,
        earlier=tuple(EarlierAnswer(names[other], text) for other, text in earlier.items()),
    )


@transaction.atomic
def save_partial(hold: Hold, *, seat: str, text: str) -> None:
    """Keep what the advisor has said so far."""
    held(hold)
    growing(hold, seat).update(content=text)


@transaction.atomic
def finish_answer(hold: Hold, *, seat: str, text: str, usage: Usage) -> None:
    """Keep the whole answer and tell everyone who follows."""
    deliberation = held(hold)
    growing(hold, seat).update(content=text, status=Message.Status.DONE)
    deliberation.replies.filter(persona_id=seat).update(**columns_of(usage))
    note(deliberation, Persona.objects.get(pk=seat), EventType.AGENT_COMPLETED)
    publish(
        AdvisorAnswered(deliberation_id=deliberation.pk, conversation_id=deliberation.conversation_id, persona_id=seat)
    )


@transaction.atomic
def finish_deliberation(hold: Hold, *, draft: SynthesisDraft, model_id: str) -> None:
    """Keep the synthesis and close the deliberation."""
    deliberation = held(hold)
    body = body_of(draft)
    message = append_message(
        conversation=deliberation.conversation,
        role=Message.Role.SYNTHESIS,
        content=dumps(body, ensure_ascii=False),
        parent=deliberation.question,
        metadata={"modelId": model_id},
    )
    Synthesis.objects.create(deliberation=deliberation, message=message, body=body, model_id=model_id)
    log(
        type=EventType.INSIGHT_GENERATED,
        actor_id=deliberation.asked_by_id,
        target_id=deliberation.conversation_id,
        metadata={"what": "council_synthesis", "messageId": str(message.pk)},
        is_private=True,
    )
    end(deliberation, Deliberation.Status.DONE)


@transaction.atomic
def break_off(
    hold: Hold,
    *,
    status: Deliberation.Status,
    seat: str,
    text: str,
    spent: Usage,
    code: str = "",
    stage: str = "",
) -> None:
    """End early: the growing answer keeps its text, and what it cost as far as that is known."""
    deliberation = held(hold)
    if seat:
        growing(hold, seat).update(content=text)
        deliberation.replies.filter(persona_id=seat).update(**columns_of(spent))
        note(deliberation, Persona.objects.get(pk=seat), EventType.AGENT_FAILED, code=code or status)
    end(deliberation, status, code=code, stage=stage, seat=seat)


@transaction.atomic
def let_go(hold: Hold, *, seat: str, text: str) -> None:
    """Give the deliberation back because this worker is closing: due at once, and not counted as an attempt."""
    held(hold)
    if seat:
        growing(hold, seat).update(content=text)
    Deliberation.objects.filter(pk=hold.deliberation_id).update(
        lease_until=None, queued_at=now() - LONG_AGO, last_attempt=F("last_attempt") + 1
    )


def held(hold: Hold) -> Deliberation:
    """The deliberation, it and its conversation locked; HoldLost where it is no longer ours.

    The conversation comes first, as for every message: listeners hear of changes in the order of these locks.
    """
    Conversation.objects.select_for_update(no_key=True).filter(deliberations=hold.deliberation_id).first()
    deliberation = (
        Deliberation.objects.select_for_update(of=("self",))
        .select_related("conversation", "question", "asked_by")
        .filter(pk=hold.deliberation_id, attempt=hold.attempt, status=Deliberation.Status.RUNNING)
        .first()
    )
    if deliberation is None:
        raise HoldLost
    return deliberation


def growing(hold: Hold, seat: str) -> Any:
    return Message.objects.filter(
        advisor_reply__deliberation=hold.deliberation_id,
        advisor_reply__persona=seat,
        status=Message.Status.STREAMING,
    )


def columns_of(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "is_usage_estimated": usage.is_estimated,
    }


def body_of(draft: SynthesisDraft) -> dict[str, Any]:
    """The document's synthesis object (council.txt, "Synthesis Event")."""
    return {
        "pointsOfAgreement": list(draft.points_of_agreement),
        "keyTensions": [
            {
                "topic": tension.topic,
                "sagePosition": tension.sage_position,
                "skepticPosition": tension.skeptic_position,
                "strategistPosition": tension.strategist_position,
            }
            for tension in draft.key_tensions
        ],
        "recommendedNextSteps": list(draft.recommended_next_steps),
    }


def note(deliberation: Deliberation, persona: Persona, type: EventType, **more: Any) -> None:
    """The graph's memory of an advisor at work, for the asker alone."""
    log(
        type=type,
        actor_id=persona.entity_id,
        target_id=deliberation.conversation_id,
        metadata={"deliberationId": str(deliberation.pk), "personaId": persona.pk, **more},
        is_private=True,
    )
