"""What conversations hold of people, and what becomes of it (config/personal_data.py).

Rooms that go on are handed over first (verbs/departures.py), so that what is found here as theirs is theirs alone.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.timezone import now

from config.personal_data import Person, declare, table
from conversations.models import (
    Announcement,
    AssistantTurn,
    ClientIdentity,
    ClientThread,
    Conversation,
    Delivery,
    InboxSettings,
    Integration,
    KnowledgeFile,
    Message,
    Notification,
    Participant,
    Passage,
    PlatformAccount,
    Presence,
    Task,
    WaitingReceipt,
)

TOMBSTONE = "This message was erased."
WITH_WHOM = "The other half of a direct conversation still sees that it was with someone, who left."
PLACE = "What others said there is theirs, and counts on from the same numbers."


def said_by(person: Person) -> QuerySet[Any]:
    """What they said, and all that was said in the councils they called and in the conversations with their clients."""
    theirs = (Conversation.Kind.COUNCIL, Conversation.Kind.CLIENT)
    asked = Q(conversation__kind__in=theirs, conversation__created_by=person.id)
    return Message.objects.filter(Q(sender=person.id) | asked)


def left(row: Participant) -> Any:
    """the moment of the erasure, but for a direct conversation, whose other half still sees that somebody was there"""
    return row.left_at if row.conversation.kind == Conversation.Kind.DIRECT else row.left_at or now()


def closed(row: Conversation) -> Any:
    """the moment of the erasure, unless somebody else still reads it"""
    return row.deleted_at if row.kind == Conversation.Kind.DIRECT else row.deleted_at or now()


declare(
    "conversations",
    table(
        Message,
        found=said_by,
        stays=PLACE,
        exported="id conversation_id seq sender_id role content status metadata parent_id sent_at created_at",
        anonymised={"content": TOMBSTONE, "client_id": None, "metadata": {"erased": True}},
    ),
    table(Presence, of="user", exported="id user_id conversation_id seen_at"),
    table(Notification, of="user", exported="id user_id kind title text url key created_at read_at"),
    table(
        Participant,
        of="user",
        stays=WITH_WHOM,
        exported="id conversation_id user_id role last_read_seq joined_at left_at",
        anonymised={"left_at": left},
    ),
    table(
        Conversation,
        of="created_by",
        stays=PLACE,
        exported=(
            "id kind title created_by_id project_id mode status last_message_at created_at updated_at deleted_at"
        ),
        not_personal="last_seq",
        anonymised={"title": "", "project_id": None, "deleted_at": closed},
        kept={"direct_key": "It keeps the two of a direct conversation to one, and holds ids alone."},
    ),
    table(
        ClientThread,
        of="conversation__created_by",
        exported=(
            "conversation_id account_id platform lead_id client_name client_company client_wrote_at reply_until "
            "waiting_since assignee_id is_ai_paused is_flagged"
        ),
        not_personal="ai_answered_seq",
    ),
    table(ClientIdentity, of="account__owner", exported="id account_id kind value thread_id"),
    table(
        Delivery,
        of="account__owner",
        exported="message_id account_id external_id status error_code error_text created_at updated_at",
        not_personal="attempts next_try_at lease_until is_unknown",
    ),
    table(WaitingReceipt, of="account__owner", exported="id account_id external_id status error_code created_at"),
    table(
        PlatformAccount,
        of="owner",
        exported=(
            "id platform external_id name owner_id is_unclaimed is_sandbox status problem answers_by_ai created_at updated_at"
        ),
        withheld="access_token",
    ),
    table(
        AssistantTurn,
        of="conversation__created_by",
        exported="id conversation_id status reason engine answer_id passages created_at ended_at",
        not_personal="upto_seq due_at lease_until attempts",
    ),
    table(Passage, of="user", exported="id file_id user_id position page text", not_personal="digest"),
    table(
        KnowledgeFile,
        of="user",
        exported=(
            "id user_id file_name file_size file_type file sha256 status reason content page_count passage_count "
            "created_at updated_at"
        ),
        not_personal="attempts lease_until",
    ),
    table(
        Integration,
        of="user",
        exported="id user_id type status tested_at is_connected test_code test_message created_at updated_at",
        withheld="config",
    ),
    table(
        Task,
        of="user",
        exported=(
            "id user_id description status priority platform client_name conversation_id due_date done_at created_at "
            "updated_at deleted_at"
        ),
    ),
    # --- nobody's ---
    table(
        Announcement,
        not_personal="id title content type starts_at ends_at made_by_id told_at created_at withdrawn_at",
    ),
    table(InboxSettings, not_personal="id default_owner_id"),
)
