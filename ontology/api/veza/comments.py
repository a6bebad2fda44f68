from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from ontology.api.veza.shapes import CommentOut, CommentsOut, CursorIn, Done, asked, comment_out, comments_out
from ontology.models import LONGEST_COMMENT, EntityType
from ontology.queries.comments import comment, comments_on
from ontology.queries.feed import post
from ontology.verbs.comments import add_comment, remove_comment


class CommentIn(serializers.Serializer):
    post_id = Text(max_length=64)
    content = Text(max_length=LONGEST_COMMENT)


class Comments(VezaViewSet):
    """Document veza.txt, "Social"; reading a post's comments and deleting one are ours."""

    def get_permissions(self):
        return [AllowAny()] if self.action == "list" else [IsAuthenticated()]

    @documented(query=CursorIn, gives=CommentsOut)
    def list(self, request, post_id):
        """Newest first."""
        found = post(post_id, user=request.user)
        return Response(comments_out(comments_on(found["id"], **asked(request))))

    @documented(takes=CommentIn, gives=CommentOut, status=201)
    def create(self, request):
        given = self.given(CommentIn)
        said = add_comment(
            entity_id=given["post_id"], content=given["content"], by=request.user, type=EntityType.SOCIAL_POST
        )
        return Response(comment_out(comment(said.pk)), status=201)

    @documented(gives=Done)
    def remove(self, request, comment_id):
        """For its author and for the owner of what it is about; others who may see it are refused with 403."""
        remove_comment(comment_id=comment_id, by=request.user)
        return Response({"message": "Comment deleted"})
