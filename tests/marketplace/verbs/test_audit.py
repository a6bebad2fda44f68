"""Whatever changes what money hangs on leaves a line in the audit log, also where a job or a webhook did it."""

import pytest

from accounts.models import AuditEntry
from config.errors import Conflict
from marketplace.models import TransferReversal
from marketplace.verbs.cancellations import cancel_subscription
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.orders import expire_order
from marketplace.verbs.reversals import attempt_reversal
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, given_back, paid_order, pay
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db


def lines():
    """What the log says beside the requests, oldest first."""
    rows = AuditEntry.objects.filter(method="").order_by("at", "id")
    return list(rows.values_list("action", "resource"))


@pytest.fixture
def seller():
    seller = UserFactory()
    connect(seller)
    return seller


def test_of_a_sale_from_its_order_to_its_reversal(seller):
    order = pay(OrderFactory(product=ProductFactory(by=seller)))
    transfer = order.transfers.get()
    attempt_transfer(transfer_id=transfer.pk)
    refund = given_back(order)
    reversal = TransferReversal.objects.get()
    attempt_reversal(reversal_id=reversal.pk)

    assert lines() == [
        ("order pending", str(order.pk)),
        ("order paid", str(order.pk)),
        ("transfer completed", str(transfer.pk)),
        ("order refunded", str(order.pk)),
        ("refund succeeded", str(refund.pk)),
        ("reversal completed", str(reversal.pk)),
    ]


def test_of_a_dispute():
    payment = paid_order().payments.get()
    apply_dispute(provider_id=payment.provider_id, dispute="open")
    assert ("dispute open", str(payment.pk)) in lines()


def test_of_a_subscription(user):
    subscription = subscribed(user, TierFactory())
    cancel_subscription(user_id=user.pk, by=user)
    assert lines() == [
        ("subscription asked: incomplete", str(subscription.pk)),
        ("subscription started: active", str(subscription.pk)),
        ("subscription canceled: canceled", str(subscription.pk)),
    ]


def test_goes_with_the_change_or_not_at_all(seller, monkeypatch):
    order = OrderFactory(product=ProductFactory(by=seller))
    pay(order)
    before = lines()
    with pytest.raises(Conflict):
        given_back(order, amount_cents=order.total_cents + 1)
    assert (expire_order(order_id=order.pk), lines()) == (False, before)
