"""Keys on your devices that sign you in without a password."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.pages.forms import explain
from accounts.pages.settings import ask, part_of, show
from accounts.verbs.passkeys import LONGEST_NAME, passkeys_of, relying_party, remove_passkey, rename_passkey
from config.errors import Conflict, DomainError, NotFound

PASSKEYS = "settings_passkeys"


class NameForm(forms.Form):
    name = forms.CharField(max_length=LONGEST_NAME, label="Name", help_text="Such as the device it is on.")


@part_of(PASSKEYS)
@require_safe
def passkeys(request):
    context = {"passkeys": [described(passkey) for passkey in passkeys_of(request.user)], "cannot": why_not()}
    return show(request, "passkeys", context)


def described(passkey):
    here = f"/settings/passkeys/{passkey.uuid}/"
    return {
        "row": passkey,
        "is_synced": passkey.backed_up or passkey.device_type == "multiDevice",
        "rename_url": f"{here}rename/",
        "remove_url": f"{here}remove/",
        "dialog": f"remove-{passkey.uuid}",
        "title": f"Remove {passkey.name}",
    }


@part_of(PASSKEYS)
def rename(request, passkey_id):
    passkey = own(request, passkey_id)
    form = NameForm(request.POST or None, initial={"name": passkey.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_passkey(user=request.user, passkey_id=passkey.uuid, name=form.cleaned_data["name"])
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "Renamed.")
            return redirect(PASSKEYS)
    return show(request, "passkey_rename", {"form": form, "passkey": passkey}, status=422 if form.errors else 200)


@part_of(PASSKEYS)
def remove(request, passkey_id):
    passkey = own(request, passkey_id)
    if request.method == "POST":
        remove_passkey(user=request.user, session=request.session_row, passkey_id=passkey.uuid)
        messages.success(request, f"{passkey.name} signs you in no more.")
        return redirect(PASSKEYS)
    return ask(
        request,
        title=f"Remove {passkey.name}",
        text="It will not sign you in any more, and sessions it opened end. Your device may still list it; remove it there too.",
        button="Remove the passkey",
        back="/settings/passkeys/",
    )


def own(request, passkey_id):
    passkey = next((row for row in passkeys_of(request.user) if row.uuid == passkey_id), None)
    if passkey is None:
        raise NotFound
    return passkey


def why_not():
    """Why no passkey can be made at this address; empty where one can."""
    try:
        relying_party()
    except Conflict as error:
        return f"{error.message}."
    return ""
