from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from ontology.api.veza.shapes import CursorIn, PostsOut, asked, posts_out
from ontology.queries.feed import explore, feed, trending


class Feed(VezaViewSet):
    """Document veza.txt, "Social": a sign-in is not needed, and changes what one sees where there is one."""

    permission_classes = (AllowAny,)

    @documented(query=CursorIn, gives=PostsOut)
    def list(self, request):
        """Newest first: the posts of those whom the caller follows and their own. Without a sign-in, and for whoever
        follows nobody: everybody's. The cursor is base64 of `created_at_unix_nano|uuid` of the last post read."""
        return Response(posts_out(feed(user=request.user, **asked(request))))

    @documented(query=CursorIn, gives=PostsOut)
    def explore(self, request):
        """Newest first: posts of people whom the caller does not follow; without a sign-in everybody's."""
        return Response(posts_out(explore(user=request.user, **asked(request))))

    @documented(query=CursorIn, gives=PostsOut)
    def trending(self, request):
        """Hottest first: a post itself and each like count 1, each comment 2, and all of it half as much for every day
        that it is older."""
        return Response(posts_out(trending(user=request.user, **asked(request))))
