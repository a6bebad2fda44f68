from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from config.errors import DomainError, NotFound
from marketplace.models import Order
from marketplace.pages.forms import explain
from marketplace.pages.refund_forms import REASONS, RefundForm
from marketplace.queries.refunds import refundable_lines
from marketplace.verbs.refunds import may_give_a_part, refund_order_once

ROUTE = "page /orders/:id/refund/"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request, order_id):
    """A buyer asks for their money back, a seller gives back their own lines, staff do either for them."""
    order = Order.objects.refundable_by(request.user).filter(pk=order_id).first()
    if order is None:
        raise Http404
    lines = refundable_lines(order, request.user)
    if request.method == "POST" and not lines:  # sent twice, or given back meanwhile
        messages.info(request, "All of this has been given back already.")
        return redirect("order", order_id) if is_theirs(order, request.user) else redirect("studio_orders")
    about = {"order": order, "lines": lines, "takes_a_part": may_give_a_part(lines, request.user)}
    if request.method != "POST":
        chosen = {"key": RefundForm.new_key(), "lines": [line.pk for line in lines]}
        return page(request, order, lines, RefundForm(**about, initial=chosen))
    form, status = RefundForm(request.POST, **about), 400
    if form.is_valid():
        asked = form.words_for_the_verb()
        try:
            refund_order_once(order_id=str(order_id), by=request.user, route=ROUTE, answer=lambda row: {}, **asked)
        except NotFound:
            raise Http404 from None
        except DomainError as error:
            explain(form, error, amount_cents="amount", line_ids="lines")
            status = 409
        else:
            messages.success(request, "The refund is on its way. Banks take a few days to show it.")
            return redirect("order", order_id) if is_theirs(order, request.user) else redirect("studio_orders")
    return page(request, order, lines, form, status=status)


def is_theirs(order, user):
    return user.is_staff or order.buyer_id == user.pk


def page(request, order, lines, form, status=200):
    theirs = is_theirs(order, request.user)
    context = {
        "place": "market" if theirs else "studio",
        "order": order,
        "lines": lines,
        "form": form,
        "reasons": REASONS,
        "left": sum(line.left_cents for line in lines),
        "is_disputed": order.payments.filter(dispute="open").exists(),
        "title": "Ask for your money back" if order.buyer_id == request.user.pk else "Give money back",
        "verb": "Get the money back" if order.buyer_id == request.user.pk else "Send the money back",
        "back_url": f"/orders/{order.pk}/" if theirs else "/studio/orders/",
        "back_text": f"Order {order.number}" if theirs else "Sales",
    }
    return render(request, "marketplace/orders/refund.html", context, status=status)
