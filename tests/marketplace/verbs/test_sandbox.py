"""The sandbox provider's own moves: what its books say reaches us by its signed webhooks alone."""

import pytest
from django.utils.timezone import now

from config.errors import Conflict, Forbidden, NotFound, Unavailable
from marketplace.gateways.payments import payments
from marketplace.gateways.payouts import PayoutRefused, payouts
from marketplace.models import (
    Difference,
    LedgerTransaction,
    Payment,
    SandboxAccount,
    SandboxMishap,
    SandboxRefund,
    WebhookEvent,
)
from marketplace.verbs.payment_calls import reconcile_payment
from marketplace.verbs.reconciliation import reconcile_day
from marketplace.verbs.sandbox import (
    decide_sandbox_payment,
    dispute_sandbox_payment,
    pay_out_at_sandbox,
    settle_sandbox_payment,
    settle_sandbox_refund,
    waiting_payment,
)
from marketplace.verbs.sellers import finish_sandbox_onboarding, start_onboarding
from tests.factories.marketplace import OrderFactory, connect, given_back, paid_order

pytestmark = pytest.mark.django_db


class TestSettle:
    def test_says_the_same_however_often_it_is_asked(self):
        payment = OrderFactory().payments.get()
        events = {settle_sandbox_payment(provider_id=payment.provider_id).pk for _ in range(3)}
        payment.refresh_from_db()
        assert (len(events), payment.status) == (1, "succeeded")

    def test_leaves_a_review_to_people_and_the_unknown_alone(self):
        payment = OrderFactory(payment_method="card_review").payments.get()
        assert settle_sandbox_payment(provider_id=payment.provider_id) is None
        assert settle_sandbox_payment(provider_id="pay_unknown") is None
        assert settle_sandbox_refund(refund_provider_id="ref_unknown") is None

    def test_gives_a_refund_back_by_webhook(self):
        payment = paid_order().payments.get()
        payments().refund(
            refund_provider_id="ref_1",
            payment_provider_id=payment.provider_id,
            amount_cents=100,
            currency="EUR",
            reason="r",
        )
        assert SandboxRefund.objects.get().status == "pending"
        event = settle_sandbox_refund(refund_provider_id="ref_1")
        assert (SandboxRefund.objects.get().status, event.type) == ("succeeded", "refund_succeeded")
        assert settle_sandbox_refund(refund_provider_id="ref_1").pk == event.pk

    def test_refuses_where_a_mishap_says_so(self):
        SandboxMishap.objects.create(call="payment", kind="refuse")
        payment = OrderFactory().payments.get()
        assert (payment.status, payment.reason) == ("failed", "The card was declined. No money was taken.")
        SandboxMishap.objects.create(call="refund", kind="refuse")
        key = paid_order().payments.get().provider_id
        refused = payments().refund(
            refund_provider_id="ref_1", payment_provider_id=key, amount_cents=100, currency="EUR", reason="r"
        )
        assert (refused.status, bool(refused.reason)) == ("failed", True)
        assert settle_sandbox_refund(refund_provider_id="ref_1").type == "refund_failed"

    def test_uses_up_each_mishap_at_its_own_call(self):
        SandboxMishap.objects.create(call="transfer", kind="down", times_left=2)
        OrderFactory()
        assert SandboxMishap.objects.get().times_left == 2


class TestDecide:
    def test_is_for_who_pays_and_staff(self, user, stranger, staff):
        payment = OrderFactory(by=user, payment_method="card_review").payments.get()
        with pytest.raises(NotFound):
            decide_sandbox_payment(provider_id=payment.provider_id, is_approved=True, by=stranger)
        assert waiting_payment(provider_id=payment.provider_id, by=staff) == payment
        decided = decide_sandbox_payment(provider_id=payment.provider_id, is_approved=True, by=user)
        assert decided.status == "succeeded"

    def test_is_not_for_cards_that_decide_themselves(self, user):
        payment = OrderFactory(by=user).payments.get()
        with pytest.raises(Conflict):
            decide_sandbox_payment(provider_id=payment.provider_id, is_approved=True, by=user)


class TestDispute:
    def test_is_rehearsed_by_administrators(self, staff, user):
        payment = paid_order().payments.get()
        with pytest.raises(Forbidden):
            dispute_sandbox_payment(provider_id=payment.provider_id, stage="opened", by=user)
        with pytest.raises(NotFound):
            dispute_sandbox_payment(provider_id="pay_unknown", stage="opened", by=staff)
        event = dispute_sandbox_payment(provider_id=payment.provider_id, stage="opened", by=staff)
        payment.refresh_from_db()
        assert (event.status, payment.dispute) == ("processed", "open")
        assert WebhookEvent.objects.get(pk=event.pk).type == "dispute_opened"


class TestPayOut:
    def test_leaves_nothing_to_take_back(self, staff, user):
        account = connect(user).provider_id
        sent = payouts().transfer(
            key="k", destination=account, amount_cents=500, currency="EUR", group="g", reference="r"
        )
        row = SandboxAccount.objects.get()
        with pytest.raises(Forbidden):
            pay_out_at_sandbox(account_id=row.pk, by=user)
        assert [pay_out_at_sandbox(account_id=row.pk, by=staff) for _ in range(2)] == [500, 500]
        with pytest.raises(PayoutRefused) as refused:
            payouts().reverse(key="b", transfer_id=sent.provider_id, amount_cents=1, reference="r")
        assert refused.value.code == "balance_insufficient"

    def test_is_nothing_on_an_empty_account(self, staff, user):
        connect(user)
        assert pay_out_at_sandbox(account_id=SandboxAccount.objects.get().pk, by=staff) == 0


class TestOnceARealProviderIsNamed:
    def test_decides_nothing_that_was_begun_before(self, user, staff, settings):
        review = OrderFactory(by=user, payment_method="card_review").payments.get()
        card = OrderFactory(by=user).payments.get()
        settings.HYPERSWITCH_API_KEY = "snd_named"
        assert settle_sandbox_payment(provider_id=card.provider_id) is None
        for call in (
            lambda: decide_sandbox_payment(provider_id=review.provider_id, is_approved=True, by=user),
            lambda: waiting_payment(provider_id=review.provider_id, by=staff),
            lambda: dispute_sandbox_payment(provider_id=card.provider_id, stage="lost", by=staff),
        ):
            with pytest.raises(NotFound):
                call()
        assert (WebhookEvent.objects.count(), set(Payment.objects.values_list("status", flat=True))) == (
            0, {"pending", "processing"}
        )  # fmt: skip

    def test_is_still_asked_about_what_it_took(self, user, settings):
        """Sold in the sandbox, refunded once a real provider is named: nothing of it reaches the real one."""
        settings.HYPERSWITCH_API_BASE = "http://127.0.0.1:1"
        order = paid_order(by=user)
        settings.HYPERSWITCH_API_KEY = "snd_named"
        reconcile_payment(payment_id=order.payments.get().pk)
        reconcile_day(day=now().date())
        assert (given_back(order).status, Difference.objects.count()) == ("succeeded", 0)
        kinds = LedgerTransaction.objects.order_by("created_at").values_list("kind", "is_sandbox")
        assert list(kinds) == [("payment_captured", True), ("refund_succeeded", True)]

    def test_is_not_asked_about_what_it_did_not_take(self, user, settings):
        """And the other way round: a real payment is not looked for among the sandbox's."""
        order = paid_order(by=user)
        order.payments.update(is_sandbox=False)
        with pytest.raises(Unavailable):
            reconcile_payment(payment_id=order.payments.get().pk)

    def test_connects_nobody(self, user, settings):
        token = start_onboarding(by=user).rstrip("/").rpartition("/")[2]
        settings.STRIPE_SECRET_KEY = "sk_named"
        with pytest.raises(NotFound):
            finish_sandbox_onboarding(token=token, by=user)
        assert WebhookEvent.objects.count() == 0
