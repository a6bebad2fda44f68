"""GET /inbox/integrations/: what somebody's inbox is connected to; a page each to connect, change, test and remove it."""

from typing import Any

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import DomainError, NotFound, Unavailable
from conversations.models import Integration
from conversations.models.integration_settings import IntegrationType
from conversations.models.integration_types import TYPES
from conversations.pages.integration_forms import ConfigForm
from conversations.queries.integrations import (
    integrations_of,
    known_type,
    masked_config,
    one_integration,
    sandboxed_types,
)
from conversations.verbs.integrations import (
    create_integration,
    remove_integration,
    test_integration,
    update_integration,
)

PLACE = "/inbox/integrations/"
STATES = {True: ("Connected", "good"), False: ("Does not connect", "bad"), None: ("Not tested yet", "note")}


@login_required
@require_safe
def integrations(request):
    mine = {row.type: row for row in integrations_of(user_id=request.user.pk, by=request.user)}
    sandboxed = sandboxed_types(user_id=request.user.pk, by=request.user) if mine else set()
    connected = [
        shown(kind, mine[kind.type], is_sandbox=kind.type in sandboxed)  #
        for kind in TYPES.values()
        if kind.type in mine
    ]
    others = [shown(kind) for kind in TYPES.values() if kind.type not in mine]
    context = {"place": "inbox", "inbox_tab": "integrations", "connected": connected, "others": others}
    return render(request, "conversations/integrations/list.html", context)


def shown(kind: IntegrationType, row: Integration | None = None, *, is_sandbox: bool = False) -> dict[str, Any]:
    state, tone = STATES[row.is_connected] if row else ("", "")
    return {
        "kind": kind,
        "url": f"{PLACE}{kind.type}/",
        "row": row,
        "state": state,
        "tone": tone,
        "is_sandbox": is_sandbox,
    }


@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def integration(request, type):
    """Connect it, or change what is connected. What is saved is tested at once."""
    kind, row = found(request, type)
    stored, problem = stored_config(row)
    form = ConfigForm(request.POST if request.method == "POST" else None, kind=kind, stored=stored)
    if form.is_valid():
        save = update_integration if row else create_integration
        try:
            save(user_id=request.user.pk, type=kind.type, config=form.config(), by=request.user)
        except DomainError as error:
            form.explain(error)
        else:
            tell_test(request, kind, saved=True)
            return redirect(f"{PLACE}{kind.type}/")
    about = shown(kind, row, is_sandbox=bool(stored.get("sandbox")))
    context = {"place": "inbox", "inbox_tab": "integrations", "form": form, "problem": problem, **about}
    return render(request, "conversations/integrations/one.html", context, status=422 if form.errors else 200)


def stored_config(row: Integration | None) -> tuple[dict[str, Any], str]:
    """The masked config, and why it cannot be read where it cannot."""
    if row is None:
        return {}, ""
    try:
        return masked_config(row), ""
    except Unavailable as error:
        return {}, error.message


@login_required
@require_POST
def test(request, type):
    kind, row = found(request, type)
    if row is None:
        raise Http404
    tell_test(request, kind)
    return redirect(f"{PLACE}{kind.type}/")


def tell_test(request, kind: IntegrationType, *, saved: bool = False) -> None:
    before = "Saved. " if saved else ""
    try:
        result = test_integration(user_id=request.user.pk, type=kind.type, by=request.user)
    except DomainError as error:
        toasts.warning(request, before + error.message)
        return
    if result.connected:
        toasts.success(request, before + result.message)
    else:
        toasts.error(request, f"{before}{kind.name} does not connect: {result.message}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, type):
    """GET asks, for who has no scripts; the same words stand in a dialog."""
    kind, row = found(request, type)
    if row is None:
        raise Http404
    if request.method == "POST":
        remove_integration(user_id=request.user.pk, type=kind.type, by=request.user)
        toasts.success(request, f"{kind.name} is not connected any more, and what was stored of it is gone.")
        return redirect("integrations")
    return render(
        request,
        "conversations/integrations/remove.html",
        {"place": "inbox", "inbox_tab": "integrations", **shown(kind, row)},
    )


def found(request, type) -> tuple[IntegrationType, Integration | None]:
    """404 for a type that there is not."""
    try:
        kind = known_type(type)
    except NotFound:
        raise Http404 from None
    try:
        return kind, one_integration(user_id=request.user.pk, type=type, by=request.user)
    except NotFound:
        return kind, None
