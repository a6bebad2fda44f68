"""Invoices and credit notes as API consumers fetch them; payments-design.md §6, number 30."""

import pytest

from marketplace.models import Invoice
from marketplace.verbs.invoices import issue_credit_note
from tests.clients import Caller
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order
from tests.marketplace.verbs.test_licenses import refunded

pytestmark = pytest.mark.django_db


def path_of(order):
    return f"/api/v1/marketplace/orders/{order.pk}/invoice"


class TestRetrieve:
    def test_is_a_pdf_that_names_its_number_and_stays_the_same(self, caller, user):
        order = paid_order(by=user)
        answers = [caller.get(path_of(order)) for _ in range(2)]
        number = Invoice.objects.get().full_number
        assert {answer.status_code for answer in answers} == {200}
        assert {answer["Content-Type"] for answer in answers} == {"application/pdf"}
        assert answers[0]["Content-Disposition"] == f'inline; filename="{number}.pdf"'
        assert (answers[0].content[:4], number.encode() in answers[0].content) == (b"%PDF", True)
        assert answers[0].content == answers[1].content

    def test_is_the_buyers_alone(self, user, stranger, staff, anonymous):
        product = ProductFactory()
        order = paid_order(by=user, product=product)
        for other in (stranger, staff, product.seller):
            assert Caller.signed_in_as(other).get(path_of(order)).status_code == 404
        assert anonymous.get(path_of(order)).status_code == 401

    @pytest.mark.parametrize(("price", "code"), [(2999, "not_paid"), (0, "no_invoice")])
    def test_is_not_there_for_every_order(self, caller, user, price, code):
        order = OrderFactory(by=user, product=ProductFactory(price_cents=price))
        answer = caller.get(path_of(order))
        assert (answer.status_code, answer.json()["code"]) == (409, code)

    @pytest.mark.parametrize("key", ["nonsense", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f", "%00"])
    def test_of_an_unknown_order_is_404(self, caller, key):
        assert caller.get(f"/api/v1/marketplace/orders/{key}/invoice").status_code == 404


class TestList:
    def test_names_the_invoice_and_its_credit_notes(self, caller, user, stranger):
        order = paid_order(by=user, product=ProductFactory(title="Song", price_cents=1000))
        issue_credit_note(refund=refunded(order, Song=250))
        listed = caller.get(f"{path_of(order)}s").json()["data"]["invoices"]
        assert [(each["kind"], each["total_cents"], each["currency"]) for each in listed] == [
            ("invoice", 1000, "EUR"),
            ("credit_note", 250, "EUR"),
        ]
        drawn = [caller.get(each["url"]).content for each in listed]
        assert all(each["number"].encode() in pdf for each, pdf in zip(listed, drawn, strict=True))
        assert caller.get(path_of(order), number="CN-2026-9").status_code == 404
        assert Caller.signed_in_as(stranger).get(f"{path_of(order)}s").status_code == 404
