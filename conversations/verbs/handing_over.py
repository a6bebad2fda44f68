"""The conversations of an account get a new owner: the seat, the rows, the graph."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import now

from accounts.models import User
from conversations.facts import AccessRevoked
from conversations.models import AssistantTurn, ClientThread, Conversation, Participant, PlatformAccount
from conversations.verbs.assistant_turns import start_over
from conversations.verbs.client_identities import lock
from conversations.verbs.client_threads import remember_client
from conversations.verbs.conversations import announce, remember, seat
from ontology.changes import publish
from ontology.models import ConnectionType
from ontology.verbs.memory import unlink


def hand_over_threads(account: PlatformAccount, *, to: User) -> int:
    """All of the account's that are not theirs yet, in the order of their ids, as each stays locked until the end."""
    threads = account.threads.filter(conversation__deleted_at=None).order_by("pk")
    for thread in list(threads):
        conversation = lock(thread)
        if thread.is_flagged:
            thread.is_flagged = False
            thread.save(update_fields=["is_flagged"])
        if conversation.created_by_id != to.pk:
            _hand_over(thread, conversation, to)
    return len(threads)


def _hand_over(thread: ClientThread, conversation: Conversation, to: User) -> None:
    before = conversation.created_by_id
    conversation.created_by = to
    conversation.save(update_fields=["created_by", "updated_at"])
    live = conversation.memberships.live()
    read_upto = live.filter(user=before).values_list("last_read_seq", flat=True).first() or 0
    _take_place(conversation, live, to, read_upto)
    if before is not None and before != to.pk:
        _leave(conversation, live, before)
    remember(conversation)
    remember_client(thread)
    announce(conversation, "assigned", also=[before] if before else [])
    _ask_anew(conversation)


def _ask_anew(conversation: Conversation) -> None:
    """What an engine is working on it was asked with the files of the one before; those are nobody else's."""
    turn = AssistantTurn.objects.select_for_update(no_key=True).open().filter(conversation=conversation).first()
    if turn is not None:
        start_over(turn)


def _take_place(conversation: Conversation, live: QuerySet[Participant], to: User, read_upto: int) -> None:
    """What the one before had not read is news for the new owner too."""
    if there := live.filter(user=to).first():
        there.role = Participant.Role.OWNER
        there.save(update_fields=["role"])
        return
    place = seat(conversation, to, role=Participant.Role.OWNER)
    place.last_read_seq = read_upto
    place.save(update_fields=["last_read_seq"])


def _leave(conversation: Conversation, live: QuerySet[Participant], user_id: UUID) -> None:
    if live.filter(user=user_id).update(left_at=now()):
        unlink(from_id=user_id, to_id=conversation.pk, type=ConnectionType.PARTICIPATED_IN)
        publish(AccessRevoked(conversation_id=conversation.pk, user_id=user_id))
