"""The invoice that machines read, attached to its PDF: Factur-X 1.0, profile EN 16931. Source: payments-design.md §4.

Made of the snapshot alone, as the page is. Optional: the extra `facturx` and INVOICE_FACTURX switch it on.
"""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from drafthorse.models.accounting import ApplicableTradeTax
from drafthorse.models.document import Document
from drafthorse.models.note import IncludedNote
from drafthorse.models.party import TaxRegistration
from drafthorse.models.tradelines import LineItem
from drafthorse.pdf import attach_xml

from config.money import EXPONENTS

Snapshot = dict[str, Any]
PROFILE = "urn:cen.eu:en16931:2017"
TYPE_CODES = {"invoice": "380", "credit_note": "381"}
MOST_DECIMALS = 2
PIECE = "C62"
VAT = "VAT"
UNSAYABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REASON_CODES = {"AE": "VATEX-EU-AE", "IC": "VATEX-EU-IC", "O": "VATEX-EU-O"}
STAMPS = re.compile(rb"(?:(?<=D:)|(?<=D\\072))\d{14}(?=Z)|(?<=Date>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=\+00:00<)")
"""When the library was asked, as it writes that into the file."""


def attach(pdf: bytes, snapshot: Snapshot) -> bytes:
    """The PDF with its data, the same bytes each time; as it was, where the snapshot has not what the norm demands."""
    if not can_carry(snapshot):
        return pdf
    title = f"{snapshot['kind'].replace('_', ' ').capitalize()} {snapshot['number']}"
    about = {"title": title, "subject": title, "creator": "Stoa", "author": snapshot["issuer"]["name"]}
    made = attach_xml(pdf, document_of(clean(snapshot)), metadata=about, lang="en")
    issued = moment(snapshot["issued_at"])
    plain, dashed = (f"{issued:{pattern}}".encode() for pattern in ("%Y%m%d%H%M%S", "%Y-%m-%dT%H:%M:%S"))
    return STAMPS.sub(lambda found: plain if len(found[0]) == len(plain) else dashed, made)


def can_carry(snapshot: Snapshot) -> bool:
    """Whether all is known that EN 16931 demands: both countries, the VAT id that goes with VAT, at most two decimals."""
    issuer, buyer = snapshot["issuer"], snapshot["buyer"]
    has_vat = any(line["vat_bp"] for line in snapshot["lines"])
    return bool(
        issuer["country"]
        and buyer.get("country")
        and (issuer["vat_id"] or not has_vat)
        and (buyer.get("vat_id") or not snapshot["is_reverse_charge"])
        and EXPONENTS.get(snapshot["currency"], 2) <= MOST_DECIMALS
    )


def document_of(snapshot: Snapshot) -> bytes:
    """The XML, checked against the norm's own schema by the library."""
    document = Document()
    document.context.guideline_parameter.id = PROFILE
    document.header.id = snapshot["number"]
    document.header.type_code = TYPE_CODES[snapshot["kind"]]
    document.header.issue_date_time = moment(snapshot["issued_at"]).date()
    for text in [*snapshot["notes"], *([snapshot["reason"]] if "reason" in snapshot else [])]:
        note = IncludedNote()
        note.content = text
        document.header.notes.add(note)
    _say_who(document, snapshot)
    for number, line in enumerate(snapshot["lines"], 1):
        document.trade.items.add(_line(number, line, snapshot))
    _settle(document, snapshot)
    return document.serialize(schema="FACTUR-X_EN16931")


def _say_who(document: Document, snapshot: Snapshot) -> None:
    issuer, buyer, agreement = snapshot["issuer"], snapshot["buyer"], document.trade.agreement
    agreement.seller.name = issuer["name"]
    agreement.seller.address.country_id = issuer["country"]
    lines = dict(zip(("line_one", "line_two", "line_three"), issuer["address"], strict=False))
    for name, text in lines.items():
        setattr(agreement.seller.address, name, text)
    agreement.buyer.name = buyer.get("company") or buyer["name"]
    names = {"postcode": "postcode", "line_one": "line1", "line_two": "line2", "city_name": "city"}
    for name, key in names.items():
        if buyer.get(key):
            setattr(agreement.buyer.address, name, buyer[key])
    agreement.buyer.address.country_id = buyer["country"]
    for party, vat_id in ((agreement.seller, issuer["vat_id"]), (agreement.buyer, buyer.get("vat_id"))):
        if vat_id:
            party.tax_registrations.add(TaxRegistration(id=("VA", vat_id)))
    if order := snapshot.get("order"):
        agreement.seller_order.issuer_assigned_id = order["number"]
    if supplied := snapshot.get("supply_at"):
        document.trade.delivery.event.occurrence = moment(supplied).date()


def _line(number: int, line: Snapshot, snapshot: Snapshot) -> LineItem:
    """One supply. Its price is that of all its pieces together, so that no cent is lost where it does not divide."""
    pieces = Decimal(line["quantity"] or 1)
    net = amount(line["net_cents"], snapshot)
    item = LineItem()
    item.document.line_id = str(number)
    item.product.name = line["title"]
    seller = line["seller"]
    item.product.description = f"Sold by {seller['name']}" + (
        f", VAT id {seller['vat_id']}" if seller["vat_id"] else ""
    )
    item.agreement.net.amount = net
    item.agreement.net.basis_quantity = (pieces, PIECE)
    item.delivery.billed_quantity = (pieces, PIECE)
    item.settlement.trade_tax.type_code = VAT
    category = category_of(line["vat_bp"], snapshot)
    item.settlement.trade_tax.category_code = category
    if category != "O":
        item.settlement.trade_tax.rate_applicable_percent = percent(line["vat_bp"])
    item.settlement.monetary_summation.total_amount = net
    return item


def _settle(document: Document, snapshot: Snapshot) -> None:
    settlement = document.trade.settlement
    settlement.currency_code = snapshot["currency"]
    for rate in snapshot["rates"]:
        settlement.trade_tax.add(_tax(rate, snapshot))
    net, vat, total = (amount(snapshot[name], snapshot) for name in ("net_cents", "vat_cents", "total_cents"))
    sums = settlement.monetary_summation
    sums.line_total, sums.charge_total, sums.allowance_total = net, Decimal(0), Decimal(0)
    sums.tax_basis_total, sums.tax_total = net, (vat, snapshot["currency"])
    # It is paid, or given back, when it is issued.
    sums.grand_total, sums.prepaid_total, sums.due_amount = total, total, Decimal(0)
    if first := snapshot.get("corrects"):
        settlement.invoice_referenced_document.issuer_assigned_id = first["number"]
        settlement.invoice_referenced_document.issue_date_time = moment(first["issued_at"]).date()


def _tax(rate: Snapshot, snapshot: Snapshot) -> ApplicableTradeTax:
    tax = ApplicableTradeTax()
    tax.type_code, tax.category_code = VAT, category_of(rate["vat_bp"], snapshot)
    tax.basis_amount, tax.calculated_amount = (amount(rate[name], snapshot) for name in ("net_cents", "vat_cents"))
    if tax.category_code != "O":
        tax.rate_applicable_percent = percent(rate["vat_bp"])
    if not rate["vat_bp"]:
        tax.exemption_reason = " ".join(snapshot["notes"]) or "No VAT is charged."
        if code := REASON_CODES.get(str(tax.category_code)):
            tax.exemption_reason_code = code
    return tax


def category_of(vat_bp: int, snapshot: Snapshot) -> str:
    """UNTDID 5305: standard rate, reverse charge, exempt, or, where the issuer has no VAT id, outside of VAT."""
    if vat_bp:
        return "S"
    if snapshot["is_reverse_charge"]:
        return "AE"
    return "E" if snapshot["issuer"]["vat_id"] else "O"


def clean(value: Any) -> Any:
    """The snapshot without what XML cannot say."""
    if isinstance(value, str):
        return UNSAYABLE.sub("", value)
    if isinstance(value, dict):
        return {name: clean(part) for name, part in value.items()}
    return [clean(part) for part in value] if isinstance(value, list) else value


def amount(cents: int, snapshot: Snapshot) -> Decimal:
    return Decimal(cents).scaleb(-EXPONENTS.get(snapshot["currency"], 2))


def percent(basis_points: int) -> Decimal:
    return Decimal(basis_points) / 100


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
