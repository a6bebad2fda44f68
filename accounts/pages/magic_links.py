"""Signing in by a link in a mail. It stands for the password, so the second factor is asked for all the same."""

from allauth.account.utils import perform_login
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import EmailToken
from accounts.pages.forms import AddressForm, CodeForm, explain
from accounts.pages.requests import mail_folder, spend, token_of
from accounts.verbs.email_tokens import find
from accounts.verbs.magic_links import request_link, sign_in_with_link
from accounts.verbs.two_factor import second_factor_enabled
from accounts.verbs.verification import is_email_verified
from config.errors import DomainError


@never_cache
def ask_for_link(request):
    form, status = AddressForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            spend(request, "magic_email", form.cleaned_data["email"])
            request_link(**form.cleaned_data)
        except DomainError as error:
            status = explain(form, error)
        else:
            return redirect("magic_link_sent")
    return render(request, "account/magic_link.html", {"form": form}, status=status)


def link_sent(request):
    return render(request, "account/magic_link_sent.html", {"mail_folder": mail_folder()})


@never_cache
@sensitive_post_parameters("code")
def open_link(request):
    """GET only shows what the link would do; it is spent once everything that is asked for is right."""
    row = find(EmailToken.Purpose.MAGIC, token_of(request))
    if row is None:
        return render(request, "account/magic_link_open.html", {"is_void": True}, status=400)
    is_known = is_email_verified(row.user)
    form = CodeForm(request.POST or None) if is_known and second_factor_enabled(row.user) else None
    status = 200
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            found = sign_in_with_link(token=token_of(request), otp=form.cleaned_data["code"] if form else None)
        except DomainError as error:
            if form is None:
                return render(request, "account/magic_link_open.html", {"is_void": True}, status=400)
            status = explain(form, error)
        else:
            found.user.otp_device = found.device  # type: ignore[attr-defined]  # django-otp looks for it there
            return perform_login(request, found.user)
    context = {"form": form, "email": row.email, "is_known": is_known}
    return render(request, "account/magic_link_open.html", context, status=status)
