"""A dispute blocks refunds and transfers while it is open; a lost one books like a refund (payments-design.md §3)."""

import pytest

from config.errors import Conflict
from conversations.models import Notification
from marketplace.gateways.sandbox_payments import dispute
from marketplace.models import Difference, Dispute, Payment, Refund, WebhookEvent
from marketplace.queries.ledger import imbalance, owed_to
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.orders import pay_again, place_order
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.refund_outcomes import apply_refund_state
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.transfers import attempt_transfer, retry_transfer
from marketplace.verbs.webhooks import receive_webhook
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import (
    OrderFactory,
    ProductFactory,
    clerk,
    connect,
    given_back,
    paid_order,
    pay,
    settle_refund,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(user):
    seller = UserFactory()
    connect(seller)
    return paid_order(by=user, product=ProductFactory(by=seller))


def hear(order, stage, **which):
    hook = dispute(order.payments.get().provider_id, stage, **which)
    return receive_webhook(body=hook.body, signatures=hook.signatures).status


def state(order):
    order.refresh_from_db()
    payment = order.payments.get()
    return payment.dispute, order.status, payment.refunded_cents, order.refunded_cents


class TestApplyDispute:
    def test_holds_back_refunds_and_transfers_while_it_is_open(self, order, staff):
        assert (hear(order, "opened"), state(order)) == ("processed", ("open", "paid", 0, 0))
        with pytest.raises(Conflict) as refused:
            refund_order(order_id=order.pk, reason="Broken", by=order.buyer)
        assert (refused.value.code, Refund.objects.count()) == ("payment_disputed", 0)
        transfer = order.transfers.get()
        assert attempt_transfer(transfer_id=transfer.pk) is None
        with pytest.raises(Conflict) as refused:
            retry_transfer(transfer_id=transfer.pk, by=staff)
        assert refused.value.code == "transfer_held"

    def test_lets_both_go_on_when_it_is_won(self, order):
        hear(order, "opened")
        assert (hear(order, "won"), state(order)) == ("processed", ("won", "paid", 0, 0))
        assert attempt_transfer(transfer_id=order.transfers.get().pk).status == "completed"
        assert given_back(order).status == "succeeded"

    def test_books_like_a_refund_when_it_is_lost(self, order):
        hear(order, "opened")
        assert [hear(order, "lost") for _ in range(3)] == ["processed"] * 3
        assert state(order) == ("lost", "refunded", 2999, 2999)
        refund = Refund.objects.get()
        assert (refund.status, refund.is_asked, refund.amount_cents) == ("succeeded", False, 2999)
        transfer = order.transfers.get()
        assert (transfer.status, owed_to(transfer.seller_id), imbalance()) == ("canceled", {}, {})

    def test_takes_only_what_was_not_on_its_way_back(self, order):
        before = refund_order(order_id=order.pk, reason="Broken", amount_cents=1000, by=clerk())
        hear(order, "lost")
        assert Refund.objects.exclude(pk=before.pk).get().amount_cents == 1999
        settle_refund(before)
        assert state(order) == ("lost", "refunded", 2999, 2999)
        assert (owed_to(order.transfers.get().seller_id), imbalance()) == ({}, {})

    def test_of_a_payment_that_is_owed_back_leaves_the_order_alone(self, user):
        order = pay(OrderFactory(by=user, payment_method="card_declined"))
        late = order.payments.get()
        pay(pay_again(order_id=order.pk, payment_method="card", by=user))
        apply_payment_state(provider_id=late.provider_id, status="succeeded")
        apply_refund_state(provider_id=Refund.objects.get().provider_id, status="failed")

        apply_dispute(provider_id=late.provider_id, dispute="lost")

        order.refresh_from_db()
        late.refresh_from_db()
        assert (order.status, order.refunded_cents, late.refunded_cents) == ("paid", 0, 2999)
        assert (set(order.lines.values_list("refunded_cents", flat=True)), imbalance()) == ({0}, {})

    def test_takes_the_rest_where_a_refund_fails_that_was_on_its_way(self, order):
        """The bank has all of it, so the provider can give nothing back; nothing is left for the seller."""
        refund = refund_order(order_id=order.pk, reason="Broken", by=order.buyer)
        hear(order, "opened")
        hear(order, "lost")
        assert (state(order), Refund.objects.count()) == (("lost", "paid", 2999, 2999), 1)
        apply_refund_state(provider_id=refund.provider_id, status="failed", reason="charge_disputed")
        assert state(order) == ("lost", "refunded", 2999, 2999)
        assert Dispute.objects.values_list("status", "amount_cents", "taken_cents").get() == ("lost", 2999, 2999)
        transfer = order.transfers.get()
        assert (transfer.status, owed_to(transfer.seller_id), imbalance()) == ("canceled", {}, {})

    def test_takes_no_more_than_its_part(self, order):
        seller = order.transfers.get().seller_id
        assert [hear(order, stage, amount_cents=500) for stage in ("opened", "lost")] == ["processed"] * 2
        assert state(order) == ("lost", "partially_refunded", 500, 500)
        assert Dispute.objects.values_list("amount_cents", "taken_cents").get() == (500, 500)
        assert (owed_to(seller), imbalance()) == ({"EUR": 2250}, {})
        assert given_back(order).amount_cents == 2499

    def test_spreads_a_part_over_the_lines(self, user):
        items = [{"product_id": str(ProductFactory(price_cents=cents).pk), "quantity": 1} for cents in (3000, 1000)]
        order = pay(place_order(items=items, by=user))
        hear(order, "lost", amount_cents=400)
        assert set(order.lines.values_list("gross_cents", "refunded_cents")) == {(3000, 300), (1000, 100)}

    def test_holds_the_money_again_when_another_one_comes(self, order):
        """An inquiry that was withdrawn says nothing of the dispute that follows."""
        hear(order, "cancelled")
        assert (hear(order, "opened", nth=2), state(order)[0]) == ("processed", "open")
        assert attempt_transfer(transfer_id=order.transfers.get().pk) is None
        hear(order, "opened")
        hear(order, "won", nth=2)
        assert (state(order)[0], Dispute.objects.count()) == ("won", 2)

    def test_holds_what_is_left_while_one_of_several_is_open(self, order):
        hear(order, "lost", amount_cents=500)
        hear(order, "opened", nth=2, amount_cents=700)
        assert state(order) == ("open", "partially_refunded", 500, 500)
        hear(order, "lost", nth=2, amount_cents=700)
        assert state(order) == ("lost", "partially_refunded", 1200, 1200)
        assert imbalance() == {}

    def test_without_a_name_is_the_one_that_gets_it(self, order):
        apply_dispute(provider_id=order.payments.get().provider_id, dispute="open")
        hear(order, "won")
        assert (Dispute.objects.get().provider_id[:3], state(order)[0]) == ("dp_", "won")

    def test_in_another_currency_is_of_all_and_told_to_staff(self, order):
        payment = order.payments.get()
        apply_dispute(
            provider_id=payment.provider_id, dispute="lost", dispute_id="dp_1", amount_cents=500, currency="USD"
        )
        assert state(order) == ("lost", "refunded", 2999, 2999)
        assert Difference.objects.values_list("kind", "reference").get() == ("payment_amount", payment.provider_id)

    def test_that_is_lost_before_the_payment_is_known_to_be_paid_takes_it(self, user):
        order = OrderFactory(by=user)
        apply_dispute(provider_id=order.payments.get().provider_id, dispute="lost")
        pay(order)
        assert (state(order), imbalance()) == (("lost", "refunded", 2999, 2999), {})

    def test_does_not_move_backwards(self, order):
        hear(order, "lost")
        assert (hear(order, "opened"), hear(order, "won"), state(order)[0]) == ("processed", "processed", "lost")

    def test_of_an_unknown_payment_waits(self, order):
        assert apply_dispute(provider_id="pay_unknown", dispute="open") is None
        hook = dispute(order.payments.get().provider_id, "opened")
        Payment.objects.update(provider_id="pay_other")
        assert receive_webhook(body=hook.body, signatures=hook.signatures).status == "unmatched"
        assert WebhookEvent.objects.filter(status="unmatched").count() == 1

    def test_tells_the_buyer(self, order):
        hear(order, "opened")
        hear(order, "lost")
        told = Notification.objects.filter(user=order.buyer, key__startswith="dispute:").order_by("created_at")
        assert [one.title for one in told] == [
            "Your bank asks for a payment back",
            "Your bank has taken a payment back",
        ]

    def test_of_a_subscription_is_for_staff(self, order):
        payment = order.payments.get()
        Payment.objects.filter(pk=payment.pk).update(refunded_cents=2999)
        apply_dispute(provider_id=payment.provider_id, dispute="lost")
        assert (Refund.objects.count(), Difference.objects.count()) == (0, 0)
