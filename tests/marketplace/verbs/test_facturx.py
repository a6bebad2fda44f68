"""What machines read of an invoice: the same figures as its page, by the norm, and nothing where the norm cannot be met."""

import io
from xml.etree import ElementTree

import pytest
from django.core.checks import run_checks
from pypdf import PdfReader

from marketplace import checks
from marketplace.models import Invoice
from marketplace.verbs.facturx import attach
from marketplace.verbs.invoice_pdf import draw
from marketplace.verbs.invoices import render_invoice
from tests.factories.marketplace import paid_order

LINE = {
    "title": "Song", "kind": "digital", "quantity": 3, "unit_cents": 397, "gross_cents": 1190, "net_cents": 1000,
    "vat_bp": 1900, "vat_cents": 190, "seller": {"name": "Mira", "vat_id": "DE2"},
}  # fmt: skip
FREE = LINE | {"vat_bp": 0, "net_cents": 1190, "vat_cents": 0}


def snapshot(**changes):
    return {
        "kind": "invoice", "number": "INV-2026-000007", "issued_at": "2026-11-22T08:00:01Z",
        "supply_at": "2026-11-21T08:00:00Z", "order": {"id": "1", "number": "S-AAAA-BBBBBB"},
        "issuer": {"name": "Stoa", "address": ["Row 1", "10115 Berlin"], "country": "DE", "vat_id": "DE1"},
        "buyer": {"name": "Ada", "company": "Ada & Co", "email": "ada@example.com", "line1": "Way 2", "city": "Graz",
                  "postcode": "8010", "country": "AT", "vat_id": "ATU1"},
        "currency": "EUR", "lines": [LINE], "net_cents": 1000, "vat_cents": 190, "total_cents": 1190,
        "rates": [{"vat_bp": 1900, "net_cents": 1000, "vat_cents": 190, "gross_cents": 1190}],
        "is_reverse_charge": False, "notes": [],
    } | changes  # fmt: skip


def untaxed(**changes):
    rates = [{"vat_bp": 0, "net_cents": 1190, "vat_cents": 0, "gross_cents": 1190}]
    return snapshot(lines=[FREE], rates=rates, net_cents=1190, vat_cents=0, notes=["None is due."]) | changes


def attached(document):
    """The one file within, as it lies there."""
    reader = PdfReader(io.BytesIO(attach(draw(document), document)))
    return {name: parts[0] for name, parts in reader.attachments.items()}


def read(document):
    """By local name and path, every text of the XML in its order."""
    found = []

    def walk(element, path):
        here = [*path, element.tag.rpartition("}")[2]]
        if element.text and element.text.strip():
            found.append(("/".join(here[1:]), element.text))
        for child in element:
            walk(child, here)

    xml = attached(document)["factur-x.xml"]
    walk(ElementTree.fromstring(xml), [])  # noqa: S314 -- it is our own
    return found


def values(document, end):
    return [text for path, text in read(document) if path.endswith(end)]


class TestAttached:
    def test_says_what_the_page_says(self):
        told = read(snapshot())
        trade = "SupplyChainTradeTransaction"
        line, settlement = f"{trade}/IncludedSupplyChainTradeLineItem", f"{trade}/ApplicableHeaderTradeSettlement"
        agreement, sums = f"{trade}/ApplicableHeaderTradeAgreement", "SpecifiedTradeSettlementHeaderMonetarySummation"
        assert told == [
            ("ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID", "urn:cen.eu:en16931:2017"),
            ("ExchangedDocument/ID", "INV-2026-000007"),
            ("ExchangedDocument/TypeCode", "380"),
            ("ExchangedDocument/IssueDateTime/DateTimeString", "20261122"),
            (f"{line}/AssociatedDocumentLineDocument/LineID", "1"),
            (f"{line}/SpecifiedTradeProduct/Name", "Song"),
            (f"{line}/SpecifiedTradeProduct/Description", "Sold by Mira, VAT id DE2"),
            (f"{line}/SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount", "10.00"),
            (f"{line}/SpecifiedLineTradeAgreement/NetPriceProductTradePrice/BasisQuantity", "3"),
            (f"{line}/SpecifiedLineTradeDelivery/BilledQuantity", "3"),
            (f"{line}/SpecifiedLineTradeSettlement/ApplicableTradeTax/TypeCode", "VAT"),
            (f"{line}/SpecifiedLineTradeSettlement/ApplicableTradeTax/CategoryCode", "S"),
            (f"{line}/SpecifiedLineTradeSettlement/ApplicableTradeTax/RateApplicablePercent", "19"),
            (
                f"{line}/SpecifiedLineTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount",
                "10.00",
            ),
            (f"{agreement}/SellerTradeParty/Name", "Stoa"),
            (f"{agreement}/SellerTradeParty/PostalTradeAddress/LineOne", "Row 1"),
            (f"{agreement}/SellerTradeParty/PostalTradeAddress/LineTwo", "10115 Berlin"),
            (f"{agreement}/SellerTradeParty/PostalTradeAddress/CountryID", "DE"),
            (f"{agreement}/SellerTradeParty/SpecifiedTaxRegistration/ID", "DE1"),
            (f"{agreement}/BuyerTradeParty/Name", "Ada & Co"),
            (f"{agreement}/BuyerTradeParty/PostalTradeAddress/PostcodeCode", "8010"),
            (f"{agreement}/BuyerTradeParty/PostalTradeAddress/LineOne", "Way 2"),
            (f"{agreement}/BuyerTradeParty/PostalTradeAddress/CityName", "Graz"),
            (f"{agreement}/BuyerTradeParty/PostalTradeAddress/CountryID", "AT"),
            (f"{agreement}/BuyerTradeParty/SpecifiedTaxRegistration/ID", "ATU1"),
            (f"{agreement}/SellerOrderReferencedDocument/IssuerAssignedID", "S-AAAA-BBBBBB"),
            (
                f"{trade}/ApplicableHeaderTradeDelivery/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString",
                "20261121",
            ),
            (f"{settlement}/InvoiceCurrencyCode", "EUR"),
            (f"{settlement}/ApplicableTradeTax/CalculatedAmount", "1.90"),
            (f"{settlement}/ApplicableTradeTax/TypeCode", "VAT"),
            (f"{settlement}/ApplicableTradeTax/BasisAmount", "10.00"),
            (f"{settlement}/ApplicableTradeTax/CategoryCode", "S"),
            (f"{settlement}/ApplicableTradeTax/RateApplicablePercent", "19"),
            (f"{settlement}/{sums}/LineTotalAmount", "10.00"),
            (f"{settlement}/{sums}/ChargeTotalAmount", "0"),
            (f"{settlement}/{sums}/AllowanceTotalAmount", "0"),
            (f"{settlement}/{sums}/TaxBasisTotalAmount", "10.00"),
            (f"{settlement}/{sums}/TaxTotalAmount", "1.90"),
            (f"{settlement}/{sums}/GrandTotalAmount", "11.90"),
            (f"{settlement}/{sums}/TotalPrepaidAmount", "11.90"),
            (f"{settlement}/{sums}/DuePayableAmount", "0"),
        ]

    def test_is_the_same_bytes_twice_and_still_a_page(self, time_machine):
        time_machine.move_to("2026-11-22T09:00:00Z", tick=False)
        first = attach(draw(snapshot()), snapshot())
        time_machine.move_to("2031-01-01T09:00:00Z", tick=False)
        assert attach(draw(snapshot()), snapshot()) == first
        page = PdfReader(io.BytesIO(first))
        assert (len(page.pages), page.metadata.title) == (1, "Invoice INV-2026-000007")
        assert "Invoice INV-2026-000007" in page.pages[0].extract_text()

    def test_a_credit_note_names_its_invoice(self):
        first = {"number": "INV-2026-000001", "issued_at": "2026-01-02T08:00:00Z"}
        note = snapshot(kind="credit_note", number="CN-2026-000001", corrects=first, reason="Too loud")
        assert values(note, "ExchangedDocument/TypeCode") == ["381"]
        assert values(note, "InvoiceReferencedDocument/IssuerAssignedID") == ["INV-2026-000001"]
        assert values(note, "IncludedNote/Content") == ["Too loud"]

    @pytest.mark.parametrize(
        ("changes", "category", "code"),
        [
            ({"is_reverse_charge": True}, "AE", ["VATEX-EU-AE"]),
            ({}, "E", []),
            ({"issuer": snapshot()["issuer"] | {"vat_id": ""}}, "O", ["VATEX-EU-O"]),
        ],
    )
    def test_says_why_there_is_no_vat(self, changes, category, code):
        document = untaxed(**changes)
        assert values(document, "CategoryCode") == [category, category]
        assert values(document, "ExemptionReasonCode") == code
        assert values(document, "ExemptionReason") == ["None is due."]

    def test_takes_any_text(self):
        odd = snapshot(lines=[LINE | {"title": "<b>\x01\ufffe & 🎵"}])
        assert values(odd, "SpecifiedTradeProduct/Name") == ["<b> & 🎵"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"buyer": {"name": "Ada", "email": "ada@example.com"}},
            {"issuer": snapshot()["issuer"] | {"country": ""}},
            {"issuer": snapshot()["issuer"] | {"vat_id": ""}},
            {"currency": "KWD"},
            {"is_reverse_charge": True, "buyer": snapshot()["buyer"] | {"vat_id": ""}},
        ],
    )
    def test_is_left_out_where_the_norm_cannot_be_met(self, changes):
        document = snapshot(**changes)
        assert attach(draw(document), document) == draw(document)


@pytest.mark.django_db
class TestSwitchedOn:
    def test_reaches_the_document_of_an_order(self, settings):
        settings.INVOICE_COUNTRY = "DE"
        order = paid_order()
        invoice = Invoice.objects.get(order=order)
        invoice.snapshot["buyer"]["country"] = "AT"
        plain = render_invoice(invoice)

        settings.INVOICE_FACTURX = True

        assert plain == draw(invoice.snapshot)
        assert list(PdfReader(io.BytesIO(render_invoice(invoice))).attachments) == ["factur-x.xml"]

    def test_without_the_extra_the_start_says_so(self, settings, monkeypatch):
        settings.INVOICE_FACTURX = True
        assert [fault for fault in run_checks() if fault.id == "marketplace.E001"] == []
        monkeypatch.setattr(checks, "find_spec", lambda name: None)
        assert [fault.hint for fault in run_checks() if fault.id == "marketplace.E001"] == [
            "Start with `INVOICE_FACTURX=1 make run`, which installs it."
        ]
