"""Bulk import into the graph and export of what one owns: asked for, followed and downloaded."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import DomainError
from config.files import file_response
from ontology.models import GraphTransfer
from ontology.pages.attention import explain
from ontology.queries.transfers import file_of, transfers_of
from ontology.verbs.transfers import MOST_LINES, request_export, request_import

Kind, Status = GraphTransfer.Kind, GraphTransfer.Status
STATES = {
    Status.QUEUED: ("Waiting", "note"),
    Status.RUNNING: ("Under way", "note"),
    Status.DONE: ("Done", "good"),
    Status.FAILED: ("Failed", "bad"),
}


class ImportForm(forms.Form):
    file = forms.FileField(
        label="A file of JSON Lines",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".jsonl,.ndjson,.json,application/x-ndjson"}),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        most = f"At most {MOST_LINES:,} lines and {settings.MAX_UPLOAD_BYTES // 2**20} MB."
        self.fields["file"].help_text = f"One thing, tag, connection or event a line, as an export has them. {most}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def transfers_page(request):
    """GET /graph/transfers/; POST takes a file to import."""
    if request.method != "POST":
        return shown(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            request_import(user=request.user, content=form.cleaned_data["file"])
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "The file is here. Its lines are looked at first, then written.")
            return redirect("graph_transfers")
    return shown(request, form, status=422)


@login_required
@require_safe
def transfers_part(request):
    """The page's part that changes while something is under way, which asks for itself."""
    return render(request, "ontology/graph/_transfers.html", seen_by(request.user, ImportForm()))


@login_required
@require_POST
def export_mine(request):
    try:
        request_export(user=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("graph_transfers")


@login_required
@require_safe
def download(request, transfer_id):
    """GET /graph/transfers/<id>/download/: a finished export, for whoever asked for it."""
    done = GraphTransfer.objects.filter(user=request.user.pk, kind=Kind.EXPORT, status=Status.DONE)
    transfer = done.filter(pk=transfer_id).first()
    if transfer is None or not file_of(transfer).is_file():
        raise Http404
    name = f"stoa-graph-{transfer.created_at:%Y-%m-%d}.jsonl"
    response = file_response(request, file_of(transfer), filename=name, attachment=True)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def shown(request, form: ImportForm, status: int = 200):
    context = {"place": "graph", **seen_by(request.user, form)}
    return render(request, "ontology/graph/transfers.html", context, status=status)


def seen_by(user: Any, form: ImportForm) -> dict[str, Any]:
    rows = [described(row) for row in transfers_of(user)]
    running = next((row for row in rows if row["is_running"]), None)
    return {"form": form, "running": running, "transfers": [row for row in rows if row is not running]}


def described(row: GraphTransfer) -> dict[str, Any]:
    state, tone = STATES[Status(row.status)]
    is_done = row.status == Status.DONE
    return {
        "row": row,
        "title": "Export" if row.kind == Kind.EXPORT else "Import",
        "icon": "download" if row.kind == Kind.EXPORT else "upload",
        "state": state,
        "tone": tone,
        "is_running": row.status in (Status.QUEUED, Status.RUNNING),
        "words": words_of(row),
        "url": f"/graph/transfers/{row.pk}/download/" if is_done and row.kind == Kind.EXPORT else "",
    }


def words_of(row: GraphTransfer) -> str:
    if row.status == Status.QUEUED:
        return "Waiting its turn"
    if row.status == Status.RUNNING:
        return f"{row.done_lines:,} of {row.total_lines:,} lines" if row.total_lines else "Being looked at"
    if row.status == Status.DONE:
        return "1 line" if row.done_lines == 1 else f"{row.done_lines:,} lines"
    where = f"Line {row.failed_line:,}: " if row.failed_line else ""
    return f"{where}{row.error} Nothing was {'imported' if row.kind == Kind.IMPORT else 'written'}."
