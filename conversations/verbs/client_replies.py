"""What a person says to a client: whether it may be said now, and that the assistant keeps quiet from then on.

Source: messaging-design.md §1, "Sending" and "24-hour window". What is refused here never leaves; the job that sends asks for the
window again, as a message may wait.
"""

import datetime as dt
from typing import Any

from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, Invalid
from config.moments import iso
from conversations.gateways.meta import length_of, longest
from conversations.models import ClientThread, Conversation, Message, Platform, PlatformAccount
from conversations.verbs.client_messages import say_to_client
from conversations.verbs.client_threads import quieten, thread_of, touch_waiting
from conversations.verbs.messages import append, not_theirs_to_say, note_read
from marketplace.verbs.limits import require_platform

HUMAN_AGENT_FOR = dt.timedelta(days=7)
HUMAN_AGENT_ON = (Platform.FACEBOOK, Platform.INSTAGRAM)


def say_as_person(
    conversation: Conversation, *, content: str, client_id: str | None, sender_type: str, by: User
) -> Message:
    """A person's next message in a client's conversation, whose row is locked and which is not closed."""
    thread = thread_of(conversation)
    if sender_type == Message.Role.CLIENT and thread.account is None:
        return note_down(conversation, thread, content=content, client_id=client_id, by=by)
    if sender_type != Message.Role.USER:
        raise not_theirs_to_say()
    if thread.account is not None:
        require_sendable(thread, content, by=by)
    message = say_to_client(
        conversation, thread, role=Message.Role.USER, content=content, sender=by, client_id=client_id
    )
    note_read(conversation, message.seq, message.pk, by=by)  # who answers has read what they answer
    if thread.account is not None:
        quieten(conversation, thread, reason="person_answered")
    return message


def note_down(
    conversation: Conversation, thread: ClientThread, *, content: str, client_id: str | None, by: User
) -> Message:
    """What a client said elsewhere, as `by` wrote it down (its sender): the client waits for an answer, and no assistant gives one."""
    message = append(
        conversation,
        role=Message.Role.CLIENT,
        content=content,
        sender=by,
        client_id=client_id,
        metadata={"noted_down": True},
    )
    ClientThread.objects.filter(pk=thread.pk).update(client_wrote_at=message.sent_at)
    touch_waiting(thread.pk, is_waiting=True)
    return message


# --- whether it may be sent ------------------------------------------------------------------------------------------


def require_sendable(thread: ClientThread, content: str, *, by: User) -> None:
    """Conflict, Forbidden or Invalid where what a person says could not reach the client; the thread has an account."""
    account = thread.account
    assert account is not None  # noqa: S101 -- the caller asked
    require_connected(account)
    if not account.is_unclaimed and not thread.is_flagged:
        require_platform(account.owner or by, thread.platform)
    require_length(thread.platform, content)
    require_window(thread)


def require_connected(account: PlatformAccount) -> None:
    if account.status == PlatformAccount.Status.DISCONNECTED:
        raise Conflict(f"{account} is disconnected. Connect it again to answer.", code="account_disconnected")
    if account.status == PlatformAccount.Status.BROKEN:
        why = f" {account.problem}" if account.problem else ""
        raise Conflict(f"{account} needs attention before anything can be sent.{why}", code="account_broken")


def require_length(platform: str, content: str) -> None:
    most, length = longest(platform), length_of(platform, content)
    if length > most:
        unit = "bytes" if platform == Platform.INSTAGRAM else "characters"
        sentence = f"{Platform(platform).label} takes at most {most:,} {unit} in a message; this has {length:,}."
        raise Invalid(sentence, code="too_long_for_platform", details={"content": [sentence]})


def require_window(thread: ClientThread) -> None:
    """Invalid where a person may not answer any more; the details say until when one could, and until when free text went."""
    until = person_until(thread.platform, thread.client_wrote_at, thread.reply_until)
    if until is None or now() >= until:
        raise window_closed(thread, until)


def window_closed(thread: ClientThread, until: dt.datetime | None) -> Invalid:
    name = Platform(thread.platform).label
    if until is None:
        sentence = f"{name} lets you answer once the client has written."
    elif thread.platform in HUMAN_AGENT_ON:
        sentence = f"{name} lets a person answer for seven days after the client wrote. Wait until they write again."
    else:
        sentence = f"{name} takes free text for 24 hours after the client wrote. Wait until they write again."
    moments = {"reply_until": thread.reply_until, "person_reply_until": until}
    details: dict[str, Any] = {name: moment and iso(moment) for name, moment in moments.items()}
    return Invalid(sentence, details={"reason": "reply_window_closed", **details})


def person_until(
    platform: str, client_wrote_at: dt.datetime | None, reply_until: dt.datetime | None
) -> dt.datetime | None:
    """Until when a person may answer: as the assistant may, and on Messenger and Instagram for seven days. None: not at all, or in
    a conversation that was opened by hand without end."""
    if platform in HUMAN_AGENT_ON and client_wrote_at is not None:
        longer = client_wrote_at + HUMAN_AGENT_FOR
        return max(longer, reply_until) if reply_until else longer
    return reply_until


def needs_human_agent(thread: ClientThread, moment: dt.datetime) -> bool:
    """Whether an answer at this moment is out of the 24 hours, and needs the tag of a person."""
    return thread.reply_until is None or moment >= thread.reply_until
