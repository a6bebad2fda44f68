from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.countries import COUNTRIES
from config.errors import Conflict, DomainError, NotFound
from config.money import Money
from marketplace.models import Order, OrderLine
from marketplace.models.invoices import Kind
from marketplace.pages.forms import PayAgainForm, explain
from marketplace.pages.lists import asked_for, paged
from marketplace.pages.paying import next_step, page_to_pay_on
from marketplace.queries.invoices import invoices_of
from marketplace.queries.licenses import delivered, licenses_of
from marketplace.queries.order_story import story_of
from marketplace.queries.orders import latest_payment, takes_address, whole
from marketplace.verbs.orders import can_be_canceled, cancel_order, pay_again

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
    """The part of the page that changes, asked for while the payment is open. 204, and so left alone, where it has not:
    drawing it anew would take the keyboard's place and be read out once more."""
    context = about(request, order_id, PayAgainForm())
    if request.GET.get("seen") == context["mark"]:
        return HttpResponse(status=204)
    return render(request, "marketplace/orders/_status.html", context)


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


@login_required
@require_POST
def cancel(request, order_id):
    try:
        cancel_order(order_id=order_id, by=request.user)
    except NotFound:
        raise Http404 from None
    except Conflict as error:
        messages.error(request, f"{error.message}.")
    else:
        messages.success(request, "The order is called off. Nothing was charged.")
    return redirect("order", order_id)


def about(request, order_id, form):
    found = whole(Order.objects.visible_to(request.user)).filter(pk=order_id).first()
    if found is None:
        raise Http404
    payment = latest_payment(found)
    state, tone = STATES[found.status]
    is_buyers = found.buyer_id == request.user.pk
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
        "is_buyers": is_buyers,
        # Not worth a line in the moment that a card takes.
        "held_until": found.expires_at if found.status == "pending" and payment.status != "processing" else None,
        "mark": mark_of(found),
        "back_url": "/orders/" if is_buyers else reverse("admin:marketplace_order_change", args=[found.pk]),
        "back_text": "Your orders" if is_buyers else "This order in the admin",
        "can_cancel": is_buyers and can_be_canceled(found, found.payments.all()),
        "pay_url": page_to_pay_on(payment) if found.status == "pending" and is_buyers else "",
        "at_sandbox": payment is not None
        and payment.method == "card_review"
        and found.status == "pending"
        and not settings.HYPERSWITCH_API_KEY,
        "can_pay": is_buyers
        and (found.status == "canceled" or (found.status == "pending" and payment and payment.status == "created")),
        "takes_address": is_buyers and takes_address(found),
        "happened": story_of(found, is_buyers=is_buyers),
        **(the_buyers_own(found) if is_buyers else {}),
    }


def mark_of(order):
    """What differs once an order that waits has moved: its row and its payments'."""
    moved = (order, *order.payments.all())
    return "-".join(f"{row.status}.{row.updated_at:%H%M%S%f}" for row in moved)


def addresses_of(order):
    """Where it is sent and who the invoice is for, as they were given: `[(title, lines)]`."""
    parts = (("Sent to", order.shipping), ("The invoice is for", order.billing))
    return [(title, spell_address(given)) for title, given in parts if given]


def spell_address(given):
    place = " ".join(given[name] for name in ("postcode", "city") if given.get(name))
    country = COUNTRIES.get(given.get("country", ""), "")
    names = ("name", "company", "line1", "line2")
    lines = [*(given.get(name) for name in names), place, country, given.get("vat_id")]
    return [line for line in lines if line]


def the_buyers_own(order):
    """What is nobody else's, staff or not: keys, files, documents, addresses."""
    return licenses_in(order) | {"documents": documents_of(order), "addresses": addresses_of(order)}


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
