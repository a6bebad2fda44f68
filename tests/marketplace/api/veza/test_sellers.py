from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from stripe._http_client import HTTPClient

from marketplace.models import IdempotencyRecord, SandboxAccount, Transfer
from marketplace.verbs.sellers import refresh_account
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.marketplace import ProductFactory, connect, paid_order
from tests.fakes.stripe_connect import FakeStripe, used_by

pytestmark = pytest.mark.django_db


class TestBalance:
    def test_is_nothing_before_the_account_is_connected(self, caller, user):
        paid_order(product=ProductFactory(by=user))
        assert caller.get("/api/v1/sell/balance").json() == {
            "success": True,
            "data": {
                "connected": False,
                "available": 0,
                "pending": 0,
                "currency": "EUR",
                "stale": False,
                "as_of": None,
                "balances": [{"currency": "EUR", "available": 0, "pending": 0, "debt": 0}],
            },
        }

    def test_comes_from_the_ledger(self, caller, user):
        connect(user)
        attempt_transfer(transfer_id=paid_order(product=ProductFactory(by=user)).transfers.get().pk)
        paid_order(product=ProductFactory(by=user, price_cents=999))
        data = caller.get("/api/v1/sell/balance").json()["data"]
        assert data == {
            "connected": True, "available": 2699, "pending": 899, "currency": "EUR", "stale": False,
            "as_of": data["as_of"], "balances": [{"currency": "EUR", "available": 2699, "pending": 899, "debt": 0}],
        }  # fmt: skip

    def test_is_told_in_the_currency_that_they_sell_in(self, caller, user):
        """Connected before there was anything to sell."""
        connect(user)
        for cents, currency in ((1000, "USD"), (500, "GBP")):
            transfer = paid_order(product=ProductFactory(by=user, price_cents=cents, currency=currency)).transfers.get()
            attempt_transfer(transfer_id=transfer.pk)
        data = caller.get("/api/v1/sell/balance").json()["data"]
        assert (data["currency"], data["available"], data["pending"]) == ("USD", 900, 0)
        assert [row["currency"] for row in data["balances"]] == ["USD", "EUR", "GBP"]
        paid_order(product=ProductFactory(by=user, price_cents=10))
        data = caller.get("/api/v1/sell/balance").json()["data"]
        assert (data["currency"], data["available"], data["pending"]) == ("EUR", 0, 9)

    def test_needs_somebody(self, anonymous):
        paths = ("sell/balance", "sell/transfers", "sell/orders")
        assert [anonymous.get(f"/api/v1/{path}").status_code for path in paths] == [401] * 3
        assert anonymous.post("/api/v1/sell/connect/onboard").status_code == 401


class TestTransfers:
    def test_are_ones_own(self, caller, user):
        connect(user)
        transfer = paid_order(product=ProductFactory(by=user)).transfers.get()
        paid_order()
        answer = caller.get("/api/v1/sell/transfers").json()["data"]
        assert (answer["total"], [row["id"] for row in answer["transfers"]]) == (1, [str(transfer.pk)])

    def test_say_why_they_wait_and_are_filtered(self, caller, user):
        paid_order(product=ProductFactory(by=user))
        connect(user)
        sent = paid_order(product=ProductFactory(by=user, price_cents=999)).transfers.get()
        attempt_transfer(transfer_id=sent.pk)
        Transfer.objects.exclude(pk=sent.pk).update(status="blocked", created_at=datetime(2026, 2, 23, 12, tzinfo=UTC))

        def told(**query):
            data = caller.get("/api/v1/sell/transfers", **query).json()["data"]
            return [(row["amount_cents"], row["status"], row["reason"], row["asked_of"]) for row in data["transfers"]]

        waits, paid = (2699, "blocked", "seller_not_connected", "seller"), (899, "completed", None, None)
        assert told() == [paid, waits]
        assert (told(status="blocked"), told(status="failed"), told(limit=1)) == ([waits], [], [paid])
        assert (told(**{"from": "2026-02-24"}), told(to="2026-02-23")) == ([paid], [waits])

    @pytest.mark.parametrize("query", [{"status": "lost"}, {"from": "x"}, {"limit": 101}, {"offset": -1}])
    def test_are_not_listed_by_wrong_words(self, caller, query):
        answer = caller.get("/api/v1/sell/transfers", **query)
        assert (answer.status_code, list(answer.json()["details"])) == (400, list(query))

    def test_ask_the_database_as_often_for_three_as_for_one(self, caller, user):
        asked = []
        for _ in range(3):
            paid_order(product=ProductFactory(by=user))
            caller.get("/api/v1/sell/transfers")
            with CaptureQueriesContext(connection) as queries:
                caller.get("/api/v1/sell/transfers")
            asked.append(len(queries))
        assert asked[0] == asked[2] <= 6


class TestOnboard:
    def test_gives_an_address(self, caller):
        answer = caller.post("/api/v1/sell/connect/onboard")
        assert (answer.status_code, list(answer.json()["data"])) == (200, ["onboarding_url"])

    def test_keeps_no_address_under_a_key(self, caller):
        keys = ("k", "k", "k" * 256)
        answers = [caller.post("/api/v1/sell/connect/onboard", headers={"Idempotency-Key": key}) for key in keys]
        assert [answer.status_code for answer in answers] == [200, 200, 400]
        assert (SandboxAccount.objects.count(), IdempotencyRecord.objects.count()) == (1, 0)

    def test_never_falls_back_to_the_sandbox(self, caller, settings, monkeypatch):
        monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_live_named", "http://127.0.0.1:1"
        answer = caller.post("/api/v1/sell/connect/onboard")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert SandboxAccount.objects.count() == 0


class TestWithStripe:
    """payments-design.md §6.28: what the provider says, as old where it is away, and never false zeros."""

    @pytest.fixture
    def house(self, settings, monkeypatch):
        monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
        with FakeStripe().standing() as house:
            used_by(settings, house)
            yield house

    @pytest.fixture
    def account(self, house, caller, user):
        caller.post("/api/v1/sell/connect/onboard")
        account = next(iter(house.accounts))
        house.finish(account)
        refresh_account(user_id=user.pk)
        house.new_transfer({"destination": account, "amount": 12500, "currency": "eur"})
        house.new_transfer({"destination": account, "amount": 700, "currency": "usd"})
        house.pending[account, "eur"] = 3200
        return account

    def test_tells_what_lies_there(self, caller, account):
        data = caller.get("/api/v1/sell/balance").json()["data"]
        assert data == {
            "connected": True, "available": 12500, "pending": 3200, "currency": "EUR", "stale": False,
            "as_of": data["as_of"],
            "balances": [
                {"currency": "EUR", "available": 12500, "pending": 3200, "debt": 0},
                {"currency": "USD", "available": 700, "pending": 0, "debt": 0},
            ],
        }  # fmt: skip

    @pytest.mark.parametrize("kind", ["500", "html", "lost"])
    def test_tells_what_was_known_where_stripe_is_away(self, caller, house, account, kind):
        known = caller.get("/api/v1/sell/balance").json()["data"]
        house.go_wrong(kind, "GET /v1/balance", times=3)
        house.new_transfer({"destination": account, "amount": 1, "currency": "eur"})
        assert caller.get("/api/v1/sell/balance").json()["data"] == known | {"stale": True}
        house.mishaps.clear()
        assert caller.get("/api/v1/sell/balance").json()["data"]["available"] == 12501

    def test_tells_nothing_of_an_account_that_is_closed(self, caller, house, account, user):
        assert caller.get("/api/v1/sell/balance").json()["data"]["available"] == 12500
        house.finish(account, is_active=False)
        refresh_account(user_id=user.pk)
        data = caller.get("/api/v1/sell/balance").json()["data"]
        assert (data["connected"], data["available"], data["pending"]) == (False, 0, 0)
        assert {(row["available"], row["pending"]) for row in data["balances"]} == {(0, 0)}

    def test_tells_what_is_below_zero(self, caller, house, account):
        house.paid_out[account, "eur"] = 13000
        assert caller.get("/api/v1/sell/balance").json()["data"]["available"] == -500

    def test_tells_no_zeros_where_nothing_was_ever_known(self, caller, house, account):
        house.go_wrong("500", "GET /v1/balance", times=3)
        answer = caller.get("/api/v1/sell/balance")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")

    def test_gives_a_new_address_each_time_and_one_account(self, caller, house, user):
        first, second = (caller.post("/api/v1/sell/connect/onboard").json()["data"]["onboarding_url"] for _ in range(2))
        assert (first != second, set(house.links) == {first, second}, len(house.accounts)) == (True, True, 1)
        assert caller.get("/api/v1/sell/balance").json()["data"]["connected"] is False
