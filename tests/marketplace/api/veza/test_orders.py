from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from config.errors import Unavailable
from marketplace.gateways.sandbox_payments import SandboxPayments, settle
from marketplace.models import Order, Payment, Product
from marketplace.verbs.orders import expire_order, place_order
from marketplace.verbs.reviews import review_product
from marketplace.verbs.shipping import mark_sent
from marketplace.verbs.webhooks import receive_webhook
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, given_back, paid_order, pay

pytestmark = pytest.mark.django_db
ORDERS, PRODUCTS = "/api/v1/marketplace/orders", "/api/v1/marketplace/products"


HOME = {"name": "Ada", "line1": "Rue 1", "city": "Paris", "country": "FR"}


def item(product, quantity=1):
    return {"product_id": str(product.pk), "quantity": quantity}


def body_for(product, quantity=1, **more):
    return {"items": [item(product, quantity)], **more}


class TestCreate:
    def test_places_an_order(self, caller, queued):
        product = ProductFactory(title="Dawn")
        answer = caller.post(ORDERS, body_for(product, 2, payment_method="card"))
        order = Order.objects.get()
        payment = order.payments.get()
        assert answer.status_code == 201
        assert answer.json() == {
            "success": True,
            "data": {
                "id": str(order.pk),
                "number": order.number,
                "status": "pending",
                "reason": "",
                "currency": "EUR",
                "total_cents": 5998,
                "vat_cents": 0,
                "refunded_cents": 0,
                "billing": {},
                "shipping": {},
                "payment_method": "card",
                "items": [
                    {
                        "id": str(order.lines.get().pk),
                        "product_id": str(product.pk),
                        "seller_id": str(product.seller_id),
                        "title": "Dawn",
                        "quantity": 2,
                        "unit_price_cents": 2999,
                        "total_cents": 5998,
                        "vat_bp": 0,
                        "vat_cents": 0,
                        "refunded_cents": 0,
                        "fulfilled_at": None,
                        "tracking": "",
                    }
                ],
                "payment": {
                    "id": payment.provider_id,
                    "status": "processing",
                    "method": "card",
                    "amount_cents": 5998,
                    "currency": "EUR",
                    "client_secret": f"{payment.provider_id}_secret_sandbox",
                    "pay_url": "",
                    "reason": "",
                    "refunded_cents": 0,
                },
                "expires_at": answer.json()["data"]["expires_at"],
                "paid_at": None,
                "fulfilled_at": None,
                "created_at": answer.json()["data"]["created_at"],
            },
        }

    def test_answers_a_repeat_with_the_first_answer(self, caller):
        body = body_for(ProductFactory())
        first = caller.post(ORDERS, body, headers={"Idempotency-Key": '"k-1"'})
        again = caller.post(ORDERS, body, headers={"Idempotency-Key": "k-1"})
        assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
        assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
        assert Order.objects.count() == 1

    def test_refuses_a_key_for_another_body(self, caller):
        product = ProductFactory()
        caller.post(ORDERS, body_for(product), headers={"Idempotency-Key": "k"})
        answer = caller.post(ORDERS, body_for(product, 2), headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")

    def test_refuses_a_key_for_another_address(self, caller):
        body = body_for(ProductFactory(kind="physical"))
        home = {"name": "Ada", "line1": "Rue 1", "city": "Paris", "country": "FR"}
        caller.post(ORDERS, {**body, "shipping": home}, headers={"Idempotency-Key": "k"})
        moved = {**body, "shipping": home | {"line1": "Rue 2"}}
        answer = caller.post(ORDERS, moved, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")

    def test_keeps_keys_apart_by_user(self, caller, stranger):
        body = body_for(ProductFactory())
        for one in (caller, Caller.signed_in_as(stranger)):
            assert one.post(ORDERS, body, headers={"Idempotency-Key": "k"}).status_code == 201
        assert Order.objects.count() == 2

    @pytest.mark.parametrize("key", ["", " ", "x" * 256, "é"])
    def test_refuses_a_key_that_is_none(self, caller, key):
        answer = caller.post(ORDERS, body_for(ProductFactory()), headers={"Idempotency-Key": key})
        assert (answer.status_code, list(answer.json()["details"])) == (400, ["Idempotency-Key"])

    def test_goes_on_with_the_same_order_after_an_outage(self, caller, monkeypatch):
        body = body_for(ProductFactory(stock=1))

        def away(self, **_):
            raise Unavailable(retry_after=5)

        with monkeypatch.context() as broken:
            broken.setattr(SandboxPayments, "create", away)
            down = caller.post(ORDERS, body, headers={"Idempotency-Key": "k"})
        assert (down.status_code, down.headers["Retry-After"], down.json()["success"]) == (503, "5", False)

        answer = caller.post(ORDERS, body, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, Order.objects.count(), Payment.objects.count()) == (201, 1, 1)

    def test_does_not_answer_with_an_order_that_has_expired(self, caller, monkeypatch):
        body = body_for(ProductFactory(stock=1))

        def away(self, **_):
            raise Unavailable(retry_after=5)

        with monkeypatch.context() as broken:
            broken.setattr(SandboxPayments, "create", away)
            caller.post(ORDERS, body, headers={"Idempotency-Key": "k"})
        order = Order.objects.get()
        with time_machine.travel(now() + timedelta(minutes=31)):
            assert expire_order(order_id=order.pk)

        answer = caller.post(ORDERS, body, headers={"Idempotency-Key": "k"})

        assert (answer.status_code, answer.json()["code"]) == (409, "order_expired")
        assert answer.json()["details"] == {"order_id": str(order.pk)}
        assert caller.post(ORDERS, body, headers={"Idempotency-Key": "another"}).status_code == 201

    def test_frees_the_key_of_a_refused_order(self, caller):
        product = ProductFactory(stock=0)
        sold_out = caller.post(ORDERS, body_for(product), headers={"Idempotency-Key": "k"})
        assert (sold_out.status_code, sold_out.json()["code"]) == (409, "out_of_stock")
        Product.objects.update(stock=1)
        assert caller.post(ORDERS, body_for(product), headers={"Idempotency-Key": "k"}).status_code == 201

    @pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", True, None, 10**12, [], {}])
    def test_refuses_a_wrong_quantity(self, caller, quantity):
        product = ProductFactory(stock=5)
        answer = caller.post(ORDERS, body_for(product, quantity))
        assert (answer.status_code, answer.json()["success"], list(answer.json()["details"])) == (400, False, ["items"])
        product.refresh_from_db()
        assert product.stock == 5

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"items": []},
            {"items": "all"},
            {"items": [7]},
            {"items": [{"quantity": 1}]},
            {"items": [{"product_id": "0190f0a0-0000-7000-8000-000000000000"}]},
            {"items": [{"product_id": "nothing", "quantity": 1}]},
            {"items": [{"product_id": 7, "quantity": 1}]},
        ],
    )
    def test_refuses_wrong_items(self, caller, body):
        answer = caller.post(ORDERS, body)
        assert (answer.status_code, list(answer.json()["details"])) == (400, ["items"])

    def test_names_every_fault_by_its_place(self, caller):
        good, gone = item(ProductFactory()), item(ProductFactory(status="archived"))
        for wrong in (
            [good, {**good, "quantity": 0}],
            [good, {**good, "product_id": "nothing"}],
            [good, gone],
            [good, {**good, "quantity": 99}],
        ):
            faults = caller.post(ORDERS, {"items": wrong}).json()["details"]["items"]
            assert (len(faults), faults[0], bool(faults[1])) == (2, {}, True)

    def test_takes_null_for_nothing_said(self, caller):
        more = {"billing": {"name": None, "company": None}, "shipping": None}
        answer = caller.post(ORDERS, body_for(ProductFactory(), **more))
        assert (answer.status_code, answer.json()["data"]["billing"]) == (201, {})
        assert caller.post(ORDERS, body_for(ProductFactory(), billing=None)).status_code == 201

    def test_refuses_a_hundred_and_one_items_and_an_unknown_method(self, caller):
        item = body_for(ProductFactory())["items"][0]
        assert caller.post(ORDERS, {"items": [item] * 101}).status_code == 400
        assert caller.post(ORDERS, {"items": [item], "payment_method": "gold"}).json()["details"].keys() == {
            "payment_method"
        }

    def test_needs_a_buyer(self, anonymous):
        assert anonymous.post(ORDERS, body_for(ProductFactory())).status_code == 401

    def test_is_paid_where_the_webhook_came_before_the_answer(self, caller, monkeypatch):
        create = SandboxPayments.create

        def overtaken(self, **wanted):
            there = create(self, **wanted)
            hook = settle(there.provider_id)
            receive_webhook(body=hook.body, signatures=hook.signatures)
            return there

        monkeypatch.setattr(SandboxPayments, "create", overtaken)
        answer = caller.post(ORDERS, body_for(ProductFactory()))
        made = answer.json()["data"]
        assert (answer.status_code, made["status"], made["payment"]["status"]) == (201, "paid", "succeeded")
        assert (Order.objects.count(), Payment.objects.count()) == (1, 1)

    def test_believes_nothing_that_a_client_says_of_money(self, caller):
        body = body_for(ProductFactory(), total_cents=1, platform_fee_cents=0, vat_cents=0, currency="JPY")
        body["items"][0] |= {"price_cents": 1, "unit_price_cents": 1, "total_cents": 1, "fee_cents": 0}
        made = caller.post(ORDERS, body).json()["data"]
        assert (made["total_cents"], made["currency"], made["payment"]["amount_cents"]) == (2999, "EUR", 2999)
        assert list(Order.objects.get().lines.values_list("unit_cents", "fee_cents")) == [(2999, 300)]


class TestRead:
    def test_shows_ones_own_orders_newest_first(self, caller, user, stranger):
        first, second = OrderFactory(by=user), OrderFactory(by=user)
        other = OrderFactory(by=stranger)
        answer = caller.get(ORDERS).json()["data"]
        assert ([order["id"] for order in answer["orders"]], answer["total"]) == ([str(second.pk), str(first.pk)], 2)
        assert caller.get(f"{ORDERS}/{first.pk}").json()["data"] == answer["orders"][1]
        assert caller.get(f"{ORDERS}/{other.pk}").status_code == 404
        assert caller.get(f"{ORDERS}/nothing").status_code == 404

    def test_keeps_from_staff_what_pays_it(self, user, staff):
        order = OrderFactory(by=user, payment_method="card_review")
        path, by_staff = f"{ORDERS}/{order.pk}", Caller.signed_in_as(staff)
        payments = [one.get(path).json()["data"]["payment"] for one in (Caller.signed_in_as(user), by_staff)]
        assert [(bool(each["client_secret"]), bool(each["pay_url"])) for each in payments] == [
            (True, True),
            (False, False),
        ]

    def test_asks_the_database_as_often_for_three_as_for_one(self, caller, user, django_assert_max_num_queries):
        for _ in range(2):
            OrderFactory(by=user)
            with django_assert_max_num_queries(6):
                caller.get(ORDERS)


class TestListSales:
    def test_shows_a_seller_their_own_lines_alone(self, caller, user):
        mine, other = ProductFactory(by=user, title="Mine"), ProductFactory(title="Other")
        buyer = UserFactory(name="Bo")
        by_bo = Caller.signed_in_as(buyer)
        by_bo.post(ORDERS, {"items": [{"product_id": str(one.pk), "quantity": 1} for one in (mine, other)]})
        assert caller.get("/api/v1/sell/orders").json()["data"] == {"orders": [], "total": 0}
        paid_order(by=buyer, product=mine)

        answer = caller.get("/api/v1/sell/orders").json()["data"]

        sale = answer["orders"][0]
        assert (answer["total"], sale["buyer_name"], [line["title"] for line in sale["items"]]) == (1, "Bo", ["Mine"])
        sums = ("total_cents", "platform_fee_cents", "amount_cents", "refunded_cents", "reversed_cents")
        assert [sale[name] for name in sums] == [2999, 300, 2699, 0, 0]
        assert caller.get(f"{ORDERS}/{sale['id']}").status_code == 404

    def test_says_what_went_back(self, caller, user):
        order = paid_order(product=ProductFactory(by=user))
        given_back(order, line_ids=[caller.get("/api/v1/sell/orders").json()["data"]["orders"][0]["items"][0]["id"]])
        sale = caller.get("/api/v1/sell/orders").json()["data"]["orders"][0]
        assert (sale["amount_cents"], sale["refunded_cents"], sale["reversed_cents"]) == (2699, 2999, 2699)

    def test_tells_an_address_to_those_alone_who_send_something_there(self, caller, user, stranger):
        song, mug = ProductFactory(by=user), ProductFactory(by=stranger, kind="physical")
        order = pay(place_order(items=[item(song), item(mug)], shipping=HOME, by=UserFactory()))
        sender = Caller.signed_in_as(stranger)

        assert (self.told(caller), self.told(sender)) == ({}, HOME)
        sender.post(f"/api/v1/sell/orders/{order.pk}/sent", {})
        assert self.told(sender) == HOME

    def test_keeps_the_address_of_what_was_given_back_unsent(self, caller, user):
        mug = ProductFactory(by=user, kind="physical")
        order = pay(place_order(items=[item(mug)], shipping=HOME, by=UserFactory()))
        given_back(order)
        assert self.told(caller) == {}

    def told(self, seller):
        return seller.get("/api/v1/sell/orders").json()["data"]["orders"][0]["shipping"]


class TestPages:
    @pytest.fixture(
        params=[ORDERS, "/api/v1/sell/orders", "/api/v1/sell/transfers", f"{PRODUCTS}/me", f"{PRODUCTS}/:id/reviews"]
    )
    def path(self, request, caller, user, stranger):
        """A list with one row in it."""
        product = ProductFactory(by=user)
        order = paid_order(by=stranger, product=product)
        review_product(product_id=product.pk, rating=5, by=stranger)
        paid_order(by=user)
        assert order.is_paid
        return request.param.replace(":id", str(product.pk))

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"offset": -1}, {"offset": "x"}])
    def test_are_cut_within_bounds(self, caller, path, query):
        answer = caller.get(path, **query)
        assert (answer.status_code, list(answer.json()["details"])) == (400, list(query))

    def test_past_the_end_are_empty_with_the_right_total(self, caller, path):
        data = caller.get(path, offset=50).json()["data"]
        total = data.pop("total")
        assert (total, list(data.values())) == (1, [[]])


class TestAddresses:
    def test_are_kept_and_shown(self, caller):
        body = body_for(ProductFactory(kind="physical"))
        made = caller.post(ORDERS, {**body, "shipping": HOME, "billing": {"name": "Ada L."}}).json()["data"]
        assert (made["shipping"], made["billing"]) == (HOME, {"name": "Ada L."})

    @pytest.mark.parametrize(
        ("more", "fault"),
        [
            ({"billing": {"country": "XX"}}, "billing"),
            ({"billing": {"vat_id": "7"}}, "billing"),
            ({"billing": "me"}, "billing"),
            ({"shipping": {"city": "Paris"}}, "shipping"),
            ({"shipping": {"city": "a\nb"}}, "shipping"),
            ({"shipping": ["Paris"]}, "shipping"),
        ],
    )
    def test_name_what_is_wrong(self, caller, more, fault):
        answer = caller.post(ORDERS, {**body_for(ProductFactory(kind="physical")), **more})
        assert (answer.status_code, list(answer.json()["details"])) == (400, [fault])
        assert Order.objects.count() == 0


class TestGiveAddress:
    def test_keeps_it_until_it_is_sent(self, caller, user, stranger):
        order = paid_order(by=user, product=ProductFactory(by=stranger, kind="physical"))
        path = f"{ORDERS}/{order.pk}/shipping"
        assert Caller.signed_in_as(stranger).put(path, HOME).status_code == 404
        assert list(caller.put(path, {"city": "Paris"}).json()["details"]) == ["shipping"]
        given = caller.put(path, HOME)
        assert (given.status_code, given.json()["data"]["shipping"]) == (200, HOME)
        mark_sent(order_id=order.pk, by=stranger)
        assert caller.put(path, HOME).json()["code"] == "nothing_to_send"


class TestPay:
    def test_tries_again_after_a_decline(self, caller, user, stranger):
        order = pay(OrderFactory(by=user, payment_method="card_declined"))
        path = f"{ORDERS}/{order.pk}/pay"
        assert order.status == "canceled"
        assert Caller.signed_in_as(stranger).post(path, {}).status_code == 404
        assert list(caller.post(path, {"payment_method": "gold"}).json()["details"]) == ["payment_method"]

        again = caller.post(path, {"payment_method": "card"})

        assert (again.status_code, again.json()["data"]["status"]) == (200, "pending")
        assert (pay(order).status, caller.post(path, {}).json()["code"]) == ("paid", "not_payable")


class TestSent:
    def test_is_said_by_the_seller(self, caller, user, stranger):
        order = paid_order(by=stranger, product=ProductFactory(by=user, kind="physical"))
        path = f"/api/v1/sell/orders/{order.pk}/sent"
        assert Caller.signed_in_as(stranger).post(path, {}).status_code == 404
        sent = caller.post(path, {"tracking": "RX 12"})
        assert (sent.status_code, sent.json()["data"]["status"]) == (200, "fulfilled")
        assert sent.json()["data"]["items"][0]["tracking"] == "RX 12"
        again = caller.post(path, {})
        assert (again.status_code, again.json()["code"]) == (409, "nothing_to_send")
        assert caller.post("/api/v1/sell/orders/nothing/sent", {}).status_code == 404
        assert caller.post(path, {"tracking": 7}).status_code == 400
