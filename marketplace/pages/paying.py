"""To the provider's own page and back."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from config.errors import DomainError, NotFound
from marketplace.models import Payment
from marketplace.pages.leaving import send_on
from marketplace.verbs.payment_pages import come_back_from_paying, payment_page


@login_required
@require_safe
def pay(request, provider_id):
    try:
        url = payment_page(provider_id=provider_id, by=request.user)
    except NotFound:
        raise Http404 from None
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(place_of(Payment.objects.get(provider_id=provider_id)))
    return send_on(request, url)


@login_required
@require_safe
def back(request, provider_id):
    try:
        payment = come_back_from_paying(provider_id=provider_id, by=request.user)
    except NotFound:
        raise Http404 from None
    return redirect(place_of(payment))


def page_to_pay_on(payment):
    """Our address that leads to the provider's own page; empty where nothing waits there, or the sandbox stands for one."""
    if payment is None or not settings.HYPERSWITCH_API_KEY or payment.status != Payment.Status.PENDING:
        return ""
    return reverse("pay", args=[payment.provider_id])


def next_step(order_id):
    """Where a buyer goes who has just ordered: to the provider's page, or to the order that the sandbox decides."""
    payment = Payment.objects.filter(order=order_id).order_by("-created_at", "-id").first()
    return page_to_pay_on(payment) or reverse("order", args=[order_id])


def place_of(payment):
    return f"/orders/{payment.order_id}/" if payment.order_id else "/settings/subscription/"
