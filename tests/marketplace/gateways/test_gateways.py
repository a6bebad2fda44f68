import pytest

from config.errors import Conflict, Unavailable
from marketplace.gateways.payments import payments
from marketplace.gateways.payouts import PayoutRefused, payouts
from marketplace.gateways.signed_webhooks import STATUSES, read
from marketplace.models import Payment, SandboxTransfer
from tests.factories.marketplace import OrderFactory, connect

pytestmark = pytest.mark.django_db


class TestPayments:
    def test_a_named_provider_is_never_replaced_by_the_sandbox(self, settings):
        settings.HYPERSWITCH_API_KEY = "snd_named"
        with pytest.raises(Unavailable, match="HYPERSWITCH_API_KEY is set"):
            payments()

    def test_a_repeat_finds_the_payment_and_another_amount_is_refused(self):
        payment = OrderFactory().payments.get()
        same = {
            "provider_id": payment.provider_id,
            "order_ref": str(payment.order_id),
            "currency": "EUR",
            "method": "card",
        }
        assert payments().create(amount_cents=2999, **same).provider_id == payment.provider_id
        with pytest.raises(Conflict):
            payments().create(amount_cents=1, **same)
        assert payments().retrieve("pay_unknown") is None

    def test_every_word_of_the_provider_is_one_of_ours(self):
        assert set(STATUSES.values()) <= set(Payment.Status.values)


class TestRead:
    def test_reads_hyperswitchs_own_example(self):
        news = read(
            b'{"merchant_id":"m","event_id":"evt_1","event_type":"payment_succeeded","content":{"type":"payment_details",'
            b'"object":{"payment_id":"pay_1","status":"succeeded","amount":6540,"currency":"USD","error_message":null,'
            b'"updated":"2026-02-23T12:00:00.000Z","metadata":{"order_id":"o"}}},"timestamp":"2026-02-23T12:00:01Z"}'
        )
        assert (news.event_id, news.name, news.provider_id, news.status) == (
            "evt_1",
            "payment_succeeded",
            "pay_1",
            "succeeded",
        )
        assert (news.amount_cents, news.currency, news.order_ref, news.reason) == (6540, "USD", "o", "")
        assert news.updated_at.isoformat() == "2026-02-23T12:00:00+00:00"

    @pytest.mark.parametrize(
        "body",
        [
            b'{"event":"payment.succeeded","data":[]}',
            b'{"event":"payment.succeeded","content":7,"metadata":[],"payment_id":{}}',
            b'{"event":"payment.succeeded","payment_id":"a\\u0000b","updated":7,"status":[]}',
        ],
    )
    def test_finds_nothing_in_strange_shapes(self, body):
        news = read(body)
        assert (news.provider_id, news.order_ref, len(news.event_id)) == (None, None, 64)


class TestPayouts:
    def test_a_named_provider_is_never_replaced_by_the_sandbox(self, settings):
        settings.STRIPE_SECRET_KEY = "sk_named"
        with pytest.raises(Unavailable, match="STRIPE_SECRET_KEY is set"):
            payouts()

    def test_a_key_is_one_transfer_with_one_set_of_parameters(self, user):
        account = connect(user).provider_id
        wanted = {"key": "k", "destination": account, "currency": "EUR", "group": "g", "reference": "r"}
        first = payouts().transfer(amount_cents=100, **wanted)
        assert payouts().transfer(amount_cents=100, **wanted) == first
        with pytest.raises(PayoutRefused) as refused:
            payouts().transfer(amount_cents=101, **wanted)
        assert (refused.value.code, SandboxTransfer.objects.count()) == ("idempotency_error", 1)
        assert (payouts().find_transfers("g"), payouts().balance(account)) == ([first], {"EUR": 100})
