from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render

from config.errors import DomainError, Unavailable
from marketplace.models import Order, Product
from marketplace.pages.forms import CheckoutForm, digits_of, explain
from marketplace.verbs.orders import place_order_once


@login_required
def checkout(request, product_id):
    product = Product.objects.on_market().select_related("seller").filter(pk=product_id).first()
    if product is None:
        raise Http404
    if request.method != "POST":
        first = {"key": CheckoutForm.new_key(), "total": product.price_cents, "quantity": 1, "payment_method": "card"}
        return page(request, product, CheckoutForm(initial=first))
    form = CheckoutForm(request.POST)
    if not form.is_valid():
        return page(request, product, form, status=400)
    if form.cleaned_data["total"] != product.price_cents * form.cleaned_data["quantity"]:
        # What is charged is what was seen: without scripts the button cannot follow the quantity, and prices change.
        form.add_error(None, "The total has changed. It is on the button below; nothing was charged yet.")
        return page(request, product, form)
    try:
        order_id = buy(form.cleaned_data, product, request.user)
    except Unavailable as error:
        # The order stands and keeps its stock: the same form, sent again, goes on with it.
        form.add_error(None, f"{error.message} Nothing was charged. Press the button again in a moment.")
        return page(request, product, form, status=503)
    except DomainError as error:
        explain(form, error)
        return page(request, product, form, status=409, new_key=error.code == "idempotency_key_reused")
    return redirect("order", order_id)


def buy(given, product, user):
    placed = place_order_once(
        items=[{"product_id": str(product.pk), "quantity": given["quantity"]}],
        payment_method=given["payment_method"],
        by=user,
        key=given["key"],
        route="page:checkout",
        answer=lambda order: {"id": str(order.pk)},
    )
    return placed.answer["id"]


def page(request, product, form, *, status=200, new_key=False):
    quantity = form["quantity"].value()
    whole = str(quantity).isascii() and str(quantity).isdigit() and 1 <= int(str(quantity)[:4]) <= 99
    total = product.price_cents * (int(quantity) if whole else 1)
    if form.is_bound:
        # The form as typed, with the total as it is now and, where the old key is spent, a new one.
        form.data = form.data.copy()
        form.data["total"] = str(total)
        if new_key:
            form.data["key"] = CheckoutForm.new_key()
    waiting = Order.objects.filter(buyer=request.user, status="pending", lines__product=product).first()
    context = {
        "place": "market",
        "product": product,
        "form": form,
        "total": total,
        "digits": digits_of(product.currency),
        "waiting": waiting,
    }
    return render(request, "marketplace/checkout/page.html", context, status=status)
