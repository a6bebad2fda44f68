from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Text
from config.dialects.multipart import TAKES_FILES
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from ontology.api.veza.shapes import Done, PostOut, post_out
from ontology.models import LONGEST_ALT, LONGEST_POST
from ontology.queries.feed import post
from ontology.verbs.posts import create_post, delete_post
from ontology.verbs.uploads import KINDS


class PostIn(serializers.Serializer):
    content = Text(max_length=LONGEST_POST)
    track_id = Text(max_length=64, required=False, allow_null=True, help_text="a published track that it shows")


class PostWithPictureIn(PostIn):
    image = serializers.FileField(required=False, help_text="JPEG, PNG, WebP or GIF; drawn anew")
    image_alt = Text(max_length=LONGEST_ALT, required=False, allow_blank=True, help_text="what the picture shows")


class Posts(VezaViewSet):
    """Document veza.txt, "Social"; reading and deleting one as in decisions.md §5."""

    parser_classes = TAKES_FILES

    def get_permissions(self):
        return [AllowAny()] if self.action == "retrieve" else [IsAuthenticated()]

    @documented(takes={"application/json": PostIn, "multipart/form-data": PostWithPictureIn}, gives=PostOut, status=201)
    def create(self, request):
        """As JSON, or with a picture as a form of several parts."""
        made = create_post(by=request.user, **with_picture(self.given(PostWithPictureIn)))
        return Response(post_out(post(made.pk, user=request.user)), status=201)

    @documented(gives=PostOut)
    def retrieve(self, request, post_id):
        return Response(post_out(post(post_id, user=request.user)))

    @documented(gives=Done)
    def remove(self, request, post_id):
        """For its author; others who may see it are refused with 403."""
        delete_post(post_id=post_id, by=request.user)
        return Response({"message": "Post deleted"})


def with_picture(given):
    """The picture as bytes; the verb says what is wrong with one that is too large."""
    image = given.pop("image", None)
    return given if image is None else {**given, "image": image.read(KINDS["cover"].most_bytes + 1)}
