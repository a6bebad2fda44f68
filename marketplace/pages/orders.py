from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from config.errors import DomainError, NotFound
from marketplace.models import Order, OrderLine
from marketplace.pages.forms import PayAgainForm, explain
from marketplace.pages.lists import asked_for, paged
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
@require_POST
def pay(request, order_id):
    form = PayAgainForm(request.POST)
    if form.is_valid():
        try:
            pay_again(order_id=order_id, by=request.user, **form.cleaned_data)
        except NotFound:
            raise Http404 from None
        except DomainError as error:
            explain(form, error)
        else:
            return redirect("order", order_id)
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
        "at_sandbox": payment is not None and payment.method == "card_review" and found.status == "pending",
        "can_pay": found.buyer_id == request.user.pk
        and (found.status == "canceled" or (found.status == "pending" and payment and payment.status == "created")),
        "happened": happened(found),
    }


def happened(order):
    """The order's story, newest first."""
    story = [{"title": "Ordered", "at": order.created_at, "icon": "cart", "tone": ""}]
    for payment in order.payments.all():
        if payment.status in ("failed", "canceled"):
            story.append(
                {"title": "Not paid", "text": payment.reason, "at": payment.updated_at, "icon": "error", "tone": "bad"}
            )
        elif payment.status == "review":
            text = "A person looks at this payment."
            story.append(
                {"title": "Held for review", "text": text, "at": payment.updated_at, "icon": "eye", "tone": "warn"}
            )
        elif payment.refund_due:
            text = "The order could not be kept. The amount is owed back to you."
            story.append(
                {"title": "Paid too late", "text": text, "at": payment.updated_at, "icon": "wallet", "tone": "warn"}
            )
    if order.paid_at:
        story.append({"title": "Paid", "text": str(order.total), "at": order.paid_at, "icon": "check", "tone": "good"})
    return sorted(story, key=lambda item: item["at"], reverse=True)
