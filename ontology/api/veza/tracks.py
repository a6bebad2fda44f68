from pathlib import Path

from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Text, iso_z
from config.dialects.multipart import TAKES_FILES
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import Invalid
from config.files import file_response, is_download
from config.ids import parse_id
from config.paging import whole_number
from ontology.api.veza.shapes import Done, PersonOut
from ontology.models import Track
from ontology.queries.tracks import LONGEST_CURSOR, LONGEST_SEARCH, SORTS, search_tracks, track, tracks
from ontology.verbs.tracks import count_play, delete_track, heard_track, update_track, upload_track
from ontology.verbs.uploads import KINDS

MOST_PAGES = 1_000_000


class TrackChanges(serializers.Serializer):
    title = Text(max_length=200, required=False)
    artist = Text(max_length=200, required=False, allow_blank=True)
    description = Text(max_length=5000, required=False, allow_blank=True)
    genre = Text(max_length=64, required=False, allow_blank=True)
    tags = serializers.ListField(
        child=Text(max_length=1000, allow_blank=True), max_length=50, required=False, help_text="commas part them, too"
    )
    status = serializers.ChoiceField(Track.Status.choices, required=False)
    cover = serializers.FileField(required=False, help_text="JPEG, PNG, WebP or GIF; drawn anew")


class TrackIn(TrackChanges):
    file = serializers.FileField(help_text="MP3, Ogg, FLAC, WAV or M4A")
    title = Text(max_length=200, required=False, allow_blank=True, help_text="otherwise the file's own, or its name")


class TracksIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    cursor = serializers.CharField(required=False, max_length=LONGEST_CURSOR)
    page = serializers.IntegerField(required=False, min_value=1, max_value=MOST_PAGES, help_text="from 1; older way")
    genre = serializers.CharField(required=False, max_length=64)
    format = serializers.ChoiceField(("mp3", "ogg", "flac", "wav", "m4a"), required=False)
    owner_id = serializers.CharField(required=False, max_length=64, help_text="whose they are")
    status = serializers.ChoiceField(Track.Status.choices, required=False, help_text="draft: one's own drafts")
    sort_by = serializers.ChoiceField(list(SORTS), default="created_at")
    sort_order = serializers.ChoiceField(
        ("asc", "desc"), required=False, help_text="otherwise titles ascend and all else descends"
    )


class SearchIn(serializers.Serializer):
    q = serializers.CharField(max_length=LONGEST_SEARCH)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    cursor = serializers.CharField(required=False, max_length=LONGEST_CURSOR)


class TrackOut(serializers.Serializer):
    id = serializers.CharField()
    owner = PersonOut()
    title = serializers.CharField()
    artist = serializers.CharField()
    description = serializers.CharField()
    genre = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    status = serializers.CharField()
    format = serializers.CharField()
    size_bytes = serializers.IntegerField()
    duration_ms = serializers.IntegerField(allow_null=True)
    cover_url = serializers.CharField(allow_null=True)
    stream_url = serializers.CharField()
    waveform_status = serializers.CharField(help_text="waiting, ready, or none where it cannot be drawn")
    like_count = serializers.IntegerField()
    comment_count = serializers.IntegerField()
    play_count = serializers.IntegerField()
    is_liked = serializers.BooleanField(help_text="whether the caller likes it")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class OneTrackOut(TrackOut):
    waveform = serializers.ListField(child=serializers.IntegerField(), help_text="peaks from 0 to 255")


class UploadedOut(OneTrackOut):
    became_creator = serializers.BooleanField(help_text="whether this first track made its owner a creator")


class FoundOut(serializers.Serializer):
    tracks = TrackOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


class TracksOut(FoundOut):
    total = serializers.IntegerField(required=False, help_text="only where `page` was asked for")


class Tracks(VezaViewSet):
    """Document veza.txt, "Tracks"; changing, deleting and listening as in decisions.md §5."""

    parser_classes = TAKES_FILES

    def get_permissions(self):
        is_open = self.action in ("list", "retrieve", "search", "stream")
        return [AllowAny()] if is_open else [IsAuthenticated()]

    @documented(query=TracksIn, gives=TracksOut)
    def list(self, request):
        found = tracks(user=request.user, **asked_for(request.query_params))
        counted = {} if found.total is None else {"total": found.total}
        return Response({**found_out(found), **counted})

    @documented(query=SearchIn, gives=FoundOut)
    def search(self, request):
        """Published tracks that say all the words; those whose titles do come first."""
        query = request.query_params
        words = query.get("q", "").replace("\0", "")
        if len(words) > LONGEST_SEARCH:
            raise Invalid(details={"q": [f"Must be at most {LONGEST_SEARCH} characters."]})
        limit = whole_number(query, "limit", default=20, least=1, most=100)
        return Response(
            found_out(search_tracks(user=request.user, words=words, limit=limit, cursor=query.get("cursor")))
        )

    @documented(gives=OneTrackOut)
    def retrieve(self, request, track_id):
        return Response(one_out(track(track_id, user=request.user)))

    @documented(takes={"multipart/form-data": TrackIn}, gives=UploadedOut, status=201)
    def create(self, request):
        given = self.given(TrackIn)
        file = given.pop("file")
        made = upload_track(content=file, name=file.name, by=request.user, **with_cover(given))
        spelt = one_out(track(made.pk, user=request.user))
        return Response({**spelt, "became_creator": made.made_creator}, status=201)

    @documented(takes={"multipart/form-data": TrackChanges, "application/json": TrackChanges}, gives=OneTrackOut)
    def update(self, request, track_id):
        """Changes what is given and leaves the rest. For its owner; others who may see it are refused with 403."""
        update_track(track_id=track_id, by=request.user, **with_cover(self.given(TrackChanges)))
        return Response(one_out(track(track_id, user=request.user)))

    @documented(gives=Done)
    def remove(self, request, track_id):
        """For its owner; others who may see it are refused with 403."""
        delete_track(track_id=track_id, by=request.user)
        return Response({"message": "Track deleted"})

    @documented(status=(200, "audio/*"), gives=bytes)
    def stream(self, request, track_id):
        """The recording; byte ranges are served. Its beginning counts as a play, once in 30 seconds for one listener."""
        heard = heard_track(track_id=track_id, by=request.user)
        answer = file_response(request, Path(heard.file.path), filename=f"{heard.title}.{heard.format}")
        if is_download(request, answer):
            count_play(heard, listener=str(request.user.pk or request.META.get("REMOTE_ADDR", "")))
        return answer


def with_cover(given):
    """The cover as bytes; the verb says what is wrong with one that is too large."""
    cover = given.pop("cover", None)
    return given if cover is None else {**given, "cover": cover.read(KINDS["cover"].most_bytes + 1)}


def asked_for(query):
    """Filters, order and place of a list. Invalid for a limit, page, order, format or status that there is not."""
    asked = {"limit": whole_number(query, "limit", default=20, least=1, most=100), "cursor": query.get("cursor")}
    if query.get("page"):
        asked["page"] = whole_number(query, "page", default=1, least=1, most=MOST_PAGES)
    for name, known in CHOICES.items():
        if value := query.get(name):
            if value not in known:
                raise Invalid(details={name: [f"Must be one of {', '.join(known)}."]})
            asked[name] = value
    if genre := query.get("genre"):
        asked["genre"] = genre.replace("\0", "")[:200]
    if owner := query.get("owner_id"):
        asked["owner_id"] = parse_id(owner) or owner
    return asked


CHOICES = {
    "format": ("mp3", "ogg", "flac", "wav", "m4a"),
    "status": Track.Status.values,
    "sort_by": list(SORTS),
    "sort_order": ("asc", "desc"),
}


def found_out(found):
    return {
        "tracks": [track_out(row) for row in found.items],
        "next_cursor": found.next_cursor,
        "has_more": found.has_more,
    }


SAME = ("id", "owner", "title", "artist", "description", "genre", "tags", "status", "format", "size_bytes", "duration_ms",
        "waveform_status", "like_count", "comment_count", "play_count", "is_liked")  # fmt: skip


def track_out(row):
    return {
        **{name: row[name] for name in SAME},
        "cover_url": row["cover_url"] or None,
        "stream_url": f"/api/v1/tracks/{row['id']}/stream",
        "created_at": iso_z(row["created_at"]),
        "updated_at": iso_z(row["updated_at"]),
    }


def one_out(row):
    return {**track_out(row), "waveform": row["waveform"]}
