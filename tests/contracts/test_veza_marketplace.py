"""veza.txt, "Marketplace", "Seller", "Reviews", admin transfers, "Webhooks": its examples word for word, with real ids put in."""

import pytest
from django.conf import settings
from django.test import Client

from marketplace.gateways.signed_webhooks import DOCUMENTED, sign
from marketplace.models import SandboxMishap
from marketplace.verbs.transfers import attempt_transfer
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, paid_order

pytestmark = pytest.mark.django_db

REVIEW = {"id", "product_id", "buyer_id", "order_id", "rating", "comment", "created_at"} | {"answer", "answered_at"}
TRANSFER = {
    "id", "seller_id", "order_id", "amount_cents", "platform_fee_cents", "currency", "status", "retry_count", "next_retry_at",
    "created_at",
    # Ours: what else a seller wants to know of money that has not come.
    "reason", "asked_of", "asked_what", "debt_offset_cents", "reversed_cents",
}  # fmt: skip


def data(answer, status=200):
    assert answer.status_code == status
    assert set(answer.json()) == {"success", "data"}
    assert answer.json()["success"] is True
    return answer.json()["data"]


def test_products(anonymous):
    product = ProductFactory()
    listed = data(anonymous.client.get("/api/v1/marketplace/products?limit=20&offset=0"))
    assert (set(listed), listed["total"]) == ({"products", "total"}, 1)
    assert data(anonymous.get(f"/api/v1/marketplace/products/{product.pk}")) == listed["products"][0]


def test_checkout(caller):
    body = '{"items":[{"product_id":"uuid","quantity":1}],"payment_method":"card"}'.replace(
        "uuid", str(ProductFactory().pk)
    )
    order = data(caller.client.post("/api/v1/marketplace/orders", body, content_type="application/json"), 201)
    assert (order["status"], order["total_cents"]) == ("pending", 2999)


def test_seller(caller, user):
    assert set(data(caller.client.post("/api/v1/sell/connect/onboard"))) == {"onboarding_url"}
    connect(user)
    paid_order(product=ProductFactory(by=user))
    balance = data(caller.get("/api/v1/sell/balance"))
    assert {name: balance[name] for name in ("connected", "available", "pending")} == {
        "connected": True,
        "available": 0,
        "pending": 2699,
    }
    assert set(data(caller.get("/api/v1/sell/transfers"))["transfers"][0]) == TRANSFER


def test_reviews(caller, user, anonymous):
    product = ProductFactory()
    paid_order(by=user, product=product)
    path = f"/api/v1/marketplace/products/{product.pk}/reviews"
    made = caller.client.post(path, '{"rating":5,"comment":"Amazing track!"}', content_type="application/json")
    review = data(made, 201)
    assert (set(review), review["rating"], review["comment"]) == (REVIEW, 5, "Amazing track!")
    assert data(anonymous.client.get(f"{path}?limit=10"))["reviews"] == [review]


def test_admin_transfers(staff):
    by_staff = Caller.signed_in_as(staff)
    seller = UserFactory()
    connect(seller)
    transfer = paid_order(product=ProductFactory(by=seller)).transfers.get()
    SandboxMishap.objects.create(kind="down")
    attempt_transfer(transfer_id=transfer.pk)

    listed = data(by_staff.client.get("/api/v1/admin/transfers?status=failed&limit=50&offset=0"))
    row = listed["transfers"][0]
    assert (set(listed), listed["total"], set(row)) == ({"transfers", "total"}, 1, TRANSFER)
    assert (row["amount_cents"], row["platform_fee_cents"], row["currency"], row["retry_count"]) == (
        2699,
        300,
        "EUR",
        1,
    )
    assert row["next_retry_at"].endswith("Z")

    retried = data(by_staff.client.post(f"/api/v1/admin/transfers/{transfer.pk}/retry"))
    assert retried == {"id": str(transfer.pk), "status": "completed", "retry_count": 2}


def test_webhook():
    body = b'{"event":"payment.succeeded"}'
    headers = {DOCUMENTED: sign(body, settings.HYPERSWITCH_WEBHOOK_SECRET)}
    answer = Client().post("/api/v1/webhooks/hyperswitch", body, content_type="application/json", headers=headers)
    assert data(answer) == {"received": True}
    assert Client().post("/api/v1/webhooks/hyperswitch", body, content_type="application/json").status_code == 401


@pytest.mark.parametrize("path", ["/sell/balance", "/sell/transfers", "/admin/transfers"])
def test_without_a_token(anonymous, path):
    answer = anonymous.get(f"/api/v1{path}")
    assert (answer.status_code, answer.json()["success"], isinstance(answer.json()["error"], str)) == (401, False, True)


def test_refund(caller, user):
    order = paid_order(by=user)
    path = f"/api/v1/marketplace/orders/{order.pk}/refund"
    answer = caller.client.post(path, '{"reason":"Not as described"}', content_type="application/json")
    assert data(answer) == {"message": "Refund initiated"}
    body = '{"reason": "Not as described", "details": "optional details"}'
    assert caller.client.post(path, body, content_type="application/json").status_code == 409
