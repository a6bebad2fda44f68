"""Conversations with clients: how they begin, who answers, and what the graph knows of the client.

Whoever sees one may act in it: its owner, who else has a seat, and staff.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from accounts.models import User
from config.errors import Invalid, NotFound
from config.ids import parse_id
from conversations.models import ClientThread, Conversation, Participant, Platform, PlatformAccount
from conversations.verbs.conversations import announce, changed, locked, log_change, remember, seat
from conversations.verbs.notifications import notify
from ontology.models import ConnectionType, EntityType, EventType
from ontology.verbs.memory import know, link, log


@transaction.atomic
def start_thread(
    *,
    platform: str,
    owner: User | None,
    account: PlatformAccount | None = None,
    client_name: str = "",
    client_company: str = "",
    is_flagged: bool = False,
) -> ClientThread:
    """A new conversation with a client; `owner` has its first seat. Names are cut to what is kept; the caller has checked rights."""
    conversation = Conversation.objects.create(
        kind=Conversation.Kind.CLIENT, title=title_of(platform, client_name), created_by=owner
    )
    thread = ClientThread.objects.create(
        conversation=conversation,
        account=account,
        platform=platform,
        client_name=client_name[:120],
        client_company=client_company[:120],
        is_flagged=is_flagged,
    )
    remember(conversation)
    remember_client(thread)
    link(from_id=thread.lead_id, to_id=conversation.pk, type=ConnectionType.PARTICIPATED_IN, is_private=True)
    if owner is not None:
        seat(conversation, owner, role=Participant.Role.OWNER)
    log(
        type=EventType.LEAD_CAPTURED,
        actor_id=thread.lead_id,
        target_id=conversation.pk,
        metadata={"platform": platform},
        is_private=True,
    )
    announce(conversation, "opened")
    return thread


def title_of(platform: str, client_name: str) -> str:
    """What lists call the conversation."""
    return client_name[:120] or f"{Platform(platform).label} client"


def remember_client(thread: ClientThread) -> None:
    """The client as a private entity of the conversation's owner."""
    know(
        id=thread.lead_id,
        type=EntityType.LEAD,
        name=title_of(thread.platform, thread.client_name),
        owner_id=thread.conversation.created_by_id,
        properties={"platform": thread.platform, "company": thread.client_company or None},
        is_private=True,
    )


def touch_waiting(thread_id: UUID, *, is_waiting: bool) -> None:
    """A client began to wait (what is noted already stays), or has been answered."""
    rows = ClientThread.objects.filter(pk=thread_id)
    if is_waiting:
        rows.filter(waiting_since=None).update(waiting_since=now())
    else:
        rows.update(waiting_since=None)


# --- by hand ---------------------------------------------------------------------------------------------------------

LONGEST_NAME = 120
WORDS = {
    Conversation.Status.ACTIVE: "reopened",
    Conversation.Status.CLOSED: "closed",
    Conversation.Status.PENDING: "pending",
}
"""What a conversation's new status is called where it is told."""


@transaction.atomic
def open_client_conversation(*, platform: str, client_name: str, client_company: str = "", by: User) -> ClientThread:
    """A conversation that `by` opens by hand: it has no account, so nothing is sent and everything is kept."""
    if platform not in Platform.values:
        raise Invalid(details={"platform": [f"Must be one of {', '.join(Platform.values)}."]})
    name = checked_name(client_name, "client_name")
    if not name:
        raise Invalid("A client needs a name", details={"client_name": ["This field may not be blank."]})
    company = checked_name(client_company, "client_company")
    return start_thread(platform=platform, owner=by, client_name=name, client_company=company)


@transaction.atomic
def update_client_conversation(*, conversation_id: Any, by: User, **given: str) -> ClientThread:
    """Change what is given of `client_name`, `client_company` and `status` (active, closed or pending); the rest stays."""
    conversation = locked_client(conversation_id, by=by)
    thread = thread_of(conversation)
    names: dict[str, str] = {
        key: checked_name(given[key], key) for key in ("client_name", "client_company") if key in given
    }
    if any(getattr(thread, key) != value for key, value in names.items()):
        rename_client(conversation, thread, names, by=by)
    if (status := given.get("status", conversation.status)) != conversation.status:
        set_status(conversation, status, by=by)
    return thread


def rename_client(conversation: Conversation, thread: ClientThread, names: dict[str, str], *, by: User) -> None:
    for key, value in names.items():
        setattr(thread, key, value)
    thread.save(update_fields=list(names))
    remember_client(thread)
    conversation.title = title_of(thread.platform, thread.client_name)
    changed(conversation, "client_changed", by=by, fields=["title"])


def set_status(conversation: Conversation, status: str, *, by: User) -> None:
    if status not in WORDS:
        raise Invalid(details={"status": [f"Must be one of {', '.join(WORDS)}."]})
    conversation.status = status
    changed(conversation, WORDS[Conversation.Status(status)], by=by, fields=["status"])
    if status == Conversation.Status.CLOSED:
        touch_waiting(conversation.pk, is_waiting=False)
        let_step_back(conversation, reason="closed")


@transaction.atomic
def assign(*, conversation_id: Any, user_id: Any, by: User) -> ClientThread:
    """Give the conversation to one of those who have a seat in it, or with None to nobody. A person has taken over: the assistant is
    paused."""
    conversation = locked_client(conversation_id, by=by)
    thread = thread_of(conversation)
    assignee = None if user_id is None else seated(conversation, user_id)
    if thread.assignee == assignee:
        return thread
    thread.assignee = assignee
    thread.save(update_fields=["assignee"])
    told(conversation, "assigned", by=by, user_id=str(assignee.pk) if assignee else None)
    if assignee is not None:
        quieten(conversation, thread, reason="assigned")
        tell_assignee(conversation, assignee, by=by)
    return thread


def seated(conversation: Conversation, user_id: Any) -> User:
    key = parse_id(user_id)
    place = conversation.memberships.live().filter(user=key).select_related("user").first() if key else None
    if place is None:
        sentence = "Only who is in the conversation can have it."
        raise Invalid(sentence, details={"user_id": [sentence]})
    return place.user


def tell_assignee(conversation: Conversation, assignee: User, *, by: User) -> None:
    if assignee != by:
        notify(
            user_id=assignee.pk,
            key=f"assigned:{conversation.pk}:{now():%Y%m%d%H%M%S%f}:{by.pk}",
            title=f"{by.display_name[:60]} gave you a conversation"[:120],
            text=conversation.title,
            url=conversation.get_absolute_url(),
            about_id=by.pk,
        )


def unassign_who_left(*, conversation_id: UUID, user_id: UUID) -> None:
    """Who has no seat any more cannot have the conversation either."""
    ClientThread.objects.filter(pk=conversation_id, assignee=user_id).update(assignee=None)


@transaction.atomic
def pause_assistant(*, conversation_id: Any, by: User) -> ClientThread:
    """The assistant keeps quiet here until it is let in again. Twice is once."""
    conversation = locked_client(conversation_id, by=by)
    thread = thread_of(conversation)
    if not thread.is_ai_paused:
        log_change(conversation, "ai_paused", by=by)
        quieten(conversation, thread, reason="paused")
    return thread


@transaction.atomic
def resume_assistant(*, conversation_id: Any, by: User) -> ClientThread:
    """Let the assistant answer again, from the client's next message on."""
    conversation = locked_client(conversation_id, by=by)
    thread = thread_of(conversation)
    if thread.is_ai_paused:
        thread.is_ai_paused = False
        thread.save(update_fields=["is_ai_paused"])
        told(conversation, "ai_resumed", by=by)
    return thread


def quieten(conversation: Conversation, thread: ClientThread, *, reason: str) -> None:
    """A person has taken over: what the assistant is about to say is dropped, and it says nothing more by itself."""
    if not thread.is_ai_paused:
        thread.is_ai_paused = True
        thread.save(update_fields=["is_ai_paused"])
        announce(conversation, "ai_paused")
    let_step_back(conversation, reason=reason)


def let_step_back(conversation: Conversation, *, reason: str) -> None:
    from conversations.verbs.assistant import step_back  # noqa: PLC0415 -- the assistant speaks and hands over with this file

    step_back(conversation, reason=reason)


# --- finding ---------------------------------------------------------------------------------------------------------


def locked_client(conversation_id: Any, *, by: User) -> Conversation:
    """A client's conversation, its row locked, where `by` may see it; others are unknown here."""
    conversation = locked(conversation_id, by=by)
    if conversation.kind != Conversation.Kind.CLIENT:
        raise NotFound("Conversation not found")
    return conversation


def thread_of(conversation: Conversation) -> ClientThread:
    """Read under the conversation's lock, which its changes are made under."""
    rows = ClientThread.objects.select_related("account__owner", "assignee")
    thread = rows.get(pk=conversation.pk)
    thread.conversation = conversation
    return thread


def told(conversation: Conversation, what: str, *, by: User, **more: Any) -> None:
    log_change(conversation, what, by=by, **more)
    announce(conversation, what)


def checked_name(text: str, field: str) -> str:
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME or "\0" in name:
        raise Invalid(details={field: [f"Must be at most {LONGEST_NAME} characters, without NUL."]})
    return name
