"""payments-design.md §6, 5 to 10, 22, 29."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from config.errors import Conflict, Invalid, NotFound, Unavailable
from config.money import MAX_CENTS
from conversations.models import Notification
from marketplace.gateways.sandbox_payments import SandboxPayments
from marketplace.models import Order, Payment, Product, SandboxMishap, SandboxPayment
from marketplace.queries.ledger import imbalance
from marketplace.verbs import baskets
from marketplace.verbs.orders import cancel_order, expire_order, orders_to_expire, pay_again, place_order
from marketplace.verbs.payments import apply_payment_state
from ontology.models import Change, Connection, Entity, Event
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, pay

pytestmark = pytest.mark.django_db


def stock_of(product):
    return Product.objects.values_list("stock", flat=True).get(pk=product.pk)


class TestPlaceOrder:
    def test_commits_order_line_and_payment_at_the_stores_price(self, user, queued):
        product = ProductFactory(price_cents=1250, stock=5, title="Dawn")

        order = place_order(items=[{"product_id": str(product.pk), "quantity": 2, "price_cents": 1}], by=user)

        line, payment = order.lines.get(), order.payments.get()
        assert (order.status, order.total_cents, order.currency, order.buyer) == ("pending", 2500, "EUR", user)
        assert (line.title, line.unit_cents, line.quantity, line.gross_cents, line.fee_cents) == (
            "Dawn",
            1250,
            2,
            2500,
            250,
        )
        assert (payment.status, payment.amount_cents, payment.method) == ("processing", 2500, "card")
        assert (len(payment.provider_id), payment.provider_id[:4]) == (30, "pay_")
        assert stock_of(product) == 3
        assert SandboxPayment.objects.get(pk=payment.provider_id).amount_cents == 2500

    def test_adds_up_the_same_product(self, user):
        product = ProductFactory(stock=3)
        item = {"product_id": str(product.pk), "quantity": 2}

        with pytest.raises(Conflict) as refused:
            place_order(items=[item, item], by=user)

        assert (refused.value.code, refused.value.details) == (
            "out_of_stock",
            {"product_id": str(product.pk), "available": 3},
        )
        assert (stock_of(product), Order.objects.count()) == (3, 0)

    def test_says_alike_of_what_leaves_the_market_meanwhile(self, user, monkeypatch):
        product = ProductFactory(stock=3)
        take = baskets.take_stock

        def late(wanted):
            Product.objects.update(status="archived")
            return take(wanted)

        monkeypatch.setattr(baskets, "take_stock", late)
        with pytest.raises(Invalid) as refused:
            place_order(items=[{"product_id": str(product.pk), "quantity": 1}], by=user)
        assert refused.value.code == "unknown_product"

    def test_counts_the_same_product_together(self, user):
        product = ProductFactory(stock=None)
        items = [{"product_id": str(product.pk), "quantity": 60}] * 2
        with pytest.raises(Invalid) as refused:
            place_order(items=items, by=user)
        assert refused.value.details == {"items": [{}, {"quantity": ["Together at most 99 of one product."]}]}

    @pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", True, None, 10**12])
    def test_refuses_a_wrong_quantity_and_reserves_nothing(self, user, quantity):
        product = ProductFactory(stock=3)

        with pytest.raises(Invalid) as refused:
            place_order(items=[{"product_id": str(product.pk), "quantity": quantity}], by=user)

        assert refused.value.details == {"items": [{"quantity": ["Must be a whole number from 1 to 99."]}]}
        assert (stock_of(product), Order.objects.count()) == (3, 0)

    @pytest.mark.parametrize("product_id", ["nothing", "", None, 7, "0190f0a0-0000-7000-8000-000000000000"])
    def test_refuses_an_unknown_product(self, user, product_id):
        with pytest.raises(Invalid):
            place_order(items=[{"product_id": product_id, "quantity": 1}], by=user)

    def test_refuses_a_draft(self, user):
        with pytest.raises(Invalid) as refused:
            OrderFactory(by=user, product=ProductFactory(status="draft"))
        assert refused.value.code == "unknown_product"

    def test_refuses_no_items_and_too_many(self, user):
        product = ProductFactory()
        for items in ([], [{"product_id": str(product.pk), "quantity": 1}] * 101):
            with pytest.raises(Invalid) as refused:
                place_order(items=items, by=user)
            assert list(refused.value.details) == ["items"]

    def test_refuses_what_is_too_large(self, user):
        product = ProductFactory(price_cents=MAX_CENTS, stock=2)
        with pytest.raises(Invalid) as refused:
            OrderFactory(by=user, product=product, quantity=2)
        assert (list(refused.value.details), stock_of(product), Order.objects.count()) == (["items"], 2, 0)

    def test_refuses_two_currencies(self, user):
        products = [ProductFactory(stock=2), ProductFactory(currency="USD", stock=2)]
        with pytest.raises(Invalid) as refused:
            place_order(items=[{"product_id": str(one.pk), "quantity": 1} for one in products], by=user)
        assert refused.value.code == "mixed_currency"
        assert [stock_of(one) for one in products] == [2, 2]

    def test_refuses_what_is_priced_in_a_currency_that_is_not_charged_any_more(self, user):
        product = ProductFactory(price_cents=5000)
        Product.objects.update(currency="ISK")
        with pytest.raises(Invalid) as refused:
            place_order(items=[{"product_id": str(product.pk), "quantity": 1}], by=user)
        assert (refused.value.code, list(Product.objects.on_market())) == ("unknown_product", [])

    def test_refuses_an_unknown_method(self, user):
        with pytest.raises(Invalid) as refused:
            OrderFactory(by=user, payment_method="gold")
        assert list(refused.value.details) == ["payment_method"]

    def test_gives_away_what_costs_nothing(self, user):
        order = OrderFactory(by=user, product=ProductFactory(price_cents=0))

        assert (order.status, order.payments.get().method, order.payments.get().status) == ("paid", "free", "succeeded")
        assert (order.transfers.count(), imbalance(), SandboxPayment.objects.count()) == (0, {}, 0)

    def test_holds_one_price_whatever_happens_to_the_product(self, user):
        product = ProductFactory(price_cents=1000)
        order = OrderFactory(by=user, product=product)
        Product.objects.filter(pk=product.pk).update(price_cents=5000)

        pay(order)

        assert (order.total_cents, order.payments.get().captured_cents) == (1000, 1000)

    def test_keeps_the_order_while_the_provider_is_away(self, user, monkeypatch):
        product = ProductFactory(stock=1)

        def away(self, **_):
            raise Unavailable(retry_after=5)

        with monkeypatch.context() as broken:
            broken.setattr(SandboxPayments, "create", away)
            with pytest.raises(Unavailable):
                OrderFactory(by=user, product=product)

        order = Order.objects.get()
        assert (order.status, order.payments.get().status, stock_of(product)) == ("pending", "created", 0)
        assert pay(pay_again(order_id=order.pk, payment_method="card", by=user)).status == "paid"
        assert Payment.objects.count() == 1

    def test_adopts_the_payment_whose_answer_was_lost(self, user, monkeypatch):
        product, create = ProductFactory(), SandboxPayments.create

        def lose(self, **given):
            create(self, **given)
            raise Unavailable(retry_after=5)

        with monkeypatch.context() as broken:
            broken.setattr(SandboxPayments, "create", lose)
            with pytest.raises(Unavailable):
                OrderFactory(by=user, product=product)
        order = Order.objects.get()
        pay_again(order_id=order.pk, payment_method="card", by=user)

        assert (SandboxPayment.objects.count(), pay(order).status) == (1, "paid")

    def test_rounds_the_fee_once_a_seller(self, user):
        ada, bo = UserFactory(), UserFactory()
        products = [ProductFactory(by=ada, price_cents=999) for _ in range(3)] + [
            ProductFactory(by=bo, price_cents=2999)
        ]

        order = pay(place_order(items=[{"product_id": str(one.pk), "quantity": 1} for one in products], by=user))

        shares = order.transfers.values_list("seller", "gross_cents", "platform_fee_cents", "amount_cents")
        assert sorted(shares) == sorted([(ada.pk, 2997, 300, 2697), (bo.pk, 2999, 300, 2699)])
        assert sum(line.fee_cents for line in order.lines.filter(seller=ada)) == 300

    def test_never_rounds_a_fee_twice(self, user):
        seller = UserFactory()
        products = [ProductFactory(by=seller, price_cents=5) for _ in range(2)]
        order = pay(place_order(items=[{"product_id": str(one.pk), "quantity": 1} for one in products], by=user))
        assert sorted(line.fee_cents for line in order.lines.all()) == [0, 1]
        assert order.transfers.get().platform_fee_cents == 1

    def test_writes_the_graph_for_buyer_and_seller_alone(self, user, stranger):
        seller = UserFactory()
        product = ProductFactory(by=seller)
        order = pay(OrderFactory(by=user, product=product))
        payment = order.payments.get()

        assert Entity.objects.get(pk=payment.pk).properties["payment_status"] == "succeeded"
        assert (
            Connection.objects.visible_to(user).filter(relationship_type="purchased", to_entity=product.pk).count() == 1
        )
        assert Event.objects.visible_to(seller).filter(type="revenue_generated", target=product.pk).count() == 1
        assert Connection.objects.visible_to(stranger).filter(relationship_type="purchased").count() == 0
        assert (
            Event.objects.visible_to(stranger).filter(type__in=("payment_processed", "revenue_generated")).count() == 0
        )
        assert list(Entity.objects.visible_to(stranger).filter(type="payment")) == []

    def test_tells_buyer_and_seller_their_own_part(self, user):
        seller = UserFactory()
        pay(OrderFactory(by=user, product=ProductFactory(by=seller)))

        heard = Change.objects.values_list("kind", "topics", "payload")
        to_buyer = [(kind, payload.get("status")) for kind, topics, payload in heard if f"user:{user.pk}" in topics]
        to_seller = [kind for kind, topics, _ in heard if f"user:{seller.pk}" in topics]
        assert [one for one in to_buyer if one[0] == "OrderChanged"] == [
            ("OrderChanged", "pending"),
            ("OrderChanged", "paid"),
        ]
        assert "SaleMade" in to_seller
        assert "OrderChanged" not in to_seller

    @pytest.mark.parametrize(("method", "ends"), [("card_declined", "canceled"), ("card_review", "expired")])
    def test_tells_the_buyer_that_it_will_not_come(self, user, method, ends):
        order = pay(OrderFactory(by=user, payment_method=method))
        with time_machine.travel(now() + timedelta(hours=1)):
            expire_order(order_id=order.pk)
        heard = Change.objects.filter(kind="OrderChanged").order_by("pk").values_list("topics", "payload__status")
        assert list(heard) == [([f"user:{user.pk}"], "pending"), ([f"user:{user.pk}"], ends)]
        payment = order.payments.get()
        shown = Entity.objects.get(pk=payment.pk).properties
        assert (shown["order_status"], shown["payment_status"]) == (ends, payment.status)

    def test_notes_it_for_both(self, user):
        seller = UserFactory()
        connect(seller)
        order = pay(OrderFactory(by=user, product=ProductFactory(by=seller)))
        notes = Notification.objects.filter(key__contains=str(order.pk)).values_list("user", "title", "text", "url")
        assert set(notes) == {
            (user.pk, "Your order is paid", "", f"/orders/{order.pk}/"),
            (seller.pk, "You sold something", "26.99 EUR of it is yours.", f"/studio/orders/{order.pk}/"),
        }


class TestPayAgain:
    def test_pays_a_declined_order_with_another_card(self, user):
        product = ProductFactory(stock=1)
        order = pay(OrderFactory(by=user, product=product, payment_method="card_declined"))
        assert (order.status, order.reason, stock_of(product)) == (
            "canceled",
            "The card was declined. No money was taken.",
            1,
        )

        again = pay_again(order_id=order.pk, payment_method="card", by=user)

        assert (again.pk, again.status, stock_of(product)) == (order.pk, "pending", 0)
        assert (pay(again).status, again.payments.count()) == ("paid", 2)

    def test_refuses_where_it_was_sold_meanwhile(self, user):
        product = ProductFactory(stock=1)
        order = pay(OrderFactory(by=user, product=product, payment_method="card_declined"))
        OrderFactory(product=product)

        with pytest.raises(Conflict) as refused:
            pay_again(order_id=order.pk, payment_method="card", by=user)
        assert refused.value.code == "out_of_stock"
        order.refresh_from_db()
        assert order.status == "canceled"

    def test_refuses_what_is_paid_or_being_paid(self, user):
        order = OrderFactory(by=user)
        for _ in range(2):
            with pytest.raises(Conflict):
                pay_again(order_id=order.pk, payment_method="card", by=user)
            pay(order)

    def test_hides_the_order_from_strangers(self, user, stranger):
        order = OrderFactory(by=user)
        with pytest.raises(NotFound):
            pay_again(order_id=order.pk, payment_method="card", by=stranger)


class TestExpireOrder:
    def test_gives_the_stock_back_once(self, user):
        product = ProductFactory(stock=2)
        order = OrderFactory(by=user, product=product, quantity=2, payment_method="card_review")
        assert (expire_order(order_id=order.pk), orders_to_expire()) == (False, [])

        with time_machine.travel(now() + timedelta(hours=1)):
            assert orders_to_expire() == [order.pk]
            assert [expire_order(order_id=order.pk) for _ in range(2)] == [True, False]

        order.refresh_from_db()
        assert (order.status, stock_of(product), order.payments.get().status) == ("expired", 2, "canceled")

    def test_leaves_a_paid_order_alone(self, user):
        order = pay(OrderFactory(by=user))
        with time_machine.travel(now() + timedelta(hours=1)):
            assert expire_order(order_id=order.pk) is False

    def test_gives_back_what_the_provider_never_heard_of(self, user):
        product = ProductFactory(stock=1)
        SandboxMishap.objects.create(call="payment", kind="down")
        with pytest.raises(Unavailable):
            OrderFactory(by=user, product=product)
        order = Order.objects.get()

        with time_machine.travel(now() + timedelta(hours=1)):
            assert expire_order(order_id=order.pk) is True
            with pytest.raises(Conflict):
                pay_again(order_id=order.pk, payment_method="card", by=user)

        assert (stock_of(product), order.payments.get().status, SandboxPayment.objects.count()) == (1, "canceled", 0)

    def test_gives_back_what_a_second_try_took(self, user):
        product = ProductFactory(stock=None)
        order = pay(OrderFactory(by=user, product=product, payment_method="card_declined"))
        Product.objects.filter(pk=product.pk).update(stock=4)
        pay_again(order_id=order.pk, payment_method="card_review", by=user)
        assert stock_of(product) == 3
        with time_machine.travel(now() + timedelta(hours=1)):
            expire_order(order_id=order.pk)
        assert stock_of(product) == 4

    def test_never_fills_up_what_was_unlimited(self, user):
        product = ProductFactory(stock=None)
        order = OrderFactory(by=user, product=product, payment_method="card_review")
        Product.objects.filter(pk=product.pk).update(stock=4)
        with time_machine.travel(now() + timedelta(hours=1)):
            expire_order(order_id=order.pk)
        assert stock_of(product) == 4


class TestCancelOrder:
    def test_frees_the_stock_at_once_and_can_be_paid_again(self, user):
        product = ProductFactory(stock=2)
        order = OrderFactory(by=user, product=product, quantity=2, payment_method="card_review")

        order = cancel_order(order_id=order.pk, by=user)

        assert (order.status, order.reason, stock_of(product)) == ("canceled", "You called it off.", 2)
        assert [(one.status, one.reason) for one in order.payments.all()] == [("canceled", "You called it off.")]
        with pytest.raises(Conflict):
            cancel_order(order_id=order.pk, by=user)
        assert stock_of(product) == 2
        assert (pay(pay_again(order_id=order.pk, payment_method="card", by=user)).status, stock_of(product)) == (
            "paid",
            0,
        )

    @pytest.mark.parametrize("status", ["processing", "authorized", "review"])
    def test_leaves_a_payment_under_way_alone(self, user, status):
        order = OrderFactory(by=user, payment_method="card_review")
        apply_payment_state(provider_id=order.payments.get().provider_id, status=status)
        with pytest.raises(Conflict, match="cannot be called off"):
            cancel_order(order_id=order.pk, by=user)
        order.refresh_from_db()
        assert (order.status, order.payments.get().status) == ("pending", status)

    def test_is_the_buyers_alone(self, user, staff):
        order = OrderFactory(by=user)
        for key, person in ((order.pk, staff), ("x", user)):
            with pytest.raises(NotFound):
                cancel_order(order_id=key, by=person)

    def test_money_that_comes_all_the_same_is_served(self, user):
        order = OrderFactory(by=user, product=ProductFactory(stock=1), payment_method="card_review")
        cancel_order(order_id=order.pk, by=user)
        apply_payment_state(provider_id=order.payments.get().provider_id, status="succeeded")
        order.refresh_from_db()
        assert (order.status, order.payments.get().refund_due) == ("paid", False)


class TestConnectLater:
    def test_a_seller_may_sell_before_they_can_be_paid(self, user):
        seller = UserFactory()
        order = pay(OrderFactory(by=user, product=ProductFactory(by=seller)))
        assert order.transfers.get().status == "blocked"
        connect(seller)
        assert order.transfers.get().status == "pending"

    def test_a_share_that_waits_for_its_seller_tells_them_so_once(self, user):
        seller = UserFactory()
        pay(OrderFactory(by=user, product=ProductFactory(by=seller)))
        told = Notification.objects.filter(user=seller, key__startswith="transfer:").values_list("title", "text", "url")
        assert list(told) == [
            ("A payout waits for you", "Connect your payout account, and it is sent.", "/studio/payouts/")
        ]


class TestVat:
    """What of a price is VAT, line by line as it was when it was ordered."""

    def test_is_kept_on_the_lines_and_summed(self, user):
        book, song = ProductFactory(price_cents=1070, vat_bp=700), ProductFactory(price_cents=999, vat_bp=1900)
        items = [{"product_id": str(book.pk), "quantity": 3}, {"product_id": str(song.pk), "quantity": 1}]
        order = place_order(items=items, by=user)
        Product.objects.update(vat_bp=2500)
        lines = dict(order.lines.values_list("product", "vat_cents"))
        assert lines == {book.pk: 210, song.pk: 160}
        assert (order.vat_cents, set(order.lines.values_list("vat_bp", flat=True))) == (370, {700, 1900})


class TestSeenTotal:
    def test_is_refused_where_the_store_has_another(self, user):
        product = ProductFactory(price_cents=1200, stock=1)
        items = [{"product_id": str(product.pk), "quantity": 1}]
        with pytest.raises(Conflict) as refused:
            place_order(items=items, seen_cents=1199, by=user)
        assert (refused.value.code, refused.value.details) == ("total_changed", {"total_cents": 1200})
        assert (stock_of(product), Order.objects.count()) == (1, 0)
        assert place_order(items=items, seen_cents=1200, by=user).total_cents == 1200
