"""payments-design.md §1 "Accepting both" and §6, 15 to 17, 20, 21."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils.timezone import now

from config.errors import Conflict, Forbidden, Invalid, Unauthenticated, Unavailable
from marketplace.gateways.signed_webhooks import DOCUMENTED, REAL, sign
from marketplace.models import Difference, LedgerTransaction, WebhookEvent
from marketplace.verbs import webhooks
from marketplace.verbs.refund_tries import attempt_refund
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.webhooks import apply_webhook, receive_webhook, replay_webhook, webhooks_to_try
from tests.factories.marketplace import OrderFactory, paid_order

pytestmark = pytest.mark.django_db
SECRET = settings.HYPERSWITCH_WEBHOOK_SECRET


def hyperswitch(order, event="payment_succeeded", **about):
    """The bytes as Hyperswitch sends them."""
    payment = order.payments.first()
    given = {"payment_id": payment.provider_id, "amount": payment.amount_cents, "currency": payment.currency, **about}
    return json.dumps({"event_id": f"evt_{event}", "event_type": event, "content": {"object": given}}).encode()


def receive(body, **signatures):
    return receive_webhook(body=body, signatures=signatures or {REAL: sign(body, SECRET)})


class TestReceiveWebhook:
    def test_pays_the_order_in_the_providers_own_spelling(self):
        order = OrderFactory()
        event = receive(hyperswitch(order, status="succeeded"))
        order.refresh_from_db()
        assert (order.status, event.status, event.type, event.attempts) == ("paid", "processed", "payment_succeeded", 1)

    @pytest.mark.parametrize("digest", ["sha512", "sha256"])
    @pytest.mark.parametrize("wrap", [lambda text: text, str.upper, lambda text: f"sha512={text}"])
    def test_pays_the_order_in_the_documented_spelling(self, digest, wrap):
        order = OrderFactory()
        payment = order.payments.get()
        body = json.dumps({"event": "payment.succeeded", "payment_id": payment.provider_id}).encode()
        signature = hmac.new(SECRET.encode(), body, digest).hexdigest()
        receive(body, **{DOCUMENTED: wrap(signature)})
        order.refresh_from_db()
        assert order.status == "paid"

    @pytest.mark.parametrize(
        "shape",
        [
            lambda pid, oid: {"event": "payment.succeeded", "data": {"object": {"id": pid}}},
            lambda pid, oid: {"event": "payment.succeeded", "data": {"payment_id": pid}},
            lambda pid, oid: {"event": "payment.succeeded", "order_id": oid},
            lambda pid, oid: {"event": "payment.succeeded", "data": {"metadata": {"order_id": oid}}},
        ],
    )
    def test_finds_the_payment_wherever_it_is_named(self, shape):
        order = OrderFactory()
        receive(json.dumps(shape(order.payments.get().provider_id, str(order.pk))).encode())
        order.refresh_from_db()
        assert order.status == "paid"

    def test_has_one_effect_however_often_it_comes(self):
        order = OrderFactory()
        body = hyperswitch(order)
        for _ in range(3):
            receive(body)
        receive(hyperswitch(order, "payment_captured"))
        assert (order.transfers.count(), LedgerTransaction.objects.count()) == (1, 1)
        assert WebhookEvent.objects.count() == 2

    def test_keeps_the_same_bytes_without_an_id_once(self):
        order = OrderFactory()
        body = json.dumps({"event": "payment.processing", "payment_id": order.payments.get().provider_id}).encode()
        assert receive(body).pk == receive(body).pk

    @pytest.mark.parametrize(
        "signatures",
        [
            {},
            {REAL: ""},
            {REAL: "00" * 64},
            {REAL: "zz" * 64},
            {REAL: "é" * 128},
            {DOCUMENTED: "00"},
            {REAL: "sha256"},
        ],
    )
    def test_believes_nothing_unsigned(self, signatures):
        order = OrderFactory()
        with pytest.raises(Unauthenticated):
            receive_webhook(body=hyperswitch(order), signatures=signatures)
        order.refresh_from_db()
        assert (order.status, WebhookEvent.objects.count()) == ("pending", 0)

    def test_believes_no_other_secret_digest_or_changed_byte(self):
        order = OrderFactory()
        body = hyperswitch(order)
        right = sign(body, SECRET)
        short = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        for signatures in (
            {REAL: sign(body, "another")},
            {REAL: short},
            {REAL: right, DOCUMENTED: sign(body, "another")},
        ):
            with pytest.raises(Unauthenticated):
                receive_webhook(body=body, signatures=signatures)
        with pytest.raises(Unauthenticated):
            receive_webhook(body=body + b" ", signatures={REAL: right})
        receive(body, **{REAL: right, DOCUMENTED: short})
        order.refresh_from_db()
        assert order.status == "paid"

    def test_takes_either_secret_while_one_is_replaced(self, settings):
        settings.HYPERSWITCH_WEBHOOK_SECRET = "new, old"
        order = OrderFactory()
        body = hyperswitch(order)
        assert receive(body, **{REAL: sign(body, "old")}).status == "processed"

    def test_closes_without_a_secret(self, settings):
        settings.HYPERSWITCH_WEBHOOK_SECRET = ""
        body = b"{}"
        with pytest.raises(Unavailable):
            receive(body, **{REAL: sign(body, "")})

    @pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"{}", b'"event"', b'{"event": 7}', b'{"event": ""}'])
    def test_refuses_signed_nonsense(self, body):
        with pytest.raises(Invalid):
            receive(body)

    def test_ignores_what_it_does_not_know_and_waits_for_a_payment_it_does_not_know(self):
        assert receive(b'{"event": "mandate.active", "id": "m1"}').status == "ignored"
        unknown = receive(b'{"event": "payment.succeeded", "payment_id": "pay_of_somebody_else"}')
        assert unknown.status == "unmatched"
        assert webhooks_to_try() == []
        with time_machine.travel(now() + timedelta(minutes=2)):
            assert webhooks_to_try() == [unknown.pk]
        with time_machine.travel(now() + timedelta(days=2)):
            assert webhooks_to_try() == []

    def test_do_not_keep_what_failed_waiting_behind_what_is_not_ours(self):
        """Another shop on the same profile: its events come to us too, many of them."""
        rows = [WebhookEvent(event_id=f"e{n}", type="x", body="{}", status="unmatched") for n in range(150)]
        WebhookEvent.objects.bulk_create(rows)
        ours = WebhookEvent.objects.create(event_id="ours", type="x", body="{}", status="failed")
        with time_machine.travel(now() + timedelta(minutes=2)):
            due = webhooks_to_try()
        assert (due[0], len(due)) == (ours.pk, 1 + webhooks.UNMATCHED_AT_ONCE)

    @pytest.mark.parametrize(("event", "noted"), [("refund_succeeded", [(0, 500)]), ("refund_failed", [])])
    def test_tells_staff_of_a_refund_that_was_made_at_the_provider(self, event, noted):
        order = paid_order()
        told = receive(hyperswitch(order, event, refund_id="ref_by_hand", amount=500))
        assert told.status == "processed"
        differences = Difference.objects.filter(kind="refund_state", reference="ref_by_hand")
        assert list(differences.values_list("ours_cents", "theirs_cents")) == noted

    def test_never_takes_another_payments_news_for_an_orders(self):
        order = OrderFactory()
        about = {"payment_id": "pay_of_somebody_else", "metadata": {"order_id": str(order.pk)}}
        body = json.dumps({"event_type": "payment_succeeded", "content": {"object": about}}).encode()
        assert receive(body).status == "unmatched"
        order.refresh_from_db()
        assert order.status == "pending"

    @pytest.mark.parametrize("about", [{"amount": 2998}, {"amount": "2999"}, {"currency": "USD"}])
    def test_pays_nothing_with_another_amount_or_currency(self, about):
        order = OrderFactory()
        assert receive(hyperswitch(order, status="succeeded", **about)).status == "processed"
        order.refresh_from_db()
        payment = order.payments.get()
        assert (order.status, payment.status, payment.captured_cents) == ("pending", "review", 0)
        assert (order.transfers.count(), LedgerTransaction.objects.count()) == (0, 0)

    @pytest.mark.parametrize("about", [{"amount": 1}, {"currency": "USD"}])
    def test_books_no_refund_of_another_amount_or_currency(self, about):
        order = paid_order()
        refund = refund_order(order_id=order.pk, reason="Broken", by=order.buyer)
        attempt_refund(refund_id=refund.pk)
        told = {"refund_id": refund.provider_id, "amount": 2999, "currency": "EUR", "status": "succeeded", **about}
        event = {"event_id": "evt_r", "event_type": "refund_succeeded", "content": {"object": told}}
        receive(json.dumps(event).encode())
        refund.refresh_from_db()
        order.refresh_from_db()
        assert (refund.status, order.status) == ("review", "paid")
        assert LedgerTransaction.objects.filter(kind="refund_succeeded").count() == 0

    def test_sends_an_unknown_status_to_a_person(self):
        order = OrderFactory()
        receive(hyperswitch(order, status="conflicted"))
        assert order.payments.get().status == "review"


class TestApplyWebhook:
    def test_keeps_a_failure_and_has_its_effect_later(self, monkeypatch):
        order = OrderFactory()

        def broken(**_):
            raise RuntimeError("the database went away")

        with monkeypatch.context() as down:
            down.setattr(webhooks, "apply_payment_state", broken)
            with pytest.raises(RuntimeError):
                receive(hyperswitch(order))
        event = WebhookEvent.objects.get()
        assert (event.status, event.attempts, event.last_error) == ("failed", 1, "RuntimeError: the database went away")

        with time_machine.travel(now() + timedelta(minutes=2)):
            assert webhooks_to_try() == [event.pk]
        apply_webhook(event_id=event.pk)
        order.refresh_from_db()
        assert order.status == "paid"

    def test_gives_up_after_ten_tries_until_staff_replay_it(self, monkeypatch, staff, user):
        order = OrderFactory()

        def broken(**_):
            raise RuntimeError

        with monkeypatch.context() as down:
            down.setattr(webhooks, "apply_payment_state", broken)
            for _ in range(10):
                with pytest.raises(RuntimeError):
                    receive(hyperswitch(order))
        event = WebhookEvent.objects.get()
        assert (event.status, receive(hyperswitch(order)).status) == ("dead", "dead")

        with pytest.raises(Forbidden):
            replay_webhook(event_id=event.pk, by=user)
        assert replay_webhook(event_id=event.pk, by=staff).status == "processed"
        with pytest.raises(Conflict):
            replay_webhook(event_id=event.pk, by=staff)
