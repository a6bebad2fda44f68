"""When somebody leaves for good: what advisors told them goes, and what others asked in their projects stays with who asked."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from conversations.models import Conversation, Message
from conversations.personal_data import TOMBSTONE
from council.models import Project


@transaction.atomic
def release_counsel(*, user_id: UUID) -> None:
    answers = Q(advisor_reply__deliberation__asked_by=user_id) | Q(synthesis__deliberation__asked_by=user_id)
    Message.objects.filter(answers).order_by().update(content=TOMBSTONE, metadata={"erased": True})
    projects = Project.objects.filter(created_by=user_id).values("pk")
    Conversation.objects.filter(project_id__in=projects).exclude(created_by=user_id).update(project_id=None)
