import itertools

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Conflict, NotFound
from config.money import vat_within
from marketplace.models import Invoice, InvoiceSeries, Order, OrderLine, SellerAccount
from marketplace.queries.invoices import rates_of, vat_share
from marketplace.verbs.invoices import invoice_of, issue_credit_note, issue_invoice, render_invoice
from ontology.models import Entity
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, paid_order, pay
from tests.factories.subscriptions import TierFactory, subscribed
from tests.mails import delivered
from tests.marketplace.verbs.test_licenses import refunded

pytestmark = pytest.mark.django_db
MOMENT = "2026-11-22T08:00:00Z"


@pytest.fixture
def order(user):
    """Two seats of a song at 19 % and a gift card without VAT, from two sellers, in the name of a firm."""
    mira, jo = UserFactory(name="Mira"), UserFactory(name="Jo", company="Jo & Sons")
    connect(mira)
    SellerAccount.objects.filter(user=mira).update(vat_id="DE123456789")
    song = ProductFactory(by=mira, title="Song", price_cents=11900)
    placed = OrderFactory(by=user, product=song, quantity=2)
    OrderLine.objects.filter(order=placed).update(vat_bp=1900, vat_cents=vat_within(23800, 1900))
    card = ProductFactory(by=jo, title="Card", price_cents=500, kind="physical")
    words = {"unit_cents": 500, "gross_cents": 500, "fee_cents": 50, "quantity": 1, "title": "Card"}
    OrderLine.objects.create(order=placed, product=card, kind="physical", seller=jo, **words)
    billing = {"name": "Ada Lovelace", "company": "Analytical", "line1": "Row 1", "city": "Paris", "country": "FR"}
    Order.objects.filter(pk=placed.pk).update(total_cents=24300, vat_cents=3800, billing=billing)
    placed.payments.update(amount_cents=24300)
    with time_machine.travel(MOMENT, tick=False):
        issued = issue_after_paying(placed)
    return issued.order


def issue_after_paying(placed):
    Order.objects.filter(pk=placed.pk).update(status="paid", paid_at="2026-11-22T07:59:00Z")
    placed.payments.update(status="succeeded", captured_cents=24300)
    return issue_invoice(order=Order.objects.get(pk=placed.pk))


def seller(name, vat_id=""):
    return {"name": name, "vat_id": vat_id}


class TestIssueInvoice:
    def test_keeps_all_that_the_law_asks_for(self, order, user, settings):
        snapshot = Invoice.objects.get().snapshot
        lines = {line["title"]: line for line in snapshot.pop("lines")}
        assert lines == {
            "Song": {
                "title": "Song", "kind": "digital", "quantity": 2, "unit_cents": 11900,
                "unit_net_cents": 10000, "gross_cents": 23800, "net_cents": 20000, "vat_bp": 1900, "vat_cents": 3800,
                "seller": seller("Mira", "DE123456789"),
            },
            "Card": {
                "title": "Card", "kind": "physical", "quantity": 1, "unit_cents": 500,
                "unit_net_cents": 500, "gross_cents": 500, "net_cents": 500, "vat_bp": 0, "vat_cents": 0,
                "seller": seller("Jo & Sons"),
            },
        }  # fmt: skip
        assert snapshot == {
            "kind": "invoice",
            "number": "INV-2026-000001",
            "issued_at": MOMENT,
            "supply_at": "2026-11-22T07:59:00Z",
            "order": {"id": str(order.pk), "number": order.number},
            "issuer": {"name": "Stoa", "address": [], "country": "", "vat_id": ""},
            "buyer": {
                "name": "Ada Lovelace", "company": "Analytical", "line1": "Row 1", "city": "Paris", "country": "FR",
                "email": "ada@example.com",
            },
            "currency": "EUR",
            "rates": [
                {"vat_bp": 1900, "net_cents": 20000, "vat_cents": 3800, "gross_cents": 23800},
                {"vat_bp": 0, "net_cents": 500, "vat_cents": 0, "gross_cents": 500},
            ],
            "net_cents": 20500,
            "vat_cents": 3800,
            "total_cents": 24300,
            "is_reverse_charge": False,
            "notes": ["No VAT is charged on what is listed at 0 %: its seller states none."],
        }  # fmt: skip

    def test_is_remembered_by_its_buyer_alone(self, order, user):
        entity = Entity.objects.get(pk=Invoice.objects.get().pk)
        assert (entity.type, entity.name, entity.owner, entity.is_private) == (
            "invoice",
            "INV-2026-000001",
            user,
            True,
        )

    def test_comes_once_and_with_the_payment(self, user):
        order = paid_order(by=user)
        invoice = Invoice.objects.get()
        assert (invoice.order, issue_invoice(order=order)) == (order, invoice)
        assert InvoiceSeries.objects.get().next_number == 2

    def test_is_told_by_mail_with_a_link(self, user):
        order = paid_order(by=user, product=ProductFactory(title="Dawn"))
        mail = next(each for each in delivered() if order.number in each.subject)
        number = Invoice.objects.get().full_number
        assert (mail.to, mail.subject) == ([user.email], f"Your order {order.number} is paid")
        for words in (number, "1 thing of 29.99 EUR", f"{settings.SITE_URL}/orders/{order.pk}/"):
            assert words in mail.body

    def test_is_not_needed_for_what_is_free(self, user):
        order = paid_order(by=user, product=ProductFactory(price_cents=0))
        assert (issue_invoice(order=order), Invoice.objects.count(), InvoiceSeries.objects.count()) == (None, 0, 0)
        assert [each.subject for each in delivered() if order.number in each.subject] == [
            f"Your order {order.number} is complete"
        ]

    def test_says_reverse_charge(self, user, settings):
        settings.INVOICE_COUNTRY = "DE"
        order = OrderFactory(by=user)
        Order.objects.filter(pk=order.pk).update(billing={"company": "Analytical", "vat_id": "FR12345678901"})
        pay(order)
        snapshot = Invoice.objects.get().snapshot
        assert snapshot["is_reverse_charge"] is True
        assert snapshot["notes"] == [
            "Reverse charge: VAT is to be accounted for by the customer (Directive 2006/112/EC, article 196)."
        ]

    def test_says_of_goods_that_they_are_exempt(self, user, settings):
        settings.INVOICE_COUNTRY = "DE"
        order = OrderFactory(by=user, product=ProductFactory(kind="physical"))
        Order.objects.filter(pk=order.pk).update(billing={"company": "Analytical", "vat_id": "FR12345678901"})
        pay(order)
        snapshot = Invoice.objects.get().snapshot
        goods = "Intra-Community supply of goods, exempt from VAT (Directive 2006/112/EC, article 138)."
        assert (snapshot["is_reverse_charge"], snapshot["notes"]) == (True, [goods])

    @pytest.mark.parametrize(
        ("home", "vat_id"),
        [("FR", "FR1234"), ("", "FR1234"), ("DE", "CH1234"), ("DE", ""), ("GR", "EL1234"), ("EL", "EL1234")],
    )
    def test_says_it_to_no_others(self, user, settings, home, vat_id):
        settings.INVOICE_COUNTRY = home
        order = OrderFactory(by=user)
        Order.objects.filter(pk=order.pk).update(billing={"vat_id": vat_id})
        pay(order)
        assert Invoice.objects.get().snapshot["is_reverse_charge"] is False

    def test_of_a_subscription_names_its_vat_and_whom_the_buyer_last_named(self, user):
        billing = {"name": "", "company": "Analytical", "line1": "1 Engine Road", "city": "Berlin", "country": "DE"}
        for company in ("Difference", "Analytical"):
            order = OrderFactory(by=user)
            Order.objects.filter(pk=order.pk).update(billing=billing | {"company": company})
            pay(order)
        paid_order(by=user)
        subscription = subscribed(user, TierFactory(name="Basic", price_cents=11900, vat_bp=1900))

        snapshot = subscription.charges.get().invoices.get().snapshot
        assert snapshot["buyer"] == billing | {"company": "Analytical", "email": user.email}
        assert snapshot["rates"] == [{"vat_bp": 1900, "net_cents": 10000, "vat_cents": 1900, "gross_cents": 11900}]
        assert [(line["unit_cents"], line["unit_net_cents"]) for line in snapshot["lines"]] == [(11900, 10000)]
        assert (snapshot["net_cents"], snapshot["vat_cents"], snapshot["total_cents"]) == (10000, 1900, 11900)
        assert snapshot["notes"] == []

    def test_of_a_subscription_says_reverse_charge(self, user, settings):
        settings.INVOICE_COUNTRY = "DE"
        order = OrderFactory(by=user)
        Order.objects.filter(pk=order.pk).update(billing={"company": "Analytical", "vat_id": "FR12345678901"})
        pay(order)
        snapshot = subscribed(user, TierFactory()).charges.get().invoices.get().snapshot
        assert (snapshot["is_reverse_charge"], snapshot["buyer"]["vat_id"]) == (True, "FR12345678901")

    def test_of_a_subscription_names_nobody_else(self, user, stranger):
        order = OrderFactory(by=stranger)
        Order.objects.filter(pk=order.pk).update(billing={"company": "Analytical"})
        pay(order)
        snapshot = subscribed(user, TierFactory()).charges.get().invoices.get().snapshot
        assert snapshot["buyer"] == {"name": user.display_name, "email": user.email}

    def test_begins_anew_each_year(self, user):
        for year in ("2026", "2027"):
            with time_machine.travel(f"{year}-12-31T23:59:00Z", tick=False):
                paid_order(by=user)
        assert sorted(map(str, Invoice.objects.all())) == ["INV-2026-000001", "INV-2027-000001"]

    def test_that_fails_gives_its_number_back(self, user):
        order = OrderFactory(by=user)

        def fail():
            with transaction.atomic():
                pay(order)
                assert str(Invoice.objects.get()).endswith("-000001")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert not Invoice.objects.exists()
        pay(order)
        paid_order(by=user)
        assert list(Invoice.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


class TestIssueCreditNote:
    def test_takes_off_what_was_given_back(self, order, user):
        with time_machine.travel("2026-12-01T00:00:00Z", tick=False):
            note = issue_credit_note(refund=refunded(order, Song=11900))
        first = Invoice.objects.get(kind="invoice")
        assert (note.full_number, note.order, note.snapshot["corrects"]) == (
            "CN-2026-000001",
            order,
            {"number": first.full_number, "issued_at": MOMENT},
        )
        (line,) = note.snapshot["lines"]
        assert (line["title"], line["quantity"], line["gross_cents"], line["vat_cents"]) == ("Song", None, 11900, 1900)
        names = ("total_cents", "vat_cents", "net_cents", "reason", "buyer")
        assert [note.snapshot[name] for name in names] == [11900, 1900, 10000, "x", first.snapshot["buyer"]]

    def test_counts_the_things_where_all_of_them_went_back(self, order):
        note = issue_credit_note(refund=refunded(order, Song=23800))
        assert [line["quantity"] for line in note.snapshot["lines"]] == [2]

    def test_is_one_a_refund_and_none_without_an_invoice(self, order, user):
        refund = refunded(order, Song=100)
        assert issue_credit_note(refund=refund) == issue_credit_note(refund=refund)
        assert Invoice.objects.filter(kind="credit_note").count() == 1
        free = paid_order(by=user)
        Invoice.objects.filter(order=free).delete()
        assert issue_credit_note(refund=refunded(free, **{free.lines.get().title: 1})) is None

    def test_parts_add_up_to_the_whole(self, order):
        notes = [issue_credit_note(refund=refunded(order, Song=cents)) for cents in (1, 9999, 13333, 467)]
        assert sum(note.snapshot["total_cents"] for note in notes) == 23800
        assert sum(note.snapshot["vat_cents"] for note in notes) == 3800
        assert [note.number for note in notes] == [1, 2, 3, 4]

    @given(gross=st.integers(1, 10**11), rate=st.integers(0, 10_000), cuts=st.lists(st.floats(0, 1), max_size=6))
    def test_shares_of_vat_never_drift(self, gross, rate, cuts):
        line = OrderLine(gross_cents=gross, vat_cents=vat_within(gross, rate))
        marks = [0, *sorted(int(cut * gross) for cut in cuts), gross]
        parts = [vat_share(line, after) - vat_share(line, before) for before, after in itertools.pairwise(marks)]
        assert sum(parts) == line.vat_cents
        assert all(
            0 <= part <= after - before + 1
            for part, (before, after) in zip(parts, itertools.pairwise(marks), strict=True)
        )


@given(st.lists(st.tuples(st.sampled_from([0, 550, 700, 1900, 2000]), st.integers(0, 10**9)), min_size=1, max_size=20))
def test_rates_hold_every_cent(lines):
    told = [{"vat_bp": rate, "gross_cents": gross, "vat_cents": vat_within(gross, rate)} for rate, gross in lines]
    told = [{**line, "net_cents": line["gross_cents"] - line["vat_cents"]} for line in told]
    rates = rates_of(told)
    assert [each["vat_bp"] for each in rates] == sorted({rate for rate, _ in lines}, reverse=True)
    assert all(each["net_cents"] + each["vat_cents"] == each["gross_cents"] for each in rates)
    assert sum(each["gross_cents"] for each in rates) == sum(gross for _, gross in lines)


class TestInvoiceOf:
    def test_is_the_buyers_alone(self, user, stranger, staff):
        product = ProductFactory()
        order = paid_order(by=user, product=product)
        assert invoice_of(order_id=str(order.pk), by=user) == Invoice.objects.get()
        for other in (stranger, staff, product.seller):
            with pytest.raises(NotFound):
                invoice_of(order_id=order.pk, by=other)
        with pytest.raises(NotFound):
            invoice_of(order_id="nonsense", by=user)

    def test_waits_for_the_payment(self, user):
        with pytest.raises(Conflict) as refused:
            invoice_of(order_id=OrderFactory(by=user).pk, by=user)
        assert refused.value.code == "not_paid"

    def test_says_that_nothing_was_charged(self, user):
        order = paid_order(by=user, product=ProductFactory(price_cents=0))
        with pytest.raises(Conflict) as refused:
            invoice_of(order_id=order.pk, by=user)
        assert refused.value.code == "no_invoice"

    def test_finds_a_credit_note_by_its_number(self, order, user):
        note = issue_credit_note(refund=refunded(order, Song=100))
        assert invoice_of(order_id=order.pk, number=note.full_number, by=user) == note
        assert invoice_of(order_id=order.pk, by=user).kind == "invoice"
        with pytest.raises(NotFound):
            invoice_of(order_id=order.pk, number="CN-2026-000009", by=user)


class TestRenderInvoice:
    def test_draws_the_same_bytes_and_names_the_number(self, order):
        invoice = Invoice.objects.get()
        drawn = render_invoice(invoice)
        assert drawn == render_invoice(Invoice.objects.get())
        assert (drawn[:5], drawn.count(invoice.full_number.encode()) >= 3) == (b"%PDF-", True)
        for words in (b"Analytical", b"DE123456789", b"Jo & Sons", b"243.00 EUR", b"19 %"):
            assert words in drawn
