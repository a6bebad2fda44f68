from datetime import UTC, datetime

import pytest

from marketplace.models import SandboxMishap, Transfer
from marketplace.verbs.transfers import attempt_transfer
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, paid_order

pytestmark = pytest.mark.django_db
TRANSFERS = "/api/v1/admin/transfers"


@pytest.fixture
def by_staff(staff):
    return Caller.signed_in_as(staff)


@pytest.fixture
def transfer(db):
    seller = UserFactory()
    connect(seller)
    return paid_order(product=ProductFactory(by=seller)).transfers.get()


class TestList:
    def test_shows_all_to_staff(self, by_staff, transfer):
        answer = by_staff.get(TRANSFERS)
        created = answer.json()["data"]["transfers"][0]["created_at"]
        assert answer.json() == {
            "success": True,
            "data": {
                "transfers": [
                    {
                        "id": str(transfer.pk),
                        "seller_id": str(transfer.seller_id),
                        "order_id": str(transfer.order_id),
                        "amount_cents": 2699,
                        "platform_fee_cents": 300,
                        "currency": "EUR",
                        "status": "pending",
                        "retry_count": 0,
                        "next_retry_at": None,
                        "created_at": created,
                    }
                ],
                "total": 1,
            },
        }

    def test_filters(self, by_staff, transfer):
        Transfer.objects.update(created_at=datetime(2026, 2, 23, 12, tzinfo=UTC))

        def total(**query):
            return by_staff.get(TRANSFERS, **query).json()["data"]["total"]

        assert (total(status="pending"), total(status="failed")) == (1, 0)
        assert (total(seller_id=str(transfer.seller_id)), total(seller_id="nobody")) == (1, 0)
        assert (total(**{"from": "2026-02-23"}), total(**{"from": "2026-02-24"})) == (1, 0)
        assert (total(to="2026-02-23"), total(to="2026-02-23T11:00:00Z"), total(to="2026-02-22")) == (1, 0, 0)

    @pytest.mark.parametrize("query", [{"status": "lost"}, {"from": "yesterday"}, {"to": "2026-13-01"}, {"limit": 0}])
    def test_refuses_wrong_filters(self, by_staff, query):
        answer = by_staff.get(TRANSFERS, **query)
        assert (answer.status_code, list(answer.json()["details"])) == (400, list(query))

    def test_is_for_staff(self, caller, anonymous):
        assert (caller.get(TRANSFERS).status_code, anonymous.get(TRANSFERS).status_code) == (403, 401)


class TestRetry:
    def test_tries_now(self, by_staff, transfer):
        SandboxMishap.objects.create(kind="down")
        attempt_transfer(transfer_id=transfer.pk)
        path = f"{TRANSFERS}/{transfer.pk}/retry"

        answer = by_staff.post(path)

        assert (answer.status_code, answer.json()) == (
            200,
            {"success": True, "data": {"id": str(transfer.pk), "status": "completed", "retry_count": 2}},
        )
        assert by_staff.post(path).status_code == 409

    def test_is_for_staff_and_known_transfers(self, caller, anonymous, by_staff, transfer):
        path = f"{TRANSFERS}/{transfer.pk}/retry"
        assert (caller.post(path).status_code, anonymous.post(path).status_code) == (403, 401)
        assert by_staff.post(f"{TRANSFERS}/nothing/retry").status_code == 404
