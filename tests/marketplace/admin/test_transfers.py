"""Staff see why each transfer is not paid, whom it waits for and when it is tried next, and find them by that."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from marketplace.models import Payment, Transfer
from marketplace.queries.transfers import ASKABLE, explained, waiting_for, why_unpaid
from marketplace.verbs.refunds import refund_order
from tests.clients import verified_client
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(staff):
    return verified_client(staff)


@pytest.fixture
def transfers(user):
    """One in every state that there is a reason for."""
    connect(user)

    def sold(by=user, **changes):
        transfer = paid_order(product=ProductFactory(by=by)).transfers.get()
        Transfer.objects.filter(pk=transfer.pk).update(**changes)
        return transfer

    made = {
        "queued": sold(),
        "under_way": sold(status="processing", lease_until=now()),
        "seller_not_connected": sold(by=UserFactory()),
        "no_answer": sold(status="failed", last_error_code="no_answer", next_retry_at=now()),
        "balance_insufficient": sold(status="failed", last_error_code="balance_insufficient", next_retry_at=now()),
        "not_allowed": sold(status="failed", last_error_code="not_allowed", attempt_key="k", next_retry_at=now()),
        "resource_missing": sold(status="failed", last_error_code="resource_missing", next_retry_at=now()),
        "of_the_other_kind": sold(is_sandbox=False),
        "given_up": sold(status="failed", last_error_code="timeout", next_retry_at=None),
        "payment_disputed": sold(),
        "refund_pending": sold(),
        "refunded": sold(status="canceled", last_error_code="refunded"),
        "paid": sold(status="completed", provider_id="tr_1"),
    }
    Payment.objects.filter(order=made["payment_disputed"].order_id).update(dispute="open")
    order = made["refund_pending"].order
    refund_order(order_id=order.pk, reason="x", by=order.buyer)
    return made


class TestList:
    def test_tells_every_reason(self, office, transfers):
        text = office.get(reverse("admin:marketplace_transfer_changelist")).content.decode()
        for transfer in explained(Transfer.objects.all()):
            assert why_unpaid(transfer).asked_what.replace("'", "&#x27;") in text

    @pytest.mark.parametrize(("is_enabled", "stripe"), [(True, ""), (False, ""), (True, "sk_named")])
    def test_finds_by_whom_they_wait_for_what_it_says(self, office, transfers, settings, is_enabled, stripe):
        settings.TRANSFER_RETRY_ENABLED, settings.STRIPE_SECRET_KEY = is_enabled, stripe
        every = explained(Transfer.objects.all())
        for whom in ASKABLE:
            said = {transfer.pk for transfer in every if why_unpaid(transfer).asked_of == whom}
            assert {transfer.pk for transfer in waiting_for(every, whom)} == said
            page = office.get(reverse("admin:marketplace_transfer_changelist"), {"waits_for": whom})
            assert {transfer.pk for transfer in page.context["cl"].result_list} == said

    def test_asks_the_database_as_often_for_three_as_for_one(self, office):
        asked = []
        for _ in range(3):
            paid_order()
            office.get(reverse("admin:marketplace_transfer_changelist"))
            with CaptureQueriesContext(connection) as queries:
                office.get(reverse("admin:marketplace_transfer_changelist"))
            asked.append(len(queries))
        assert asked[0] == asked[2]

    def test_opens_one(self, office, transfers):
        path = reverse("admin:marketplace_transfer_change", args=[transfers["given_up"].pk])
        assert "Staff look at it and try it by hand." in office.get(path).content.decode()
