"""What staff do with licences and invoices, all through verbs."""

import pytest
from django.urls import reverse

from conversations.models import Notification
from marketplace.models import Invoice, License
from tests.clients import verified_client
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(staff):
    return verified_client(staff)


@pytest.fixture
def order(user):
    return paid_order(by=user)


def press(office, action, *rows):
    path = reverse("admin:marketplace_license_changelist")
    answer = office.post(path, {"action": action, "_selected_action": [str(row.pk) for row in rows]}, follow=True)
    return [str(message) for message in answer.context["messages"]]


class TestLicenses:
    def test_are_revoked_also_where_they_were_bought(self, office, order, user):
        license = License.objects.get()
        assert press(office, "revoke", license) == [f"{license}: now revoked"]
        assert press(office, "revoke", license) == [f"{license}: This licence is revoked already."]
        assert Notification.objects.filter(user=user, text="Revoked by the platform.").count() == 1

    def test_may_be_downloaded_more_often(self, office, order):
        license = License.objects.get()
        assert press(office, "allow_more", license) == [f"{license}: 100 downloads allowed"]


class TestInvoices:
    def test_are_drawn_for_staff(self, office, order):
        invoice = Invoice.objects.get()
        page = office.get(reverse("admin:marketplace_invoice_change", args=[invoice.pk])).content.decode()
        place = reverse("admin:marketplace_invoice_paper", args=[invoice.pk])
        assert place in page
        answer = office.get(place)
        assert (answer.status_code, answer["Content-Type"], answer.content[:4]) == (200, "application/pdf", b"%PDF")

    def test_need_the_permission(self, order):
        support = verified_client(UserFactory(is_staff=True))
        assert (
            support.get(reverse("admin:marketplace_invoice_paper", args=[Invoice.objects.get().pk])).status_code == 403
        )
