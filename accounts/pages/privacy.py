"""Privacy: what may be done with your data, a copy of it, and leaving for good."""

from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import DataExport
from accounts.pages.settings import part_of, prove, show
from accounts.queries.exports import export_link, exports_of
from accounts.verbs.departures import WAITING, cancel_departure, open_departure, request_departure
from accounts.verbs.exports import request_export
from accounts.verbs.privacy import opt_out, privacy_of
from config.errors import NotFound
from config.ids import lookup_id

PRIVACY = "settings_privacy"
Status = DataExport.Status
STATES = {
    Status.READY: ("Ready", "good"),
    Status.FAILED: ("Could not be made", "bad"),
    Status.EXPIRED: ("Expired", ""),
}


@part_of(PRIVACY)
@require_safe
def privacy(request):
    # The browser itself may ask: Document veza.txt, "CCPA / Sec-GPC".
    signal = request.headers.get("Sec-GPC") == "1"
    return show(request, "privacy", copies(request) | {"choice": privacy_of(request.user), "signal": signal})


@part_of(PRIVACY)
@require_safe
@never_cache
def exports(request):
    """The list of copies alone, which asks for itself again while one is made."""
    return show(request, "_exports", copies(request))


@part_of(PRIVACY)
@require_POST
def choose(request):
    choice = opt_out(user=request.user, do_not_sell="do_not_sell" in request.POST)
    messages.success(request, "Noted: never sell or share." if choice.do_not_sell else "Noted.")
    return redirect(PRIVACY)


@part_of(PRIVACY)
@require_POST
def ask_for_export(request):
    request_export(user=request.user)
    return redirect(PRIVACY)


@part_of(PRIVACY)
@require_safe
@never_cache
def fetch_export(request, export_id):
    """To the archive, for who has just shown that it is them."""
    export = DataExport.objects.visible_to(request.user).filter(pk=lookup_id(export_id)).first()
    if export is None:
        raise NotFound
    prove(request)
    link = export_link(export)
    if not link:
        messages.info(request, "That copy is there no more. Ask for a new one.")
    return redirect(link or PRIVACY)


@part_of(PRIVACY)
def leave(request):
    if open_departure(request.user):
        return redirect(PRIVACY)
    if request.method != "POST":
        return show(request, "leave", {"days": WAITING.days})
    prove(request)
    request_departure(user=request.user, by=request.user)
    return redirect(PRIVACY)


@part_of(PRIVACY)
@require_POST
def stay(request):
    cancel_departure(user=request.user)
    messages.success(request, "Called off. Nothing was deleted.")
    return redirect(PRIVACY)


def copies(request):
    rows = [described(export) for export in exports_of(request.user)]
    return {
        "running": next((row for row in rows if row["is_running"]), None),
        "exports": [row for row in rows if not row["is_running"]],
    }


def described(export):
    link = export_link(export)
    # A link runs out before the sweep that says so.
    status = Status.EXPIRED if export.status == Status.READY and not link else Status(export.status)
    state, tone = STATES.get(status, ("", ""))
    return {
        "row": export,
        "is_running": status in (Status.QUEUED, Status.RUNNING),
        "state": state,
        "tone": tone,
        "words": f"{export.done} of {export.total}",
        "url": f"/settings/privacy/exports/{export.pk}/" if link else "",
        "title": f"Copy of {export.created_at.day} {export.created_at:%B %Y}",
    }
