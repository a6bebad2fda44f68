"""payments-design.md §6, 23 and 24: who gives back how much, when the provider hears of it, and what it does."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from accounts.models import Mail
from config.errors import Conflict, Forbidden, Invalid, NotFound
from conversations.models import Message, Notification
from marketplace.gateways.payments import payments
from marketplace.models import (
    Difference,
    LedgerEntry,
    License,
    Order,
    OrderLine,
    Payment,
    Refund,
    SandboxMishap,
    SandboxPayment,
    SandboxRefund,
    Transfer,
)
from marketplace.queries.ledger import imbalance, owed_to
from marketplace.queries.order_story import story_of
from marketplace.verbs.orders import expire_order, pay_again, place_order
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.refund_outcomes import apply_refund_state
from marketplace.verbs.refund_tries import attempt_refund, refunds_due
from marketplace.verbs.refunds import refund_order, refund_order_once, refund_owed_again
from marketplace.verbs.reviews import order_that_allows
from marketplace.verbs.sending import source_of
from marketplace.verbs.transfers import attempt_transfer
from ontology.models import Connection
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
    """Of two sellers: 29.99 and twice 5.00."""
    first, second = ProductFactory(), ProductFactory(price_cents=500)
    items = [{"product_id": str(first.pk), "quantity": 1}, {"product_id": str(second.pk), "quantity": 2}]
    return pay(place_order(items=items, by=user))


def line_of(order, cents):
    return order.lines.get(gross_cents=cents)


def sums(order):
    """Refunded of the order, its payment and its lines."""
    order.refresh_from_db()
    lines = list(order.lines.order_by("-gross_cents").values_list("refunded_cents", "reversed_cents"))
    return order.status, order.refunded_cents, order.payments.get().refunded_cents, lines


def ask(order, **asked):
    by = clerk() if "amount_cents" in asked else order.buyer
    return refund_order(order_id=order.pk, **{"reason": "Not as described", "by": by, **asked})


def booked(kind):
    entries = LedgerEntry.objects.filter(transaction__kind=kind).order_by("-amount_cents")
    return [(entry.account.partition(":")[0], entry.amount_cents) for entry in entries]


class TestRefundOrder:
    def test_gives_a_buyer_all_that_is_left(self, order):
        assert ask(order).amount_cents == 3999
        assert sums(order) == ("paid", 3999, 3999, [(2999, 0), (1000, 0)])

    def test_gives_back_the_lines_of_a_seller_alone(self, order):
        seller = line_of(order, 1000).seller
        assert ask(order, by=seller).amount_cents == 1000
        assert sums(order) == ("paid", 1000, 1000, [(0, 0), (1000, 0)])
        with pytest.raises(Conflict) as refused:
            ask(order, by=seller)
        assert refused.value.code == "nothing_to_refund"
        with pytest.raises(Invalid):
            ask(order, by=seller, line_ids=[line_of(order, 2999).pk])

    def test_lets_staff_give_back_anything(self, order, staff):
        assert ask(order, by=staff, line_ids=[str(line_of(order, 2999).pk)], amount_cents=999).amount_cents == 999
        assert sums(order) == ("paid", 999, 999, [(999, 0), (0, 0)])

    def test_gives_a_buyer_no_part_of_what_they_keep(self, order, user):
        """All but a cent would be the thing for nothing, with its licence; whole lines go back with theirs."""
        line = line_of(order, 2999)
        for asked in ({"amount_cents": 3998}, {"amount_cents": 2998, "line_ids": [line.pk]}):
            with pytest.raises(Invalid) as refused:
                ask(order, by=user, **asked)
            assert list(refused.value.details) == ["amount_cents"]
        assert ask(order, by=user, line_ids=[line.pk], amount_cents=2999).amount_cents == 2999
        assert ask(order, by=user).amount_cents == 1000

    def test_spreads_a_part_over_the_lines_without_losing_a_cent(self, order):
        refund = ask(order, amount_cents=1001)
        parts = sorted(refund.lines.values_list("amount_cents", flat=True))
        assert parts in ([250, 751], [251, 750])
        assert sums(order)[1:3] == (1001, 1001)

    @pytest.mark.parametrize("by", ["stranger", "other_seller"])
    def test_hides_the_order_from_others(self, order, stranger, by):
        somebody = stranger if by == "stranger" else ProductFactory().seller
        for key in (order.pk, "nothing", "0190f0a0-0000-7000-8000-000000000000"):
            with pytest.raises(NotFound):
                refund_order(order_id=key, reason="mine?", by=somebody)
        assert Refund.objects.count() == 0

    def test_hides_an_unpaid_order_from_its_seller(self, user):
        order = OrderFactory(by=user)
        with pytest.raises(NotFound):
            ask(order, by=order.lines.get().seller)

    @pytest.mark.parametrize("amount", [0, -1, 1.5, "2", True])
    def test_refuses_what_is_no_amount(self, order, amount):
        with pytest.raises(Invalid) as refused:
            ask(order, amount_cents=amount)
        assert list(refused.value.details) == ["amount_cents"]

    @pytest.mark.parametrize(
        ("field", "value"), [("reason", ""), ("reason", "x" * 201), ("reason", "a\0"), ("details", "x" * 2001)]
    )
    def test_refuses_bad_words(self, order, field, value):
        with pytest.raises(Invalid) as refused:
            ask(order, **{field: value})
        assert list(refused.value.details) == [field]

    def test_refuses_more_than_is_left(self, order):
        ask(order, amount_cents=3000)
        with pytest.raises(Conflict) as refused:
            ask(order, amount_cents=1000)
        assert (refused.value.code, refused.value.details) == ("refund_too_large", {"refundable_cents": 999})
        assert ask(order, amount_cents=999).amount_cents == 999

    @pytest.mark.parametrize("status", ["pending", "canceled", "expired"])
    def test_refuses_an_order_that_is_not_paid(self, user, status):
        order = OrderFactory(by=user)
        Order.objects.update(status=status)
        with pytest.raises(Conflict) as refused:
            ask(order)
        assert (refused.value.code, SandboxRefund.objects.count()) == ("not_refundable", 0)

    def test_refuses_an_order_that_cost_nothing(self, user):
        with pytest.raises(Conflict) as refused:
            ask(OrderFactory(by=user, product=ProductFactory(price_cents=0)))
        assert refused.value.code == "nothing_to_refund"

    def test_waits_for_the_bank_while_a_dispute_is_open(self, order):
        Payment.objects.update(dispute="open")
        with pytest.raises(Conflict) as refused:
            ask(order)
        assert refused.value.code == "payment_disputed"


class TestRefundOrderOnce:
    def once(self, order, key="one", **asked):
        asked = {"reason": "Broken", "amount_cents": 100, **asked}
        return refund_order_once(
            order_id=str(order.pk), by=clerk(), key=key, route="r", answer=lambda _: {"said": "yes"}, **asked
        )

    def test_gives_back_once_a_key(self, order):
        first, second = self.once(order), self.once(order)
        assert (first.answer, first.is_replay, second.answer, second.is_replay) == (
            {"said": "yes"}, False, {"said": "yes"}, True,
        )  # fmt: skip
        assert Refund.objects.count() == 1
        self.once(order, key="two")
        self.once(order, key=None)
        assert Refund.objects.count() == 3

    def test_refuses_the_key_for_another_request(self, order):
        self.once(order)
        with pytest.raises(Conflict) as refused:
            self.once(order, amount_cents=101)
        assert refused.value.code == "idempotency_key_reused"

    def test_refuses_the_key_for_another_order(self, order, user):
        self.once(order)
        with pytest.raises(Conflict) as refused:
            self.once(paid_order(by=user))
        assert (refused.value.code, Refund.objects.count()) == ("idempotency_key_reused", 1)

    def test_gives_nothing_back_where_the_answer_cannot_be_kept(self, order, monkeypatch):
        def dies(**_):
            raise RuntimeError

        with monkeypatch.context() as broken:
            broken.setattr("marketplace.verbs.refunds.finish_key", dies)
            with pytest.raises(RuntimeError):
                self.once(order)
        assert (Refund.objects.count(), sums(order)[1]) == (0, 0)
        assert (self.once(order).is_replay, Refund.objects.count()) == (False, 1)

    def test_frees_the_key_of_a_request_that_was_refused(self, order):
        with pytest.raises(Conflict):
            self.once(order, amount_cents=9999)
        assert self.once(order, amount_cents=100).is_replay is False


class TestAttemptRefund:
    def test_has_its_whole_effect_when_the_webhook_comes(self, order):
        refund = ask(order)
        assert attempt_refund(refund_id=refund.pk).status == "pending"
        assert sums(order)[0] == "paid"
        assert settle_refund(refund).status == "succeeded"
        assert sums(order) == ("refunded", 3999, 3999, [(2999, 2699), (1000, 900)])
        assert booked("refund_succeeded") == [
            ("seller", 2699),
            ("seller", 900),
            ("platform_fee", 400),
            ("psp_clearing", -3999),
        ]
        assert imbalance() == {}

    def test_books_each_part_cumulatively(self, order):
        line = line_of(order, 2999)
        for amount in (1, 1000, 1, 997, 1000):
            refund = given_back(order, line_ids=[line.pk], amount_cents=amount)
            assert 0 <= refund.lines.get().share_cents <= amount
            assert imbalance() == {}
        assert sums(order) == ("partially_refunded", 2999, 2999, [(2999, 2699), (0, 0)])

    def test_is_asked_once_where_the_answer_was_lost(self, order):
        refund = ask(order)
        SandboxMishap.objects.create(call="refund", kind="lose_answer")
        assert attempt_refund(refund_id=refund.pk).status == "pending"
        assert (attempt_refund(refund_id=refund.pk), refunds_due()) == (None, [])
        with time_machine.travel(now() + timedelta(hours=1)):
            assert refunds_due() == [refund.pk]
            settle_refund(refund)
        assert (refund.status, refund.attempts, SandboxRefund.objects.count()) == ("succeeded", 2, 1)

    def test_is_tried_again_while_the_provider_is_away(self, order):
        refund = ask(order)
        SandboxMishap.objects.create(call="refund", kind="down", times_left=9)
        moment = now()
        for tries in range(1, 10):
            with time_machine.travel(moment, tick=False):
                tried = attempt_refund(refund_id=refund.pk)
            assert (tried.status, tried.attempts) == ("pending", tries)
            assert tried.next_try_at > moment
            moment += timedelta(hours=7)
        with time_machine.travel(moment, tick=False):
            assert settle_refund(refund).status == "succeeded"

    def test_makes_the_money_refundable_again_when_it_fails(self, order):
        SandboxMishap.objects.create(call="refund", kind="refuse")
        refund = settle_refund(ask(order, amount_cents=3000))
        assert (refund.status, refund.last_error) == ("failed", "The card's bank did not take the money back.")
        assert sums(order) == ("paid", 0, 0, [(0, 0), (0, 0)])
        assert (booked("refund_succeeded"), Mail.objects.filter(template="refunds/failed").count()) == ([], 1)
        assert given_back(order).status == "succeeded"
        assert sums(order)[0] == "refunded"

    def test_is_looked_at_where_the_provider_knows_another_amount(self, order):
        refund = ask(order)
        assert apply_refund_state(provider_id=refund.provider_id, status="succeeded", amount_cents=1).status == "review"
        assert sums(order)[:2] == ("paid", 3999)
        assert apply_refund_state(provider_id=refund.provider_id, status="succeeded").status == "succeeded"

    def test_is_looked_at_where_its_id_stands_for_another_amount_there(self, order):
        refund = ask(order, amount_cents=2000)
        payments().refund(
            refund_provider_id=refund.provider_id,
            payment_provider_id=order.payments.get().provider_id,
            amount_cents=1,
            currency="EUR",
            reason="r",
        )
        assert attempt_refund(refund_id=refund.pk).status == "review"
        # What went back is unknown, so none of it can be asked for again.
        assert sums(order)[:3] == ("paid", 2000, 2000)
        with pytest.raises(Conflict):
            ask(order, amount_cents=2000)

    def test_is_asked_about_after_ten_minutes(self, order):
        refund = ask(order)
        attempt_refund(refund_id=refund.pk)
        due = []
        for minutes in (2, 9, 11):
            with time_machine.travel(now() + timedelta(minutes=minutes)):
                due.append(refunds_due())
        assert due == [[], [], [refund.pk]]

    def test_is_asked_about_each_hour_while_people_look_at_it(self, order):
        """The provider's later webhook may be lost; and it is never sent a second time."""
        refund = ask(order)
        attempt_refund(refund_id=refund.pk)
        apply_refund_state(provider_id=refund.provider_id, status="review")
        assert (refunds_due(), attempt_refund(refund_id=refund.pk)) == ([], None)
        moment = now() + timedelta(hours=1, minutes=1)
        with time_machine.travel(moment, tick=False):
            assert refunds_due() == [refund.pk]
            assert attempt_refund(refund_id=refund.pk).status == "review"
            assert (refunds_due(), attempt_refund(refund_id=refund.pk)) == ([], None)
            SandboxRefund.objects.update(status="succeeded")
            assert attempt_refund(refund_id=refund.pk, by_hand=True).status == "succeeded"
        assert sums(order)[:2] == ("refunded", 3999)

    def test_is_not_sent_while_people_look_at_it(self, order):
        refund = ask(order)
        apply_refund_state(provider_id=refund.provider_id, status="succeeded", amount_cents=1)
        with time_machine.travel(now() + timedelta(hours=2)):
            attempt_refund(refund_id=refund.pk)
            assert (attempt_refund(refund_id=refund.pk, by_hand=True).status, SandboxRefund.objects.count()) == (
                "review", 0,
            )  # fmt: skip
        assert Difference.objects.values_list("kind", "ours_cents", "theirs_cents").get() == ("refund_state", 3999, 1)

    def test_ends_once(self, order):
        refund = given_back(order)
        for status in ("succeeded", "failed", "pending", "review", "nonsense"):
            assert apply_refund_state(provider_id=refund.provider_id, status=status).status == "succeeded"
        assert apply_refund_state(provider_id="ref_unknown", status="failed") is None
        assert (sums(order)[:2], Difference.objects.count()) == (("refunded", 3999), 0)

    def test_tells_staff_where_a_failed_one_was_given_back_after_all(self, order):
        refund = ask(order)
        apply_refund_state(provider_id=refund.provider_id, status="failed")
        apply_refund_state(provider_id=refund.provider_id, status="succeeded")
        assert Difference.objects.values_list("kind", "ours_cents", "theirs_cents").get() == ("refund_state", 0, 3999)
        assert sums(order)[1] == 0


class TestWhatARefundReaches:
    def test_tells_the_buyer_and_each_seller(self, order):
        Notification.objects.all().delete()
        given_back(order, line_ids=[line_of(order, 1000).pk])
        seller = line_of(order, 1000).seller_id
        told = dict(Notification.objects.filter(key__contains="refund").values_list("user_id", "title"))
        assert told == {
            order.buyer_id: "10.00 EUR is on its way back to you",
            seller: f"10.00 EUR of order {order.number} went back to the buyer",
        }
        mails = Mail.objects.filter(template__startswith="refunds/").values_list("template", "user_id")
        assert set(mails) == {("refunds/given_back", order.buyer_id), ("refunds/sale_refunded", seller)}
        said = Message.objects.get(role="system")
        assert said.content == f"10.00 EUR of order {order.number} was refunded."
        assert set(said.conversation.participants.values_list("pk", flat=True)) == {order.buyer_id, seller}

    def test_ends_the_right_to_review_and_keeps_the_rest(self, order):
        line = line_of(order, 1000)
        given_back(order, line_ids=[line.pk])
        assert order_that_allows(line.product, order.buyer) is None
        assert order_that_allows(line_of(order, 2999).product, order.buyer) == order.pk

    def test_ends_the_purchase_in_the_graph_with_the_last_one_that_is_kept(self, user):
        product = ProductFactory()
        orders = [paid_order(by=user, product=product) for _ in range(2)]

        def purchases():
            kept = Connection.objects.filter(from_entity=user.pk, to_entity=product.pk, deleted_at=None)
            return kept.filter(relationship_type="purchased").count()

        found = []
        for order in orders:
            given_back(order)
            found.append(purchases())
        assert found == [1, 0]

    def test_closes_what_was_bought(self, order):
        given_back(order, line_ids=[line_of(order, 1000).pk])
        seats = License.objects.order_by("order_line__gross_cents", "seat").values_list(
            "order_line__gross_cents", "status"
        )
        assert list(seats) == [(1000, "revoked"), (1000, "revoked"), (2999, "active")]

    def test_is_seen_by_those_it_concerns(self, order, stranger, staff):
        refund = given_back(order, line_ids=[line_of(order, 1000).pk])
        people = (order.buyer, staff, line_of(order, 1000).seller, line_of(order, 2999).seller, stranger)
        assert [list(Refund.objects.visible_to(one)) == [refund] for one in people] == [True, True, True, False, False]

    def test_comes_out_of_the_payment_that_was_kept(self, user):
        order = pay(OrderFactory(by=user, payment_method="card_declined"))
        late = order.payments.get()
        paid = pay(pay_again(order_id=order.pk, payment_method="card", by=user)).payments.exclude(pk=late.pk).get()
        apply_payment_state(provider_id=late.provider_id, status="succeeded")
        late.refresh_from_db()
        assert (late.refund_due, late.refunded_cents) == (True, 2999)
        Payment.objects.filter(pk=late.pk).update(refunded_cents=0, created_at=now() + timedelta(days=1))
        assert ask(order).payment_id == paid.pk

    @pytest.mark.parametrize(
        ("kind", "fulfilled", "amount", "stock"),
        [
            ("physical", False, 2000, 5),
            ("physical", False, 1999, 3),
            ("physical", True, 2000, 3),
            ("digital", False, 2000, 3),
        ],
    )
    def test_returns_the_stock_of_what_was_not_sent_once(self, user, kind, fulfilled, amount, stock):
        product = ProductFactory(kind=kind, price_cents=1000, stock=5)
        order = paid_order(by=user, product=product, quantity=2)
        OrderLine.objects.update(fulfilled_at=now() if fulfilled else None)
        refund = given_back(order, amount_cents=amount)
        apply_refund_state(provider_id=refund.provider_id, status="succeeded")
        product.refresh_from_db()
        assert product.stock == stock

    def test_cancels_a_transfer_that_was_not_sent(self, user):
        order = paid_order(by=user)
        assert given_back(order).status == "succeeded"
        transfer = order.transfers.get()
        assert (transfer.status, transfer.amount_cents, transfer.last_error_code) == ("canceled", 0, "refunded")
        assert owed_to(transfer.seller_id) == {}

    def test_makes_a_transfer_smaller_that_was_not_sent(self, user):
        seller = UserFactory()
        connect(seller)
        order = paid_order(by=user, product=ProductFactory(by=seller))
        refund = ask(order, amount_cents=1000)
        assert attempt_transfer(transfer_id=order.transfers.get().pk) is None  # it waits for the refund
        settle_refund(refund)
        sent = attempt_transfer(transfer_id=order.transfers.get().pk)
        assert (sent.status, sent.gross_cents, sent.platform_fee_cents, sent.amount_cents) == (
            "completed",
            1999,
            199,
            1800,
        )
        assert (owed_to(seller.pk), imbalance()) == ({}, {})


class TestRefundWhatIsOwed:
    @pytest.fixture
    def owed(self, user):
        """Paid after its time, when the last piece was sold to another."""
        product = ProductFactory(stock=1)
        order = OrderFactory(by=user, product=product)
        Order.objects.update(expires_at=now() - timedelta(seconds=1))
        expire_order(order_id=order.pk)
        OrderFactory(product=product)
        pay(order)
        return order

    def test_happens_by_itself(self, owed):
        refund = Refund.objects.get()
        assert (refund.amount_cents, refund.requested_by, owed.status) == (2999, None, "expired")
        assert owed.reason == "It could not be kept; 29.99 EUR is on its way back to you."
        assert settle_refund(refund).status == "succeeded"
        payment = owed.payments.get()
        assert (payment.refund_due, payment.refunded_cents, imbalance()) == (False, 2999, {})
        assert booked("refund_succeeded") == [("refund_due", 2999), ("psp_clearing", -2999)]
        owed.refresh_from_db()
        assert owed.reason == "It could not be kept; 29.99 EUR went back to you."
        assert {"Expired", "Paid too late", "Refunded"} <= {each["title"] for each in story_of(owed)}
        assert (owed.status, owed.refunded_cents, Transfer.objects.filter(order=owed).count()) == ("expired", 0, 0)

    def test_is_not_asked_for_by_the_buyer(self, owed):
        with pytest.raises(Conflict) as refused:
            ask(owed)
        assert refused.value.code == "not_refundable"

    def test_is_tried_again_by_administrators(self, owed, user, staff):
        payment = owed.payments.get()
        with pytest.raises(Conflict):
            refund_owed_again(payment_id=payment.pk, by=staff)
        apply_refund_state(provider_id=Refund.objects.get().provider_id, status="failed")
        with pytest.raises(Forbidden):
            refund_owed_again(payment_id=payment.pk, by=user)
        assert settle_refund(refund_owed_again(payment_id=payment.pk, by=staff)).status == "succeeded"
        assert owed.payments.get().refund_due is False

    def test_leaves_the_payment_that_paid_to_be_refunded(self, user):
        """Declined, paid again, and then both succeed: the later one is spare and goes back, also for transfers."""
        order = OrderFactory(by=user, payment_method="card_declined")
        first = order.payments.get()
        apply_payment_state(provider_id=first.provider_id, status="failed")
        pay_again(order_id=order.pk, payment_method="card", by=user)
        second = order.payments.exclude(pk=first.pk).get()
        for payment, name in ((first, "pi_first"), (second, "pi_second")):
            SandboxPayment.objects.filter(pk=payment.provider_id).update(status="succeeded")
            apply_payment_state(provider_id=payment.provider_id, status="succeeded", connector_ref=name)
        assert settle_refund(Refund.objects.get(payment=second)).status == "succeeded"

        refund = given_back(order)

        assert (refund.status, refund.payment_id, source_of(order.transfers.get())) == (
            "succeeded", first.pk, "pi_first",
        )  # fmt: skip

    def test_gives_back_what_was_paid_twice(self, user):
        order = paid_order(by=user)
        payment = order.payments.get()
        again = Payment.objects.create(
            order=order, provider_id="pay_again", method="card", amount_cents=2999, currency="EUR", status="canceled"
        )
        apply_payment_state(provider_id="pay_again", status="succeeded")
        refund = Refund.objects.get()
        assert (refund.payment_id, refund.lines.count()) == (again.pk, 0)
        apply_refund_state(provider_id=refund.provider_id, status="succeeded")
        order.refresh_from_db()
        payment.refresh_from_db()
        assert (order.status, order.refunded_cents, payment.refunded_cents, imbalance()) == ("paid", 0, 0, {})
