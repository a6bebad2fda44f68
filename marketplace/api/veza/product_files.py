from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text, iso_z
from config.dialects.multipart import TAKES_FILES
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from marketplace.queries.licenses import files_for_seller
from marketplace.verbs.product_files import add_file, remove_file


class ProductFileIn(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True)
    name = Text(max_length=1000, required=False, help_text="instead of the name that the part `file` carries")


class ProductFileOut(serializers.Serializer):
    id = serializers.CharField()
    product_id = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField(help_text="as recognised by its bytes")
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    created_at = serializers.DateTimeField()


class ProductFilesOut(serializers.Serializer):
    files = ProductFileOut(many=True)


class RemovedFileOut(serializers.Serializer):
    message = serializers.CharField()


class ProductFiles(VezaViewSet):
    """What buyers of a product get, for its seller; buyers fetch it by their licence."""

    parser_classes = TAKES_FILES

    @documented(gives=ProductFilesOut)
    def list(self, request, product_id):
        """In the order buyers see them; PRODUCT_MOST_FILES at most."""
        return Response({"files": [file_out(file) for file in files_for_seller(product_id, user=request.user)]})

    @documented(takes={"multipart/form-data": ProductFileIn}, gives=ProductFileOut, status=201)
    def create(self, request, product_id):
        """Add a file; who bought the product before gets it too."""
        given = self.given(ProductFileIn)
        file = given["file"]
        kept = add_file(product_id=product_id, content=file, name=given.get("name", file.name), by=request.user)
        return Response(file_out(kept), status=201)

    @documented(gives=RemovedFileOut)
    def remove(self, request, product_id, file_id):
        """409 for the last file of a product that people have."""
        remove_file(product_id=product_id, file_id=file_id, by=request.user)
        return Response({"message": "File removed"})


def file_out(file):
    names = ("name", "content_type", "size_bytes", "sha256")
    about = {"id": str(file.pk), "product_id": str(file.product_id), "created_at": iso_z(file.created_at)}
    return about | {name: getattr(file, name) for name in names}
