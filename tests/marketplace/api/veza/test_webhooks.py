import json

import pytest
from django.conf import settings
from django.test import Client

from marketplace.gateways import payout_webhooks
from marketplace.gateways.sandbox_payments import settle
from marketplace.gateways.signed_webhooks import DOCUMENTED, sign
from marketplace.models import SellerAccount, WebhookEvent
from marketplace.verbs.sellers import start_onboarding
from tests.factories.marketplace import OrderFactory

pytestmark = pytest.mark.django_db
PATH = "/api/v1/webhooks/hyperswitch"


def post(body, path=PATH, content_type="application/json", **headers):
    return Client().post(path, body, content_type=content_type, headers=headers)


class TestReceive:
    @pytest.mark.parametrize("path", [PATH, PATH + "/"])
    @pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/json; charset=utf-8"])
    def test_takes_the_sandboxes_own_webhook(self, path, content_type):
        order = OrderFactory()
        hook = settle(order.payments.get().provider_id)
        answer = post(hook.body, path, content_type, **hook.signatures)
        order.refresh_from_db()
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"received": True}})
        assert order.status == "paid"

    def test_verifies_the_bytes_as_they_came(self):
        body = b'{ "event" : "payment.succeeded",\n "payment_id":"pay_x" }'
        answer = post(body, **{DOCUMENTED: sign(body, settings.HYPERSWITCH_WEBHOOK_SECRET)})
        assert (answer.status_code, WebhookEvent.objects.get().body) == (200, body.decode())

    @pytest.mark.parametrize("headers", [{}, {DOCUMENTED: ""}, {DOCUMENTED: "..."}, {DOCUMENTED: "00" * 64}])
    def test_refuses_what_is_not_signed(self, headers):
        answer = post(b'{"event":"payment.succeeded"}', **headers)
        assert (answer.status_code, answer.json()["code"], WebhookEvent.objects.count()) == (
            401,
            "invalid_signature",
            0,
        )

    def test_refuses_signed_nonsense_large_bodies_and_other_methods(self):
        secret = settings.HYPERSWITCH_WEBHOOK_SECRET
        assert post(b"{", **{DOCUMENTED: sign(b"{", secret)}).status_code == 400
        large = json.dumps({"event": "x", "more": "y" * 300_000}).encode()
        assert post(large, **{DOCUMENTED: sign(large, secret)}).status_code == 413
        assert post(b"x" * 2_000_000).status_code == 413
        assert Client().get(PATH).status_code == 405

    def test_is_closed_without_a_secret(self, settings):
        settings.HYPERSWITCH_WEBHOOK_SECRET = ""
        assert post(b"{}", **{DOCUMENTED: sign(b"{}", "")}).status_code == 503

    def test_answers_500_in_the_dialect_where_it_failed_inside(self, monkeypatch, caplog):
        def broken(**_):
            raise RuntimeError("inside")

        monkeypatch.setattr("marketplace.verbs.webhooks.apply_payment_state", broken)
        hook = settle(OrderFactory().payments.get().provider_id)
        answer = post(hook.body, **hook.signatures)
        assert (answer.status_code, answer.json()["success"]) == (500, False)
        assert "inside" not in answer.content.decode()
        assert WebhookEvent.objects.get().status == "failed"


STRIPE = "/api/v1/webhooks/stripe"


class TestReceiveOfPayouts:
    @pytest.fixture
    def event(self, user):
        start_onboarding(by=user)
        account = SellerAccount.objects.get().provider_id
        return json.dumps({"id": "evt_1", "type": "account.updated", "account": account, "data": {}}).encode()

    def signed(self, body):
        return {"Stripe-Signature": payout_webhooks.sign(body, settings.STRIPE_WEBHOOK_SECRET)}

    @pytest.mark.parametrize("path", [STRIPE, STRIPE + "/"])
    def test_takes_what_stripe_signed(self, event, path):
        answer = post(event, path, **self.signed(event))
        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"received": True}})
        kept = WebhookEvent.objects.get()
        assert (kept.provider, kept.status, kept.body) == ("stripe", "processed", event.decode())

    def test_refuses_what_is_not_signed(self, event):
        for headers in ({}, {"Stripe-Signature": ""}, {"Stripe-Signature": "t=1,v1=00"}, self.signed(event + b" ")):
            answer = post(event, STRIPE, **headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")
        assert WebhookEvent.objects.count() == 0

    def test_refuses_signed_nonsense_large_bodies_and_other_methods(self):
        assert post(b"{", STRIPE, **self.signed(b"{")).status_code == 400
        large = json.dumps({"id": "evt_1", "type": "x", "more": "y" * 300_000}).encode()
        assert post(large, STRIPE, **self.signed(large)).status_code == 413
        assert Client().get(STRIPE).status_code == 405

    def test_is_closed_without_a_secret(self, settings):
        settings.STRIPE_WEBHOOK_SECRET = ""
        body = b'{"id":"evt_1","type":"account.updated"}'
        assert post(body, STRIPE, **{"Stripe-Signature": payout_webhooks.sign(body, "x")}).status_code == 503
