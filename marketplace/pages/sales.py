"""What the seller sold: the list with its filters, one sale, and marking it as sent."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from config.countries import COUNTRIES
from config.errors import DomainError, NotFound
from marketplace.models import Product
from marketplace.pages.lists import asked_for, paged
from marketplace.pages.orders import STATES
from marketplace.pages.studio_parts import studio_context
from marketplace.queries.orders import sales_of
from marketplace.queries.studio import sales_matching, sales_to_send
from marketplace.verbs.shipping import LONGEST_TRACKING, mark_sent

REFUNDED = STATES["refunded"][0]
FILTERS = {"": "All", "to_send": "To be sent", "sent": "Delivered", "refunded": "Given back"}


@login_required
@require_safe
def sales(request):
    words, state = asked_for(request), asked_for(request, "state")
    state = state if state in FILTERS else ""
    found = paged(request, sales_matching(request.user, words=words, state=state), size=20)
    found["items"] = [with_totals(order) for order in found["items"]]
    waiting = sales_to_send(request.user).count()
    filters = [
        {
            "url": "?" + urlencode({"state": name, "q": words}),
            "text": text,
            "count": waiting if name == "to_send" else 0,
            "active": name == state,
        }
        for name, text in FILTERS.items()
    ]
    context = studio_context(request, "orders") | found | {"words": words, "state": state, "filters": filters}
    return render(request, "marketplace/studio/sales.html", context)


def with_totals(order):
    """The order with the sums of the seller's own lines, and how these stand. `back` is the seller's share of what the
    buyer has again, so that `gross - fee - back = net`."""
    order.gross = sum(line.gross_cents for line in order.mine)
    order.fee = sum(line.fee_cents for line in order.mine)
    order.back = sum(line.reversed_cents for line in order.mine)
    order.net = order.gross - order.fee - order.back
    order.titles = ", ".join(line.title for line in order.mine)
    order.state, order.tone = state_of(order)
    order.may_give_back = any(line.refunded_cents < line.gross_cents for line in order.mine)
    order.is_partly_refunded = order.state != REFUNDED and any(line.refunded_cents for line in order.mine)
    return order


def state_of(order):
    if order.status in ("partially_refunded", "refunded") and all(
        line.refunded_cents >= line.gross_cents for line in order.mine if line.gross_cents
    ):
        return STATES["refunded"]
    if to_send(order):
        return "To be sent", "warn"
    return "Delivered", "good"


def to_send(order):
    """The seller's lines that wait for them; those that were given back whole do not."""
    if order.status not in ("paid", "partially_refunded"):
        return []
    physical = [line for line in order.mine if line.kind == Product.Kind.PHYSICAL and not line.fulfilled_at]
    return [line for line in physical if not 0 < line.gross_cents <= line.refunded_cents]


@login_required
@require_safe
def sale(request, order_id):
    return sale_page(request, order_id)


def sale_page(request, order_id, tracking="", error="", status=200):
    found = sales_of(request.user).filter(pk=order_id).first()
    if found is None:
        raise Http404
    found = with_totals(found)
    context = studio_context(request, "orders") | {
        "order": found,
        "heading": f"Sale {found.number}",
        "waiting": to_send(found),
        "shipping": found.shipping,
        "country": COUNTRIES.get(found.shipping.get("country", ""), ""),
        "tracking": tracking,
        "error": error,
        "longest": LONGEST_TRACKING,
    }
    return render(request, "marketplace/studio/sale.html", context, status=status)


@login_required
@require_POST
def sent(request, order_id):
    tracking = request.POST.get("tracking", "")
    try:
        lines = mark_sent(order_id=order_id, tracking=tracking, by=request.user)
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        return sale_page(request, order_id, tracking=tracking, error=error.message, status=409)
    what = "It is" if len(lines) == 1 else "They are"
    messages.success(request, f"{what} marked as sent. The buyer was told.")
    return redirect("studio_order", order_id)
