"""A forgotten password: a link is asked for, and opens the page where a new one is chosen."""

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import EmailToken
from accounts.pages.forms import AddressForm, NewPasswordForm, explain
from accounts.pages.requests import mail_folder, spend, token_of
from accounts.verbs.email_tokens import find
from accounts.verbs.passwords import request_reset, reset_password
from accounts.verbs.verification import is_email_verified
from config.errors import DomainError


@never_cache
def ask_for_reset(request):
    form, status = AddressForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            spend(request, "reset_password", form.cleaned_data["email"])
            request_reset(**form.cleaned_data)
        except DomainError as error:
            status = explain(form, error)
        else:
            return redirect("account_reset_password_done")
    return render(request, "account/password_reset.html", {"form": form}, status=status)


def reset_asked(request):
    return render(request, "account/password_reset_done.html", {"mail_folder": mail_folder()})


@never_cache
@sensitive_post_parameters("password")
def choose_password(request):
    """GET only looks whether the link still works; a mail program that opens links spends nothing."""
    token = token_of(request)
    row = find(EmailToken.Purpose.RESET, token)
    if row is None:
        return render(request, "account/password_reset_from_key.html", {"token_fail": True}, status=400)
    form, status = NewPasswordForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            reset_password(token=token, **form.cleaned_data)
        except DomainError as error:
            status = explain(form, error)
        else:
            return redirect("account_reset_password_from_key_done")
    context = {"form": form, "is_known": is_email_verified(row.user)}
    return render(request, "account/password_reset_from_key.html", context, status=status)


def password_chosen(request):
    return render(request, "account/password_reset_from_key_done.html")
