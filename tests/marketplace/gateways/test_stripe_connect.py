"""What Stripe is asked, in which words, and what its odd answers mean for a key. Source: payments-design.md §2."""

import pytest

from config.errors import Unavailable
from marketplace.gateways import stripe_connect
from marketplace.gateways.payouts import Balance, PayoutUnanswered, payouts
from marketplace.gateways.stripe_connect import StripePayouts
from marketplace.verbs.trying import LEASE
from tests.fakes.stripe_connect import KEY, read_form

gateway = StripePayouts()


@pytest.fixture
def house(stripe_house):
    return stripe_house


@pytest.fixture
def seller(house):
    key = gateway.account(key="acct-1", email="ada@example.com").provider_id
    house.finish(key)
    return key


def send(seller, key="key-1", **more):
    given = {
        "destination": seller,
        "amount_cents": 2699,
        "currency": "EUR",
        "group": "order_1",
        "reference": "transfer-1",
    }
    return gateway.transfer(key=key, **given | more)


def forbid(house):
    """As of a restricted key that may not send."""
    house.go_wrong("403", "POST /v1/transfers")


def last(house, what):
    return next(asked for asked in reversed(house.asked) if str(asked).startswith(what))


class TestAccount:
    def test_is_a_recipient_of_v2_in_the_platforms_country(self, house):
        gateway.account(key="acct-1", email="ada@example.com")
        asked = last(house, "POST /v2/core/accounts")
        assert asked.headers["idempotency-key"] == "acct-1"
        assert read_form(asked) == {
            "contact_email": "ada@example.com", "display_name": "ada@example.com", "dashboard": "express",
            "identity": {"country": "fr"},
            "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
            "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
            "include": ["configuration.recipient", "identity", "requirements"],
        }  # fmt: skip

    def test_is_one_of_v1_where_the_platform_has_no_v2(self, house):
        house.has_v2 = False
        gateway.account(key="acct-1", email="ada@example.com")
        assert read_form(last(house, "POST /v1/accounts")) == {
            "email": "ada@example.com", "country": "FR", "capabilities": {"transfers": {"requested": "true"}},
            "controller": {
                "fees": {"payer": "application"}, "losses": {"payments": "application"},
                "stripe_dashboard": {"type": "express"},
            },
        }  # fmt: skip

    def test_is_not_made_twice_where_v2_gave_no_clear_answer(self, house):
        house.go_wrong("500", "POST /v2/core/accounts", times=3)
        with pytest.raises(Unavailable):
            gateway.account(key="acct-1", email="ada@example.com")
        assert (house.count("POST /v1/accounts"), house.accounts) == (0, {})

    def test_brings_the_seller_back_to_us(self, house, seller):
        gateway.link(seller)
        assert list(house.links.values()) == [
            {
                "account": seller,
                "refresh_url": "http://localhost:8000/studio/payouts/connect/again/",
                "return_url": "http://localhost:8000/studio/payouts/connect/back/",
            }
        ]


class TestTransfer:
    def test_says_what_it_is_for(self, house, seller):
        send(seller)
        asked = last(house, "POST /v1/transfers")
        assert read_form(asked) == {
            "amount": "2699", "currency": "eur", "destination": seller, "transfer_group": "order_1",
            "metadata": {"transfer_id": "transfer-1"},
        }  # fmt: skip
        assert asked.headers["idempotency-key"] == "key-1"

    def test_names_the_charge_where_this_account_took_it(self, house, seller):
        house.intents["pi_1"] = {"id": "pi_1", "object": "payment_intent", "latest_charge": "ch_1"}
        sources = {"pi_1": "ch_1", "ch_2": "ch_2", "pi_of_somebody_else": None, "adyen-psp-ref": None, "": None}
        for number, (source, charge) in enumerate(sources.items()):
            send(seller, f"key-{number}", source_ref=source, group=f"g-{number}")
            assert read_form(last(house, "POST /v1/transfers")).get("source_transaction") == charge

    def test_sends_nothing_where_the_charge_cannot_be_told(self, house, seller):
        house.go_wrong("500", "GET /v1/payment_intents")
        with pytest.raises(PayoutUnanswered):
            send(seller, source_ref="pi_1")
        assert house.transfers == {}

    @pytest.mark.parametrize(
        ("kind", "code"),
        [("409", "idempotency_key_in_use"), ("429", "rate_limit"), ("500", "api_error"), ("html", "no_answer"),
         ("empty", "no_answer"), ("silent", "no_answer")],
    )  # fmt: skip
    def test_keeps_its_key_where_nothing_is_told_of_the_outcome(self, house, seller, kind, code):
        house.go_wrong(kind, "POST /v1/transfers", times=3)
        with pytest.raises(PayoutUnanswered) as silence:
            send(seller)
        assert (silence.value.code, silence.value.is_replay, house.transfers) == (code, False, {})
        house.mishaps.clear()
        assert send(seller).amount_cents == 2699

    def test_keeps_its_key_where_nothing_listens(self, house, seller, settings):
        settings.STRIPE_API_BASE = "http://127.0.0.1:1"
        with pytest.raises(PayoutUnanswered):
            send(seller)

    def test_repeats_a_lost_call_itself_under_the_same_key(self, house, seller):
        house.go_wrong("lost", "POST /v1/transfers")
        assert send(seller).amount_cents == 2699
        keys = [asked.headers["idempotency-key"] for asked in house.asked if str(asked) == "POST /v1/transfers"]
        assert (keys, len(house.transfers)) == (["key-1", "key-1"], 1)

    @pytest.mark.parametrize("refuse", [lambda house: setattr(house, "api_key", "sk_rolled"), forbid])
    def test_keeps_its_key_where_our_own_is_not_let_in(self, house, seller, refuse):
        house.go_wrong("lost", "POST /v1/transfers", times=3)
        with pytest.raises(PayoutUnanswered):
            send(seller)
        refuse(house)
        with pytest.raises(PayoutUnanswered) as silence:
            send(seller)
        assert (silence.value.code, silence.value.is_replay) == ("not_allowed", False)
        house.api_key = KEY
        assert (send(seller).amount_cents, len(house.transfers)) == (2699, 1)

    def test_needs_no_leave_to_read_what_was_paid(self, house, seller):
        house.go_wrong("403", "GET /v1/payment_intents")
        send(seller, source_ref="pi_1")
        assert "source_transaction" not in read_form(last(house, "POST /v1/transfers"))

    def test_is_found_behind_a_hundred_others(self, house, seller):
        for number in range(130):
            house.new_transfer(
                {"destination": seller, "amount": 1, "currency": "eur", "transfer_group": "order_1", "metadata": {}}
            )
            house.transfers[list(house.transfers)[-1]]["metadata"] = {"transfer_id": str(number)}
        found = gateway.find_transfers("order_1")
        assert [one.reference for one in found] == [str(number) for number in range(130)]

    def test_is_not_taken_for_missing_where_the_list_fails(self, house, seller):
        house.go_wrong("500", "GET /v1/transfers", times=3)
        with pytest.raises(PayoutUnanswered):
            gateway.find_transfers("order_1")
        house.mishaps.clear()
        with pytest.raises(PayoutUnanswered):
            gateway.find_reversals("tr_unknown")


class TestBalance:
    def test_is_asked_for_the_sellers_account(self, house, seller):
        send(seller)
        house.pending[seller, "eur"] = 300
        assert gateway.balance(seller) == {"EUR": Balance(available_cents=2699, pending_cents=300)}
        assert house.asked[-1].headers["stripe-account"] == seller

    @pytest.mark.parametrize("kind", ["500", "html", "empty", "silent"])
    def test_is_never_zeros_where_it_cannot_be_told(self, house, seller, kind):
        house.go_wrong(kind, "GET /v1/balance")
        with pytest.raises(Unavailable) as away:
            gateway.balance(seller)
        # Whoever waits for it is shown the older answer, so it is asked once.
        assert (away.value.retry_after, house.count("GET /v1/balance")) == (10, 1)


class TestPayouts:
    def test_is_stripe_where_its_key_is_named_and_never_the_sandbox(self, settings):
        assert payouts().name == "sandbox"
        settings.STRIPE_SECRET_KEY = "sk_named"
        assert payouts().name == "stripe"
        assert payouts().is_own("acct_1Nv0FGQ9RKHgCVdK") is True
        assert payouts().is_own("acct_sandbox_00") is False

    def test_ends_its_tries_before_a_claim_does(self):
        """What was sold, the sending and a page of the list, each with the pauses between its repeats."""
        glance = stripe_connect.CONNECT_SECONDS + stripe_connect.GLANCE_SECONDS
        whole = (stripe_connect.REPEATS + 1) * (3.0 + 15.0) + 4
        assert glance + 2 * whole < LEASE.total_seconds()
