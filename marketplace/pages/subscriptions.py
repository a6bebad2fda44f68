"""Settings, Subscription: how it stands, the next charge, invoices; paying what is open, canceling, going on."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import capfirst
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from accounts.pages.settings import ask, part_of, show
from accounts.verbs.departures import open_departure
from config.errors import DomainError, NotFound
from marketplace.models import Payment, Refund, UserSubscription
from marketplace.models.invoices import Kind
from marketplace.pages.forms import PayAgainForm, explain
from marketplace.pages.lists import paged
from marketplace.pages.paying import page_to_pay_on
from marketplace.pages.pricing import counted, told
from marketplace.queries.subscriptions import (
    can_go_on,
    current_subscription,
    declined_change,
    ended_by_refund,
    invoices_of,
    latest_subscription,
    live_payment,
    open_charge,
    refunds_of,
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
BACK = {
    "pending": ("On its way to you", "note"),
    "review": ("A person looks at it", "warn"),
    "succeeded": ("Sent back", "good"),
    "taken": ("Taken back by your bank", "good"),
    "failed": ("Could not be sent back", "bad"),
}
"""The same of what is given back."""
MOST_REFUNDS = 24


@part_of(SECTION)
@require_safe
def subscription(request):
    return page(request, PayAgainForm(initial={"payment_method": "card"}))


@part_of(SECTION)
@require_safe
def state(request):
    """The part of the page that changes, asked for while a payment is on its way. 204, and so left alone, where it has not:
    drawing it anew would take the keyboard's place and be read out once more."""
    context = about(request, PayAgainForm(initial={"payment_method": "card"}))
    if request.GET.get("seen", "") == context.get("mark"):
        return HttpResponse(status=204)
    return render(request, "marketplace/subscription/_state.html", context)


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
    return show(request, "marketplace/subscription/settings", about(request, form), status=status)


def about(request, form):
    user = request.user
    cut = paged(request, invoices_of(user).filter(kind=Kind.INVOICE), size=12)
    found = latest_subscription(user.pk)
    limits = limits_of(user)
    context = {
        "subscription": found,
        "form": form,
        "limits": told(limits),
        "answers": {"used": ai_answers_today(user), "most": limits.ai_answers_a_day},
        "answers_words": answers_words(user, limits),
        "platforms": capfirst(limits.platforms_in_words),
        "files": counted(limits.knowledge_files, "knowledge file"),
        "invoices": cut["items"],
        "refunds": [gone_back(refund) for refund in refunds_of(user)[:MOST_REFUNDS]],
        **cut,
    }
    return context if found is None else context | how_it_stands(found)


def answers_words(user, limits):
    used, most = ai_answers_today(user), limits.ai_answers_a_day
    return f"{used} of {most} today" if most is not None else f"{used} today, unlimited"


def gone_back(refund: Refund):
    """One row of what was given back: why, how far it is, and its credit note."""
    payment = refund.payment
    is_taken = payment.dispute == Payment.Dispute.LOST and refund.requested_by_id is None
    words, tone = BACK["taken" if is_taken and refund.status == "succeeded" else refund.status]
    return {
        "amount": refund.amount,
        "name": payment.charge.tier.name if payment.charge else "",
        "reason": "It came when nothing was to be paid any more." if payment.is_spare else refund.reason,
        "state": words,
        "tone": tone,
        "at": refund.settled_at or refund.created_at,
        "note": getattr(refund, "credit_note", None),
    }


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
        "can_cancel": is_live and not found.is_given,
        "cancel_text": what_then(found),
        "can_resume": can_go_on(found) and found.end_date > now(),
        "mark": mark_of(found, payment),
        "declined": None if payment else declined_change(found),
        "is_leaving": open_departure(found.user) is not None,
        "was_given_back": ended_by_refund(found),
        "next_price": (found.next_tier or found.tier).price,
    }


def mark_of(found, payment):
    """What differs once a subscription that waits has moved: its row and its payment's."""
    moved = (found, payment) if payment else (found,)
    return "-".join(f"{row.status}.{row.updated_at:%H%M%S%f}" for row in moved)


def what_then(found):
    """What canceling means, for who is about to."""
    if found.status == "incomplete":
        return "Nothing was paid. The payment is called off."
    if found.status == "past_due":
        return "It ends at once, as this month is not paid. Nothing more is charged."
    if found.is_given:
        return f"It was given to you and ends on {found.end_date:%-d %B %Y} in any case."
    return f"It runs until {found.end_date:%-d %B %Y} and is not renewed. You can take this back until then."
