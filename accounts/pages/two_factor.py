"""The second factor: scan, confirm with a code, keep ten codes for the day the phone is lost."""

import base64
from urllib.parse import urlencode

import django_otp
from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts.models import SecurityEvent, Session
from accounts.pages.forms import explain
from accounts.pages.requests import next_of
from accounts.pages.settings import part_of, prove, show
from accounts.verbs.proof import require_fresh
from accounts.verbs.two_factor import confirm, disable, normal, pending, renew_codes, set_up, status_of
from config.errors import DomainError

TWO_FACTOR = "two_factor"


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code of the app",
        max_length=16,
        widget=forms.TextInput(
            attrs={
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "placeholder": "000 000",
                "class": "code-input",
            }
        ),
    )


class ProofForm(forms.Form):
    proof = forms.CharField(
        label="Your password or a code",
        max_length=128,
        strip=False,
        help_text="A code of the app or a backup code will do, too.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def words_for_the_verb(self) -> dict:
        given = self.cleaned_data["proof"]
        code = normal(given)
        is_code = (len(code) == 6 and code.isdigit()) or (len(code) == 16 and given.count("-") == 3)
        return {"code": given} if is_code else {"password": given}


@part_of(TWO_FACTOR)
@require_safe
@never_cache
def two_factor(request):
    return page(request)


@part_of(TWO_FACTOR)
@never_cache
def begin(request):
    if request.method != "POST":
        return redirect(here(request))
    prove(request)
    set_up(user=request.user, with_codes=False)
    return enrolment(request, pending(user=request.user), CodeForm())


@part_of(TWO_FACTOR)
@never_cache
def switch_on(request):
    if request.method != "POST":
        return redirect(here(request))
    prove(request)
    waiting = pending(user=request.user)
    if waiting is None:
        messages.info(request, "That set-up is over. Begin again where you need to.")
        return redirect(here(request))
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            device = confirm(user=request.user, code=form.cleaned_data["code"])
        except DomainError as error:
            if error.details:
                form.add_error("code", "This code is not right. Codes change every 30 seconds; try the one shown now.")
            else:
                explain(form, error)
        else:
            verify_session(request, device)
            return told_codes(request, is_new=True)
    return enrolment(request, waiting, form)


@part_of(TWO_FACTOR)
@require_POST
@never_cache
def new_codes(request):
    prove(request)
    return told_codes(request, is_new=False)


@part_of(TWO_FACTOR)
@sensitive_post_parameters()
@never_cache
def switch_off(request):
    if request.method != "POST":
        return redirect(here(request))
    form = ProofForm(request.POST)
    if form.is_valid():
        try:
            require_fresh(session=request.session_row, user=request.user, **form.words_for_the_verb())
            disable(user=request.user)
        except DomainError as error:
            form.add_error("proof", f"{error.message}.")
        else:
            forget_session_factor(request)
            messages.success(request, "The second factor is off.")
            return redirect(here(request))
    return page(request, off=form)


def page(request, off=None):
    status = status_of(request.user)
    since = SecurityEvent.objects.filter(user=request.user, type=SecurityEvent.Type.SECOND_FACTOR_ENABLED)
    context = {
        "status": status,
        "since": since.values_list("at", flat=True).first(),
        "off": off or ProofForm(),
        "next": next_of(request, ""),
        "kept": kept(request),
    }
    return show(request, "two_factor", context, status=422 if off else 200)


@sensitive_variables()
def enrolment(request, device, form):
    """The secret stands here and nowhere else; it is read from the device that waits, so a wrong code changes nothing."""
    secret = base64.b32encode(device.bin_key).decode().rstrip("=")
    context = {
        "form": form,
        "url": device.config_url,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "kept": kept(request),
    }
    return show(request, "two_factor_begin", context, status=422 if form.errors else 200)


@sensitive_variables()
def told_codes(request, *, is_new):
    codes = renew_codes(user=request.user)
    text = f"Backup codes for Stoa, {request.user.email}\nEach works once.\n\n" + "\n".join(codes) + "\n"
    context = {"codes": codes, "text": text, "is_new": is_new, "next": next_of(request, reverse(TWO_FACTOR))}
    return show(request, "two_factor_codes", context)


def verify_session(request, device):
    """This session has shown the new factor: the admin lets it in without signing in again."""
    django_otp.login(request, device)
    Session.objects.filter(pk=request.session_row.pk).update(otp_device=device.persistent_id)


def forget_session_factor(request):
    request.session.pop(django_otp.DEVICE_ID_SESSION_KEY, None)
    Session.objects.filter(pk=request.session_row.pk).update(otp_device="")


def kept(request):
    """`?next=...` for forms that go on."""
    wanted = next_of(request, "")
    return "?" + urlencode({"next": wanted}) if wanted else ""


def here(request):
    return reverse(TWO_FACTOR) + kept(request)
