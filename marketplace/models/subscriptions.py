from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from config.ids import new_id
from config.money import MAX_CENTS, Money


class SubscriptionTierQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """What is offered is for everybody; an archived tier for staff and for who ever had it."""
        offered = Q(is_active=True)
        if not user.is_authenticated:
            return self.filter(offered)
        if user.is_staff:
            return self
        return self.filter(offered | Q(pk__in=UserSubscription.objects.filter(user=user.pk).values("tier")))


class SubscriptionTier(models.Model):
    """What can be subscribed to. The limits are structured beside the `features` texts; None is no limit."""

    PLATFORMS = ("facebook", "instagram", "whatsapp")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=1000, blank=True)
    price_cents = models.BigIntegerField(help_text="a month, in minor units")
    currency = models.CharField(max_length=3, default="EUR")
    vat_bp = models.PositiveIntegerField(default=0, help_text="VAT within the price, in basis points: 1900 is 19 %")
    features = models.JSONField(default=list, blank=True)
    platforms = models.JSONField(default=list, blank=True)
    ai_answers_a_day = models.PositiveIntegerField(null=True, blank=True)
    knowledge_files = models.PositiveIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True, help_text="off: archived; who has it keeps it")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SubscriptionTierQuerySet.as_manager()

    class Meta:
        ordering = ("position", "price_cents", "id")
        constraints = (
            models.CheckConstraint(condition=Q(price_cents__gte=0, price_cents__lte=MAX_CENTS), name="tier_price"),
            models.CheckConstraint(condition=Q(vat_bp__lte=10_000), name="tier_vat"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def price(self) -> Money:
        return Money(self.price_cents, self.currency)


class UserSubscriptionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        if not user.is_authenticated:
            return self.none()
        return self if user.is_staff else self.filter(user=user.pk)

    def live(self) -> Self:
        return self.filter(status__in=UserSubscription.LIVE)

    def entitling(self, moment: Any) -> Self:
        """What counts now: active, past due within its grace, or canceled and still paid for."""
        return self.filter(
            Q(status__in=("active", "past_due")) | Q(status="canceled", end_date__gt=moment), start_date__lte=moment
        )


class UserSubscription(models.Model):
    """Somebody's tier from when to when. Canceled: not renewed; what was paid for runs until `end_date`."""

    class Status(models.TextChoices):
        INCOMPLETE = "incomplete"
        ACTIVE = "active"
        PAST_DUE = "past_due"
        CANCELED = "canceled"
        EXPIRED = "expired"

    LIVE = (Status.INCOMPLETE, Status.ACTIVE, Status.PAST_DUE)

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="subscriptions")
    tier = models.ForeignKey(SubscriptionTier, on_delete=models.PROTECT, related_name="subscriptions")
    next_tier = models.ForeignKey(
        SubscriptionTier,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="what it is renewed as, where that is another tier",
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.INCOMPLETE)
    start_date = models.DateTimeField()
    end_date = models.DateTimeField(help_text="until when it is paid for")
    payment_method = models.CharField(max_length=32, blank=True)
    saved_method = models.CharField(max_length=200, blank=True, help_text="the provider's name of the kept card")
    is_given = models.BooleanField(default=False, help_text="set by an administrator: never charged, not renewed")
    past_due_since = models.DateTimeField(null=True, blank=True)
    next_charge_at = models.DateTimeField(null=True, blank=True, help_text="when it is renewed or tried again")
    canceled_at = models.DateTimeField(null=True, blank=True)
    reminded_for = models.DateTimeField(null=True, blank=True, help_text="the end that its holder was reminded of")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = UserSubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("user", "-created_at", "-id"), name="subscription_user_newest"),
            models.Index(fields=("status", "-created_at", "-id"), name="subscription_status_newest"),
            models.Index(
                fields=("next_charge_at",), condition=Q(next_charge_at__isnull=False), name="subscription_due"
            ),
            models.Index(fields=("end_date",), condition=~Q(status="expired"), name="subscription_ending"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=Q(status__in=("incomplete", "active", "past_due")),
                name="subscription_live_once",
            ),
            models.CheckConstraint(condition=Q(end_date__gt=F("start_date")), name="subscription_dates"),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.user}: {self.tier}"


class SubscriptionCharge(models.Model):
    """Money asked for a stretch of a subscription. One a stretch and purpose, so that a renewal is charged once."""

    class Kind(models.TextChoices):
        START = "start"
        RENEWAL = "renewal"
        UPGRADE = "upgrade"

    class Status(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(UserSubscription, on_delete=models.PROTECT, related_name="charges")
    tier = models.ForeignKey(SubscriptionTier, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    key = models.CharField(max_length=120, unique=True, help_text="what it is for; the same is never charged twice")
    period_start = models.DateTimeField()
    period_end = models.DateTimeField()
    amount_cents = models.BigIntegerField()
    credit_cents = models.BigIntegerField(
        default=0, help_text="taken off the price for what was not used of the last period"
    )
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    reason = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("status", "created_at"), name="charge_status_oldest"),)
        constraints = (
            models.CheckConstraint(condition=Q(amount_cents__gte=0, credit_cents__gte=0), name="charge_amount"),
            models.CheckConstraint(condition=Q(period_end__gt=F("period_start")), name="charge_period"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.subscription}"

    @property
    def total(self) -> Money:
        return Money(self.amount_cents, self.currency)


class UsageCount(models.Model):
    """How often something limited was used on one UTC day."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-day", "id")
        constraints = (models.UniqueConstraint(fields=("user", "kind", "day"), name="usage_once"),)

    def __str__(self) -> str:
        return f"{self.kind} on {self.day}: {self.count}"
