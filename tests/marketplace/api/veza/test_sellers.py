import pytest

from marketplace.verbs.transfers import attempt_transfer
from tests.factories.marketplace import ProductFactory, connect, paid_order

pytestmark = pytest.mark.django_db


class TestBalance:
    def test_is_nothing_before_the_account_is_connected(self, caller, user):
        paid_order(product=ProductFactory(by=user))
        assert caller.get("/api/v1/sell/balance").json() == {
            "success": True,
            "data": {"connected": False, "available": 0, "pending": 0, "currency": "EUR"},
        }

    def test_comes_from_the_ledger(self, caller, user):
        connect(user)
        attempt_transfer(transfer_id=paid_order(product=ProductFactory(by=user)).transfers.get().pk)
        paid_order(product=ProductFactory(by=user, price_cents=999))
        assert caller.get("/api/v1/sell/balance").json()["data"] == {
            "connected": True,
            "available": 2699,
            "pending": 899,
            "currency": "EUR",
        }

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


class TestOnboard:
    def test_gives_an_address(self, caller):
        answer = caller.post("/api/v1/sell/connect/onboard")
        assert (answer.status_code, list(answer.json()["data"])) == (200, ["onboarding_url"])

    def test_never_falls_back_to_the_sandbox(self, caller, settings):
        settings.STRIPE_SECRET_KEY = "sk_live_named"
        answer = caller.post("/api/v1/sell/connect/onboard")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3600")
