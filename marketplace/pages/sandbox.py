"""The sandbox provider's two pages: deciding on a payment that waits, and connecting a seller's account."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from config.errors import DomainError, NotFound
from marketplace.pages.forms import METHODS
from marketplace.pages.paying import place_of
from marketplace.verbs.sandbox import decide_sandbox_payment, waiting_payment
from marketplace.verbs.sellers import finish_sandbox_onboarding, sandbox_account_of


@login_required
@require_http_methods(["GET", "POST"])
def payment(request, provider_id):
    try:
        found = waiting_payment(provider_id=provider_id, by=request.user)
    except NotFound:
        raise Http404 from None
    if request.method == "POST":
        try:
            is_approved = request.POST.get("decision") == "approve"
            decide_sandbox_payment(provider_id=provider_id, is_approved=is_approved, by=request.user)
        except DomainError as error:
            messages.error(request, error.message)
        return redirect(place_of(found))
    is_open = found.method == "card_review" and found.status in found.LIVE
    method = METHODS.get(found.method, found.method)
    context = {"place": "", "payment": found, "method": method, "is_open": is_open, "paid_place": place_of(found)}
    return render(request, "marketplace/sandbox/payment.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def onboarding(request, token):
    try:
        if request.method == "POST":
            finish_sandbox_onboarding(token=token, by=request.user)
            messages.success(request, "Your account is connected. What waited is on its way to you.")
            return redirect("studio")
        account = sandbox_account_of(token=token, by=request.user)
    except NotFound as error:
        messages.error(request, error.message)
        return redirect("studio")
    return render(request, "marketplace/sandbox/onboarding.html", {"place": "", "account": account})
