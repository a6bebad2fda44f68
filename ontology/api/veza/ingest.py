"""What ingest servers call, in their own words. No sign-in: each call about a stream proves itself by the stream's key.

nginx-rtmp (`on_publish`, `on_update`, `on_publish_done`, `on_done`, `on_record_done`, `on_play`) posts a form with `call`,
`name` and the publisher's own arguments, of which `key` is one. MediaMTX posts JSON to `authHTTPAddress` and, by curl in
`runOnReady`, `runOnNotReady` and `runOnRecordSegmentComplete`, a form with what it knows as MTX_PATH, MTX_QUERY,
MTX_SOURCE_ID and MTX_SEGMENT_PATH. README.md shows both.
"""

from typing import Any
from urllib.parse import parse_qs

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from config.dialects.base import WireJSONParser, prepared
from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import Forbidden, Invalid
from ontology.queries.live_streams import stream
from ontology.verbs.ingest import add_recording, check_publisher, go_off_air, go_on_air, ingest_id_of, stay_on_air

LONGEST = 2000
WATCHING = ("read", "playback")


class Word(Text):
    """What a server may leave out or leave empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "default": "", "max_length": LONGEST, **options})


class NginxIn(serializers.Serializer):
    call = Text(max_length=32, help_text="publish, update_publish, publish_done, done, record_done, play, ...")
    name = Word(help_text="the stream's id; with nginx-rtmp the key before the question mark")
    key = Word(help_text="the key after `?key=`, which the encoder sent")
    addr = Word(help_text="of the encoder")
    clientid = Word(help_text="the number of its connection")
    path = Word(help_text="of the recording, with record_done: a file's path or an address")


class MediaMtxAuthIn(serializers.Serializer):
    action = Text(max_length=32, help_text="publish, read, playback, api, metrics, pprof")
    path = Word(help_text="such as live/<id>")
    query = Word(help_text="what the encoder sent after the question mark: key=<the key's second part>")
    ip = Word(allow_null=True)
    id = Word(allow_null=True, help_text="of the connection")


class MediaMtxHookIn(serializers.Serializer):
    path = Text(max_length=LONGEST, help_text="MTX_PATH")
    query = Word(help_text="MTX_QUERY")
    source_id = Word(help_text="MTX_SOURCE_ID")


class MediaMtxRecordIn(serializers.Serializer):
    path = Text(max_length=LONGEST, help_text="MTX_PATH")
    query = Word(help_text="MTX_QUERY, kept from `ready`: this hook is not told it")
    segment_path = Word(help_text="MTX_SEGMENT_PATH, or an address")


class HeardOut(serializers.Serializer):
    is_live = serializers.BooleanField(allow_null=True, help_text="null where the call was not about a broadcast")


class Ingest(VezaViewSet):
    """Ours: the addresses for the callbacks of an ingest server. 2xx allows, 4xx refuses.

    No limit per caller: one server speaks for all streams, and the limits per address stand in front of it.
    """

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = ()
    parser_classes = (FormParser, WireJSONParser)

    def given(self, shape):
        """Of a word that came more than once the first: the server's own stand in front, and behind them whatever the
        encoder wrote after its question mark, which may be `call=play`."""
        if not isinstance(self.request.data, QueryDict):
            return super().given(shape)
        return prepared(shape).run_validation({name: words[0] for name, words in self.request.data.lists()})

    @documented(takes=NginxIn, gives=HeardOut)
    def nginx(self, request):
        """For all of nginx-rtmp's directives alike; `on_update` is the heartbeat."""
        given = self.given(NginxIn)
        about = {"stream_id": given["name"].partition("?")[0], "proof": given["key"] or key_in(given["name"])}
        here = {
            "ingest_id": ingest_id_of("nginx", request.META.get("REMOTE_ADDR", ""), given["addr"], given["clientid"])
        }
        match given["call"]:
            case "publish":
                return heard(go_on_air(**about, **here))
            case "update_publish":
                return heard(stay_on_air(**about, **here))
            case "publish_done" | "done":
                return heard(go_off_air(**about, **here))
            case "record_done":
                add_recording(**about, place=given["path"])
            case "play":
                stream(about["stream_id"], user=request.user)
            case "connect" | "disconnect" | "play_done" | "update_play" | "update":
                pass
            case _:
                raise Invalid(details={"call": ["Unknown call."]})
        return heard(None)

    @documented(takes=MediaMtxAuthIn, gives=HeardOut)
    def mediamtx_auth(self, request):
        """`authHTTPAddress`: whether an encoder may publish or somebody may watch. It changes nothing."""
        given = self.given(MediaMtxAuthIn)
        name = name_in(given["path"])
        if given["action"] in WATCHING:
            return heard(stream(name, user=request.user)["is_live"])
        if given["action"] != "publish":
            raise Forbidden("Only streams are published and watched here")
        proof = key_in(f"?{given['query']}")
        return heard(check_publisher(stream_id=name, proof=proof, ingest_id=mediamtx_id(given["id"])))

    @documented(takes=MediaMtxHookIn, gives=HeardOut)
    def mediamtx_ready(self, request):
        """`runOnReady`: once, and again at least every half a minute while it runs."""
        return heard(stay_on_air(**hooked(self.given(MediaMtxHookIn))))

    @documented(takes=MediaMtxHookIn, gives=HeardOut)
    def mediamtx_not_ready(self, request):
        """`runOnNotReady`"""
        return heard(go_off_air(**hooked(self.given(MediaMtxHookIn))))

    @documented(takes=MediaMtxRecordIn, gives=HeardOut)
    def mediamtx_recorded(self, request):
        """`runOnRecordSegmentComplete`"""
        given = self.given(MediaMtxRecordIn)
        add_recording(**named(given), place=given["segment_path"])
        return heard(None)


def heard(found: Any) -> Response:
    is_live = found if found is None or isinstance(found, bool) else found.is_live
    return Response({"is_live": is_live})


def hooked(given: dict[str, Any]) -> dict[str, Any]:
    return {**named(given), "ingest_id": mediamtx_id(given["source_id"])}


def named(given: dict[str, Any]) -> dict[str, Any]:
    return {"stream_id": name_in(given["path"]), "proof": key_in(f"?{given['query']}")}


def mediamtx_id(connection: str | None) -> str:
    return ingest_id_of("mediamtx", connection or "")


def name_in(path: str) -> str:
    """The last part of MediaMTX's path, which names the stream."""
    return path.rstrip("/").rpartition("/")[2]


def key_in(address: str) -> str:
    """The value of `key` after the question mark; empty where there is none."""
    try:
        found = parse_qs(address.partition("?")[2], max_num_fields=20)
    except ValueError:
        return ""
    return found.get("key", [""])[0]
