"""A person asks the assistant for a draft; they change it, send it or leave it."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from config.connections import let_go
from config.errors import Conflict, Forbidden, NotFound, Unavailable
from config.ids import parse_id
from conversations.gateways.answer_engines import active_assistant
from conversations.gateways.assistants import (
    AssistantAnswer,
    AssistantError,
    AssistantModel,
    AssistantQuestion,
    ErrorCode,
    Source,
    held_to_sources,
)
from conversations.models import Conversation
from conversations.queries.assistant import last_client_seq, question_about
from marketplace.verbs.limits import ai_answers_today, limits_of, require_ai_answer, take_ai_answer

SECONDS = 28.0
"""The caller's request waits; with all else around it stays below half a minute."""
TRY_AGAIN = 30


@dataclass(frozen=True, slots=True)
class Draft:
    """With `hand_over` the files do not answer, and `content` is a polite line; `ai_answers_left` is None without end."""

    content: str
    passages: tuple[Source, ...]
    hand_over: bool
    reason: str
    engine: str
    is_sandbox: bool
    ai_answers_left: int | None


def draft_answer(*, conversation_id: Any, by: User, engine: AssistantModel | None = None) -> Draft:
    """What the assistant would say now, from the files of the conversation's owner. Nothing is sent and nothing is kept.

    Each takes one of the AI answers that `by` has today (Forbidden where none is left), once the engine has answered: what
    fails (Unavailable) costs none, and neither does the line that leaves it to a person. NotFound for strangers; Conflict where the client has said nothing.
    """
    conversation = _drafted_for(conversation_id, by)
    require_ai_answer(by)
    upto_seq = last_client_seq(conversation)
    if upto_seq is None:
        raise Conflict("The client has not written anything yet", code="nothing_to_answer")
    question = question_about(conversation, upto_seq=upto_seq, seconds=SECONDS)
    engine = engine or active_assistant()
    given = _asked(engine, question)
    left = ai_answers_left(by) if given.hand_over else take_ai_answer(by)
    return Draft(
        content=given.text,
        passages=tuple(source for source in question.sources if source.passage_id in given.used),
        hand_over=given.hand_over,
        reason=given.reason.value,
        engine=given.model_id,
        is_sandbox=engine.is_local,
        ai_answers_left=left,
    )


def ai_answers_left(user: User) -> int | None:
    allowed = limits_of(user).ai_answers_a_day
    return None if allowed is None else max(0, allowed - ai_answers_today(user))


def _drafted_for(conversation_id: Any, by: User) -> Conversation:
    """A client's conversation that `by` takes part in. What its owner's files say is not for staff who merely look on."""
    key = parse_id(conversation_id)
    rows = Conversation.objects.visible_to(by).filter(kind=Conversation.Kind.CLIENT).select_related("created_by")
    conversation = rows.filter(pk=key).first() if key else None
    if conversation is None:
        raise NotFound("Conversation not found")
    if not conversation.memberships.live().filter(user=by).exists():
        raise Forbidden("Only who takes part in this conversation can ask for a draft")
    return conversation


def _asked(engine: AssistantModel, question: AssistantQuestion) -> AssistantAnswer:
    let_go()
    try:
        return held_to_sources(engine.answer(question), question)
    except AssistantError as error:
        wait = None if error.code is ErrorCode.NOT_CONFIGURED else TRY_AGAIN
        raise Unavailable(error.message, code=error.code.value, retry_after=wait) from None
