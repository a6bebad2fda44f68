"""What buyers get, under real concurrency (payments-design.md §6, R of numbers 15 and 30): on SQLite and PostgreSQL alike."""

import io

import pytest
from django.db import transaction
from django.utils.timezone import now

from config.errors import DomainError
from marketplace.gateways.sandbox_payments import settle
from marketplace.models import Invoice, InvoiceSeries, LedgerTransaction, License, Payment, Refund
from marketplace.verbs.downloads import note_download
from marketplace.verbs.invoices import issue_credit_note, render_invoice
from marketplace.verbs.licenses import grant_licenses, revoke_licenses
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.product_files import add_file, remove_file
from marketplace.verbs.webhooks import receive_webhook
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, paid_order
from tests.marketplace.verbs.test_at_once import at_once, outcome
from tests.marketplace.verbs.test_licenses import refunded

pytestmark = pytest.mark.django_db(transaction=True)


class TestAPaymentAtOnce:
    def test_gives_one_licence_a_seat_and_one_invoice(self):
        order = OrderFactory(quantity=3)
        hook = settle(order.payments.get().provider_id)

        results = at_once(*[lambda: receive_webhook(body=hook.body, signatures=hook.signatures)] * 10)

        assert [each for each in results if isinstance(each, Exception)] == []
        assert sorted(License.objects.values_list("seat", flat=True)) == [1, 2, 3]
        assert (Invoice.objects.count(), LedgerTransaction.objects.count(), order.transfers.count()) == (1, 1, 1)


class TestFiftyOrdersAtOnce:
    def test_are_numbered_from_one_to_fifty(self):
        """Ten fail after their invoice was written, and give its number back."""
        buyer, product = UserFactory(), ProductFactory()
        orders = [OrderFactory(by=buyer, product=product) for _ in range(60)]
        payments = list(Payment.objects.filter(order__in=orders).values_list("provider_id", flat=True))
        kept, failing = payments[:50], payments[50:]

        def pay(key):
            return apply_payment_state(provider_id=key, status="succeeded").status

        def pay_and_fail(key):
            with transaction.atomic():
                pay(key)
                raise DomainError("Something after it went wrong")

        calls = [
            call
            for start in range(10)
            for call in (
                *(lambda key=key: pay(key) for key in kept[start * 5 : start * 5 + 5]),
                lambda key=failing[start]: pay_and_fail(key),
            )
        ]
        # Twenty at a time: how many connections a database bears is not what is tested.
        results = [each for start in range(0, 60, 20) for each in at_once(*calls[start : start + 20])]

        assert sorted(map(str, results)) == ["Something after it went wrong"] * 10 + ["succeeded"] * 50
        assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 51))
        assert InvoiceSeries.objects.get().next_number == 51
        assert License.objects.count() == 50

    def test_credit_notes_have_their_own_row_of_numbers(self):
        orders = [paid_order(product=ProductFactory(title="Song", price_cents=1000)) for _ in range(10)]
        refunds = [refunded(order, Song=1000) for order in orders]

        results = at_once(*[lambda refund=refund: issue_credit_note(refund=refund) for refund in refunds])

        assert {outcome(each) for each in results} == {"Invoice"}
        notes = Invoice.objects.filter(kind="credit_note")
        assert sorted(notes.values_list("number", flat=True)) == list(range(1, 11))
        assert sorted(Invoice.objects.filter(kind="invoice").values_list("number", flat=True)) == list(range(1, 11))


def test_licences_granted_twice_at_once_are_one_a_seat():
    order = paid_order(quantity=2)
    lines = list(order.lines.all())
    License.objects.all().delete()

    at_once(*[lambda: grant_licenses(order=order, lines=lines)] * 6)

    assert sorted(License.objects.values_list("seat", flat=True)) == [1, 2]


def test_the_last_download_is_handed_out_once():
    license = paid_order().lines.get().licenses.get()
    License.objects.update(download_count=49, max_downloads=50)
    license.refresh_from_db()

    results = at_once(*[lambda: note_download(license, begins=True)] * 8)

    assert sorted(map(outcome, results)) == ["NoneType"] + ["download_limit"] * 7
    assert License.objects.get().download_count == 50


def test_a_revocation_and_downloads_at_once_end_revoked():
    order = paid_order(product=ProductFactory(title="Song", price_cents=1000))
    license, refund = License.objects.get(), refunded(order, Song=1000)
    calls = [lambda: note_download(license, begins=True)] * 4

    results = at_once(*calls, lambda: revoke_licenses(refund=refund))

    license.refresh_from_db()
    assert (license.status, {outcome(each) for each in results} <= {"NoneType", "license_revoked"}) == ("revoked", True)
    assert Refund.objects.get().settled_at is None or license.revoked_at <= now()


def test_two_files_removed_at_once_leave_buyers_one():
    seller = UserFactory()
    product = ProductFactory(by=seller)
    files = [add_file(product_id=product.pk, content=io.BytesIO(b"x"), name=name, by=seller) for name in "ab"]
    paid_order(product=product)

    results = at_once(
        *[lambda file=file: remove_file(product_id=product.pk, file_id=file.pk, by=seller) for file in files]
    )

    assert sorted(map(outcome, results)) == ["ProductFile", "in_use"]
    assert product.files.count() == 1


def test_an_invoice_is_drawn_the_same_by_all():
    paid_order()
    invoice = Invoice.objects.get()
    assert len(set(at_once(*[lambda: render_invoice(invoice)] * 6))) == 1
