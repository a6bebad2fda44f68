"""What somebody's assistant knows: the list with what the tier allows, one file with its text, a question to try it with."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import DomainError, Invalid, NotFound
from config.files import stored_response
from conversations.models import KnowledgeFile
from conversations.queries.file_words import sentence_of
from conversations.queries.knowledge import count_files, listed, search_passages
from conversations.verbs.knowledge import MEDIA, Type, add_knowledge_file, own_file, remove_knowledge_file, type_of
from conversations.verbs.passages import text_of
from marketplace.verbs.limits import limits_of
from ontology.gateways.object_storage import place_of
from ontology.pages.files import FilesField
from ontology.verbs.uploads import in_words

A_PAGE, PASSAGES, LETTERS = 30, 50, 20_000
LONGEST_SEARCH, LONGEST_QUESTION = 200, 500
KINDS = {Type.PDF: "PDF", Type.DOCX: "Word document", Type.TXT: "Text"}
STATES = {"waiting": ("Being read", "note"), "ready": ("Ready", "good"), "failed": ("Not readable", "bad")}


class UploadForm(forms.Form):
    file = FilesField(label="Files", error_messages={"required": "Choose a file first."}, allow_empty_file=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        most = in_words(settings.UPLOAD_BYTES["knowledge_file"])
        self.fields["file"].help_text = f"PDF, Word (.docx) or plain text, up to {most} each."
        self.fields["file"].widget.attrs["accept"] = ".pdf,.docx,.txt,.md,text/plain,application/pdf"


class QuestionForm(forms.Form):
    ask = forms.CharField(
        label="A question as a client would write it",
        max_length=LONGEST_QUESTION,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "When do you open on Saturdays?", "autocomplete": "off"}),
    )


# --- the list ------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def files_page(request):
    """GET /inbox/knowledge/?q=&cursor=&ask=; POST uploads."""
    if request.method != "POST":
        return list_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid() and keep_all(request, form):
        return redirect("knowledge")
    return list_page(request, form, status=422)


@login_required
@require_safe
def files_part(request):
    """The part of the list that changes while files are read, which asks for itself."""
    try:
        return render(request, "conversations/knowledge/_files.html", rows_of(request))
    except Invalid:
        raise Http404 from None


def keep_all(request, form) -> bool:
    """Keep each file that can be kept; whether all could."""
    for file in form.cleaned_data["file"]:
        try:
            kept = add_knowledge_file(upload=file, file_type=type_of(file), by=request.user)
        except DomainError as error:
            form.add_error("file", f"{file.name}: {error.message}")
        else:
            messages.success(request, f"{kept.file_name} is kept and being read.")
    return not form.errors


def list_page(request, form, status=200):
    try:
        rows = rows_of(request)
    except Invalid:  # an address that was cut or typed wrong leads to the beginning
        return redirect("knowledge")
    ask = request.GET.get("ask", "").replace("\0", "").strip()[:LONGEST_QUESTION]
    context = {
        "place": "inbox",
        "inbox_tab": "knowledge",
        "form": form,
        **rows,
        "allowed": allowance(request.user),
        "question_form": QuestionForm(initial={"ask": ask}),
        "ask": ask,
        "found": [shown(each) for each in search_passages(user=request.user, question=ask)] if ask else [],
    }
    return render(request, "conversations/knowledge/list.html", context, status=status)


def rows_of(request) -> dict[str, Any]:
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    cursor = request.GET.get("cursor", "")[:200]
    page = listed(user=request.user, words=words, cursor=cursor or None, limit=A_PAGE)
    kept = {"q": words} if words else {}
    here = {**kept, "cursor": cursor} if cursor else kept
    return {
        "words": words,
        "files": [look_of(file) for file in page.items],
        "is_reading": any(file.status == KnowledgeFile.Status.WAITING for file in page.items),
        "part_url": "/inbox/knowledge/part/" + (f"?{urlencode(here)}" if here else ""),
        "next_url": "?" + urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else "",
        "first_url": "/inbox/knowledge/" + (f"?{urlencode(kept)}" if kept else "") if cursor else "",
    }


def look_of(file: KnowledgeFile) -> dict[str, Any]:
    state, tone = STATES[file.status]
    return {
        "row": file,
        "url": f"/inbox/knowledge/{file.pk}/",
        "kind": KINDS[Type(file.file_type)],
        "state": state,
        "tone": tone,
        "why": sentence_of(file.reason),
    }


def allowance(user) -> dict[str, Any]:
    """How many files are kept, of how many; `most` None is no limit. `over`: more than the tier allows, as after a change of it."""
    used, limits = count_files(user), limits_of(user)
    most = limits.knowledge_files
    return {
        "used": used,
        "words": f"{used} of {most}",
        "most": most,
        "tier": limits.tier,
        "is_full": most is not None and used >= most,
        "is_over": most is not None and used > most,
    }


def shown(found) -> dict[str, Any]:
    return {"it": found, "percent": round(found.score * 100), "url": f"/inbox/knowledge/{found.file_id}/"}


# --- one file ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def file_page(request, file_id):
    return render(request, "conversations/knowledge/file.html", about(request, file_id))


@login_required
@require_safe
def file_part(request, file_id):
    return render(request, "conversations/knowledge/_file.html", about(request, file_id))


def about(request, file_id) -> dict[str, Any]:
    """`?after=` a place among the passages shows the next ones."""
    file = own(request, file_id)
    after = request.GET.get("after", "")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 8 else -1
    rows = list(file.passages.filter(position__gt=place)[: PASSAGES + 1])
    text = text_of(file)
    return {
        "place": "inbox",
        "inbox_tab": "knowledge",
        "file": file,
        "look": look_of(file),
        "text": text[:LETTERS],
        "letters": f"{len(text):,}",
        "is_cut": len(text) > LETTERS,
        "passages": rows[:PASSAGES],
        "shared": file.passage_count - file.passages.count(),
        "next_url": f"?after={rows[PASSAGES - 1].position}#passages" if len(rows) > PASSAGES else "",
        "first_url": f"/inbox/knowledge/{file.pk}/#passages" if place >= 0 else "",
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, file_id):
    file = own(request, file_id)
    if request.method == "POST":
        remove_knowledge_file(file_id=file_id, by=request.user)
        messages.success(request, f"{file.file_name} is removed. Your assistant does not know it any more.")
        return redirect("knowledge")
    return render(
        request,
        "conversations/knowledge/remove.html",
        {"place": "inbox", "inbox_tab": "knowledge", "file": file, "url": look_of(file)["url"]},
    )


@login_required
@require_safe
def download(request, file_id):
    """Always to be saved, never shown in place."""
    file = own(request, file_id)
    try:
        key, kind = file.file.name or "", MEDIA[Type(file.file_type)]
        return stored_response(request, place_of, key=key, name=file.file_name, content_type=kind)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("knowledge-file", file_id)


def own(request, file_id) -> KnowledgeFile:
    try:
        return own_file(file_id, request.user)
    except NotFound:
        raise Http404 from None
