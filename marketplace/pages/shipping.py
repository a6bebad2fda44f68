"""Where an order goes: said, or put right, until it is sent."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from config.errors import DomainError, NotFound
from marketplace.models import Order
from marketplace.pages.checkout_forms import SENT_TO, address_field
from marketplace.pages.forms import explain
from marketplace.verbs.addresses import SHIPPING, said_last
from marketplace.verbs.shipping import give_address


class ShippingForm(forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in SHIPPING:
            self.fields[name] = address_field("shipping", name)
            self.fields[name].required = name in SENT_TO


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def shipping(request, order_id):
    order = Order.objects.filter(pk=order_id, buyer=request.user).first()
    if order is None:
        raise Http404
    if request.method != "POST":
        known = order.shipping or said_last(by=request.user)["shipping"] or {"name": request.user.name}
        return page(request, order, ShippingForm(initial=known))
    form = ShippingForm(request.POST)
    if not form.is_valid():
        return page(request, order, form, status=400)
    try:
        give_address(order_id=order_id, shipping=form.cleaned_data, by=request.user)
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        explain(form, beside(error))
        return page(request, order, form, status=409)
    messages.success(request, "The address is kept, and who sends it was told.")
    return redirect("order", order_id)


def beside(error):
    """The faults of an address by their own names, as the form has them."""
    if isinstance(error.details, dict):
        error.details = error.details.get("shipping", error.details)
    return error


def page(request, order, form, status=200):
    context = {"place": "market", "order": order, "form": form, "back_url": order.get_absolute_url()}
    return render(request, "marketplace/orders/shipping.html", context, status=status)
