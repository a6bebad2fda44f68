from django.conf import settings
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import Invalid
from config.paging import whole_number
from ontology.verbs.tracks import LONGEST_TAG, MOST_TAGS
from ontology.verbs.uploads import ALIASES, KINDS, LONGEST_NAME, judge

LARGEST = 2**53


class LimitOut(serializers.Serializer):
    max_size_bytes = serializers.IntegerField()
    allowed_types = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="null where any file is taken"
    )
    allowed_extensions = serializers.ListField(child=serializers.CharField(), allow_null=True)


class TrackLimitOut(LimitOut):
    max_duration_seconds = serializers.IntegerField()
    max_tracks = serializers.IntegerField(help_text="of one person")
    max_tags = serializers.IntegerField()
    max_tag_length = serializers.IntegerField()


class PictureLimitOut(LimitOut):
    max_pixels = serializers.IntegerField(help_text="its width times its height")


class KindsOut(serializers.Serializer):
    track = TrackLimitOut()
    cover = PictureLimitOut()
    avatar = PictureLimitOut()
    cloud_file = LimitOut()
    gear_document = LimitOut(help_text="papers of gear, under /inventory/gear")


class LimitsOut(serializers.Serializer):
    limits = KindsOut()
    max_request_bytes = serializers.IntegerField(help_text="the whole body, all its parts together")
    max_name_length = serializers.IntegerField()
    cloud_quota_bytes = serializers.IntegerField()
    cloud_max_files = serializers.IntegerField()
    cloud_max_versions = serializers.IntegerField(help_text="of one file; the oldest goes when there is one more")


class TypeIn(serializers.Serializer):
    """One of `type`, `name` and `kind` at least."""

    type = serializers.CharField(
        required=False,
        max_length=200,
        help_text="a media type such as audio/mpeg, or what the file is for: track, cover",
    )
    name = serializers.CharField(required=False, max_length=1000, help_text="stands for the type where none is told")
    kind = serializers.ChoiceField([*KINDS, *ALIASES], required=False, help_text="what the file is for")
    size = serializers.IntegerField(required=False, min_value=0, help_text="in bytes")


class AnswerOut(serializers.Serializer):
    kind = serializers.CharField()
    valid = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)


class TypeOut(serializers.Serializer):
    valid = serializers.BooleanField(
        help_text="whether it would be taken for `kind`; where none is named, as a track, cover or avatar"
    )
    reason = serializers.CharField(allow_null=True, help_text="why it would not be taken")
    kinds = AnswerOut(many=True)


class Uploads(VezaViewSet):
    """Document veza.txt, "GET /upload/limits, GET /upload/validate-type": what the verbs enforce, from their own table."""

    permission_classes = (AllowAny,)

    @documented(gives=LimitsOut)
    def limits(self, request):
        return Response(
            {
                "limits": {name: limit_out(kind) for name, kind in KINDS.items()},
                "max_request_bytes": settings.MAX_UPLOAD_BYTES,
                "max_name_length": LONGEST_NAME,
                "cloud_quota_bytes": settings.CLOUD_QUOTA_BYTES,
                "cloud_max_files": settings.CLOUD_MOST_FILES,
                "cloud_max_versions": settings.CLOUD_MOST_VERSIONS,
            }
        )

    @documented(query=TypeIn, gives=TypeOut)
    def validate_type(self, request):
        """Would a file announced like this be taken? A yes is not yet one: the bytes that come have the last word."""
        asked = self.given(TypeIn)
        if not asked.keys() & {"type", "name", "kind"}:
            raise Invalid(details={"type": ["Say a type, a name or a kind."]})
        size = whole_number(request.query_params, "size", default=-1, least=0, most=LARGEST)
        told, wanted = asked.get("type", ""), asked.get("kind", "")
        if not wanted and told in {*KINDS, *ALIASES}:
            told, wanted = "", told
        names = [ALIASES.get(wanted, wanted)] if wanted else list(KINDS)
        about = {"content_type": told, "name": asked.get("name", ""), "size": size if size >= 0 else None}
        reasons = {name: judge(kind=name, **about) for name in names}
        # Anything may be kept as a cloud file, so that says nothing of what it is asked for.
        said = [why for name, why in reasons.items() if wanted or KINDS[name].types is not None]
        return Response(
            {
                "valid": not all(said),
                "reason": said[0] if all(said) else None,
                "kinds": [{"kind": name, "valid": not why, "reason": why or None} for name, why in reasons.items()],
            }
        )


def limit_out(kind):
    return {
        "max_size_bytes": kind.most_bytes,
        "allowed_types": None if kind.types is None else list(kind.types),
        "allowed_extensions": None if kind.types is None else kind.endings,
        **({"max_pixels": kind.most_pixels} if kind.most_pixels else {}),
        **(track_limits() if kind.name == "track" else {}),
    }


def track_limits():
    return {
        "max_duration_seconds": settings.TRACK_MOST_SECONDS,
        "max_tracks": settings.TRACK_MOST_OF_ONE,
        "max_tags": MOST_TAGS,
        "max_tag_length": LONGEST_TAG,
    }
