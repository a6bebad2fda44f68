"""Settings, Subscription: how it stands, the next charge, invoices; paying what is open, canceling, going on."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.pages.settings import ask, part_of, show
from config.errors import DomainError, NotFound
from marketplace.models import Payment, UserSubscription
from marketplace.pages.forms import PayAgainForm, explain
from marketplace.pages.lists import paged
from marketplace.pages.paying import page_to_pay_on
from marketplace.pages.pricing import counted, listed, told
from marketplace.queries.subscriptions import (
    current_subscription,
    invoices_of,
    latest_subscription,
    live_payment,
    open_charge,
)
from marketplace.verbs.cancellations import cancel_subscription, resume_subscription
from marketplace.verbs.invoices import render_invoice
from marketplace.verbs.limits import ai_answers_today, limits_of
from marketplace.verbs.subscriptions import pay_open_charge

SECTION = "settings_subscription"
PAGE = "/settings/subscription/"
STATES = {
    "incomplete": ("Not paid yet", "warn"),
    "active": ("Active", "good"),
    "past_due": ("Payment is open", "bad"),
    "canceled": ("Canceled", "note"),
    "expired": ("Ended", "note"),
}
"""A subscription's status in people's words, and its tone."""


@part_of(SECTION)
@require_safe
def subscription(request):
    return page(request, PayAgainForm(initial={"payment_method": "card"}))


@part_of(SECTION)
@require_safe
def state(request):
    """The part of the page that changes, asked for every second while a payment is on its way."""
    form = PayAgainForm(initial={"payment_method": "card"})
    return render(request, "marketplace/subscription/_state.html", about(request.user, form))


@part_of(SECTION)
@require_POST
def pay(request):
    form = PayAgainForm(request.POST)
    if form.is_valid():
        try:
            pay_open_charge(by=request.user, **form.cleaned_data)
        except NotFound as error:
            messages.error(request, f"{error.message} any more.")
        except DomainError as error:
            explain(form, error)
            return page(request, form, status=409)
        return redirect(SECTION)
    return page(request, form, status=400)


@part_of(SECTION)
def cancel(request):
    found = current_subscription(request.user.pk)
    if request.method == "POST":
        canceled = cancel_subscription(user_id=request.user.pk, by=request.user)
        messages.success(request, f"{canceled.tier.name} is canceled.")
        return redirect(SECTION)
    if found is None:
        return redirect(SECTION)
    return ask(request, title=f"Cancel {found.tier.name}", text=what_then(found), button="Cancel it", back=PAGE)


@part_of(SECTION)
@require_POST
def resume(request):
    found = resume_subscription(by=request.user)
    messages.success(request, f"{found.tier.name} goes on.")
    return redirect(SECTION)


@part_of(SECTION)
@require_safe
def invoice(request, invoice_id):
    found = invoices_of(request.user).filter(pk=invoice_id).first()
    if found is None:
        raise Http404
    shown = content_disposition_header(False, f"{found.full_number}.pdf")
    headers = {"Content-Disposition": shown, "Cache-Control": "private, no-cache"}
    return HttpResponse(render_invoice(found), content_type="application/pdf", headers=headers)


def page(request, form, *, status=200):
    cut = paged(request, invoices_of(request.user), size=12)
    context = about(request.user, form) | {"invoices": cut["items"], **cut}
    return show(request, "marketplace/subscription/settings", context, status=status)


def about(user, form):
    found = latest_subscription(user.pk)
    limits = limits_of(user)
    context = {
        "subscription": found,
        "form": form,
        "limits": told(limits),
        "answers": {"used": ai_answers_today(user), "most": limits.ai_answers_a_day},
        "answers_words": answers_words(user, limits),
        "platforms": listed(limits.platforms),
        "files": counted(limits.knowledge_files, "knowledge file"),
    }
    return context if found is None else context | how_it_stands(found)


def answers_words(user, limits):
    used, most = ai_answers_today(user), limits.ai_answers_a_day
    return f"{used} of {most} today" if most is not None else f"{used} today, unlimited"


def how_it_stands(found: UserSubscription):
    charge = open_charge(found)
    payment = live_payment(charge) if charge else None
    words, tone = STATES[found.status]
    is_live = found.status in UserSubscription.LIVE
    return {
        "state": words,
        "tone": tone,
        "charge": charge,
        "payment": payment,
        "is_being_paid": payment is not None
        and payment.status != Payment.Status.REVIEW
        and payment.method != "card_review"
        and not page_to_pay_on(payment),
        "is_waiting": payment is not None
        and payment.status in Payment.LIVE
        and payment.method == "card_review"
        and not settings.HYPERSWITCH_API_KEY,
        "can_pay": charge is not None and payment is None,
        "sandbox_url": reverse("sandbox_payment", args=[payment.provider_id]) if payment else "",
        "pay_url": page_to_pay_on(payment),
        "can_cancel": is_live,
        "cancel_text": what_then(found),
        "can_resume": found.status == "canceled" and current_subscription(found.user_id) is not None,
        "next_price": (found.next_tier or found.tier).price,
    }


def what_then(found):
    """What canceling means, for who is about to."""
    if found.status == "incomplete":
        return "Nothing was paid. The payment is called off."
    if found.status == "past_due":
        return "It ends at once, as this month is not paid. Nothing more is charged."
    return f"It runs until {found.end_date:%-d %B %Y} and is not renewed. You can take this back until then."
