"""Invoices and credit notes: numbered without gaps, issued in the transaction that makes them due, never changed."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from accounts.models import User
from config.errors import Conflict, NotFound
from config.ids import lookup_id
from marketplace.facts import InvoiceIssued
from marketplace.models import Invoice, InvoiceSeries, Order, Refund, SubscriptionCharge
from marketplace.models.invoices import Kind
from marketplace.queries.invoices import Snapshot, iso, of_charge, of_charge_refund, of_order, of_refund
from marketplace.verbs.remembering import remember_invoice
from ontology.changes import publish


def issue_invoice(*, order: Order | None = None, charge: SubscriptionCharge | None = None) -> Invoice | None:
    """The invoice of a paid order or charge; the one that is there where it was issued before, None for nothing to pay."""
    if order is not None:
        there = order.invoices.filter(kind=Kind.INVOICE).first()
        if there or not order.total_cents:
            return there
        return _issue(Kind.INVOICE, of_order(order), buyer_id=order.buyer_id, order=order)
    if charge is None:
        raise ValueError("An invoice is of an order or of a charge")
    there = charge.invoices.filter(kind=Kind.INVOICE).first()
    if there or not charge.amount_cents:
        return there
    return _issue(Kind.INVOICE, of_charge(charge), buyer_id=charge.subscription.user_id, charge=charge)


def issue_credit_note(*, refund: Refund) -> Invoice | None:
    """The credit note of a refund that succeeded, naming the invoice it corrects.

    None where no invoice was issued: the money came for an order that could not be kept.
    """
    there = Invoice.objects.filter(refund=refund).first()
    if there:
        return there
    charge, order = refund.payment.charge, refund.order
    if charge is not None:
        return _credit_charge(refund, charge)
    invoice = Invoice.objects.filter(order=order, kind=Kind.INVOICE).first()
    if order is None or invoice is None or not refund.lines.exists():
        return None
    snapshot = of_refund(refund, invoice)
    return _issue(Kind.CREDIT_NOTE, snapshot, buyer_id=order.buyer_id, order=order, refund=refund)


def _credit_charge(refund: Refund, charge: SubscriptionCharge) -> Invoice | None:
    invoice = charge.invoices.filter(kind=Kind.INVOICE).first()
    if invoice is None or refund.payment.is_spare:
        return None
    snapshot = of_charge_refund(refund, invoice)
    return _issue(Kind.CREDIT_NOTE, snapshot, buyer_id=charge.subscription.user_id, charge=charge, refund=refund)


def _issue(kind: Kind, snapshot: Snapshot, *, buyer_id: UUID, **of: Any) -> Invoice:
    """Number it and write it down, in one transaction: where that is undone, the number is given back."""
    moment = now()
    with transaction.atomic():
        number = _next_number(moment.year, kind)
        invoice = Invoice(kind=kind, year=moment.year, number=number, issued_at=moment, **of)
        invoice.snapshot = {"kind": str(kind), "number": invoice.full_number, "issued_at": iso(moment), **snapshot}
        invoice.save(force_insert=True)
        remember_invoice(invoice, buyer_id=buyer_id)
        publish(
            InvoiceIssued(
                invoice_id=invoice.pk,
                buyer_id=buyer_id,
                order_id=invoice.order_id,
                kind=invoice.kind,
                number=invoice.full_number,
            )
        )
    return invoice


def _next_number(year: int, kind: Kind) -> int:
    """Raised first and read after: the row stays locked until the transaction ends, so nobody else reads the same."""
    series = InvoiceSeries.objects.filter(year=year, kind=kind)
    raised = {"next_number": F("next_number") + 1}
    if not series.update(**raised):
        InvoiceSeries.objects.get_or_create(year=year, kind=kind)
        series.update(**raised)
    return series.values_list("next_number", flat=True).get() - 1


def invoice_of(*, order_id: object, number: str = "", by: User) -> Invoice:
    """The order's invoice for its buyer alone, or with `number` any document of it: NotFound for all others.

    Conflict `not_paid` while it waits for its payment, `no_invoice` where nothing was charged.
    """
    order = Order.objects.filter(pk=lookup_id(order_id), buyer=by.pk).first()
    if order is None:
        raise NotFound("Order not found")
    if not order.is_paid:
        raise Conflict("This order is not paid; its invoice comes with the payment.", code="not_paid")
    found = [each for each in order.invoices.all() if number in (each.full_number, "")]
    wanted = [each for each in found if number or each.kind == Kind.INVOICE]
    if wanted:
        return wanted[0]
    if number:
        raise NotFound("This order has no such document")
    raise Conflict("Nothing was charged for this order, so it has no invoice.", code="no_invoice")


def render_invoice(invoice: Invoice) -> bytes:
    """The document as PDF, drawn from what was kept when it was issued: the same bytes each time."""
    from marketplace.verbs.invoice_pdf import draw  # noqa: PLC0415 -- reportlab takes half a second to load

    paper = draw(invoice.snapshot)
    if not settings.INVOICE_FACTURX:
        return paper
    from marketplace.verbs.facturx import attach  # noqa: PLC0415 -- an extra, that is there where it is switched on

    return attach(paper, invoice.snapshot)
