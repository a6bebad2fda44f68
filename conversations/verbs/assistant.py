"""The assistant's turns: wanted by what a client wrote, answered by a job, silenced by a person. Source: messaging-design.md §5.

No transaction is open while an engine works. What it wrote is sent only after another look under the conversation's lock: a
person may have answered meanwhile, or the client may have said more.
"""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from config.connections import let_go
from conversations.gateways.answer_engines import active_assistant
from conversations.gateways.assistants import (
    AssistantAnswer,
    AssistantError,
    AssistantModel,
    AssistantQuestion,
    ErrorCode,
    held_to_sources,
)
from conversations.models import AssistantTurn, ClientThread, Conversation, Message
from conversations.queries.assistant import has_person_spoken, is_client_waiting, question_about
from conversations.verbs.assistant_answers import give_answer, tell_of_failure
from conversations.verbs.assistant_turns import (
    LEASE,
    MOST_ATTEMPTS,
    Hold,
    HoldLost,
    claim,
    end_turn,
    held,
    may_start_over,
    open_turn,
    quiet_until,
    start_over,
    tell_wanted,
    why_silent,
)

OLDEST = dt.timedelta(hours=1)
SECONDS = LEASE.total_seconds() / 2
GAVE_UP = "gave_up"
Status = AssistantTurn.Status


def want_answer(thread: ClientThread, message: Message) -> None:
    """A client wrote `message`: open the assistant's turn, or let the open one wait for more. In the caller's transaction.

    The conversation's row is locked. Old backlog and what came while a person has the conversation wants none.
    """
    thread = ClientThread.objects.select_related("account", "conversation").get(pk=thread.pk)
    conversation = thread.conversation
    is_new = message.sent_at > now() - OLDEST and message.seq > thread.ai_answered_seq
    if message.role != Message.Role.CLIENT or not is_new or why_silent(conversation, thread):
        return
    turn = AssistantTurn.objects.select_for_update(no_key=True).open().filter(conversation=conversation).first()
    if turn is None:
        open_turn(conversation, message.seq)
        return
    turn.upto_seq, turn.attempts = max(turn.upto_seq, message.seq), 0
    if turn.status == Status.WAITING:
        turn.due_at = quiet_until(turn)
    turn.save()
    tell_wanted(turn)


def step_back(conversation: Conversation, *, reason: str) -> None:
    """A person took over (wrote, was assigned, closed it, paused the assistant): drop the open turn. In the caller's transaction.

    Also one whose engine is working: what it writes is then thrown away.
    """
    turn = AssistantTurn.objects.select_for_update(no_key=True).open().filter(conversation=conversation).first()
    if turn is not None:
        end_turn(turn, Status.DROPPED, reason[:40])


def answer(*, turn_id: UUID, engine: AssistantModel | None = None) -> str | None:
    """The job: how the turn stands afterwards, or None where this call had nothing to do. Safe to call twice or at once."""
    hold = claim(turn_id)
    if hold is None:
        return None
    try:
        if hold.attempt > MOST_ATTEMPTS:
            return _fail(hold, GAVE_UP)
        question = _question(hold)
        if isinstance(question, str):
            return _drop(hold, question)
        given = _ask(engine or active_assistant(), question)
        if isinstance(given, AssistantError):
            return _fail(hold, given.code)
        return _settle(hold, given, question)
    except HoldLost:
        return None


def _question(hold: Hold) -> AssistantQuestion | str:
    """What to ask; or why not to ask at all, which spares the call."""
    thread = ClientThread.objects.select_related("account", "conversation__created_by").get(pk=hold.conversation_id)
    conversation = thread.conversation
    why = why_silent(conversation, thread) or _overtaken(thread, hold.upto_seq)
    return why or question_about(conversation, upto_seq=hold.upto_seq, seconds=SECONDS)


def _overtaken(thread: ClientThread, upto_seq: int) -> str:
    """Why nobody waits for this answer any more; empty where somebody does."""
    if has_person_spoken(thread.conversation, upto_seq):
        return "person_wrote"
    if thread.ai_answered_seq >= upto_seq:
        return "already_answered"
    return "" if is_client_waiting(thread.conversation, thread.ai_answered_seq, upto_seq) else "taken_back"


def _ask(engine: AssistantModel, question: AssistantQuestion) -> AssistantAnswer | AssistantError:
    let_go()
    try:
        return held_to_sources(engine.answer(question), question)
    except AssistantError as error:
        return error


@transaction.atomic
def _settle(hold: Hold, given: AssistantAnswer, question: AssistantQuestion) -> str:
    """The second look, and then everything that an answer writes, or nothing."""
    conversation, thread, turn = held(hold)
    if why := why_silent(conversation, thread) or _overtaken(thread, hold.upto_seq):
        return _let_be(turn, thread, hold, why)
    newest = turn.upto_seq
    if newest > hold.upto_seq and may_start_over(turn, hold):
        start_over(turn)
        return turn.status
    turn.upto_seq = hold.upto_seq
    ClientThread.objects.filter(pk=thread.pk).update(ai_answered_seq=hold.upto_seq)
    status = give_answer(turn, thread, given, question).status
    if newest > hold.upto_seq and status == Status.ANSWERED:
        open_turn(conversation, newest)
    return status


@transaction.atomic
def _drop(hold: Hold, reason: str) -> str:
    _, thread, turn = held(hold)
    return _let_be(turn, thread, hold, reason)


def _let_be(turn: AssistantTurn, thread: ClientThread, hold: Hold, reason: str) -> str:
    """Nobody waits for this answer; but what the client said since may want one: what silenced the assistant may be over."""
    is_more = turn.upto_seq > hold.upto_seq
    if is_more and not why_silent(turn.conversation, thread) and not _overtaken(thread, turn.upto_seq):
        start_over(turn)
        return turn.status
    return end_turn(turn, Status.DROPPED, reason).status


@transaction.atomic
def _fail(hold: Hold, code: ErrorCode | str) -> str:
    """Nothing answers in the place of an engine that fails; the owner hears of it, unless a person has the conversation.

    Where the client has said more meanwhile, that is asked anew.
    """
    conversation, thread, turn = held(hold)
    if why := why_silent(conversation, thread) or _overtaken(thread, hold.upto_seq):
        return _let_be(turn, thread, hold, why)
    if turn.upto_seq > hold.upto_seq and may_start_over(turn, hold):
        start_over(turn)
        return turn.status
    tell_of_failure(turn, thread, str(code))
    return end_turn(turn, Status.FAILED, str(code), engine=active_assistant().model_id).status
