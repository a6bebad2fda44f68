from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from ontology.api.veza.shapes import Done, PostOut, post_out
from ontology.models import LONGEST_POST
from ontology.queries.feed import post
from ontology.verbs.posts import create_post, delete_post


class PostIn(serializers.Serializer):
    content = Text(max_length=LONGEST_POST)
    track_id = Text(max_length=64, required=False, allow_null=True, help_text="a published track that it shows")


class Posts(VezaViewSet):
    """Document veza.txt, "Social"; reading and deleting one as in decisions.md §5."""

    def get_permissions(self):
        return [AllowAny()] if self.action == "retrieve" else [IsAuthenticated()]

    @documented(takes=PostIn, gives=PostOut, status=201)
    def create(self, request):
        made = create_post(by=request.user, **self.given(PostIn))
        return Response(post_out(post(made.pk, user=request.user)), status=201)

    @documented(gives=PostOut)
    def retrieve(self, request, post_id):
        return Response(post_out(post(post_id, user=request.user)))

    @documented(gives=Done)
    def remove(self, request, post_id):
        """For its author; others who may see it are refused with 403."""
        delete_post(post_id=post_id, by=request.user)
        return Response({"message": "Post deleted"})
