from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Text, Whole
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from ontology.api.veza.shapes import CommentOut, CommentsOut, CursorIn, asked, comment_out, comments_out
from ontology.models import LONGEST_COMMENT, EntityType
from ontology.queries.comments import comment, comments_on
from ontology.queries.tracks import visible_id
from ontology.verbs.comments import LATEST_MOMENT, add_comment


class TrackCommentIn(serializers.Serializer):
    content = Text(max_length=LONGEST_COMMENT)
    at_ms = Whole(
        min_value=0, max_value=LATEST_MOMENT, required=False, allow_null=True, help_text="the moment it speaks of"
    )


class TrackComments(VezaViewSet):
    """Document veza.txt, "Tracks"."""

    def get_permissions(self):
        return [AllowAny()] if self.action == "list" else [IsAuthenticated()]

    @documented(query=CursorIn, gives=CommentsOut)
    def list(self, request, track_id):
        """Newest first."""
        key = visible_id(track_id, user=request.user)
        return Response(comments_out(comments_on(key, **asked(request))))

    @documented(takes=TrackCommentIn, gives=CommentOut, status=201)
    def create(self, request, track_id):
        key = visible_id(track_id, user=request.user)
        said = add_comment(entity_id=key, by=request.user, type=EntityType.MEDIA_ASSET, **self.given(TrackCommentIn))
        return Response(comment_out(comment(said.pk)), status=201)
