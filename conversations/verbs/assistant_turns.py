"""The assistant's turn as a row: who has it, whether it may speak, and how it ends. Source: messaging-design.md §5.

A claim is one conditional update with a lease, and the lease is the proof of whose turn it is: what a worker that was taken for
dead writes later is not written. Whatever ends a turn happens under the conversation's lock.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.timezone import now

from config.moments import iso
from conversations.facts import AssistantTurnEnded, AssistantWanted
from conversations.models import AssistantTurn, ClientThread, Conversation, Message, PlatformAccount
from conversations.verbs.conversations import wait_for_turn
from marketplace.verbs.limits import limits_of
from ontology.changes import publish
from ontology.models import Entity, EntityType, EventType
from ontology.verbs.memory import know, log

WAITS = dt.timedelta(seconds=2)
MOST_WAIT = dt.timedelta(seconds=10)
QUIET = dt.timedelta(seconds=10)
MOST_TALK = dt.timedelta(seconds=60)
"""Whoever wrote on while an engine worked is likely to go on: it waits until they are quiet, so a minute costs seven calls at most, and
in the end answers what was there. A count of tries alone would answer sooner, but in the middle of what they say."""
STARTED_OVER = "started_over"
LEASE = dt.timedelta(seconds=120)
MOST_ATTEMPTS = 3
SWEEP_AFTER = dt.timedelta(seconds=3)
MOST_SWEPT = 200
LONGEST_ENGINE = 80


@dataclass(frozen=True, slots=True)
class Hold:
    """One worker's claim; `upto_seq` is the client's newest message when it was made."""

    turn_id: UUID
    conversation_id: UUID
    upto_seq: int
    attempt: int
    lease_until: dt.datetime

    @property
    def began(self) -> dt.datetime:
        return self.lease_until - LEASE


class HoldLost(Exception):
    """The turn has ended meanwhile, or another worker has it."""


def claim(turn_id: UUID) -> Hold | None:
    """None where it is not due, has ended, or another worker has it. Of many at once one gets it."""
    moment = now()
    lease_until = moment + LEASE
    due = AssistantTurn.objects.due(moment).filter(pk=turn_id)
    if not due.update(status=AssistantTurn.Status.RUNNING, lease_until=lease_until, attempts=F("attempts") + 1):
        return None
    mine = AssistantTurn.objects.filter(pk=turn_id, lease_until=lease_until)
    row = mine.values_list("conversation_id", "upto_seq", "attempts").first()
    return Hold(turn_id, *row, lease_until) if row else None


def held(hold: Hold) -> tuple[Conversation, ClientThread, AssistantTurn]:
    """The three as they are now, the conversation locked first; HoldLost where the turn is not ours any more."""
    wait_for_turn(hold.conversation_id)
    conversation = Conversation.objects.select_for_update(no_key=True).get(pk=hold.conversation_id)
    rows = AssistantTurn.objects.select_for_update(no_key=True)
    turn = rows.filter(pk=hold.turn_id, status=AssistantTurn.Status.RUNNING, lease_until=hold.lease_until).first()
    if turn is None:
        raise HoldLost
    thread = ClientThread.objects.select_related("account").get(pk=hold.conversation_id)
    turn.conversation = thread.conversation = conversation
    return conversation, thread, turn


def why_silent(conversation: Conversation, thread: ClientThread) -> str:
    """Why the assistant may not speak here now; empty where it may."""
    account, moment = thread.account, now()
    reasons = (
        ("deleted", conversation.deleted_at is not None),
        (f"{conversation.status}", conversation.status != Conversation.Status.ACTIVE),
        ("paused", thread.is_ai_paused),
        ("assigned", thread.assignee_id is not None),
        ("no_owner", conversation.created_by_id is None),
        ("not_connected", account is None or account.status != PlatformAccount.Status.CONNECTED),
        ("switched_off", account is None or not account.answers_by_ai),
        ("window_closed", thread.reply_until is None or thread.reply_until <= moment),
    )
    return next((reason for reason, is_so in reasons if is_so), "") or _beyond_tier(conversation, thread)


def _beyond_tier(conversation: Conversation, thread: ClientThread) -> str:
    """As for people: where somebody connected the account, their tier has to bring the platform."""
    is_theirs = thread.account is not None and not thread.account.is_unclaimed and not thread.is_flagged
    allowed = limits_of(conversation.created_by).platforms if is_theirs and conversation.created_by else ()
    return "platform_not_in_tier" if is_theirs and thread.platform not in allowed else ""


def open_turn(conversation: Conversation, upto_seq: int) -> AssistantTurn:
    """None is open in it, and its row is locked."""
    turn = AssistantTurn.objects.create(conversation=conversation, upto_seq=upto_seq, due_at=now() + WAITS)
    tell_wanted(turn)
    return turn


def start_over(turn: AssistantTurn) -> None:
    """More was said while the engine worked: it is asked anew, about all of it, once the client is quiet."""
    turn.status, turn.lease_until, turn.attempts = AssistantTurn.Status.WAITING, None, 0
    turn.reason = STARTED_OVER
    turn.due_at = quiet_until(turn)
    turn.save(update_fields=["status", "lease_until", "attempts", "reason", "due_at"])
    tell_wanted(turn)


def may_start_over(turn: AssistantTurn, hold: Hold) -> bool:
    """Not for ever: what is begun a minute after the turn's beginning is said, whatever comes meanwhile."""
    return hold.began < turn.created_at + MOST_TALK


def quiet_until(turn: AssistantTurn) -> dt.datetime:
    """When the client, who has just written, will have been quiet for long enough, or have waited for long enough."""
    quiet, most = (QUIET, MOST_TALK) if turn.reason == STARTED_OVER else (WAITS, MOST_WAIT)
    return min(now() + quiet, turn.created_at + most)


def tell_wanted(turn: AssistantTurn) -> None:
    publish(AssistantWanted(turn_id=turn.pk, conversation_id=turn.conversation_id, due_at=iso(turn.due_at)))


def end_turn(
    turn: AssistantTurn,
    status: AssistantTurn.Status,
    reason: str = "",
    *,
    answer: Message | None = None,
    engine: str = "",
    passages: list[dict[str, Any]] | None = None,
) -> AssistantTurn:
    """`turn.conversation` is locked. The last write of its transaction: the agent's entity may have to be waited for."""
    turn.status, turn.reason, turn.answer, turn.passages = status, reason, answer, passages or []
    turn.engine, turn.lease_until, turn.ended_at = engine[:LONGEST_ENGINE] or turn.engine, None, now()
    turn.save()
    owner_id = turn.conversation.created_by_id
    publish(
        AssistantTurnEnded(
            turn_id=turn.pk,
            conversation_id=turn.conversation_id,
            owner_id=owner_id,
            status=status.value,
            reason=reason,
        )
    )
    is_failure = status == AssistantTurn.Status.FAILED
    log(
        type=EventType.AGENT_FAILED if is_failure else EventType.AGENT_COMPLETED,
        actor_id=agent_of(owner_id) if owner_id else turn.conversation.client_thread.lead_id,
        target_id=turn.conversation_id,
        metadata={"what": "assistant_turn", "turn_id": str(turn.pk), "status": status.value, "reason": reason},
        is_private=True,
    )
    return turn


def agent_of(owner_id: UUID) -> UUID:
    """Somebody's assistant in the graph, for them alone; made with its first turn."""
    key = uuid5(owner_id, "assistant")
    if not Entity.objects.filter(pk=key).exists():
        try:
            with transaction.atomic():
                know(id=key, type=EntityType.SERVICE_AGENT, name="Assistant", owner_id=owner_id, is_private=True)
        except IntegrityError:
            pass  # another conversation of theirs was faster
    return key


def turns_due() -> list[UUID]:
    """Turns whose job was lost, and those that a killed worker left."""
    due = AssistantTurn.objects.due(now() - SWEEP_AFTER).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:MOST_SWEPT])
