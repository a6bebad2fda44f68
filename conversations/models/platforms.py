"""The channels on which clients write: accounts of ours on the platforms, the clients there, and what is on its way."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from config.encrypted import EncryptedJSONField
from config.ids import new_id
from conversations.models.conversations import Conversation
from conversations.models.messages import Message


class Platform(models.TextChoices):
    FACEBOOK = "facebook", "Facebook"
    INSTAGRAM = "instagram", "Instagram"
    WHATSAPP = "whatsapp", "WhatsApp"


class PlatformAccountQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Their own accounts; staff see all."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.is_staff else self.filter(owner=user.pk)


class PlatformAccount(models.Model):
    """A page, a professional Instagram account or a WhatsApp number of ours, which clients write to."""

    class Status(models.TextChoices):
        CONNECTED = "connected"
        BROKEN = "broken", "needs attention"
        DISCONNECTED = "disconnected"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.CharField(max_length=9, choices=Platform)
    external_id = models.CharField(
        max_length=64, help_text="the page's id, the Instagram account's id, or WhatsApp's phone_number_id"
    )
    name = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="platform_accounts"
    )
    is_unclaimed = models.BooleanField(default=False, help_text="made by a webhook; nobody has connected it yet")
    is_sandbox = models.BooleanField(default=False, help_text="what is sent stays here")
    access_token = EncryptedJSONField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.CONNECTED)
    problem = models.CharField(max_length=300, blank=True, help_text="why it needs attention, in our words")
    answers_by_ai = models.BooleanField(default=False, help_text="the assistant answers clients here")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PlatformAccountQuerySet.as_manager()

    class Meta:
        ordering = ("platform", "name", "id")
        indexes = (models.Index(fields=("owner", "platform"), name="platform_account_of_owner"),)
        constraints = (
            models.UniqueConstraint(fields=("platform", "external_id"), name="platform_account_once"),
            models.CheckConstraint(condition=Q(platform__in=Platform.values), name="platform_account_platform_known"),
            models.CheckConstraint(
                condition=Q(status__in=("connected", "broken", "disconnected")), name="platform_account_status_known"
            ),
        )

    def __str__(self) -> str:
        return self.name or f"{self.get_platform_display()} {self.external_id}"


class ClientThread(models.Model):
    """What a conversation with a client has beside the words: who the client is, and who answers until when.

    Its owner is the conversation's `created_by`, who also has the owner's seat; colleagues may have further seats.
    """

    conversation = models.OneToOneField(
        Conversation, primary_key=True, on_delete=models.CASCADE, related_name="client_thread"
    )
    account = models.ForeignKey(
        PlatformAccount, null=True, blank=True, on_delete=models.SET_NULL, related_name="threads"
    )  # None where it was opened by hand: nothing can be sent there, and everything is kept
    platform = models.CharField(max_length=9, choices=Platform)
    # The client in the graph: a private entity of type lead.
    lead_id = models.UUIDField(default=new_id, unique=True, editable=False)
    client_name = models.CharField(max_length=120, blank=True)
    client_company = models.CharField(max_length=120, blank=True)
    # The client's last message, by the platform's clock, and until when an answer may be sent.
    client_wrote_at = models.DateTimeField(null=True, blank=True)
    reply_until = models.DateTimeField(null=True, blank=True)
    # Since when the client waits for an answer; None once one was given.
    waiting_since = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned_threads"
    )
    # A person has taken over, by answering or by hand; the assistant keeps quiet until it is let in again.
    is_ai_paused = models.BooleanField(default=False)
    ai_answered_seq = models.PositiveBigIntegerField(default=0, help_text="only ever rises")
    is_flagged = models.BooleanField(default=False, help_text="it came to an account that nobody has connected")

    class Meta:
        indexes = (
            models.Index(fields=("platform", "conversation"), name="client_thread_of_platform"),
            models.Index(
                fields=("waiting_since",), condition=Q(waiting_since__isnull=False), name="client_thread_waiting"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(platform__in=Platform.values), name="client_thread_platform_known"),
        )

    def __str__(self) -> str:
        return f"{self.client_name or 'A client'} on {self.get_platform_display()}"


class ClientIdentity(models.Model):
    """How a platform names a client towards one account. WhatsApp has two names for one person."""

    class Kind(models.TextChoices):
        PSID = "psid"
        IGSID = "igsid"
        WA_ID = "wa_id"
        BSUID = "bsuid"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(PlatformAccount, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=5, choices=Kind)
    value = models.CharField(max_length=128)
    thread = models.ForeignKey(ClientThread, on_delete=models.CASCADE, related_name="identities")

    class Meta:
        verbose_name_plural = "client identities"
        constraints = (
            models.UniqueConstraint(fields=("account", "kind", "value"), name="client_identity_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("psid", "igsid", "wa_id", "bsuid")), name="client_identity_kind_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class DeliveryQuerySet(models.QuerySet):
    def due(self, moment: Any) -> Self:
        """What is to be sent now and nobody is sending."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(free, status=Delivery.Status.PENDING, next_try_at__lte=moment)


class Delivery(models.Model):
    """A message's place on its platform: its id there, and for ours how far it came. The row is the truth of the sending job.

    Status only rises: pending, sent, delivered, read; failed only from pending or sent. What a client wrote is `received`.
    """

    class Status(models.TextChoices):
        RECEIVED = "received"
        PENDING = "pending"
        SENT = "sent"
        DELIVERED = "delivered"
        READ = "read"
        FAILED = "failed"

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="delivery")
    account = models.ForeignKey(PlatformAccount, on_delete=models.CASCADE, related_name="deliveries")
    external_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 -- unique where known
    status = models.CharField(max_length=9, choices=Status)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=300, blank=True, help_text="in our words")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # The bytes went out and no answer came: asked for again only after the echo had its time.
    is_unknown = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # True on what is claimed after a worker that had it said nothing.
    was_cut_off = False

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = (
            models.Index(fields=("next_try_at",), condition=Q(status="pending"), name="delivery_due"),
            models.Index(fields=("account", "created_at"), name="delivery_of_account"),
        )
        constraints = (
            models.UniqueConstraint(fields=("account", "external_id"), name="delivery_once"),
            models.CheckConstraint(
                condition=Q(status__in=("received", "pending", "sent", "delivered", "read", "failed")),
                name="delivery_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(next_try_at__isnull=False), name="delivery_pending_has_next_try"
            ),
        )

    def __str__(self) -> str:
        return f"{self.status} on {self.account_id}"


class WaitingReceipt(models.Model):
    """A receipt for a message we do not know yet: echo, answer of our own call and receipt race. Kept ten minutes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(PlatformAccount, on_delete=models.CASCADE, related_name="waiting_receipts")
    external_id = models.CharField(max_length=255)
    status = models.CharField(max_length=9, choices=Delivery.Status)
    error_code = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = (models.Index(fields=("created_at",), name="waiting_receipt_age"),)
        constraints = (
            models.UniqueConstraint(fields=("account", "external_id", "status"), name="waiting_receipt_once"),
        )

    def __str__(self) -> str:
        return f"{self.status} for {self.external_id}"


class InboxSettings(models.Model):
    """One row: who gets what comes to accounts that nobody has connected; without one, the first super admin."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    default_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "inbox settings"
        constraints = (models.CheckConstraint(condition=Q(id=1), name="inbox_settings_one_row"),)

    def __str__(self) -> str:
        return "Inbox settings"
