from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text, iso_z
from config.dialects.multipart import TAKES_FILES
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import Invalid
from config.files import stored_response
from config.paging import whole_number
from ontology.gateways.object_storage import place_of
from ontology.models import CloudFile
from ontology.queries.files import LONGEST_SEARCH, SHOWN, files_of, quota_of, versions_of
from ontology.verbs.files import (
    delete_file,
    mine,
    rename_file,
    replace_file,
    restore_version,
    snapshot_file,
    upload_file,
)


class FileIn(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True)
    name = Text(max_length=1000, required=False, help_text="instead of the name that the part `file` carries")


class FileChanges(FileIn):
    file = serializers.FileField(required=False, allow_empty_file=True)
    name = Text(max_length=1000, required=False, help_text="another name; without it the file keeps its own")


class FilesIn(serializers.Serializer):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    cursor = serializers.CharField(required=False, max_length=200)
    search = serializers.CharField(required=False, max_length=LONGEST_SEARCH)


class FileOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField(help_text="as recognised by its bytes")
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    version = serializers.IntegerField(help_text="the number that the present content has or will have as a version")
    download_url = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class FilesOut(serializers.Serializer):
    files = FileOut(many=True)
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()
    used_bytes = serializers.IntegerField()
    quota_bytes = serializers.IntegerField()
    free_bytes = serializers.IntegerField()


class VersionOut(serializers.Serializer):
    id = serializers.CharField()
    file_id = serializers.CharField()
    version = serializers.IntegerField()
    storage_key = serializers.CharField()
    size_bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class VersionsOut(serializers.Serializer):
    versions = VersionOut(many=True)


class Done(serializers.Serializer):
    message = serializers.CharField()


class Files(VezaViewSet):
    """Document veza.txt, "Cloud Storage"; the files themselves as in decisions.md §5."""

    parser_classes = TAKES_FILES

    @documented(query=FilesIn, gives=FilesOut)
    def list(self, request):
        """The caller's files, newest first, and how much of the quota they use."""
        limit = whole_number(request.query_params, "limit", default=20, least=1, most=100)
        words = request.query_params.get("search", "").replace("\0", "")[:LONGEST_SEARCH]
        page = files_of(user=request.user, words=words, cursor=request.query_params.get("cursor"), limit=limit)
        rows = [file_out(row) for row in page.items]
        more = {"next_cursor": page.next_cursor, "has_more": page.has_more, **quota_of(request.user)}
        return Response({"files": rows, **more})

    @documented(takes={"multipart/form-data": FileIn}, gives=FileOut, status=201)
    def create(self, request):
        given = self.given(FileIn)
        file = given["file"]
        kept = upload_file(content=file, name=given.get("name", file.name), by=request.user)
        return Response(file_out(as_row(kept)), status=201)

    @documented(gives=FileOut)
    def retrieve(self, request, file_id):
        return Response(file_out(as_row(mine(file_id, request.user))))

    @documented(takes={"multipart/form-data": FileChanges, "application/json": FileChanges}, gives=FileOut)
    def update(self, request, file_id):
        """With `file` replaces the content, and the one it had becomes a version; with `name` renames; or both."""
        given = self.given(FileChanges)
        about = {"file_id": file_id, "by": request.user}
        if file := given.get("file"):
            kept = replace_file(content=file, name=file.name, new_name=given.get("name"), **about)
        elif "name" in given:
            kept = rename_file(name=given["name"], **about)
        else:
            raise Invalid(details={"file": ["This field is required."]})
        return Response(file_out(as_row(kept)))

    @documented(gives=Done)
    def remove(self, request, file_id):
        delete_file(file_id=file_id, by=request.user)
        return Response({"message": "File deleted"})

    @documented(status=(200, "application/octet-stream"), gives=bytes)
    def download(self, request, file_id):
        """The content, always to be saved; byte ranges are served. Where files are kept on S3: 302 to a signed address."""
        file = mine(file_id, request.user)
        return stored_response(request, place_of, key=file.key, name=file.name, content_type=file.content_type)

    @documented(gives=VersionsOut)
    def list_versions(self, request, file_id):
        """Newest first. What the file holds now is among them only where it was kept by a snapshot."""
        rows = versions_of(mine(file_id, request.user))
        return Response({"versions": [version_out(row) for row in rows]})

    @documented(gives=VersionOut, status=201)
    def snapshot(self, request, file_id):
        version = snapshot_file(file_id=file_id, by=request.user)
        return Response(version_out({name: getattr(version, name) for name in VERSION}), status=201)

    @documented(gives=FileOut)
    def restore(self, request, file_id, version):
        """What the file holds now becomes a version first, unless the newest version is just that."""
        return Response(file_out(as_row(restore_version(file_id=file_id, version=version, by=request.user))))


VERSION = ("id", "file_id", "version", "storage_key", "size_bytes", "created_at")


def as_row(file: CloudFile):
    return {name: getattr(file, name) for name in SHOWN}


def file_out(row):
    return {
        **row,
        "id": str(row["id"]),
        "download_url": f"/api/v1/cloud/files/{row['id']}/download",
        "created_at": iso_z(row["created_at"]),
        "updated_at": iso_z(row["updated_at"]),
    }


def version_out(row):
    return {
        **row,
        "id": str(row["id"]),
        "file_id": str(row["file_id"]),
        "storage_key": str(row["storage_key"]),
        "created_at": iso_z(row["created_at"]),
    }
