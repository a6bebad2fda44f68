"""GET /inbox/channels/: the accounts that clients write to; connecting one, letting it go, and playing a client of the sandbox."""

from typing import Any

from django.conf import settings
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import DomainError
from conversations.gateways.meta import longest
from conversations.models import Platform, PlatformAccount
from conversations.pages.channel_forms import ConnectForm, OwnerForm, WriteForm
from conversations.pages.client_state import fault_of
from conversations.queries.channels import accounts_shown
from conversations.queries.platforms import default_owner
from conversations.verbs import platform_accounts as verbs
from conversations.verbs.sandbox_clients import write_as_client
from marketplace.verbs.limits import limits_of

STATES = {
    "connected": ("Connected", "good"),
    "broken": ("Needs attention", "bad"),
    "disconnected": ("Disconnected", ""),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def channels(request):
    """Posting connects an account; what was typed stays where it cannot be."""
    if request.method != "POST":
        return shown(request)
    form = ConnectForm(request.POST, plays=plays_sandbox())
    if not form.is_valid():
        return shown(request, connect=form, status=400)
    try:
        account = verbs.connect_account(by=request.user, **form.cleaned_data)
    except DomainError as error:
        return shown(request, connect=refused(form, error), fault=error, status=400)
    toasts.success(request, f"{account} is connected. What clients write there comes to your inbox.")
    return redirect("channels")


@login_required
@require_POST
def switch_assistant(request, account_id):
    """The form says `on` 1 or 0."""
    try:
        verbs.set_answers_by_ai(account_id=account_id, answers_by_ai=request.POST.get("on") == "1", by=request.user)
    except DomainError as error:
        toasts.error(request, error.message)
    return redirect("channels")


@login_required
@require_POST
def disconnect(request, account_id):
    try:
        account = verbs.disconnect_account(account_id=account_id, by=request.user)
    except DomainError as error:
        toasts.error(request, error.message)
    else:
        toasts.success(request, f"{account} is disconnected. What was said stays in your inbox.")
    return redirect("channels")


@login_required
@require_POST
def write(request, account_id):
    """Write as a client of a sandbox account; leads to the conversation where it arrived."""
    form = WriteForm(request.POST, auto_id=f"id_write_{account_id}_%s")
    if form.is_valid():
        try:
            thread = write_as_client(account_id=account_id, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect(f"/inbox/{thread.pk}/")
    return shown(request, written={str(account_id): form}, status=400)


@login_required
@require_POST
def set_default_owner(request):
    form = OwnerForm(request.POST, auto_id="id_owner_%s")
    if form.is_valid():
        chosen = form.cleaned_data["person"]
        try:
            verbs.set_default_owner(user_id=chosen[0].pk if chosen else None, by=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            toasts.success(request, "Saved.")
            return redirect("channels")
    return shown(request, owner=form, status=400)


# --- the page ----------------------------------------------------------------------------------------------------------


def shown(request, *, connect=None, written=None, owner=None, fault=None, status=200):
    accounts = [account_of(row, request.user, written or {}) for row in accounts_shown(by=request.user)]
    limits = limits_of(request.user)
    context = {
        "place": "inbox",
        "inbox_tab": "channels",
        "accounts": [one for one in accounts if one["is_mine"]],
        "others": [one for one in accounts if not one["is_mine"]],
        "connect_form": connect or ConnectForm(initial={"platform": "facebook"}, plays=plays_sandbox()),
        "platforms": [
            {"value": value, "text": text, "is_allowed": value in limits.platforms} for value, text in Platform.choices
        ],
        "limits": limits,
        "allowed": limits.platforms_in_words,
        "plays": plays_sandbox(),
        "fault": fault_of(fault),
        "webhooks": webhooks(request) if request.user.is_staff else [],
        "verify_token": bool(settings.META_VERIFY_TOKEN),
        "app_secret": settings.META_IS_SET_UP,
        **owner_of(request.user, owner),
    }
    return render(request, "conversations/channels.html", context, status=status)


def plays_sandbox() -> bool:
    """Whether an account can be connected without a token: the platform is played by the house."""
    return not (settings.META_IS_SET_UP or settings.META_PAGE_TOKEN)


def account_of(account: PlatformAccount, user: Any, written: dict[str, WriteForm]) -> dict[str, Any]:
    state, tone = STATES[account.status]
    key = str(account.pk)
    return {
        "account": account,
        "state": "Not connected yet" if account.is_unclaimed else state,
        "tone": "warn" if account.is_unclaimed else tone,
        "is_mine": account.owner_id == user.pk,
        "threads": account.thread_count,  # type: ignore[attr-defined]  # counted by the query
        "may_answer": not account.is_unclaimed and account.status != PlatformAccount.Status.DISCONNECTED,
        "write_form": as_long_as(
            longest(account.platform), written.get(key) or WriteForm(auto_id=f"id_write_{key}_%s")
        ),
        "is_typed": key in written,
    }


def as_long_as(most: int, form: WriteForm) -> WriteForm:
    """The counter beside the field says what this platform takes; the verb holds to it."""
    form.fields["text"].max_length = form.fields["text"].widget.attrs["maxlength"] = most  # type: ignore[attr-defined]
    return form


def refused(form: ConnectForm, error: DomainError) -> ConnectForm:
    """The refusal beside its field where it names one; the tier's own is a banner with the way to the tiers."""
    named = error.details if isinstance(error.details, dict) else {}
    for name in set(named) & set(form.fields):
        form.add_error(name, error.message if len(named) == 1 else named[name])
    return form


def webhooks(request) -> list[dict[str, str]]:
    base = settings.SITE_URL.rstrip("/")
    return [{"name": text, "url": f"{base}/webhooks/{value}"} for value, text in Platform.choices]


def owner_of(user: Any, form: OwnerForm | None) -> dict[str, Any]:
    if not user.is_admin:
        return {"owner_form": None}
    chosen = default_owner()
    return {"owner_form": form or OwnerForm(auto_id="id_owner_%s"), "default_owner": chosen}
