from django.contrib import admin, messages
from unfold.decorators import action, display

from marketplace.admin.acting import each, now_is
from marketplace.admin.amounts import MoneyAdmin, amount
from marketplace.models import Dispute, Payment, WebhookEvent
from marketplace.verbs.payment_calls import reconcile_payment
from marketplace.verbs.refunds import refund_charge, refund_owed_again
from marketplace.verbs.webhooks import replay_webhook

BY_STAFF = "Given back by the platform."


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    list_display = (
        "provider_id",
        "order",
        "state",
        "method",
        amount("amount_cents"),
        amount("refunded_cents"),
        "dispute",
        "refund_due",
        "is_sandbox",
        "created_at",
    )
    list_filter = ("status", "refund_due", "dispute", "is_sandbox", "method", "currency", "created_at")
    list_select_related = ("order",)
    search_fields = ("=id", "provider_id", "order__number", "order__buyer__email")
    actions = ("ask_the_provider", "send_back", "give_back")

    @display(
        description="Status",
        ordering="status",
        label={"succeeded": "success", "failed": "danger", "canceled": "danger", "review": "warning"},
    )
    def state(self, payment):
        return payment.status

    @action(description="Ask the provider how it stands")
    def ask_the_provider(self, request, rows):
        def ask(row):
            found = reconcile_payment(payment_id=row.pk)
            return now_is(found.status) if found else ("unknown there", messages.WARNING)

        each(request, rows, ask)

    @action(description="Send back what is owed")
    def send_back(self, request, rows):
        each(request, rows, lambda row: f"{refund_owed_again(payment_id=row.pk, by=request.user).amount} on its way")

    @action(description="Give a subscription's payment back")
    def give_back(self, request, rows):
        def give(row):
            return f"{refund_charge(payment_id=row.pk, reason=BY_STAFF, by=request.user).amount} on its way"

        each(request, rows, give)


@admin.register(Dispute)
class DisputeAdmin(MoneyAdmin):
    """What payers' banks ask back. While one is open nothing of its payment is refunded or sent to sellers."""

    list_display = (
        "payment",
        "state",
        amount("amount_cents"),
        amount("taken_cents"),
        "provider_id",
        "created_at",
        "updated_at",
    )
    list_filter = ("status", "payment__currency", "created_at")
    list_select_related = ("payment",)
    search_fields = ("=id", "provider_id", "payment__provider_id", "payment__order__number")

    @display(description="Status", ordering="status", label={"won": "success", "lost": "danger", "open": "warning"})
    def state(self, dispute):
        return dispute.status


@admin.register(WebhookEvent)
class WebhookEventAdmin(MoneyAdmin):
    """The inbox of what providers told us, and what came of it."""

    list_display = ("type", "event_id", "state", "attempts", "last_error", "received_at")
    list_filter = ("status", "type", "provider", "received_at")
    search_fields = ("=id", "event_id", "type", "body")
    actions = ("replay",)

    @display(
        description="Status",
        ordering="status",
        label={"processed": "success", "failed": "warning", "dead": "danger", "unmatched": "warning"},
    )
    def state(self, event):
        return event.status

    @action(description="Apply once more")
    def replay(self, request, rows):
        each(request, rows, lambda row: now_is(replay_webhook(event_id=row.pk, by=request.user).status))
