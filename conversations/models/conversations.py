from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.timezone import now

from config.ids import new_id

LONGEST_TITLE = 120


class ConversationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Undeleted conversations that `user` takes part in; staff also see the clients' ones."""
        if not user.is_authenticated:
            return self.none()
        takes_part = Exists(Participant.objects.live().filter(conversation=OuterRef("pk"), user=user.pk))
        mine = self.filter(deleted_at=None)
        return mine.filter(takes_part | Q(kind=Conversation.Kind.CLIENT)) if user.is_staff else mine.filter(takes_part)


class Conversation(models.Model):
    """People (or clients, or advisors) who talk. Its messages are counted by `last_seq`, given under this row's lock."""

    class Kind(models.TextChoices):
        ROOM = "room"
        DIRECT = "direct"
        CLIENT = "client"
        COUNCIL = "council"

    class Status(models.TextChoices):
        ACTIVE = "active"
        CLOSED = "closed"
        PENDING = "pending"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    project_id = models.UUIDField(null=True, blank=True, help_text="a council's project")
    mode = models.CharField(
        max_length=16, blank=True, help_text="how a council advises: quick, second-opinion, brain-trust"
    )
    # The two people of a direct conversation, sorted: there is one for each pair.
    direct_key = models.CharField(max_length=73, null=True, unique=True, editable=False)  # noqa: DJ001 -- unique where given
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    last_message_at = models.DateTimeField(default=now, help_text="of the opening while nothing was said")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    participants = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Participant", related_name="conversations")

    objects = ConversationQuerySet.as_manager()

    class Meta:
        ordering = ("-last_message_at", "-id")
        indexes = (
            models.Index(
                fields=("kind", "-last_message_at", "-id"),
                condition=Q(deleted_at=None),
                name="conversation_kind_newest",
            ),
            models.Index(
                fields=("project_id", "-last_message_at", "-id"),
                condition=Q(project_id__isnull=False),
                name="conversation_project_newest",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("room", "direct", "client", "council")), name="conversation_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("active", "closed", "pending")), name="conversation_status_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="direct", direct_key__isnull=False) | ~Q(kind="direct") & Q(direct_key=None),
                name="conversation_direct_has_key",
            ),
        )

    def __str__(self) -> str:
        return self.title or f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        place = {self.Kind.ROOM: "rooms", self.Kind.COUNCIL: "council"}.get(self.Kind(self.kind), "inbox")
        return f"/{place}/{self.pk}/"


class ParticipantQuerySet(models.QuerySet):
    def live(self) -> Self:
        return self.filter(left_at=None)

    def visible_to(self, user: Any) -> Self:
        return self.live().filter(conversation__in=Conversation.objects.visible_to(user))


class Participant(models.Model):
    """Someone in a conversation, and how far they have read. Who comes back after leaving gets a new row."""

    class Role(models.TextChoices):
        OWNER = "owner"
        MEMBER = "member"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    last_read_seq = models.PositiveBigIntegerField(default=0, help_text="only ever rises")
    joined_at = models.DateTimeField(default=now)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ("joined_at", "id")
        indexes = (
            models.Index(fields=("user", "conversation"), condition=Q(left_at=None), name="participant_live_of_user"),
            models.Index(fields=("conversation", "joined_at", "id"), name="participant_in_order"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("conversation", "user"), condition=Q(left_at=None), name="participant_live_once"
            ),
            models.CheckConstraint(condition=Q(role__in=("owner", "member")), name="participant_role_known"),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")), name="participant_left_after_joining"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id}"
