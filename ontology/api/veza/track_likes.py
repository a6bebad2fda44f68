from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from ontology.models import EntityType
from ontology.queries.tracks import visible_id
from ontology.verbs.likes import like, unlike


class TrackLikeOut(serializers.Serializer):
    track_id = serializers.CharField()
    liked = serializers.BooleanField(help_text="whether the caller likes it now")
    like_count = serializers.IntegerField()


class TrackLikes(VezaViewSet):
    """Document veza.txt, "Tracks"."""

    @documented(gives=TrackLikeOut)
    def create(self, request, track_id):
        """Likes the track; twice is once."""
        return self.answer(request, track_id, like)

    @documented(gives=TrackLikeOut)
    def remove(self, request, track_id):
        """Takes a like back, where there is one."""
        return self.answer(request, track_id, unlike)

    def answer(self, request, track_id, verb):
        key = visible_id(track_id, user=request.user)
        now = verb(entity_id=key, by=request.user, type=EntityType.MEDIA_ASSET)
        return Response({"track_id": str(key), "liked": now.is_liked, "like_count": now.like_count})
