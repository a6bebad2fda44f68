"""Live streams: who is on air, one stream with what is said under it, and the desk of whoever broadcasts."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import DomainError, Invalid, NotFound
from config.paging import Page
from config.policies import STRICT
from ontology.models import EntityType, LiveStream
from ontology.pages.attention import CommentForm, Thing, Words, explain
from ontology.pages.posts import A_PAGE, tabs
from ontology.queries.comments import comments_on
from ontology.queries.live_streams import stream, streams, streams_of
from ontology.queries.people import is_following
from ontology.verbs.live_streams import (
    LONGEST_CATEGORY,
    LONGEST_DESCRIPTION,
    LONGEST_TAG,
    LONGEST_TITLE,
    MOST_TAGS,
    create_stream,
    delete_stream,
    regenerate_key,
    stream_for_key,
    update_stream,
)
from ontology.verbs.stream_keys import stream_key

TILES = 24
STATES = {"draft": ("draft", ""), "ready": ("off air", ""), "live": ("on air", "bad"), "ended": ("off air", "")}


class StreamForm(forms.Form):
    title = forms.CharField(label="Title", max_length=LONGEST_TITLE)
    description = Words(
        label="What it is about",
        max_length=LONGEST_DESCRIPTION,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    category = forms.CharField(label="Category", max_length=LONGEST_CATEGORY, required=False)
    tags = forms.CharField(
        label="Tags",
        max_length=MOST_TAGS * (LONGEST_TAG + 2),
        required=False,
        help_text="With commas between them: cello, practice",
    )

    def clean_tags(self):
        return [tag for word in self.cleaned_data["tags"].split(",") if (tag := word.strip())]


# --- who is on air -------------------------------------------------------------------------------------------------


@require_safe
def live_page(request):
    """GET /live/?on=air|off&cursor=: first those on air, then the others; with `on` one of the two alone."""
    only = {"air": True, "off": False}.get(request.GET.get("on", ""))
    cursor = "" if only is None else cursor_of(request)
    try:
        parts = {
            is_live: streams(user=request.user, is_live=is_live, cursor=cursor, limit=TILES)
            for is_live in (True, False)
            if only in (None, is_live)
        }
    except Invalid:  # an address that was cut or typed wrong leads to the beginning
        return redirect("live")
    context = {
        "place": place_of(request),
        "tabs": tabs("live", is_known=request.user.is_authenticated),
        "on_air": [shown(row) for row in parts[True].items] if True in parts else [],
        "others": [shown(row) for row in parts[False].items] if False in parts else [],
        "is_part": only is not None,
        "more_on_air": further(parts.get(True), "air"),
        "more_others": further(parts.get(False), "off"),
    }
    return render(request, "ontology/live/list.html", context)


# --- one stream ----------------------------------------------------------------------------------------------------


@require_safe
def stream_page(request, stream_id):
    return shown_stream(request, stream_id, CommentForm())


def shown_stream(request, stream_id, form: CommentForm, status: int = 200):
    row = STREAM.row(stream_id, request.user)
    cursor = cursor_of(request)
    try:
        page = comments_on(row["id"], cursor=cursor, limit=A_PAGE)
    except Invalid:
        return redirect("stream", stream_id)
    context = {
        "place": place_of(request),
        "stream": shown(row),
        "is_own": request.user.pk == row["owner_id"],
        "person": row["owner"],
        "is_following": is_following(user=request.user, person_id=row["owner_id"]),
        "comments": [STREAM.seen_by(request.user, said, of=row) for said in reversed(page.items)],
        "form": form,
        "is_earlier": bool(cursor),
        "older_url": f"?cursor={page.next_cursor}" if page.next_cursor else "",
        "here": f"/live/{row['id']}/",
    }
    response = render(request, "ontology/live/stream.html", context, status=status)
    if settings.LIVE_HLS_URL.startswith(("http://", "https://")):
        # The picture comes from the ingest server, and nothing else does.
        server = "/".join(settings.LIVE_HLS_URL.split("/")[:3])
        allowed = STRICT.replace("media-src 'self'", f"media-src 'self' {server}")
        response.headers["Content-Security-Policy"] = allowed.replace(
            "connect-src 'self'", f"connect-src 'self' {server}"
        )
    return response


STREAM = Thing(EntityType.LIVESTREAM, "live", stream, shown_stream)


# --- the desk ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def studio(request):
    try:
        page = streams_of(user=request.user, cursor=cursor_of(request), limit=A_PAGE)
    except Invalid:
        return redirect("live_studio")
    context = {
        "place": "studio",
        "streams": list(map(shown, page.items)),
        "is_first": not cursor_of(request),
        "next_url": f"?cursor={page.next_cursor}" if page.next_cursor else "",
    }
    return render(request, "ontology/live/studio.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_stream(request):
    form = StreamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made, became_creator = create_stream(by=request.user, **form.cleaned_data)
        except DomainError as error:
            explain(form, error)
        else:
            said = "The stream is announced. You are a creator now." if became_creator else "The stream is announced."
            messages.success(request, said)
            return redirect("live_desk", made.pk)
    status = 400 if form.errors else 200
    return render(request, "ontology/live/new.html", {"place": "studio", "form": form}, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request, stream_id):
    """One's own stream: POST changes what is said of it."""
    own = mine(request, stream_id)
    form = StreamForm(request.POST or None, initial={**vars(own), "tags": ", ".join(own.tags)})
    if request.method == "POST" and form.is_valid():
        try:
            update_stream(stream_id=own.pk, by=request.user, **form.cleaned_data)
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("live_desk", own.pk)
    return shown_desk(request, own, form, status=400 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_key(request, stream_id):
    """The desk with the key in it. By POST, so that no address, no history and no cache leads there."""
    own = mine(request, stream_id)
    if request.method != "POST":
        return redirect("live_desk", own.pk)
    form = StreamForm(initial={**vars(own), "tags": ", ".join(own.tags)})
    return shown_desk(request, own, form, key=stream_key(stream_id=own.pk, key_version=own.key_version))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_key(request, stream_id):
    """GET asks, for browsers in which no dialog opens."""
    own = mine(request, stream_id)
    if request.method != "POST":
        return asked(request, own, "new_key", "A new stream key")
    regenerate_key(stream_id=own.pk, by=request.user)
    messages.success(request, "The old key is dead. Put the new one into your encoder.")
    return redirect("live_desk", own.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request, stream_id):
    own = mine(request, stream_id)
    if request.method != "POST":
        return asked(request, own, "remove", "Delete this stream")
    delete_stream(stream_id=own.pk, by=request.user)
    messages.success(request, "The stream is deleted.")
    return redirect("live_studio")


def shown_desk(request, own: LiveStream, form: StreamForm, *, key: str = "", status: int = 200):
    state, tone = STATES[own.status]
    context = {"place": "studio", "stream": own, "state": state, "tone": tone, "form": form, "key": key,
               "server": settings.RTMP_URL, "at": f"/live/studio/{own.pk}/"}  # fmt: skip
    return render(request, "ontology/live/desk.html", context, status=status)


def asked(request, own: LiveStream, what: str, title: str):
    context = {"place": "studio", "stream": own, "title": title, "part": f"ontology/live/_{what}.html",
               "at": f"/live/studio/{own.pk}/"}  # fmt: skip
    return render(request, "ontology/live/ask.html", context)


# --- what they share -----------------------------------------------------------------------------------------------


def mine(request, stream_id) -> LiveStream:
    try:
        return stream_for_key(stream_id=stream_id, by=request.user)
    except NotFound:
        raise Http404 from None


def shown(row: dict[str, Any]) -> dict[str, Any]:
    state, tone = STATES[row["status"]]
    return {**row, "key": f"{row['id']}/", "state": state, "tone": tone}


def further(page: Page | None, on: str) -> str:
    return f"?on={on}&cursor={page.next_cursor}" if page and page.next_cursor else ""


def place_of(request) -> str:
    return "live" if request.user.is_authenticated else "feed"


def cursor_of(request) -> str:
    return request.GET.get("cursor", "").replace("\0", "")
