from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import DomainError, NotFound
from config.money import Money
from marketplace.models import Order, OrderLine
from marketplace.models.invoices import Kind
from marketplace.pages.forms import PayAgainForm, explain
from marketplace.pages.lists import asked_for, paged
from marketplace.pages.paying import next_step, page_to_pay_on
from marketplace.queries.invoices import invoices_of
from marketplace.queries.licenses import delivered, licenses_of
from marketplace.queries.order_story import story_of
from marketplace.queries.orders import latest_payment, whole
from marketplace.verbs.orders import pay_again

STATES = {
    "pending": ("Being paid", "warn"),
    "paid": ("Paid", "good"),
    "fulfilled": ("Delivered", "good"),
    "partially_refunded": ("Partly refunded", "note"),
    "refunded": ("Refunded", "note"),
    "canceled": ("Not paid", "bad"),
    "expired": ("Expired", "bad"),
}
"""An order's status in people's words, and its tone."""
MOST_LICENSES = 20


@login_required
@require_safe
def orders(request):
    words = asked_for(request)
    rows = Order.objects.filter(buyer=request.user).order_by("-created_at", "-id")
    if words:
        titled = OrderLine.objects.filter(title__icontains=words, order__buyer=request.user).values("order")
        rows = rows.filter(Q(number__icontains=words) | Q(pk__in=titled))
    found = paged(request, whole(rows), size=20)
    for order in found["items"]:
        order.state, order.tone = STATES[order.status]
    return render(request, "marketplace/orders/list.html", {"place": "market", "words": words, **found})


@login_required
@require_safe
def order(request, order_id):
    return render(request, "marketplace/orders/order.html", about(request, order_id, PayAgainForm()))


@login_required
@require_safe
def order_status(request, order_id):
    """The part of the page that changes, asked for every second while the payment is open."""
    return render(request, "marketplace/orders/_status.html", about(request, order_id, PayAgainForm()))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request, order_id):
    """Another try. A refused one is shown at this address, so it can be opened."""
    if request.method != "POST":
        return redirect("order", order_id)
    form = PayAgainForm(request.POST)
    if form.is_valid():
        try:
            pay_again(order_id=order_id, by=request.user, **form.cleaned_data)
        except NotFound:
            raise Http404 from None
        except DomainError as error:
            explain(form, error)
        else:
            return redirect(next_step(order_id))
    return render(request, "marketplace/orders/order.html", about(request, order_id, form), status=409)


def about(request, order_id, form):
    found = whole(Order.objects.visible_to(request.user)).filter(pk=order_id).first()
    if found is None:
        raise Http404
    payment = latest_payment(found)
    state, tone = STATES[found.status]
    return {
        "place": "market",
        "order": found,
        "heading": f"Order {found.number}",
        "lines": found.lines.select_related("product", "seller"),
        "payment": payment,
        "state": state,
        "tone": tone,
        "form": form,
        "sandbox_url": reverse("sandbox_payment", args=[payment.provider_id]) if payment else "",
        "is_open": found.status == "pending",
        "pay_url": page_to_pay_on(payment) if found.status == "pending" and found.buyer_id == request.user.pk else "",
        "at_sandbox": payment is not None
        and payment.method == "card_review"
        and found.status == "pending"
        and not settings.HYPERSWITCH_API_KEY,
        "can_pay": found.buyer_id == request.user.pk
        and (found.status == "canceled" or (found.status == "pending" and payment and payment.status == "created")),
        "happened": story_of(found),
        **(the_buyers_own(found) if found.buyer_id == request.user.pk else {}),
    }


def the_buyers_own(order):
    """What is nobody else's, staff or not: keys, files, documents."""
    return licenses_in(order) | {"documents": documents_of(order)}


def licenses_in(order):
    """The first seats of the order with what they open; `more_licenses` counts the others."""
    rows = licenses_of(order)
    count = rows.count()
    found = list(rows[:MOST_LICENSES])
    files = delivered(license.product for license in found)
    for license in found:
        license.files, license.of_many = files[license.product_id], license.order_line.quantity > 1
    return {"licenses": found, "more_licenses": count - len(found)}


def documents_of(order):
    return [
        {
            "word": "Invoice" if each.kind == Kind.INVOICE else "Credit note",
            "number": each.full_number,
            "at": each.issued_at,
            "total": Money(each.snapshot["total_cents"], each.snapshot["currency"]),
            "url": reverse("order_document", args=[order.pk, each.full_number]),
        }
        for each in invoices_of(order)
    ]
