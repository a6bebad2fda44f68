"""Somebody's files: the list with its quota, one file with its versions and links, and what a link shows to whoever has it."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import DomainError, Forbidden, Invalid, NotFound
from config.files import is_download, stored_response
from ontology.gateways.object_storage import place_of
from ontology.models import ShareLink
from ontology.queries.files import LONGEST_SEARCH, files_of, links_of, open_links, quota_of
from ontology.verbs import shares
from ontology.verbs.files import (
    delete_file,
    mine,
    rename_file,
    replace_file,
    restore_version,
    snapshot_file,
    upload_file,
)
from ontology.verbs.uploads import KINDS, LONGEST_NAME, in_words

A_PAGE = 30
MOST_AT_ONCE = 20
LIVES = (("24", "A day"), ("168", "A week"), ("720", "30 days"), ("8760", "A year"), ("never", "Until I revoke it"))
MAY = ((ShareLink.Permission.READ, "See and download it"), (ShareLink.Permission.VIEW, "Only see what it is"))
ICONS = {"image": "image", "audio": "music", "video": "play", "text": "file"}
PACKED = ("zip", "tar", "compressed", "rar", "gzip", "xz", "bzip2", "executable", "msdownload", "octet-stream")
KNOWN = {
    "application/pdf": "PDF", "application/zip": "ZIP archive", "application/octet-stream": "Unknown",
    "application/x-msdownload": "Program", "application/x-executable": "Program", "application/x-sh": "Script",
    "text/html": "Web page", "image/svg+xml": "SVG drawing", "text/plain": "Text", "application/json": "JSON",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint slides",
}  # fmt: skip


class FileInput(forms.FileInput):
    """Takes several. pieces/field.html knows a file input by this name."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files through one input. Which they may be, the verb says."""

    widget = FileInput

    def clean(self, data, initial=None):
        given = data if isinstance(data, list | tuple) else [data]
        if len(given) > MOST_AT_ONCE:
            raise forms.ValidationError(f"At most {MOST_AT_ONCE} at once.")
        return [super(FilesField, self).clean(each, initial) for each in given or [None]]


class UploadForm(forms.Form):
    file = FilesField(label="Files", error_messages={"required": "Choose a file first."}, allow_empty_file=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        most = in_words(KINDS["cloud_file"].most_bytes)
        self.fields["file"].help_text = f"Any kind, up to {most} each."


class ReplaceForm(forms.Form):
    file = forms.FileField(
        label="New content",
        error_messages={"required": "Choose a file first."},
        allow_empty_file=True,
        help_text="What it holds now becomes a version.",
    )


class RenameForm(forms.Form):
    name = forms.CharField(label="Name", max_length=LONGEST_NAME)


class ShareForm(forms.Form):
    permissions = forms.ChoiceField(label="Whoever has the link may", choices=MAY)
    expires_in_hours = forms.ChoiceField(label="It works for", choices=LIVES, initial="168")

    def clean_expires_in_hours(self):
        hours = self.cleaned_data["expires_in_hours"]
        return None if hours == "never" else int(hours)


# --- the list ------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def files_page(request):
    """GET /files/?q=&cursor=; POST uploads, for browsers without scripts (with them static/js/upload.js does it)."""
    if request.method != "POST":
        return list_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid() and keep_all(request, form):
        return redirect("files")
    return list_page(request, form, status=422)


def keep_all(request, form) -> bool:
    """Keep each file that can be kept; whether all could."""
    for file in form.cleaned_data["file"]:
        try:
            kept = upload_file(content=file, name=file.name, by=request.user)
        except DomainError as error:
            form.add_error("file", f"{file.name}: {error.message}")
        else:
            messages.success(request, f"{kept.name} is kept.")
    return not form.errors


def list_page(request, form, status=200):
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    try:
        page = files_of(user=request.user, words=words, cursor=request.GET.get("cursor"), limit=A_PAGE)
    except Invalid:  # an address that was cut or typed wrong leads to the beginning
        return redirect("files")
    links = open_links([row["id"] for row in page.items])
    kept = {"q": words} if words else {}
    context = {
        "place": "files",
        "form": form,
        "words": words,
        "files": [{**row, **look_of(row["content_type"]), "links": links.get(row["id"], 0)} for row in page.items],
        "next_url": "?" + urlencode({**kept, "cursor": page.next_cursor}) if page.next_cursor else "",
        "quota": quota_of(request.user),
    }
    return render(request, "ontology/files/list.html", context, status=status)


def look_of(content_type: str) -> dict[str, str]:
    """A picture and a word for a type."""
    major, _, minor = content_type.partition("/")
    plain = f"{minor.removeprefix('x-').upper()} {major}" if major in ICONS and major != "text" else content_type
    icon = "box" if minor.endswith(PACKED) else ICONS.get(major, "file")
    return {"icon": icon, "kind": KNOWN.get(content_type, plain)}


# --- one file ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def file_page(request, file_id):
    return whole(request, file_id)


def whole(request, file_id, *, status=200, **more):
    """The page of one file; `more` holds a form that was filled in, or a link that is told this once."""
    file = found(request, file_id)
    forms_here = {
        "replace_form": ReplaceForm(),
        "rename_form": RenameForm(initial={"name": file.name}),
        "share_form": ShareForm(),
    }
    context = {
        "place": "files",
        "file": file,
        **look_of(file.content_type),
        "versions": list(file.versions.all()),
        "links": links_of(file),
        **forms_here,
        **more,
    }
    return render(request, "ontology/files/file.html", context, status=status)


def found(request, file_id):
    try:
        return mine(file_id, request.user)
    except NotFound:
        raise Http404 from None


@login_required
@require_POST
def replace(request, file_id):
    form = ReplaceForm(request.POST, request.FILES)
    return acted(
        request, file_id, form, "replace_form", "The file has its new content. The old one is a version.", replaced
    )


def replaced(request, file_id, form):
    given = form.cleaned_data["file"]
    replace_file(file_id=file_id, content=given, name=given.name, by=request.user)


@login_required
@require_POST
def rename(request, file_id):
    return acted(request, file_id, RenameForm(request.POST), "rename_form", "The file has its new name.", renamed)


def renamed(request, file_id, form):
    rename_file(file_id=file_id, name=form.cleaned_data["name"], by=request.user)


def acted(request, file_id, form, place, words, act):
    """What a form of the page does: back to the page with a word, or the page with what was wrong."""
    found(request, file_id)
    if form.is_valid():
        try:
            act(request, file_id, form)
        except DomainError as error:
            form.add_error(next(iter(form.fields)), error.message)
        else:
            messages.success(request, words)
            return redirect("file", file_id)
    return whole(request, file_id, status=422, **{place: form})


@login_required
@require_POST
def keep_version(request, file_id):
    found(request, file_id)
    version = snapshot_file(file_id=file_id, by=request.user)
    messages.success(request, f"What it holds now is kept as version {version.version}.")
    return redirect("file", file_id)


@login_required
@require_POST
def restore(request, file_id, version):
    found(request, file_id)
    try:
        restore_version(file_id=file_id, version=version, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The file holds again what it held in version {version}.")
    return redirect("file", file_id)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, file_id):
    file = found(request, file_id)
    if request.method == "POST":
        delete_file(file_id=file_id, by=request.user)
        messages.success(request, f"{file.name} is deleted. Links to it open nothing any more.")
        return redirect("files")
    return render(request, "ontology/files/remove.html", {"place": "files", "file": file})


@login_required
@require_safe
def download(request, file_id):
    file = found(request, file_id)
    try:
        return stored_response(request, place_of, key=file.key, name=file.name, content_type=file.content_type)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("file", file_id)


# --- links ---------------------------------------------------------------------------------------------------------


@login_required
@require_POST
@never_cache
@sensitive_variables()
def share(request, file_id):
    """The new link stands in this answer alone: only its hash is kept."""
    found(request, file_id)
    form = ShareForm(request.POST)
    if form.is_valid():
        try:
            _, token = shares.share_file(file_id=file_id, by=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return whole(request, file_id, new_link=shares.share_page(token))
    return whole(request, file_id, status=422, share_form=form)


@login_required
@require_POST
def revoke(request, file_id, link_id):
    try:
        shares.revoke_share(file_id=file_id, link_id=link_id, by=request.user)
    except NotFound:
        raise Http404 from None
    messages.success(request, "The link is revoked. It opens nothing any more.")
    return redirect("file", file_id)


@require_safe
@never_cache
def shared(request, token):
    """What a link shows, to anybody. A link that no longer works says why; one that never was is not found."""
    try:
        link = shares.shared_link(token)
    except NotFound as error:
        return closed(request, error)
    file = link.file
    context: dict[str, Any] = {
        "link": link,
        "file": file,
        "token": token,
        **look_of(file.content_type),
        "may_download": link.permissions == ShareLink.Permission.READ,
    }
    return unlisted(render(request, "ontology/files/shared.html", context))


def closed(request, error):
    if not error.code:
        raise Http404
    context = {"title": error.message, "link": None}
    return unlisted(render(request, "ontology/files/shared.html", context, status=410))


def unlisted(response):
    """A link is for those who were given it: no search engine keeps it, no other site learns of it."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
def shared_download(request, token):
    try:
        link = shares.downloadable(token)
        file = link.file
        response = stored_response(request, place_of, key=file.key, name=file.name, content_type=file.content_type)
    except NotFound as error:
        return closed(request, error)
    except Forbidden:
        return redirect("shared", token)
    if is_download(request, response):
        shares.count_download(link)
    return unlisted(response)
