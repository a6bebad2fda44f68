from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from ontology.verbs.follows import follow, unfollow


class FollowOut(serializers.Serializer):
    user_id = serializers.CharField()
    following = serializers.BooleanField(help_text="whether the caller follows them now")
    follower_count = serializers.IntegerField()


class Follows(VezaViewSet):
    """Decisions.md §5: following people."""

    @documented(gives=FollowOut)
    def create(self, request, user_id):
        """Twice is once."""
        return self.told(user_id, follow(user_id=user_id, by=request.user))

    @documented(gives=FollowOut)
    def remove(self, request, user_id):
        return self.told(user_id, unfollow(user_id=user_id, by=request.user))

    def told(self, user_id, now):
        return Response({"user_id": user_id, "following": now.is_following, "follower_count": now.follower_count})
