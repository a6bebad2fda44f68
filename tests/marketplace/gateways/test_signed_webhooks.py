import json

import pytest

from marketplace.gateways.signed_webhooks import DISPUTES, EVENTS, read


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

    def test_reads_a_refund(self):
        news = read(
            b'{"event_id":"evt_2","event_type":"refund_failed","content":{"type":"refund_details","object":{"refund_id":"ref_1",'
            b'"payment_id":"pay_1","amount":100,"currency":"USD","status":"failed","error_message":"Expired card"}}}'
        )
        assert (news.refund_provider_id, news.refund_status, news.provider_id) == ("ref_1", "failed", "pay_1")
        assert (news.status, news.amount_cents, news.reason) == (None, 100, "Expired card")

    def test_reads_a_refund_in_the_documented_spelling(self):
        news = read(b'{"event":"refund.succeeded","data":{"id":"ref_1","payment_id":"pay_1","amount":100}}')
        assert (news.refund_provider_id, news.refund_status, news.provider_id) == ("ref_1", "succeeded", "pay_1")

    def test_never_takes_a_refunds_id_for_a_payments(self):
        news = read(b'{"event":"refund.succeeded","data":{"id":"ref_1"}}')
        assert (news.provider_id, news.refund_provider_id) == (None, "ref_1")

    def test_sends_a_refund_in_an_unknown_state_to_a_person(self):
        news = read(b'{"event":"refund.succeeded","data":{"id":"ref_1","status":"odd"}}')
        assert news.refund_status == "review"

    @pytest.mark.parametrize(("usage", "kept"), [("off_session", "pm_1"), ("on_session", ""), (None, "")])
    def test_keeps_no_card_that_nobody_agreed_to_keep(self, usage, kept):
        about = {"payment_id": "pay_1", "status": "succeeded", "payment_method_id": "pm_1", "setup_future_usage": usage}
        body = json.dumps({"event_type": "payment_succeeded", "content": {"object": about}}).encode()
        assert read(body).saved_method == kept

    def test_reads_every_word_of_payments_and_disputes(self):
        words = {name: read(json.dumps({"event": name}).encode()) for name in (*EVENTS, *DISPUTES)}
        assert {name: news.status for name, news in words.items() if name in EVENTS} == {
            "payment_succeeded": "succeeded", "payment_captured": "succeeded", "payment_authorized": "authorized",
            "payment_processing": "processing", "payment_failed": "failed", "payment_cancelled": "canceled",
            "payment_canceled": "canceled", "payment_expired": "canceled", "action_required": "pending",
        }  # fmt: skip
        assert {name: news.dispute for name, news in words.items() if name in DISPUTES} == {
            "dispute_opened": "open", "dispute_challenged": "open", "dispute_expired": "open", "dispute_won": "won",
            "dispute_cancelled": "won", "dispute_canceled": "won", "dispute_lost": "lost", "dispute_accepted": "lost",
        }  # fmt: skip

    def test_reads_a_dispute_whose_amount_is_a_text(self):
        news = read(
            b'{"event_type":"dispute_lost","content":{"object":{"dispute_id":"dp_1","payment_id":"pay_1","amount":"6540"}}}'
        )
        assert (news.dispute, news.provider_id, news.status) == ("lost", "pay_1", None)
        assert (news.dispute_id, news.amount_cents) == ("dp_1", 6540)

    @pytest.mark.parametrize(
        "amount", ['""', '"-5"', '"1.5"', '"0"', "1.5", "true", "-1", "null", f'"{"9" * 30}"', '"٣"']
    )
    def test_reads_no_part_where_a_dispute_names_none(self, amount):
        body = f'{{"event_type":"dispute_lost","content":{{"object":{{"payment_id":"pay_1","amount":{amount}}}}}}}'
        news = read(body.encode())
        assert (news.dispute, news.dispute_id, news.amount_cents) == ("lost", "", None)

    @pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01", "soon", ""])
    def test_knows_no_time_that_is_none(self, at):
        body = f'{{"event":"payment.succeeded","payment_id":"pay_1","updated":"{at}"}}'
        assert read(body.encode()).updated_at is None
