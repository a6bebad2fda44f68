from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from ontology.models import EntityType
from ontology.verbs.likes import toggle_like


class LikeIn(serializers.Serializer):
    post_id = Text(max_length=64)


class LikeOut(serializers.Serializer):
    post_id = serializers.CharField()
    liked = serializers.BooleanField(help_text="whether the caller likes it now")
    like_count = serializers.IntegerField()


class Likes(VezaViewSet):
    """Document veza.txt, "Social"."""

    @documented(takes=LikeIn, gives=LikeOut)
    def toggle(self, request):
        """Likes the post, or takes that back."""
        post_id = self.given(LikeIn)["post_id"]
        now = toggle_like(entity_id=post_id, by=request.user, type=EntityType.SOCIAL_POST)
        return Response({"post_id": post_id, "liked": now.is_liked, "like_count": now.like_count})
