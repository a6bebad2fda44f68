"""What Hyperswitch is asked, in which words, and what its odd answers mean. Source: payments-design.md §1."""

import json

import pytest

from config.errors import Conflict, Unavailable
from marketplace.gateways.hyperswitch import HyperswitchPayments
from marketplace.gateways.payments import payments
from marketplace.gateways.signed_webhooks import REFUND_STATUSES, STATUSES
from marketplace.models import Payment, Refund
from tests.fakes.hyperswitch import No

WANTED = {"provider_id": "pay_1", "order_ref": "o-1", "amount_cents": 2999, "currency": "eur", "method": "card"}
BACK = {
    "refund_provider_id": "ref_1",
    "payment_provider_id": "pay_1",
    "amount_cents": 10,
    "currency": "EUR",
    "reason": "r",
}
gateway = HyperswitchPayments()


@pytest.fixture
def house(hyperswitch_house):
    return hyperswitch_house


def sent(house):
    return json.loads(house.asked[-1].body)


class TestCreate:
    def test_asks_for_a_page_and_sends_only_what_is_documented(self, house):
        gateway.create(**WANTED)
        assert sent(house) == {
            "payment_id": "pay_1", "amount": 2999, "currency": "EUR", "capture_method": "automatic", "description": "Order o-1",
            "metadata": {"order_id": "o-1"}, "return_url": "http://localhost:8000/pay/pay_1/back/",
            "authentication_type": "three_ds", "confirm": False, "payment_link": True, "session_expiry": 1800,
            "profile_id": "pro_stand_in",
        }  # fmt: skip

    def test_asks_to_keep_a_card_and_to_charge_it(self, house):
        gateway.create(**WANTED, customer_ref="cus_1", keep_method=True)
        first = sent(house)
        assert (first["customer_id"], first["setup_future_usage"]) == ("cus_1", "off_session")
        gateway.create(**WANTED | {"provider_id": "pay_2"}, customer_ref="cus_1", saved_method="pm_1")
        second = sent(house)
        assert (second["confirm"], second["off_session"], second["customer_id"]) == (True, True, "cus_1")
        assert second["recurring_details"] == {"type": "payment_method_id", "data": "pm_1"}
        assert "payment_link" not in second

    @pytest.mark.parametrize("kind", ["500", "html", "empty", "silent"])
    def test_says_that_it_is_away_where_the_answer_says_nothing(self, house, kind):
        house.go_wrong(kind, "POST /payments")
        with pytest.raises(Unavailable) as away:
            gateway.create(**WANTED)
        assert (away.value.retry_after, house.payments, house.count("GET /payments/pay_1")) == (5, {}, 1)

    def test_finds_the_payment_where_the_answer_was_lost(self, house):
        house.go_wrong("lost", "POST /payments")
        assert gateway.create(**WANTED).provider_id == "pay_1"
        assert (house.count("POST /payments"), house.count("GET /payments/pay_1")) == (1, 1)

    def test_says_that_it_is_away_where_nothing_answers(self, house, settings):
        settings.HYPERSWITCH_API_BASE = "http://127.0.0.1:1"
        with pytest.raises(Unavailable):
            gateway.create(**WANTED)
        with pytest.raises(Unavailable):
            gateway.retrieve("pay_1")

    def test_says_that_it_is_away_where_our_key_is_refused(self, house, settings, caplog):
        settings.HYPERSWITCH_API_KEY = "snd_wrong"
        with pytest.raises(Unavailable):
            gateway.create(**WANTED)
        assert "401" in caplog.text
        assert "snd_wrong" not in caplog.text

    @pytest.mark.parametrize("status", [403, 408, 409, 425, 429])
    def test_says_that_it_is_away_where_the_moment_is_refused(self, house, monkeypatch, status):
        whole = house.one

        def not_now(asked):
            if asked.method == "POST":
                raise No(status, "HE_03", "Not now")
            return whole(asked)

        monkeypatch.setattr(house, "one", not_now)
        with pytest.raises(Unavailable):
            gateway.create(**WANTED)
        monkeypatch.undo()
        assert gateway.create(**WANTED).status == "pending"

    def test_takes_a_refusal_to_look_for_no_absence(self, house, monkeypatch):
        def refuse(asked):
            raise No(400, "IR_06", "Not like this")

        monkeypatch.setattr(house, "one", refuse)
        for look in (gateway.retrieve, gateway.retrieve_refund):
            with pytest.raises(Unavailable):
                look("pay_1")

    def test_is_declined_where_the_provider_wants_no_such_payment(self, house, settings):
        settings.HYPERSWITCH_PROFILE_ID = "pro_unknown"
        refused = gateway.create(**WANTED)
        assert (refused.status, house.payments) == ("failed", {})
        assert refused.reason == "The payment provider refused: Business profile does not exist in our records"

    def test_leaves_a_state_it_does_not_know_to_people(self, house):
        gateway.create(**WANTED)
        for word, ours in {
            **STATUSES,
            "conflicted": "review",
            "partially_captured": "review",
            "new word": "review",
        }.items():
            house.payments["pay_1"]["status"] = word
            assert gateway.retrieve("pay_1").status == ours
        assert set(STATUSES.values()) <= set(Payment.Status.values)

    @pytest.mark.parametrize("answer", [{"status": 7}, {"amount": None}, {"amount": "2999"}, {"amount": True}])
    def test_goes_on_with_no_answer_of_another_shape(self, house, answer):
        gateway.create(**WANTED)
        house.payments["pay_1"] |= answer
        if "amount" in answer:
            with pytest.raises(Conflict):
                gateway.create(**WANTED)
        else:
            assert gateway.create(**WANTED).status == "review"

    def test_says_that_it_cannot_read_an_answer_without_an_amount(self, house):
        gateway.create(**WANTED)
        del house.payments["pay_1"]["currency"]
        with pytest.raises(Unavailable):
            gateway.create(**WANTED)


class TestRetrieve:
    def test_has_the_processor_asked_and_tells_its_word_for_the_payment(self, house):
        gateway.create(**WANTED)
        house.pay("pay_1")
        assert gateway.retrieve("pay_1").connector_ref == "pi_1"
        assert house.asked[-1].query == {"force_sync": "true"}

    @pytest.mark.parametrize("link", [None, "text", {"link": "javascript:alert(1)"}, {"link": None}, {}])
    def test_sends_nobody_to_a_strange_address(self, house, link):
        gateway.create(**WANTED)
        house.payments["pay_1"]["payment_link"] = link
        assert gateway.retrieve("pay_1").pay_url == ""


class TestRefund:
    @pytest.fixture(autouse=True)
    def _paid(self, house):
        gateway.create(**WANTED)
        house.pay("pay_1")

    def test_sends_only_what_is_documented(self, house):
        gateway.refund(**BACK | {"reason": "x" * 300})
        assert sent(house) == {"refund_id": "ref_1", "payment_id": "pay_1", "amount": 10, "reason": "x" * 255}

    def test_names_the_providers_own_code_for_a_no(self, house):
        with pytest.raises(Conflict) as refused:
            gateway.refund(**BACK | {"amount_cents": 3000})
        assert (refused.value.code, refused.value.message) == ("IR_13", "The refund amount exceeds the amount captured")

    @pytest.mark.parametrize("kind", ["500", "html", "empty", "silent"])
    def test_says_that_it_is_away_where_the_answer_says_nothing(self, house, kind):
        house.go_wrong(kind, "POST /refunds")
        with pytest.raises(Unavailable):
            gateway.refund(**BACK)
        assert (house.refunds, house.count("GET /refunds/ref_1")) == ({}, 1)

    def test_finds_the_refund_where_the_answer_was_lost(self, house):
        house.go_wrong("lost", "POST /refunds")
        assert gateway.refund(**BACK).provider_id == "ref_1"
        assert (house.count("POST /refunds"), house.count("GET /refunds/ref_1")) == (1, 1)

    def test_leaves_a_state_it_does_not_know_to_people(self, house):
        gateway.refund(**BACK)
        for word, ours in {**REFUND_STATUSES, "new word": "review"}.items():
            house.refunds["ref_1"]["status"] = word
            assert gateway.retrieve_refund("ref_1").status == ours
        assert set(REFUND_STATUSES.values()) <= set(Refund.Status.values)


class TestPayments:
    def test_is_hyperswitch_where_its_key_is_named_and_never_the_sandbox(self, settings):
        assert payments().name == "sandbox"
        settings.HYPERSWITCH_API_KEY = "snd_named"
        assert payments().name == "hyperswitch"
