"""Saying something, and having read it."""

from typing import Any

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Invalid, NotFound
from config.ids import parse_id
from config.moments import iso
from conversations.facts import MessageRead, MessageSent
from conversations.models import LONGEST_MESSAGE, Conversation, Message
from conversations.queries.messages import seen
from conversations.verbs.conversations import locked, wait_for_turn
from ontology.changes import publish
from ontology.models import EventType
from ontology.verbs.memory import log

LONGEST_CLIENT_ID = 64


@transaction.atomic
def send_message(
    *,
    conversation_id: Any,
    content: str,
    client_id: str | None = None,
    sender_type: str = Message.Role.USER,
    kind: str | None = None,
    by: User,
) -> Message:
    """What a person says. The same `client_id` of the same sender again answers the first message (a re-send).

    `sender_type` is `user`; in a client's conversation that was opened by hand also `client`, for what a client said elsewhere.
    With `kind` conversations of other kinds are unknown. In a client's conversation the rules of `client_replies` hold.
    """
    content = checked_content(content)
    if client_id is not None and not 0 < len(client_id) <= LONGEST_CLIENT_ID:
        raise Invalid(f"A client_id has 1 to {LONGEST_CLIENT_ID} characters", details={"client_id": ["Wrong length."]})
    conversation = locked(conversation_id, by=by)
    require_kind(conversation, kind)
    if client_id is not None and (first := sent_before(conversation, client_id, by=by)):
        first.is_resend = True
        return first
    message = say(conversation, content=content, client_id=client_id, sender_type=sender_type, by=by)
    log(
        type=EventType.USER_ENGAGED,
        actor_id=by.pk,
        target_id=conversation.pk,
        metadata={"what": "message_sent", "message_id": str(message.pk), "seq": message.seq},
        is_private=True,
    )
    return message


def say(conversation: Conversation, *, content: str, client_id: str | None, sender_type: str, by: User) -> Message:
    if conversation.kind == Conversation.Kind.COUNCIL:
        raise Conflict("The council is asked on its own page", code="council_conversation")
    if conversation.status == Conversation.Status.CLOSED:
        raise Conflict("This conversation is closed", code="conversation_closed")
    if conversation.kind == Conversation.Kind.CLIENT:
        from conversations.verbs.client_replies import say_as_person  # noqa: PLC0415 -- it appends with this file

        return say_as_person(conversation, content=content, client_id=client_id, sender_type=sender_type, by=by)
    if sender_type != Message.Role.USER:
        raise not_theirs_to_say()
    return append(conversation, role=Message.Role.USER, content=content, sender=by, client_id=client_id)


def not_theirs_to_say() -> Invalid:
    """A person speaks for themselves: not for a client who writes here, and not for the assistant."""
    sentence = "People send messages as user."
    return Invalid(sentence, details={"sender_type": [sentence]})


def require_kind(conversation: Conversation, kind: str | None) -> None:
    if kind is not None and conversation.kind != kind:
        raise NotFound("Conversation not found")


def checked_content(content: str) -> str:
    if not content.strip():
        raise Invalid("A message needs some text", details={"content": ["This field may not be blank."]})
    if len(content) > LONGEST_MESSAGE:
        raise Invalid(f"A message has at most {LONGEST_MESSAGE:,} characters", details={"content": ["Too long."]})
    if "\0" in content:
        raise Invalid("A message cannot hold a NUL character", details={"content": ["NUL is not allowed."]})
    return content


def sent_before(conversation: Conversation, client_id: str, *, by: User) -> Message | None:
    return conversation.messages.select_related("sender").filter(sender=by, client_id=client_id).first()


@transaction.atomic
def append_message(
    *,
    conversation: Conversation,
    role: str,
    content: str,
    sender: User | None = None,
    status: str = Message.Status.DONE,
    parent: Message | None = None,
    metadata: dict[str, Any] | None = None,
) -> Message:
    """The next message of a conversation, whoever may write it: the calling verb has decided that.

    Takes the conversation's row lock. Where several may write at once, call it before other writes of the transaction:
    changes are followed in the order in which transactions first wrote. `conversation` gets its new `last_seq`.
    """
    wait_for_turn(conversation.pk)
    current = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    message = append(
        current, role=role, content=content, sender=sender, status=status, parent=parent, metadata=metadata
    )
    conversation.last_seq, conversation.last_message_at = current.last_seq, current.last_message_at
    return message


def append(conversation: Conversation, **fields: Any) -> Message:
    """Write and publish the next message of a conversation whose row is locked and fresh.

    `sent_at` is a platform's own time, for what was said there; a late one does not make the conversation older.
    """
    moment = fields.pop("sent_at", None) or now()
    conversation.last_seq += 1
    conversation.last_message_at = max(moment, conversation.last_message_at) if conversation.last_seq > 1 else moment
    conversation.save(update_fields=["last_seq", "last_message_at", "updated_at"])
    fields["metadata"] = fields.get("metadata") or {}
    message = Message.objects.create(conversation=conversation, seq=conversation.last_seq, sent_at=moment, **fields)
    publish(sent_fact(message))
    return message


def sent_fact(message: Message) -> MessageSent:
    return MessageSent(
        message_id=message.pk,
        conversation_id=message.conversation_id,
        seq=message.seq,
        role=message.role,
        status=message.status,
        sender_id=message.sender_id,
        sender_name=message.sender.display_name if message.sender else "",
        content=message.content,
        client_id=message.client_id,
        parent_id=message.parent_id,
        sent_at=iso(message.sent_at),
    )


@transaction.atomic
def mark_read(*, conversation_id: Any, message_id: Any = None, kind: str | None = None, by: User) -> int:
    """Note that `by` has read up to this message, or up to the last one. Only ever rises; answers how far it now is.

    With `kind` conversations of other kinds are unknown.
    """
    conversation = seen(conversation_id, by=by)
    require_kind(conversation, kind)
    seq, key = read_up_to(conversation, message_id)
    if note_read(conversation, seq, key, by=by):
        return seq
    return conversation.memberships.live().filter(user=by).values_list("last_read_seq", flat=True).first() or 0


def note_read(conversation: Conversation, seq: int, message_id: Any, *, by: User) -> bool:
    """Whether that was news: it never falls, and who is not in the conversation has no place to note it."""
    place = conversation.memberships.live().filter(user=by)
    is_news = place.filter(last_read_seq__lt=seq).update(last_read_seq=seq) > 0
    if is_news:
        publish(MessageRead(conversation_id=conversation.pk, user_id=by.pk, message_id=message_id, seq=seq))
    return is_news


def read_up_to(conversation: Conversation, message_id: Any) -> tuple[int, Any]:
    """The seq and the id of the named message, or of the last one where none is named."""
    messages = conversation.messages.values_list("seq", "pk")
    if message_id is None:
        return messages.order_by("-seq").first() or (0, None)
    key = parse_id(message_id)
    found = messages.filter(pk=key).first() if key else None
    if found is None:
        raise NotFound("Message not found")
    return found
