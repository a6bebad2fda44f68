"""The password and the address: what most people sign in with."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Mail, Passkey, SecurityEvent, Session
from accounts.pages.forms import explain, password_field
from accounts.pages.requests import spend
from accounts.pages.settings import part_of, prove, show, take_typed
from accounts.verbs.passwords import change_password, set_first_password
from accounts.verbs.two_factor import status_of
from accounts.verbs.verification import is_email_verified, request_email_change, request_verification
from config.errors import DomainError

SECURITY = "settings_security"
Type = SecurityEvent.Type


class FirstPasswordForm(forms.Form):
    new_password = password_field("New password")


class PasswordForm(FirstPasswordForm):
    current_password = password_field("Current password", is_new=False)
    field_order = ("current_password", "new_password")


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="New address",
        max_length=254,
        help_text="We mail a link to it. Your account moves there once you have opened that link, and not before.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@part_of(SECURITY)
@require_safe
def security(request):
    return page(request)


@part_of(SECURITY)
@sensitive_post_parameters()
def password(request):
    if request.method != "POST":
        return redirect(SECURITY)
    form = password_form(request.user)(request.POST)
    if form.is_valid():
        try:
            save_password(request, form.cleaned_data)
        except DomainError as error:
            if error.code == "session_not_fresh":
                raise
            if error.code == "auth_failed":
                form.add_error("current_password", error.message + ".")
            else:
                explain(form, error)
        else:
            messages.success(request, "The password is changed. Every other session has ended.")
            return redirect(SECURITY)
    return page(request, password=form)


def save_password(request, given):
    session = request.session_row
    if not request.user.has_usable_password():
        prove(request)
        return set_first_password(user=request.user, session=session, new=given["new_password"])
    return change_password(
        user=request.user, session=session, current=given["current_password"], new=given["new_password"]
    )


@part_of(SECURITY, keeps=("email",))
def address(request):
    if request.method != "POST":
        return redirect(SECURITY)
    form = AddressForm(request.POST)
    if form.is_valid():
        prove(request)
        try:
            spend(request, "verify_email", form.cleaned_data["email"])
            request_email_change(user=request.user, email=form.cleaned_data["email"])
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, f"A link is on its way to {form.cleaned_data['email']}.")
            return redirect(SECURITY)
    return page(request, address=form)


@part_of(SECURITY)
@require_POST
def verify_again(request):
    spend(request, "verify_email", request.user.email)
    request_verification(user=request.user)
    messages.success(request, f"A link is on its way to {request.user.email}.")
    return redirect(SECURITY)


def password_form(user):
    return PasswordForm if user.has_usable_password() else FirstPasswordForm


def page(request, *, password=None, address=None):
    user = request.user
    typed = take_typed(request, AddressForm)
    changed = SecurityEvent.objects.filter(user=user, type__in=(Type.PASSWORD_CHANGED, Type.PASSWORD_RESET))
    context = {
        "password": password or password_form(user)(),
        "address": address or AddressForm(initial=typed),
        "opens_address": bool(typed or address),
        "has_password": user.has_usable_password(),
        "password_changed_at": changed.values_list("at", flat=True).first(),
        "is_verified": is_email_verified(user),
        "new_address": address_asked_for(user),
        "second_factor": status_of(user),
        "passkeys": Passkey.objects.visible_to(user).filter(confirmed=True).count(),
        "sessions": Session.objects.visible_to(user).live().count(),
    }
    return show(request, "security", context, status=422 if password or address else 200)


def address_asked_for(user):
    """The address a change waits for. Told from the notice to the old one, which goes out whoever has the new one."""
    asked = Mail.objects.filter(
        user=user, template="account/email_change_asked", queued_at__gt=now() - dt.timedelta(hours=24)
    )
    context = asked.values_list("context", flat=True).first() or {}
    wanted = context.get("new_address", "")
    return wanted if wanted != user.email else ""
