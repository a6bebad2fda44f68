"""Keys for programs of yours."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from accounts.models import ApiKey
from accounts.pages.forms import explain
from accounts.pages.settings import ask, part_of, prove, show, take_typed
from accounts.verbs.api_keys import create_key, revoke_key
from config.errors import DomainError, NotFound
from config.ids import lookup_id

API_KEYS = "settings_api_keys"
Scope = ApiKey.Scope
MOST_SHOWN = 20
LIVES = (("30", "30 days"), ("90", "90 days"), ("365", "A year"), ("", "Until I revoke it"))
SHORT = {Scope.READ: "read", Scope.WRITE: "write", Scope.ADMIN: "admin", Scope.VOUCH: "vouch"}


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        max_length=100, label="What is it for?", help_text="So that you know later which one to revoke."
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
        initial=[Scope.READ],
    )
    days = forms.ChoiceField(label="How long does it live?", choices=LIVES, initial="90", required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        allowed = [Scope.READ, Scope.WRITE, *([Scope.ADMIN] if user.is_admin else [])]
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(scope.value, scope.label.capitalize()) for scope in allowed]

    def words_for_the_verb(self) -> dict:
        return self.cleaned_data | {"days": int(self.cleaned_data["days"]) if self.cleaned_data["days"] else None}


@part_of(API_KEYS)
@require_safe
def api_keys(request):
    mine = ApiKey.objects.visible_to(request.user)
    over = mine.filter(Q(expires_at__lte=now()) | ~Q(revoked_at=None))
    return show(request, "api_keys", {"keys": [described(key) for key in mine.live()], "over": list(over[:MOST_SHOWN])})


def described(key):
    return {
        "row": key,
        "scopes": words_of(key),
        "url": f"/settings/api-keys/{key.pk}/revoke/",
        "dialog": f"revoke-{key.pk}",
        "title": f"Revoke {key.name}",
    }


@part_of(API_KEYS, form="settings_api_key_new", keeps=("name", "scopes", "days"))
@never_cache
def new_api_key(request):
    if request.method != "POST":
        return form_page(request, ApiKeyForm(user=request.user, initial=take_typed(request, ApiKeyForm)))
    form = ApiKeyForm(request.POST, user=request.user)
    if form.is_valid():
        prove(request)
        try:
            return told_once(request, *create_key(user=request.user, **form.words_for_the_verb()))
        except DomainError as error:
            explain(form, error, expires_in_days="days")
    return form_page(request, form)


@part_of(API_KEYS)
def revoke_api_key(request, key_id):
    key = ApiKey.objects.visible_to(request.user).filter(pk=lookup_id(key_id)).first()
    if key is None:
        raise NotFound
    if request.method == "POST":
        prove(request)
        revoke_key(user=request.user, key_id=key.pk)
        messages.success(request, f"{key.name} is revoked. Programs that use it are refused from now on.")
        return redirect(API_KEYS)
    return ask(
        request,
        title=f"Revoke {key.name}",
        text="Programs that use this key are refused from then on. This cannot be undone.",
        button="Revoke the key",
        back="/settings/api-keys/",
    )


def form_page(request, form):
    return show(request, "api_key_new", {"form": form}, status=422 if form.errors else 200)


@sensitive_variables()
def told_once(request, key, raw):
    example = f'curl -H "X-API-Key: {raw}" \\\n  {settings.SITE_URL}/api/v1/users/me'
    return show(request, "api_key_made", {"key": key, "raw": raw, "scopes": words_of(key), "example": example})


def words_of(key):
    return [SHORT.get(scope, scope) for scope in key.scopes]
