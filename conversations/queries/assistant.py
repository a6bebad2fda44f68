"""What the assistant is asked about a client's conversation, and what it may know for that."""

from django.db.models import Max, Q, QuerySet

from conversations.gateways.assistants import ASSISTANT, CLIENT, PERSON, AssistantQuestion, Said, Source
from conversations.models import AssistantTurn, Conversation, Message
from conversations.queries.client_messages import PRIVATE
from conversations.queries.knowledge import search_passages

GONE = ("deleted", "erased", "removed")
"""Taken back by who wrote it, of somebody who left, removed by the house: their places stay, their words do not."""
MOST_SAID = 20
MOST_READ = 60
MOST_SOURCES = 5
LONGEST_SAID = 2000
LONGEST_SEARCH = 1000
WHO = {Message.Role.CLIENT: CLIENT, Message.Role.USER: PERSON, Message.Role.AI: ASSISTANT}


def between_us(conversation: Conversation) -> QuerySet[Message]:
    """What the client wrote or could read, and what was not taken back: no line of the system, no note among colleagues."""
    rows = conversation.messages.filter(role__in=WHO)
    return rows.exclude(metadata__has_any_keys=[PRIVATE, *GONE])


def question_about(conversation: Conversation, *, upto_seq: int, seconds: float) -> AssistantQuestion:
    """The last twenty messages up to this one, and the passages of the owner's files that fit what waits for an answer."""
    owner = conversation.created_by
    told = _as_asked(conversation, upto_seq)
    said = tuple(Said(WHO[Message.Role(role)], text[:LONGEST_SAID], is_words) for role, text, is_words in told)
    name = (owner.company or owner.display_name) if owner else ""
    question = AssistantQuestion(name, said, (), seconds)
    searched = "\n".join(question.asked_in_words)[-LONGEST_SEARCH:].strip()
    if owner is None or not searched:
        return question
    passages = search_passages(user=owner, question=searched, limit=MOST_SOURCES)
    sources = tuple(Source(one.passage_id, one.file_id, one.file_name, one.page, one.text) for one in passages)
    return AssistantQuestion(name, said, sources, seconds)


def _as_asked(conversation: Conversation, upto_seq: int) -> list[tuple[str, str, bool]]:
    """(role, text, whether somebody wrote it). An answer stands behind what it answers, though the client had gone on meanwhile."""
    about = dict(
        AssistantTurn.objects.filter(conversation=conversation, answer__isnull=False, upto_seq__lt=upto_seq)
        .order_by("-upto_seq")
        .values_list("answer_id", "upto_seq")[:MOST_SAID]
    )
    rows = between_us(conversation).filter(Q(seq__lte=upto_seq) | Q(pk__in=about)).order_by("-seq")
    found = [
        (about.get(key, seq), seq, role, text, not metadata.get("is_placeholder"))
        for key, seq, role, text, metadata in rows.values_list("pk", "seq", "role", "content", "metadata")[:MOST_READ]
    ]
    return [(role, text, is_words) for _, _, role, text, is_words in sorted(found)[-MOST_SAID:]]


def has_person_spoken(conversation: Conversation, seq: int) -> bool:
    """Whether one of ours has spoken to the client behind this message; also in words that were taken back."""
    rows = conversation.messages.filter(seq__gt=seq, role=Message.Role.USER)
    return rows.exclude(metadata__has_key=PRIVATE).exists()


def is_client_waiting(conversation: Conversation, answered_seq: int, upto_seq: int) -> bool:
    """Whether anything of what they said up to this message, which nobody has answered, still stands."""
    rows = conversation.messages.filter(seq__lte=upto_seq)
    ours = rows.filter(role=Message.Role.USER).exclude(metadata__has_key=PRIVATE)
    since = max(answered_seq, ours.aggregate(seq=Max("seq"))["seq"] or 0)
    return between_us(conversation).filter(role=Message.Role.CLIENT, seq__gt=since, seq__lte=upto_seq).exists()


def last_client_seq(conversation: Conversation) -> int | None:
    rows = between_us(conversation).filter(role=Message.Role.CLIENT).order_by("-seq")
    return rows.values_list("seq", flat=True).first()


def was_unsure(turn: AssistantTurn) -> bool:
    """Whether the assistant's last answer in this conversation was to ask back."""
    answered = AssistantTurn.objects.filter(
        conversation=turn.conversation_id, status=AssistantTurn.Status.ANSWERED, upto_seq__lt=turn.upto_seq
    )
    return answered.order_by("-upto_seq").values_list("reason", flat=True).first() == "unsure"
