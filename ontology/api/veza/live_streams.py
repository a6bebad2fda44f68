from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Text, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import Invalid
from config.paging import Page
from ontology.api.veza.shapes import CursorIn, Done, PersonOut, asked, rest_of
from ontology.models import LiveStream
from ontology.queries.live_streams import stream, streams, streams_of
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

LIVE = {"true": True, "1": True, "false": False, "0": False}


class StreamsIn(CursorIn):
    is_live = serializers.BooleanField(required=False, help_text="only those on air, or only those that are not")


class StreamChanges(serializers.Serializer):
    title = Text(max_length=LONGEST_TITLE, required=False)
    description = Text(max_length=LONGEST_DESCRIPTION, allow_blank=True, required=False)
    category = Text(max_length=LONGEST_CATEGORY, allow_blank=True, required=False)
    tags = serializers.ListField(child=Text(max_length=LONGEST_TAG), max_length=MOST_TAGS, required=False)


class StreamIn(StreamChanges):
    title = Text(max_length=LONGEST_TITLE)


class KeyIn(serializers.Serializer):
    stream_id = Text(max_length=64, required=False, help_text="which of one's streams; by itself the newest")


class StreamOut(serializers.Serializer):
    id = serializers.CharField()
    owner = PersonOut()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    category = serializers.CharField(allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(LiveStream.Status.choices)
    is_live = serializers.BooleanField()
    viewer_count = serializers.IntegerField(allow_null=True, help_text="null: ingest servers do not tell who watches")
    playback_url = serializers.CharField(allow_null=True, help_text="HLS, while it is on air and the server offers it")
    recording_id = serializers.CharField(allow_null=True, help_text="the entity of its latest recording")
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class CreatedStreamOut(StreamOut):
    became_creator = serializers.BooleanField(help_text="whether this first publication made its owner a creator")


class OwnStreamOut(StreamOut):
    stream_key = serializers.CharField(help_text="secret: whoever has it can broadcast")


class StreamsOut(serializers.Serializer):
    streams = StreamOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


class OwnStreamsOut(StreamsOut):
    streams = OwnStreamOut(many=True)


class KeyOut(serializers.Serializer):
    stream_id = serializers.CharField()
    stream_key = serializers.CharField(help_text="secret: whoever has it can broadcast")
    rtmp_url = serializers.CharField(help_text="the server in OBS and other encoders")


class LiveStreams(VezaViewSet):
    """Document veza.txt, "Live Streaming"; deleting one is ours."""

    def get_permissions(self):
        return [AllowAny()] if self.action in ("list", "retrieve") else [IsAuthenticated()]

    @documented(query=StreamsIn, gives=StreamsOut)
    def list(self, request):
        """What is announced, newest first."""
        page = streams(user=request.user, is_live=live_asked(request), **asked(request))
        return Response({"streams": [stream_out(row) for row in page.items], **rest_of(page)})

    @documented(query=CursorIn, gives=OwnStreamsOut)
    def list_mine(self, request):
        """The caller's own, drafts too, each with its key."""
        return Response(own_streams_out(streams_of(user=request.user, **asked(request))))

    @documented(gives=StreamOut)
    def retrieve(self, request, stream_id):
        return Response(stream_out(stream(stream_id, user=request.user)))

    @documented(takes=StreamIn, gives=CreatedStreamOut, status=201)
    def create(self, request):
        made, became_creator = create_stream(by=request.user, **self.given(StreamIn))
        spelt = stream_out(stream(made.pk, user=request.user))
        return Response({**spelt, "became_creator": became_creator}, status=201)

    @documented(takes=StreamChanges, gives=StreamOut)
    def update(self, request, stream_id):
        """Changes what is given and leaves the rest; a title announces a draft."""
        changed = update_stream(stream_id=stream_id, by=request.user, **self.given(StreamChanges))
        return Response(stream_out(stream(changed.pk, user=request.user)))

    @documented(gives=Done)
    def remove(self, request, stream_id):
        delete_stream(stream_id=stream_id, by=request.user)
        return Response({"message": "Stream deleted"})


class StreamKeys(VezaViewSet):
    """Document veza.txt, "Live Streaming": the secret that an encoder publishes with. `key_scope`: an API key that may
    only read learns no key."""

    key_scope = "write"

    @documented(query=KeyIn, gives=KeyOut)
    def retrieve(self, request):
        """Of a caller without a stream a draft is made. The server takes the key as the stream's name."""
        return Response(key_out(stream_for_key(by=request.user, **self.given(KeyIn))))

    @documented(takes=KeyIn, gives=KeyOut)
    def regenerate(self, request):
        """The old key is dead at once; whoever is on air with it is taken off air."""
        return Response(key_out(regenerate_key(by=request.user, **self.given(KeyIn))))


def live_asked(request: Any) -> bool | None:
    text = request.query_params.get("is_live", "")
    if text and text.lower() not in LIVE:
        raise Invalid(details={"is_live": ["Must be true or false."]})
    return LIVE.get(text.lower())


def stream_out(row: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "owner", "title", "description", "category", "tags", "status", "is_live", "viewer_count",
             "playback_url", "recording_id")  # fmt: skip
    moments = ("started_at", "ended_at", "created_at", "updated_at")
    return {**{name: row[name] for name in names}, **{name: iso_z(row[name]) for name in moments}}


def own_streams_out(page: Page) -> dict[str, Any]:
    keys = [stream_key(stream_id=row["id"], key_version=row["key_version"]) for row in page.items]
    rows = [{**stream_out(row), "stream_key": key} for row, key in zip(page.items, keys, strict=True)]
    return {"streams": rows, **rest_of(page)}


def key_out(found: LiveStream) -> dict[str, Any]:
    return {
        "stream_id": found.pk,
        "stream_key": stream_key(stream_id=found.pk, key_version=found.key_version),
        "rtmp_url": settings.RTMP_URL,
    }
