"""What an account has used, over all apps. Document dana.txt, "Get User"."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.models import User
from config.errors import Forbidden, NotFound
from config.ids import lookup_id
from config.paging import Window
from conversations.models import KnowledgeFile, Message, Participant
from council.models import AdvisorReply, Synthesis

ANSWERED = Message.Status.DONE


@dataclass(frozen=True, slots=True)
class Usage:
    """Conversations they are in, messages they sent, finished answers of engines to them, files their assistant knows."""

    conversations: int
    messages: int
    ai_responses: int
    knowledge_files: int


def accounts_for_staff(*, by: Any, window: Window) -> tuple[list[User], int]:
    """The newest first, with how many there are in all."""
    rows = _visible(by)
    return list(rows[window.offset : window.offset + window.limit]), rows.count()


def account_for_staff(*, user_id: Any, by: Any) -> User:
    user = _visible(by).filter(pk=lookup_id(user_id)).first()
    if user is None:
        raise NotFound("User not found")
    return user


def usage_of(user: User) -> Usage:
    talks = Participant.objects.live().filter(user=user, conversation__deleted_at=None)
    said = Message.objects.filter(role=Message.Role.AI, status=ANSWERED, conversation__created_by=user)
    # That a person will answer is no answer. An exclusion by key passes over rows that lack it, so these are named.
    answers = said.filter(~Q(metadata__assistant__hand_over=True) | Q(metadata__assistant__hand_over__isnull=True))
    mine = Q(deliberation__asked_by=user, message__status=ANSWERED)
    return Usage(
        conversations=talks.count(),
        messages=Message.objects.filter(sender=user, role=Message.Role.USER).count(),
        ai_responses=answers.count()
        + AdvisorReply.objects.filter(mine).count()
        + Synthesis.objects.filter(mine).count(),
        knowledge_files=KnowledgeFile.objects.filter(user=user).count(),
    )


def _visible(by: Any) -> Any:
    if not by.is_staff:
        raise Forbidden
    return User.objects.visible_to(by)
