"""What the assistant says, and when it leaves a client to a person. Under the conversation's lock, in one transaction."""

from typing import Any

from django.utils.timezone import now

from config.errors import Forbidden
from conversations.gateways.assistants import (
    PUBLIC_SENTENCES,
    AssistantAnswer,
    AssistantQuestion,
    ErrorCode,
    Reason,
    shortened,
)
from conversations.gateways.meta import length_of, longest
from conversations.gateways.phrases import language_of
from conversations.models import AssistantTurn, ClientThread, Conversation, Message, Notification
from conversations.queries.assistant import was_unsure
from conversations.verbs.assistant_turns import end_turn
from conversations.verbs.client_messages import say_to_client
from conversations.verbs.conversations import announce, remember
from conversations.verbs.notifications import notify
from marketplace.verbs.limits import UPGRADE, take_ai_answer

TWICE_UNSURE = "twice_unsure"
LIMIT_REACHED = "limit_reached"
LEFT = "left_to_person"
WHY = {
    Reason.NO_PASSAGE.value: "Your files do not answer the question.",
    Reason.ASKED_FOR_PERSON.value: "They asked for a person.",
    TWICE_UNSURE: "The assistant did not understand them twice.",
    Reason.UNSURE.value: "The assistant did not understand them.",
    LEFT: "The assistant left it to a person.",
}
Status = AssistantTurn.Status


def give_answer(
    turn: AssistantTurn, thread: ClientThread, given: AssistantAnswer, question: AssistantQuestion
) -> AssistantTurn:
    """Say it and count it against the owner's tier; where nothing is left, or the engine says so, a person is to answer."""
    reason = TWICE_UNSURE if given.reason is Reason.UNSURE and was_unsure(turn) else given.reason.value
    if given.hand_over or reason == TWICE_UNSURE:
        return hand_over(turn, thread, reason or LEFT, given.model_id, question)
    try:
        take_ai_answer(owner_of(turn))
    except Forbidden as refused:
        tell_of_limit(turn, refused.message)
        return hand_over(turn, thread, LIMIT_REACHED, given.model_id, question)
    passages = [source.as_json() for source in question.sources if source.passage_id in given.used]
    answer = _say(turn, thread, given.text, given.model_id, {"reason": reason, "passages": passages})
    return end_turn(turn, Status.ANSWERED, reason, answer=answer, engine=given.model_id, passages=passages)


def hand_over(
    turn: AssistantTurn, thread: ClientThread, reason: str, engine: str, question: AssistantQuestion
) -> AssistantTurn:
    """The conversation waits for a person: one polite line, which is no answer and costs none, and the owner is told."""
    conversation = turn.conversation
    line = language_of("\n".join(question.asked)).hand_over
    answer = _say(turn, thread, line, engine, {"reason": reason, "hand_over": True, "passages": []})
    # The line is no answer: the client waits since they began to.
    ClientThread.objects.filter(pk=thread.pk).update(waiting_since=thread.waiting_since or now())
    conversation.status = Conversation.Status.PENDING
    conversation.save(update_fields=["status", "updated_at"])
    remember(conversation)
    announce(conversation, "pending")
    if reason != LIMIT_REACHED:
        tell_of_hand_over(turn, thread, reason)
    return end_turn(turn, Status.HANDED_OVER, reason, answer=answer, engine=engine)


def _say(turn: AssistantTurn, thread: ClientThread, text: str, engine: str, about: dict[str, Any]) -> Message:
    return say_to_client(
        turn.conversation,
        thread,
        role=Message.Role.AI,
        content=fitting(text, thread.platform),
        metadata={"assistant": {"turn_id": str(turn.pk), "engine": engine, **about}},
    )


def fitting(text: str, platform: str) -> str:
    """As much of it as the platform takes, counted as it counts."""
    most, size = longest(platform), len(text)
    while (over := length_of(platform, text) - most) > 0:
        size -= max(1, over // 4)
        text = shortened(text, size)
    return text


def owner_of(turn: AssistantTurn) -> Any:
    return turn.conversation.created_by


def tell_of_hand_over(turn: AssistantTurn, thread: ClientThread, reason: str) -> None:
    notify(
        user_id=owner_of(turn).pk,
        key=f"hand_over:{turn.pk}",
        title=f"{named(thread)} waits for your answer",
        text=WHY[reason],
        url=turn.conversation.get_absolute_url(),
    )


def tell_of_limit(turn: AssistantTurn, sentence: str) -> None:
    """Once a day, with the first client who met it."""
    notify(
        user_id=owner_of(turn).pk,
        key=f"ai_limit:{now().date().isoformat()}",
        title="Your assistant has given all of today's answers",
        text=f"{sentence.partition(' Choose another')[0]} Clients wait for you; {UPGRADE} has larger tiers.",
        url=turn.conversation.get_absolute_url(),
        kind=Notification.Kind.WARNING,
    )


def tell_of_failure(turn: AssistantTurn, thread: ClientThread, code: str) -> None:
    """Once a day for each conversation, however often the engine fails."""
    known = {each.value: PUBLIC_SENTENCES[each] for each in ErrorCode}
    notify(
        user_id=owner_of(turn).pk,
        key=f"assistant_failed:{turn.conversation_id}:{now().date().isoformat()}",
        title=f"Your assistant could not answer {named(thread)}",
        text=known.get(code, "It was tried several times. They wait for you."),
        url=turn.conversation.get_absolute_url(),
        kind=Notification.Kind.ERROR,
    )


def named(thread: ClientThread) -> str:
    return thread.client_name[:60] or "A client"
