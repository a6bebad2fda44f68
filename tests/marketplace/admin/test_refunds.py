"""Staff see refunds, reversals and differences, ask providers by verbs, and say how a difference ended."""

import pytest
from django.urls import reverse

from marketplace.models import Difference, Refund, SandboxMishap, TransferReversal
from marketplace.verbs.differences import note_difference
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.refund_outcomes import apply_refund_state
from marketplace.verbs.refunds import refund_order
from marketplace.verbs.transfers import attempt_transfer
from tests.clients import verified_client
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, given_back, paid_order
from tests.marketplace.admin.test_admin import press

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(staff):
    return verified_client(staff)


class TestRefunds:
    def test_are_asked_about(self, office):
        order = paid_order()
        refund = refund_order(order_id=order.pk, reason="Broken", by=order.buyer)
        assert press(office, "refund", "ask_the_provider", refund) == [f"{refund}: now pending"]
        assert press(office, "refund", "ask_the_provider", refund) == [f"{refund}: now pending"]
        apply_refund_state(provider_id=refund.provider_id, status="succeeded")
        done = [f"{refund}: it has ended, or is being asked about"]
        assert press(office, "refund", "ask_the_provider", refund) == done

    def test_of_what_is_owed_are_sent_again(self, office):
        product = ProductFactory(stock=1)
        order = OrderFactory(product=product)
        payment = order.payments.get()
        apply_payment_state(provider_id=payment.provider_id, status="failed")
        OrderFactory(product=product)
        apply_payment_state(provider_id=payment.provider_id, status="succeeded")
        apply_refund_state(provider_id=Refund.objects.get().provider_id, status="failed")
        assert press(office, "payment", "send_back", payment) == [f"{payment}: 29.99 EUR on its way"]
        assert press(office, "payment", "send_back", payment) == [f"{payment}: Nothing is owed, or it is on its way"]


class TestReversals:
    def test_are_tried_now(self, office):
        seller = UserFactory()
        connect(seller)
        order = paid_order(product=ProductFactory(by=seller))
        attempt_transfer(transfer_id=order.transfers.get().pk)
        given_back(order)
        SandboxMishap.objects.create(call="reversal", kind="down")
        reversal = TransferReversal.objects.get()
        assert press(office, "transferreversal", "take_back", reversal) == [f"{reversal}: now pending"]
        assert press(office, "transferreversal", "take_back", reversal) == [f"{reversal}: nothing is due"]


class TestDifferences:
    @pytest.fixture
    def place(self, db):
        row = note_difference(kind="payment_amount", reference="pay_x", currency="EUR", ours=1, theirs=2)
        return reverse("admin:marketplace_difference_change", args=[row.pk])

    def test_are_resolved_in_words(self, office, staff, place):
        assert "0.02 EUR" in office.get(place).content.decode()
        assert office.post(place, {"resolution": ""}).status_code == 200
        assert office.post(place, {"resolution": "The bank was late"}).status_code == 302
        row = Difference.objects.get()
        assert (row.resolution, row.resolved_by, row.ours_cents) == ("The bank was late", staff, 1)
        again = office.post(place, {"resolution": "Or not"})
        assert (again.status_code, "resolved already" in again.content.decode()) == (200, True)
        assert Difference.objects.get().resolution == "The bank was late"

    def test_are_changed_in_no_other_way(self, office, place):
        listing = reverse("admin:marketplace_difference_changelist")
        assert office.post(f"{listing}add/", {}).status_code == 403
        assert office.post(place.replace("change", "delete"), {"post": "yes"}).status_code == 403
