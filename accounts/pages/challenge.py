"""The second factor at the door, and showing once more that it is you before something that matters."""

import django_otp
from allauth.account.stages import LoginStageController
from allauth.core import ratelimit
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.pages.forms import CodeForm, ConfirmForm, explain
from accounts.pages.requests import next_of, spend
from accounts.pages.stages import OtpStage
from accounts.verbs.challenges import pass_challenge
from accounts.verbs.proof import require_fresh
from accounts.verbs.two_factor import check_second_factor, second_factor_enabled
from config.errors import DomainError

ENROLMENT = "two_factor"


@never_cache
@sensitive_post_parameters("code")
def otp_challenge(request):
    """For whoever is half-way in, and for whoever is in without it and needs it (staff on the way to the admin)."""
    stage = LoginStageController.enter(request, OtpStage.key)
    if stage is not None:
        return half_way_in(request, stage)
    if not request.user.is_authenticated:
        return redirect("account_login")
    if request.user.is_verified():
        return redirect(next_of(request))
    if not second_factor_enabled(request.user):
        return redirect(ENROLMENT)
    return already_in(request)


def half_way_in(request, stage):
    if not stage.still_holds or "leave" in request.POST:
        return stage.abort()
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            stage.login.user.otp_device = check_second_factor(user=stage.login.user, **form.cleaned_data)
        except DomainError as error:
            status = explain(form, error, code="code")
        else:
            return stage.exit()  # allauth ends it: a new session key, the signal that opens our row, the way on
    return render(request, "account/challenge.html", {"form": form, "is_half_way": True}, status=status)


def already_in(request):
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            device = pass_challenge(user=request.user, session=request.session_row, **form.cleaned_data)
        except DomainError as error:
            status = explain(form, error)
        else:
            django_otp.login(request, device)
            return redirect(next_of(request))
    return render(request, "account/challenge.html", {"form": form, "next": next_of(request, "")}, status=status)


@login_required
@never_cache
@sensitive_post_parameters("password", "code")
def confirm_identity(request):
    user, session = request.user, request.session_row
    if session.is_fresh:
        return redirect(next_of(request))
    ways = {"has_password": user.has_usable_password(), "has_code": second_factor_enabled(user)}
    form, status = ConfirmForm(request.POST or None, **ways), 200
    if request.method == "POST" and any(ways.values()) and form.is_valid():
        given = form.cleaned_data
        try:
            spend(request, "confirm_identity", str(user.pk))
            require_fresh(
                session=session, user=user, password=given.get("password") or None, code=given.get("code") or None
            )
        except DomainError as error:
            status = explain(form, error)
        else:
            ratelimit.clear(request, action="confirm_identity", key=str(user.pk))
            return redirect(next_of(request))
    context = {"form": form, "next": next_of(request, ""), "can_prove": any(ways.values())}
    return render(request, "account/confirm.html", context, status=status)
