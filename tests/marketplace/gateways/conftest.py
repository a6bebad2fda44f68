"""The providers under one hand: the sandboxes, and the real clients on their stand-ins, with what people and banks do there."""

import pytest
from stripe._http_client import HTTPClient

from marketplace.gateways import hyperswitch, sandbox_payments, sandbox_payouts, stripe_connect
from marketplace.models import SandboxAccount, SandboxMishap, SandboxPayment, SandboxRefund, SandboxTransfer
from tests.fakes import hyperswitch as fake_hyperswitch
from tests.fakes import stripe_connect as fake_stripe
from tests.fakes.hyperswitch import FakeHyperswitch
from tests.fakes.stripe_connect import FakeStripe


def order_mishap(call, kind):
    SandboxMishap.objects.create(call=call, kind=kind)


class SandboxBank:
    gateway = sandbox_payments.SandboxPayments()

    def go_wrong(self, call, kind):
        order_mishap(call, kind)

    def pay(self, payment_id, *, is_approved=True):
        hook = sandbox_payments.decide(payment_id, is_approved=is_approved)
        return hook.body, hook.signatures

    def settle_refund(self, refund_id):
        hook = sandbox_payments.settle_refund(refund_id)
        return hook.body, hook.signatures

    def dispute(self, payment_id, stage):
        hook = sandbox_payments.dispute(payment_id, stage)
        return hook.body, hook.signatures

    def counts(self):
        return SandboxPayment.objects.count(), SandboxRefund.objects.count()


class HyperswitchBank:
    PATHS = {"payment": "POST /payments", "refund": "POST /refunds"}
    KINDS = {"down": "500", "lose_answer": "lost"}

    def __init__(self, house):
        self.house, self.gateway = house, hyperswitch.HyperswitchPayments()

    def go_wrong(self, call, kind):
        self.house.go_wrong(self.KINDS[kind], self.PATHS[call])

    def pay(self, payment_id, *, is_approved=True):
        return self.house.pay(payment_id, "succeeded" if is_approved else "failed")

    def settle_refund(self, refund_id):
        return self.house.settle_refund(refund_id)

    def dispute(self, payment_id, stage):
        return self.house.dispute(payment_id, stage)

    def counts(self):
        return len(self.house.payments), len(self.house.refunds)


class SandboxPayer:
    gateway = sandbox_payouts.SandboxPayouts()

    def go_wrong(self, call, kind):
        order_mishap(call, kind)

    def refuse_next_transfer(self):
        order_mishap("transfer", "refuse")

    def recover(self):
        """The platform has money again."""

    def finish(self, account_id):
        body, signature = sandbox_payouts.finish_onboarding(account_id)
        return body, signature

    def pay_out(self, account_id, cents):
        SandboxAccount.objects.filter(pk=account_id.rpartition("_")[2]).update(paid_out_cents=cents)

    def count(self):
        return SandboxTransfer.objects.filter(error="").count()


class StripePayer:
    PATHS = {"transfer": "POST /v1/transfers", "reversal": "POST /v1/transfers/"}
    KINDS = {"down": "429", "lose_answer": "lost", "sticky": "sticky"}

    def __init__(self, house):
        self.house, self.gateway = house, stripe_connect.StripePayouts()

    def go_wrong(self, call, kind):
        self.house.go_wrong(self.KINDS[kind], self.PATHS[call])

    def refuse_next_transfer(self):
        self.house.funds["eur"] = 0

    def recover(self):
        self.house.funds["eur"] = 10**9

    def finish(self, account_id):
        body, headers = self.house.finish(account_id)
        return body, headers["Stripe-Signature"]

    def pay_out(self, account_id, cents):
        self.house.paid_out[account_id, "eur"] = cents

    def count(self):
        return len(self.house.transfers)


@pytest.fixture
def hyperswitch_house(settings, monkeypatch):
    """Hyperswitch on this machine; who waits for it waits half a second."""
    monkeypatch.setattr(hyperswitch, "READ_SECONDS", 0.5)
    with FakeHyperswitch().standing() as house:
        fake_hyperswitch.used_by(settings, house)
        yield house


@pytest.fixture
def stripe_house(settings, monkeypatch):
    """Stripe on this machine; the library's own repeats come at once."""
    monkeypatch.setattr(stripe_connect, "READ_SECONDS", 0.5)
    monkeypatch.setattr(stripe_connect, "GLANCE_SECONDS", 0.5)
    monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
    with FakeStripe().standing() as house:
        fake_stripe.used_by(settings, house)
        yield house


@pytest.fixture(params=["sandbox", "hyperswitch"])
def bank(request, db):
    """A payment provider."""
    if request.param == "sandbox":
        return SandboxBank()
    return HyperswitchBank(request.getfixturevalue("hyperswitch_house"))


@pytest.fixture(params=["sandbox", "stripe v2", "stripe v1"])
def payer(request, db):
    """A payout provider."""
    if request.param == "sandbox":
        return SandboxPayer()
    house = request.getfixturevalue("stripe_house")
    house.has_v2 = request.param == "stripe v2"
    return StripePayer(house)
