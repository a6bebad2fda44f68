"""An order's money by the real clients on their stand-ins: paid, sent to the seller, given back, taken back. Lost answers,
failures and repeats on the way change nothing of it. Source: payments-design.md §6, 11 to 16, 25 and 27."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils.timezone import now

from marketplace.models import Order, Payment, Refund, SellerAccount, Transfer, TransferReversal
from marketplace.queries.ledger import imbalance, owed_to
from marketplace.verbs.refund_tries import attempt_refund
from marketplace.verbs.renewals import renew_subscription
from marketplace.verbs.reversals import attempt_reversal
from marketplace.verbs.sellers import refresh_account
from marketplace.verbs.subscriptions import subscribe
from marketplace.verbs.transfers import attempt_transfer
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory
from tests.factories.subscriptions import TierFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return UserFactory(email="seller@example.com")


@pytest.fixture
def houses(hyperswitch_house, stripe_house):
    """Where the money comes from and where it goes."""
    return hyperswitch_house, stripe_house


def hear(path, webhook):
    body, headers = webhook
    return Client().post(f"/api/v1/webhooks/{path}", body, content_type="application/json", headers=headers)


def place(caller, product, key="one-checkout"):
    body = {"items": [{"product_id": str(product.pk), "quantity": 1}]}
    return caller.post("/api/v1/marketplace/orders", body, headers={"Idempotency-Key": key})


def connect(seller, stripe):
    url = Caller.signed_in_as(seller).post("/api/v1/sell/connect/onboard").json()["data"]["onboarding_url"]
    account = stripe.links[url]["account"]
    assert hear("stripe/", stripe.finish(account)).status_code == 200
    refresh_account(user_id=seller.pk)  # what the webhook's job does
    return account


def tries(call, times=6):
    """Again and again as the sweeps do, each time later."""
    moment = now()
    for number in range(times):
        with time_machine.travel(moment + timedelta(hours=7 * number)):
            call()


class TestTheWholeWay:
    def test_is_paid_sent_given_back_and_taken_back(self, caller, user, seller, houses):
        hyperswitch, stripe = houses
        account = connect(seller, stripe)
        placed = place(caller, ProductFactory(by=seller))
        assert placed.status_code == 201
        payment = Payment.objects.get()
        assert hyperswitch.payments[payment.provider_id]["metadata"] == {"order_id": placed.json()["data"]["id"]}

        # A card is kept for who subscribes; of a buyer the provider hears nothing that outlives the order.
        assert not {"customer_id", "setup_future_usage"} & hyperswitch.payments[payment.provider_id].keys()

        stripe.intents[f"pi_{payment.provider_id[4:]}"] = {"id": "pi_1", "latest_charge": "ch_1"}
        assert hear("hyperswitch", hyperswitch.pay(payment.provider_id)).status_code == 200
        assert Order.objects.get().is_paid

        transfer = Transfer.objects.get()
        assert attempt_transfer(transfer_id=transfer.pk).status == "completed"
        sent = next(iter(stripe.transfers.values()))
        assert (sent["amount"], sent["currency"], sent["destination"]) == (2699, "eur", account)
        assert (sent["source_transaction"], sent["transfer_group"]) == ("ch_1", f"order_{transfer.order_id}")
        balance = Caller.signed_in_as(seller).get("/api/v1/sell/balance").json()["data"]
        assert (balance["connected"], balance["available"], balance["pending"]) == (True, 2699, 0)

        asked = caller.post(f"/api/v1/marketplace/orders/{transfer.order_id}/refund", {"reason": "Not as described"})
        assert asked.status_code == 200
        refund = Refund.objects.get()
        hyperswitch.refund_status = "pending"
        attempt_refund(refund_id=refund.pk)
        assert hear("hyperswitch", hyperswitch.settle_refund(refund.provider_id)).status_code == 200
        reversal = TransferReversal.objects.get()
        assert attempt_reversal(reversal_id=reversal.pk).status == "completed"

        assert (sent["amount_reversed"], sent["reversed"]) == (2699, True)
        assert hyperswitch.refunds[refund.provider_id]["amount"] == 2999
        assert (Order.objects.get().status, Transfer.objects.get().status) == ("refunded", "reversed")
        assert (imbalance(), owed_to(seller.pk)) == ({}, {})

    def test_is_the_same_where_every_call_goes_wrong_once_and_every_webhook_comes_thrice(
        self, caller, user, seller, houses
    ):
        hyperswitch, stripe = houses
        connect(seller, stripe)
        product = ProductFactory(by=seller)
        hyperswitch.go_wrong("500", "POST /payments")
        assert (place(caller, product).status_code, Payment.objects.count()) == (503, 1)
        hyperswitch.go_wrong("lost", "POST /payments")
        assert place(caller, product).status_code == 201
        payment = Payment.objects.get()
        paid = hyperswitch.pay(payment.provider_id)
        assert [hear("hyperswitch/", paid).status_code for _ in range(3)] == [200] * 3

        stripe.go_wrong("sticky", "POST /v1/transfers")
        stripe.go_wrong("lost", "POST /v1/transfers", times=3)
        transfer = Transfer.objects.get()
        tries(lambda: attempt_transfer(transfer_id=transfer.pk))
        assert (len(stripe.transfers), Transfer.objects.get().status) == (1, "completed")

        caller.post(f"/api/v1/marketplace/orders/{transfer.order_id}/refund", {"reason": "Not as described"})
        refund = Refund.objects.get()
        hyperswitch.go_wrong("html", "POST /refunds")
        hyperswitch.go_wrong("lost", "POST /refunds")
        tries(lambda: attempt_refund(refund_id=refund.pk))
        given = hyperswitch.settle_refund(refund.provider_id)
        assert [hear("hyperswitch", given).status_code for _ in range(3)] == [200] * 3
        assert (len(hyperswitch.refunds), Refund.objects.get().status) == (1, "succeeded")

        stripe.go_wrong("sticky", "POST /v1/transfers/")
        stripe.go_wrong("lost", "POST /v1/transfers/", times=3)
        tries(lambda: attempt_reversal(reversal_id=TransferReversal.objects.get().pk))
        sent = next(iter(stripe.transfers.values()))
        assert (sent["amount_reversed"], len(sent["taken"])) == (2699, 1)
        assert (Transfer.objects.get().status, imbalance(), owed_to(seller.pk)) == ("reversed", {}, {})

    @pytest.mark.parametrize("api_key", ["sk_rolled", None])
    def test_goes_once_each_way_though_answers_are_lost_and_then_our_api_key_is_not_let_in(
        self, caller, user, seller, houses, settings, api_key
    ):
        hyperswitch, stripe = houses
        connect(seller, stripe)
        place(caller, ProductFactory(by=seller))
        hear("hyperswitch", hyperswitch.pay(Payment.objects.get().provider_id))

        def not_let_in(path):
            stripe.go_wrong("lost", path, times=3)
            if api_key is None:
                stripe.go_wrong("403", path, times=2)

        not_let_in("POST /v1/transfers")
        attempt_transfer(transfer_id=Transfer.objects.get().pk)
        stripe.api_key = api_key or stripe.api_key
        tries(lambda: attempt_transfer(transfer_id=Transfer.objects.get().pk), times=2)
        stripe.api_key = settings.STRIPE_SECRET_KEY
        tries(lambda: attempt_transfer(transfer_id=Transfer.objects.get().pk), times=4)
        assert (len(stripe.transfers), Transfer.objects.get().status) == (1, "completed")

        caller.post(f"/api/v1/marketplace/orders/{Transfer.objects.get().order_id}/refund", {"reason": "Broken"})
        refund = Refund.objects.get()
        attempt_refund(refund_id=refund.pk)
        hear("hyperswitch", hyperswitch.settle_refund(refund.provider_id))
        not_let_in("POST /v1/transfers/")
        attempt_reversal(reversal_id=TransferReversal.objects.get().pk)
        stripe.api_key = api_key or stripe.api_key
        tries(lambda: attempt_reversal(reversal_id=TransferReversal.objects.get().pk), times=2)
        stripe.api_key = settings.STRIPE_SECRET_KEY
        tries(lambda: attempt_reversal(reversal_id=TransferReversal.objects.get().pk), times=4)
        sent = next(iter(stripe.transfers.values()))
        assert (sent["amount_reversed"], len(sent["taken"])) == (2699, 1)
        assert (Transfer.objects.get().status, imbalance(), owed_to(seller.pk)) == ("reversed", {}, {})

    def test_leaves_a_debt_where_the_seller_had_it_paid_out(self, caller, user, seller, houses):
        hyperswitch, stripe = houses
        account = connect(seller, stripe)
        place(caller, ProductFactory(by=seller))
        payment = Payment.objects.get()
        hear("hyperswitch", hyperswitch.pay(payment.provider_id))
        transfer = Transfer.objects.get()
        attempt_transfer(transfer_id=transfer.pk)
        stripe.paid_out[account, "eur"] = 2699
        caller.post(f"/api/v1/marketplace/orders/{transfer.order_id}/refund", {"reason": "Not as described"})
        attempt_refund(refund_id=Refund.objects.get().pk)
        tries(lambda: attempt_reversal(reversal_id=TransferReversal.objects.get().pk), times=2)
        assert (TransferReversal.objects.get().status, owed_to(seller.pk)) == ("owed", {"EUR": -2699})
        balance = Caller.signed_in_as(seller).get("/api/v1/sell/balance").json()["data"]
        assert (balance["available"], balance["balances"][0]["debt"]) == (0, 2699)

    def test_waits_for_a_seller_who_is_not_connected(self, caller, user, seller, houses):
        hyperswitch, stripe = houses
        place(caller, ProductFactory(by=seller))
        hear("hyperswitch", hyperswitch.pay(Payment.objects.get().provider_id))
        transfer = Transfer.objects.get()
        assert (attempt_transfer(transfer_id=transfer.pk), transfer.status) == (None, "blocked")
        connect(seller, stripe)
        assert attempt_transfer(transfer_id=transfer.pk).status == "completed"
        stripe.finish(SellerAccount.objects.get().provider_id, is_active=False)
        assert refresh_account(user_id=seller.pk).transfers_active is False


class TestSubscribing:
    def test_keeps_the_card_for_its_holder_and_charges_it_again(self, user, houses):
        hyperswitch, _ = houses
        subscription = subscribe(tier_id=TierFactory().pk, by=user)
        first = Payment.objects.get()
        opened = hyperswitch.payments[first.provider_id]
        assert (opened["customer_id"], opened["setup_future_usage"]) == (str(user.pk), "off_session")
        assert hear("hyperswitch", hyperswitch.pay(first.provider_id)).status_code == 200
        subscription.refresh_from_db()
        assert subscription.status == "active"

        with time_machine.travel(subscription.end_date + timedelta(seconds=1)):
            assert renew_subscription(subscription_id=subscription.pk) is True
        second = Payment.objects.exclude(pk=first.pk).get()
        charged = hyperswitch.payments[second.provider_id]
        assert (second.status, charged["confirm"], charged["customer_id"]) == ("succeeded", True, str(user.pk))
        assert charged["recurring_details"]["data"] == opened["payment_method_id"]


class TestPayingOnTheProvidersPage:
    def test_goes_there_and_comes_back_paid_before_the_webhook(self, caller, user, houses):
        hyperswitch, _ = houses
        place(caller, ProductFactory())
        payment = Payment.objects.get()
        browser = Client()
        browser.force_login(user)
        there = browser.get(f"/pay/{payment.provider_id}/")
        assert (
            f'content="0;url={hyperswitch.base}/payment_link/m_stand_in/{payment.provider_id}"'
            in there.content.decode()
        )
        assert there["Cache-Control"] == "private, no-store"
        webhook = hyperswitch.pay(payment.provider_id)
        back = browser.get(f"/pay/{payment.provider_id}/back/")
        assert (back.status_code, back["Location"]) == (302, f"/orders/{payment.order_id}/")
        assert Order.objects.get().is_paid
        assert hear("hyperswitch", webhook).status_code == 200
        assert browser.get(f"/pay/{payment.provider_id}/")["Location"] == f"/orders/{payment.order_id}/"

    def test_shows_the_order_where_the_provider_is_away(self, caller, user, houses):
        hyperswitch, _ = houses
        place(caller, ProductFactory())
        payment = Payment.objects.get()
        browser = Client()
        browser.force_login(user)
        for place_there in ("", "back/"):
            hyperswitch.go_wrong("html", "GET /payments")
            answer = browser.get(f"/pay/{payment.provider_id}/{place_there}")
            assert (answer.status_code, answer["Location"]) == (302, f"/orders/{payment.order_id}/")

    def test_is_for_the_buyer_alone(self, caller, stranger, houses):
        place(caller, ProductFactory())
        payment = Payment.objects.get()
        browser = Client()
        assert browser.get(f"/pay/{payment.provider_id}/").status_code == 302
        browser.force_login(stranger)
        for path in (f"/pay/{payment.provider_id}/", f"/pay/{payment.provider_id}/back/", "/pay/pay_unknown/"):
            assert browser.get(path).status_code == 404
