from django.http import HttpResponse
from django.utils.http import content_disposition_header
from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import NotFound
from config.ids import lookup_id
from marketplace.models import Order
from marketplace.models.invoices import Kind
from marketplace.queries.invoices import invoices_of
from marketplace.verbs.invoices import invoice_of, render_invoice

LONGEST_NUMBER = 20


class InvoiceIn(serializers.Serializer):
    number = serializers.CharField(
        required=False, max_length=LONGEST_NUMBER, help_text="of a credit note; without it, the invoice"
    )


class DocumentOut(serializers.Serializer):
    number = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    currency = serializers.CharField()
    total_cents = serializers.IntegerField(help_text="of a credit note: what was given back")
    vat_cents = serializers.IntegerField()
    issued_at = serializers.DateTimeField()
    url = serializers.CharField()


class DocumentsOut(serializers.Serializer):
    invoices = DocumentOut(many=True)


class Invoices(VezaViewSet):
    """decisions.md §5 and document veza.txt, "Invoices": the buyer's alone."""

    @documented(query=InvoiceIn, status=(200, "application/pdf"), gives=bytes)
    def retrieve(self, request, order_id):
        """The invoice as PDF, or with `number` one of the order's credit notes. 409 while the order is not paid."""
        number = request.query_params.get("number", "")[:LONGEST_NUMBER]
        invoice = invoice_of(order_id=order_id, number=number, by=request.user)
        return pdf_response(invoice)

    @documented(gives=DocumentsOut)
    def list(self, request, order_id):
        """The order's invoice and its credit notes, oldest first; one a refund at most."""
        order = Order.objects.filter(pk=lookup_id(order_id), buyer=request.user).first()
        if order is None:
            raise NotFound("Order not found")
        return Response({"invoices": [document_out(each) for each in invoices_of(order)]})


def pdf_response(invoice):
    headers = {
        "Content-Disposition": content_disposition_header(False, f"{invoice.full_number}.pdf"),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
    }
    return HttpResponse(render_invoice(invoice), content_type="application/pdf", headers=headers)


def document_out(invoice):
    return {
        "number": invoice.full_number,
        "kind": invoice.kind,
        "currency": invoice.snapshot["currency"],
        "total_cents": invoice.snapshot["total_cents"],
        "vat_cents": invoice.snapshot["vat_cents"],
        "issued_at": iso_z(invoice.issued_at),
        "url": f"/api/v1/marketplace/orders/{invoice.order_id}/invoice?number={invoice.full_number}",
    }
