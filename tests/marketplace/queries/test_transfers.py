"""Every transfer that is not paid names its reason, who is asked for what, and when it is tried next."""

from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from marketplace.models import SandboxMishap, Transfer
from marketplace.queries.transfers import NEEDED, PAID, explained, why_unpaid
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db):
    seller = UserFactory()
    connect(seller)
    return paid_order(product=ProductFactory(by=seller))


def why():
    """Of the one transfer: the same from a model and from its values."""
    rows = explained(Transfer.objects.all())
    with time_machine.travel(now(), tick=False):
        told = why_unpaid(rows.get())
        assert told == why_unpaid(rows.values(*NEEDED).get())
    return told


def said():
    told = why()
    return told.reason, told.asked_of, told.next_try_at


def fail(kind):
    SandboxMishap.objects.create(kind=kind)
    attempt_transfer(transfer_id=Transfer.objects.get().pk)


class TestWhyUnpaid:
    def test_says_nothing_of_what_was_sent(self, order):
        attempt_transfer(transfer_id=order.transfers.get().pk)
        assert why() == PAID
        Transfer.objects.update(status="reversed")
        assert why() == PAID

    def test_says_when_a_new_one_is_sent(self, order):
        with time_machine.travel(now(), tick=False):
            assert said() == ("queued", "nobody", now() + timedelta(seconds=30))

    def test_asks_a_seller_to_connect(self):
        paid_order()
        assert said() == ("seller_not_connected", "seller", None)
        assert why().asked_what.startswith("Connect your payout account.")

    @pytest.mark.parametrize(
        ("kind", "reason", "asked_of"),
        [
            ("down", "no_answer", "provider"),
            ("refuse", "balance_insufficient", "platform"),
            ("sticky", "api_error", "provider"),
        ],
    )
    def test_names_a_failure_and_the_next_try(self, order, kind, reason, asked_of):
        fail(kind)
        assert said() == (reason, asked_of, Transfer.objects.get().next_retry_at)
        assert why().next_try_at is not None

    @pytest.mark.parametrize(
        ("code", "key", "asked_of", "told"),
        [
            ("resource_missing", "", "provider", "The payout provider refused it. It is tried again."),
            ("bad_answer", "k", "provider", "The payout provider's answer is unknown. It is tried again."),
            ("not_allowed", "k", "platform", "The payout provider does not let the platform in. It is tried again."),
        ],
    )
    def test_tells_a_no_from_silence(self, order, code, key, asked_of, told):
        Transfer.objects.update(status="failed", last_error_code=code, attempt_key=key, next_retry_at=now())
        assert (why().reason, why().asked_of, why().asked_what) == (code, asked_of, told)

    def test_asks_staff_after_the_last_try_and_where_tries_are_switched_off(self, order, settings):
        fail("down")
        settings.TRANSFER_RETRY_ENABLED = False
        assert said() == ("no_answer", "platform", None)
        settings.TRANSFER_RETRY_ENABLED = True
        Transfer.objects.update(next_retry_at=None)
        assert said() == ("no_answer", "platform", None)

    def test_says_until_when_a_worker_has_it(self, order):
        moment = now()
        Transfer.objects.update(status="processing", lease_until=moment)
        assert said() == ("under_way", "nobody", moment)

    def test_names_what_holds_it(self, order):
        refund_order(order_id=order.pk, reason="Broken", amount_cents=1, by=order.lines.get().seller)
        assert said() == ("refund_pending", "provider", None)
        order.payments.update(dispute="open")
        assert said() == ("payment_disputed", "bank", None)

    def test_says_which_money_is_not_sent_by_the_other_kinds_provider(self, order, settings):
        settings.STRIPE_SECRET_KEY = "sk_named"
        assert (said(), why().asked_what) == (
            ("play_money", "nobody", None), "It was earned with play money, which is never sent as real money.",
        )  # fmt: skip
        settings.STRIPE_SECRET_KEY = ""
        Transfer.objects.update(is_sandbox=False)
        assert (said(), why().asked_what) == (
            ("no_payout_provider", "platform", None),
            "It was paid with real money, and the platform has no payout provider yet.",
        )

    def test_says_where_it_went_instead(self, order):
        given_back(order)
        assert said() == ("refunded", "nobody", None)
        Transfer.objects.update(last_error_code="settled_by_debt")
        assert said() == ("settled_by_debt", "nobody", None)
