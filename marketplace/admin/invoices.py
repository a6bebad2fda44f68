from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from unfold.decorators import display

from config.money import Money
from marketplace.models import Invoice, InvoiceSeries
from marketplace.verbs.invoices import render_invoice
from ontology.admin.read_only import ReadOnlyAdmin


@display(description="PDF")
def paper(invoice):
    place = reverse("admin:marketplace_invoice_paper", args=[invoice.pk])
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">Open</a>', place)


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Issued once and never changed; the paper is drawn from what was kept."""

    list_display = ("__str__", "kind", "order", "charge", "total", paper, "issued_at")
    list_filter = ("kind", "year", "issued_at")
    list_select_related = ("order", "charge__subscription")
    search_fields = ("=id", "order__number", "order__buyer__email", "number")
    readonly_fields = (paper,)

    @display(description="Total")
    def total(self, invoice):
        return Money(invoice.snapshot["total_cents"], invoice.snapshot["currency"])

    def get_urls(self):
        paper = self.admin_site.admin_view(self.draw)
        return [path("<uuid:invoice_id>/paper/", paper, name="marketplace_invoice_paper"), *super().get_urls()]

    def draw(self, request, invoice_id):
        if not self.has_view_permission(request):
            raise PermissionDenied
        invoice = get_object_or_404(self.get_queryset(request), pk=invoice_id)
        shown = content_disposition_header(False, f"{invoice.full_number}.pdf")
        return HttpResponse(
            render_invoice(invoice), content_type="application/pdf", headers={"Content-Disposition": shown}
        )


@admin.register(InvoiceSeries)
class InvoiceSeriesAdmin(ReadOnlyAdmin):
    list_display = ("year", "kind", "next_number")
    list_filter = ("year", "kind")
    search_fields = ("=year",)
