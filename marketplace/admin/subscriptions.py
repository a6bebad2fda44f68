"""Tiers, who has them, and what was asked for them. Every move calls its verb."""

from django import forms
from django.contrib import admin
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from marketplace.admin.acting import each
from marketplace.admin.amounts import MoneyAdmin, amount
from marketplace.models import SubscriptionCharge, SubscriptionTier, UsageCount, UserSubscription
from marketplace.verbs.cancellations import cancel_subscription
from marketplace.verbs.renewals import expire_subscription, renew_subscription
from marketplace.verbs.tiers import create_tier, faults_of, remove_tier, update_tier
from ontology.admin.read_only import ReadOnlyAdmin

FIELDS = (
    "name",
    "description",
    "price_cents",
    "currency",
    "vat_bp",
    "features",
    "platforms",
    "ai_answers_a_day",
    "knowledge_files",
    "position",
    "is_active",
)


class TierForm(forms.ModelForm):
    """The verb's own checks, told beside the fields before anything is saved."""

    class Meta:
        model = SubscriptionTier
        fields = FIELDS

    def clean(self):
        given = super().clean() or {}
        # JSON fields read an empty list as nothing.
        given |= {name: given[name] or [] for name in ("features", "platforms") if name in given}
        for name, sentence in faults_of({name: given[name] for name in FIELDS if name in given}).items():
            self.add_error(name, sentence)
        return given


@admin.register(SubscriptionTier)
class SubscriptionTierAdmin(ModelAdmin):
    form = TierForm
    list_display = ("name", "price", "ai_answers_a_day", "knowledge_files", "position", "is_active", "created_at")
    list_filter = ("is_active", "currency", "created_at")
    list_per_page = 50
    search_fields = ("=id", "name", "description")
    fields = FIELDS
    actions = ("archive",)

    @action(description="Take off the offer what is selected", permissions=["change"])
    def archive(self, request, rows):
        def take_off(row):
            return (
                "archived"
                if SubscriptionTier.objects.filter(pk=remove_tier(tier_id=row.pk, by=request.user).pk)
                else "gone"
            )

        each(request, rows, take_off)

    def get_readonly_fields(self, request, obj=None):
        # What somebody pays in stays what they pay in.
        return ("currency",) if obj else ()

    def save_model(self, request, obj, form, change):
        given = {name: form.cleaned_data[name] for name in FIELDS if name in form.cleaned_data}
        if change:
            update_tier(tier_id=obj.pk, by=request.user, **given)
        else:
            obj.pk = create_tier(by=request.user, **given).pk

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(UserSubscription)
class UserSubscriptionAdmin(ReadOnlyAdmin):
    list_display = ("user", "tier", "state", "is_given", "start_date", "end_date", "next_charge_at", "past_due_since")
    list_filter = ("status", "is_given", "tier", "created_at")
    list_select_related = ("user", "tier")
    search_fields = ("=id", "user__email", "user__name", "tier__name")
    actions = ("cancel", "renew", "expire")

    @display(
        description="Status",
        ordering="status",
        label={"active": "success", "past_due": "danger", "incomplete": "warning", "canceled": "info"},
    )
    def state(self, subscription):
        return subscription.status

    @action(description="Cancel: it runs until its end")
    def cancel(self, request, rows):
        each(request, rows, lambda row: f"now {cancel_subscription(user_id=row.user_id, by=request.user).status}")

    @action(description="Charge what is due")
    def renew(self, request, rows):
        each(request, rows, lambda row: "charged" if renew_subscription(subscription_id=row.pk) else "nothing is due")

    @action(description="End what has run out")
    def expire(self, request, rows):
        each(request, rows, lambda row: "ended" if expire_subscription(subscription_id=row.pk) else "it still runs")


@admin.register(SubscriptionCharge)
class SubscriptionChargeAdmin(MoneyAdmin):
    list_display = (
        "subscription",
        "tier",
        "kind",
        "total",
        amount("credit_cents"),
        "state",
        "attempts",
        "reason",
        "period_start",
    )
    list_filter = ("status", "kind", "tier", "currency", "created_at")
    list_select_related = ("subscription__user", "subscription__tier", "tier")
    search_fields = ("=id", "key", "subscription__user__email", "payments__provider_id")

    @display(description="Status", ordering="status", label={"paid": "success", "failed": "danger", "open": "warning"})
    def state(self, charge):
        return charge.status


@admin.register(UsageCount)
class UsageCountAdmin(ReadOnlyAdmin):
    """What counts against a tier's limits, by day."""

    list_display = ("day", "user", "kind", "count")
    list_filter = ("kind", "day")
    list_per_page = 50
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "user__name")
