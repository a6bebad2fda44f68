"""Products, orders and sellers, made through the verbs; `pay` and `connect` stand for what workers and people do later."""

import factory

from accounts.models import User
from marketplace.models import Order, Product, Refund, SellerAccount
from marketplace.verbs.orders import place_order
from marketplace.verbs.products import create_product
from marketplace.verbs.refund_tries import attempt_refund
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.sandbox import settle_sandbox_payment, settle_sandbox_refund
from marketplace.verbs.sellers import finish_sandbox_onboarding, start_onboarding
from tests.factories.accounts import UserFactory


class ProductFactory(factory.Factory):
    """On the market, digital, 29.99 EUR, never sold out."""

    class Meta:
        model = Product

    by = factory.SubFactory(UserFactory)
    title = factory.Sequence(lambda n: f"Product {n}")
    price_cents = 2999
    currency = "EUR"
    status = "active"

    @classmethod
    def _create(cls, model_class, *args, by, **fields):
        return create_product(by=by, **fields)


class OrderFactory(factory.Factory):
    """Placed and waiting: nothing settles it but `pay`."""

    class Meta:
        model = Order

    by = factory.SubFactory(UserFactory)
    product = factory.SubFactory(ProductFactory)
    quantity = 1
    payment_method = "card"

    @classmethod
    def _create(cls, model_class, *args, by, product, quantity, payment_method):
        items = [{"product_id": str(product.pk), "quantity": quantity}]
        return place_order(items=items, payment_method=payment_method, by=by)


def pay(order: Order) -> Order:
    """Let the sandbox settle the order's payment by its webhook."""
    for payment in order.payments.all():
        settle_sandbox_payment(provider_id=payment.provider_id)
    order.refresh_from_db()
    return order


def paid_order(**given) -> Order:
    return pay(OrderFactory.create(**given))


def connect(seller) -> SellerAccount:
    """Onboard the seller, button included."""
    token = start_onboarding(by=seller).rstrip("/").rpartition("/")[2]
    return finish_sandbox_onboarding(token=token, by=seller)


def settle_refund(refund: Refund) -> Refund:
    """Let the provider hear of the refund and give it back by its webhook."""
    attempt_refund(refund_id=refund.pk)
    settle_sandbox_refund(refund_provider_id=refund.provider_id)
    refund.refresh_from_db()
    return refund


def clerk() -> User:
    """Somebody of the staff, who may also give a part back."""
    return User.objects.filter(is_staff=True).first() or UserFactory.create(is_staff=True)


def given_back(order: Order, **asked) -> Refund:
    """A refund from the request to the buyer's account; by the buyer where nobody else is named, a part by staff."""
    by = clerk() if "amount_cents" in asked else order.buyer
    asked = {"by": by, "reason": "Not as described", **asked}
    return settle_refund(refund_order(order_id=order.pk, **asked))
