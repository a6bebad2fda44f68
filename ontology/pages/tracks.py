"""Tracks as people find, hear, like, discuss and upload them. Everybody listens; who is signed in does the rest."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from config.files import file_response, is_download
from ontology.models import EntityType, Track
from ontology.pages.attention import CommentForm, Thing, Words, explain
from ontology.queries.comments import comments_on
from ontology.queries.tracks import (
    LONGEST_SEARCH,
    Listed,
    for_sale_with,
    genres,
    search_tracks,
    track,
    tracks,
    waveforms,
)
from ontology.verbs.tracks import count_play, delete_track, editable_track, heard_track, update_track, upload_track
from ontology.verbs.uploads import KINDS, in_words

A_PAGE = 20
COMMENTS = 30
ORDERS = (
    ("created_at", "Newest"),
    ("like_count", "Most liked"),
    ("play_count", "Most played"),
    ("title", "Title"),
    ("duration", "Longest"),
)
MOMENT = re.compile(r"^\s*(?:(\d{1,3}):)?(\d{1,3}):([0-5]?\d)\s*$")


class TrackForm(forms.Form):
    title = forms.CharField(max_length=200)
    artist = forms.CharField(max_length=200, required=False, help_text="As it should be shown; empty shows your name.")
    genre = forms.CharField(max_length=64, required=False, widget=forms.TextInput(attrs={"list": "genres"}))
    tags = forms.CharField(max_length=1000, required=False, help_text="Up to ten, with commas between.")
    description = Words(max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 5}))
    cover = forms.FileField(
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    status = forms.ChoiceField(
        label="Who hears it", choices=[("published", "Everybody"), ("draft", "A draft, for me alone")]
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["cover"].help_text = f"{most_of('cover')} Without one, a pattern is drawn for it."

    @classmethod
    def of(cls, row: dict[str, Any]) -> dict[str, Any]:
        """What the form shows for a track."""
        names = ("title", "artist", "genre", "description", "status")
        return {"tags": ", ".join(row["tags"]), **{name: row[name] for name in names}}

    def words_for_the_verb(self) -> dict[str, Any]:
        given = {name: value for name, value in self.cleaned_data.items() if name not in ("cover", "file", "tags")}
        cover = self.cleaned_data["cover"]
        picture = {"cover": cover.read(KINDS["cover"].most_bytes + 1)} if cover else {}
        return {**given, "tags": [self.cleaned_data["tags"]], **picture}


class NewTrackForm(TrackForm):
    file = forms.FileField(
        label="The recording",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "audio/*,.flac,.m4a,.opus"}),
    )
    title = forms.CharField(max_length=200, required=False, help_text="Empty: as the file says, or is called.")
    field_order = ("file", "title")

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["file"].help_text = most_of("track")


def most_of(kind: str) -> str:
    return f"{KINDS[kind].words}, at most {in_words(KINDS[kind].most_bytes)}."


class MomentForm(CommentForm):
    at = forms.CharField(
        label="Moment",
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "1:23", "autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean_at(self) -> int | None:
        """Milliseconds."""
        text = self.cleaned_data["at"]
        if not text:
            return None
        found = MOMENT.match(text)
        if not found:
            raise forms.ValidationError("Write minutes and seconds, as in 1:23.")
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return ((hours * 60 + minutes) * 60 + seconds) * 1000

    def words_for_the_verb(self) -> dict[str, Any]:
        return {"content": self.cleaned_data["content"], "at_ms": self.cleaned_data["at"]}


# --- finding -------------------------------------------------------------------------------------------------------


@require_safe
def browse(request):
    """GET /tracks/?q=&genre=&sort=&show=mine"""
    asked = {name: text_of(request, name) for name in ("q", "genre", "sort", "show")}
    asked["sort"] = asked["sort"] if asked["sort"] in dict(ORDERS) else "created_at"
    is_mine = asked["show"] == "mine" and request.user.is_authenticated
    try:
        found = listed(request, asked, is_mine=is_mine)
    except Invalid:  # an address that was cut or typed wrong leads to the beginning
        return redirect("tracks")
    waves = waveforms(row["id"] for row in found.items)
    known = genres()
    chosen = [asked["genre"]] if asked["genre"] and asked["genre"] not in known else []
    kept = {name: value for name, value in asked.items() if value and value != "created_at"}
    context = {
        "place": "tracks",
        "tracks": [{**shown(row), "wave": waves.get(row["id"], [])} for row in found.items],
        "asked": asked,
        "is_asked": bool(asked["q"] or asked["genre"]),
        "is_mine": is_mine,
        "is_first": not text_of(request, "cursor"),
        "genres": [("", "All genres"), *((name, name.capitalize()) for name in [*known, *chosen])],
        "orders": ORDERS,
        "tabs": tabs(is_mine=is_mine) if request.user.is_authenticated else [],
        "next_url": f"?{urlencode({**kept, 'cursor': found.next_cursor})}" if found.next_cursor else "",
        "here": "/tracks/",
    }
    return render(request, "ontology/tracks/list.html", context)


def listed(request, asked: dict[str, str], *, is_mine: bool) -> Listed:
    cursor = text_of(request, "cursor", 1600)
    if asked["q"] and not is_mine:
        words = {"words": asked["q"], "genre": asked["genre"]}
        return search_tracks(user=request.user, cursor=cursor, limit=A_PAGE, **words)
    mine: dict[str, Any] = {"owner_id": request.user.pk, "status": "any"} if is_mine else {}
    order: dict[str, Any] = {"genre": asked["genre"], "sort_by": asked["sort"]}
    return tracks(user=request.user, cursor=cursor, limit=A_PAGE, **order, **mine)


def tabs(*, is_mine: bool) -> list[dict[str, Any]]:
    return [
        {"url": "/tracks/", "text": "Everybody's", "active": not is_mine},
        {"url": "/tracks/?show=mine", "text": "Yours", "active": is_mine},
    ]


def text_of(request, name: str, most: int = LONGEST_SEARCH) -> str:
    return " ".join(request.GET.get(name, "").replace("\0", "").split())[:most]


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """With what a player needs: `by`, `url` and `src`."""
    address = f"/tracks/{row['id']}/"
    return {**row, "by": row["artist"] or row["owner"]["name"], "url": address, "src": f"{address}sound/"}


# --- one track -----------------------------------------------------------------------------------------------------


@require_safe
def track_page(request, track_id):
    """GET /tracks/<id>/?t=<seconds>: where the player begins."""
    return shown_track(request, track_id, MomentForm())


def shown_track(request, track_id, form: CommentForm, status: int = 200):
    row = shown(TRACK.row(track_id, request.user))
    try:
        page = comments_on(row["id"], cursor=text_of(request, "cursor"), limit=COMMENTS)
    except Invalid:
        return redirect("track", track_id)
    comments = [TRACK.seen_by(request.user, said, of=row) for said in page.items]
    start = text_of(request, "t")
    context = {
        "place": "tracks",
        "track": row,
        "comments": comments,
        "marks": [mark for said in comments if (mark := mark_of(said, row))],
        "form": form,
        "start": start if start.isascii() and start.isdigit() and len(start) < 6 else "",
        "is_later": bool(text_of(request, "cursor")),
        "older_url": f"?cursor={page.next_cursor}" if page.next_cursor else "",
        "may_change": request.user.is_staff or request.user.pk == row["owner_id"],
        "is_owner": request.user.pk == row["owner_id"],
        "products": for_sale_with(row["id"]),
        "here": row["url"],
    }
    return render(request, "ontology/tracks/track.html", context, status=status)


TRACK = Thing(EntityType.MEDIA_ASSET, "tracks", track, shown_track, form=MomentForm)


def mark_of(said: dict[str, Any], row: dict[str, Any]) -> dict[str, Any] | None:
    """Where on the waveform a comment about a moment stands."""
    if said["at_ms"] is None or not row["duration_ms"] or said["at_ms"] > row["duration_ms"]:
        return None
    return {"x": round(said["at_ms"] / row["duration_ms"] * 600, 1), "name": said["author"]["name"], "id": said["id"]}


@require_safe
def sound(request, track_id):
    """The recording for the player, in ranges; a beginning counts as a play."""
    try:
        heard = heard_track(track_id=track_id, by=request.user)
    except NotFound:
        raise Http404 from None
    answer = file_response(request, Path(heard.file.path), filename=f"{heard.title}.{heard.format}")
    if is_download(request, answer):
        count_play(heard, listener=str(request.user.pk or request.META.get("REMOTE_ADDR", "")))
    return answer


# --- making --------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_track(request):
    if request.method != "POST":
        return form_page(request, None, NewTrackForm(initial={"status": "published"}))
    form = NewTrackForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = upload_track(content=file, name=file.name, by=request.user, **form.words_for_the_verb())
        except DomainError as error:
            explain(form, error)
        else:
            tell_made(request, made)
            return redirect("track", made.pk)
    return form_page(request, None, form, status=400)


def tell_made(request, made: Track) -> None:
    where = "Everybody can hear it now." if made.status == Track.Status.PUBLISHED else "Nobody else hears it."
    messages.success(request, f"{made.title} is uploaded. {where}")
    if made.made_creator:
        messages.info(request, "You are a creator now: people can see that you publish.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_track(request, track_id):
    row = own_track(track_id, request.user)
    if request.method != "POST":
        return form_page(request, row, TrackForm(initial=TrackForm.of(row)))
    form = TrackForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            update_track(track_id=row["id"], by=request.user, **form.words_for_the_verb())
        except DomainError as error:
            explain(form, error)
        else:
            messages.success(request, "The track is saved.")
            return redirect("track", row["id"])
    return form_page(request, row, form, status=400)


def form_page(request, row: dict[str, Any] | None, form: TrackForm, status: int = 200):
    address = f"/tracks/{row['id']}/" if row else ""
    context = {"place": "tracks", "track": row, "track_url": address, "form": form, "genres": genres()}
    return render(request, "ontology/tracks/form.html", context, status=status)


@login_required
@require_POST
def remove(request, track_id):
    try:
        delete_track(track_id=track_id, by=request.user)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("track", track_id)
    except DomainError:
        raise Http404 from None
    messages.success(request, "The track is deleted.")
    return redirect("/tracks/?show=mine")


# --- what they share -----------------------------------------------------------------------------------------------


def own_track(track_id, user) -> dict[str, Any]:
    try:
        editable_track(track_id, by=user)
    except (NotFound, Forbidden):
        raise Http404 from None
    return TRACK.row(track_id, user)
