from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.dialects.fields import iso_z
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
    def test_knows_the_last_day_there_is(self, by_staff, transfer):
        answer = by_staff.get(f"{TRANSFERS}?to=9999-12-31")
        assert (answer.status_code, answer.json()["data"]["total"]) == (200, 1)

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
                        "debt_offset_cents": 0,
                        "reversed_cents": 0,
                        "reason": "queued",
                        "asked_of": "nobody",
                        "asked_what": "It is sent within a minute.",
                    }
                ],
                "total": 1,
            },
        }

    def test_says_of_each_why_it_is_not_paid_and_when_it_is_tried_next(self, by_staff, transfer, settings):
        SandboxMishap.objects.create(kind="refuse")
        attempt_transfer(transfer_id=transfer.pk)

        def told():
            (row,) = by_staff.get(TRANSFERS, status="failed").json()["data"]["transfers"]
            return {name: row[name] for name in ("reason", "asked_of", "asked_what", "next_retry_at", "retry_count")}

        transfer.refresh_from_db()
        next_retry_at = iso_z(transfer.next_retry_at)
        assert told() == {
            "reason": "balance_insufficient",
            "asked_of": "platform",
            "asked_what": "The platform's balance at the payout provider was too low. It is tried again.",
            "next_retry_at": next_retry_at,
            "retry_count": 1,
        }
        settings.TRANSFER_RETRY_ENABLED = False
        assert told()["next_retry_at"] is None

    def test_says_nothing_of_what_is_paid(self, by_staff, transfer):
        attempt_transfer(transfer_id=transfer.pk)
        (row,) = by_staff.get(TRANSFERS).json()["data"]["transfers"]
        assert [row[name] for name in ("status", "reason", "asked_of", "asked_what", "next_retry_at")] == [
            "completed", None, None, None, None,
        ]  # fmt: skip

    def test_is_cut_by_limit_and_offset(self, by_staff, transfer):
        newer = paid_order().transfers.get()

        def page(**query):
            data = by_staff.get(TRANSFERS, **query).json()["data"]
            return [row["id"] for row in data["transfers"]], data["total"]

        assert page() == ([str(newer.pk), str(transfer.pk)], 2)
        assert (page(limit=1), page(limit=1, offset=1)) == (([str(newer.pk)], 2), ([str(transfer.pk)], 2))
        assert page(offset=5) == ([], 2)

    def test_asks_the_database_as_often_for_three_as_for_one(self, by_staff, transfer):
        asked = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                by_staff.get(TRANSFERS)
            asked.append(len(queries))
            paid_order()
        assert asked[0] == asked[2] <= 6

    def test_filters(self, by_staff, transfer):
        Transfer.objects.update(created_at=datetime(2026, 2, 23, 12, tzinfo=UTC))

        def total(**query):
            return by_staff.get(TRANSFERS, **query).json()["data"]["total"]

        assert (total(status="pending"), total(status="failed")) == (1, 0)
        assert (total(seller_id=str(transfer.seller_id)), total(seller_id="nobody")) == (1, 0)
        assert (total(**{"from": "2026-02-23"}), total(**{"from": "2026-02-24"})) == (1, 0)
        assert (total(to="2026-02-23"), total(to="2026-02-23T11:00:00Z"), total(to="2026-02-22")) == (1, 0, 0)
        assert (total(to="9999-12-31"), total(to="0001-01-01"), total(**{"from": "9999-12-31"})) == (1, 0, 0)

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

    def test_answers_the_same_under_its_key(self, by_staff, transfer):
        path, key = f"{TRANSFERS}/{transfer.pk}/retry", {"Idempotency-Key": "one-retry"}
        SandboxMishap.objects.create(kind="down")

        first, again = (by_staff.post(path, headers=key) for _ in range(2))

        expected = {"success": True, "data": {"id": str(transfer.pk), "status": "failed", "retry_count": 1}}
        assert (first.status_code, first.json(), "Idempotent-Replayed" in first.headers) == (200, expected, False)
        assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (200, expected, "true")
        other = paid_order(product=ProductFactory(by=transfer.seller)).transfers.get()
        assert by_staff.post(f"{TRANSFERS}/{other.pk}/retry", headers=key).status_code == 422
        assert by_staff.post(path, headers={"Idempotency-Key": "k" * 256}).status_code == 400

    def test_keeps_no_refusal_under_its_key(self, by_staff, transfer):
        path, key = f"{TRANSFERS}/{transfer.pk}/retry", {"Idempotency-Key": "one-retry"}
        Transfer.objects.update(retried_at=datetime.now(UTC))
        assert by_staff.post(path, headers=key).status_code == 409
        Transfer.objects.update(retried_at=None)
        assert by_staff.post(path, headers=key).status_code == 200

    def test_is_for_staff_and_known_transfers(self, caller, anonymous, by_staff, transfer):
        path = f"{TRANSFERS}/{transfer.pk}/retry"
        assert (caller.post(path).status_code, anonymous.post(path).status_code) == (403, 401)
        assert by_staff.post(f"{TRANSFERS}/nothing/retry").status_code == 404
