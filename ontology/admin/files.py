from django.contrib import admin
from unfold.decorators import display

from ontology.admin.read_only import ReadOnlyAdmin
from ontology.models import CloudFile, FileVersion, ShareLink
from ontology.verbs.uploads import in_words


@admin.register(CloudFile)
class CloudFileAdmin(ReadOnlyAdmin):
    """Whose file it is and how large; what is in it is its owner's alone."""

    list_display = ("name", "owner", "content_type", "size", "version", "created_at", "deleted_at")
    list_filter = (("deleted_at", admin.EmptyFieldListFilter), "created_at", "content_type")
    list_select_related = ("owner",)
    search_fields = ("=id", "name", "owner__email", "=sha256")
    # storage_key would be shown as a link to the content.
    fields = (
        "id",
        "owner",
        "name",
        "content_type",
        "size",
        "sha256",
        "key",
        "version",
        "created_at",
        "updated_at",
        "deleted_at",
    )
    readonly_fields = fields

    @display(description="Size", ordering="size_bytes")
    def size(self, file):
        return in_words(file.size_bytes)


@admin.register(FileVersion)
class FileVersionAdmin(ReadOnlyAdmin):
    list_display = ("file", "version", "content_type", "size", "created_at")
    list_filter = ("created_at",)
    list_select_related = ("file",)
    search_fields = ("=id", "=file__id", "file__name", "file__owner__email")
    fields = ("id", "file", "version", "content_type", "size", "sha256", "key", "created_at")
    readonly_fields = fields

    @display(description="Size", ordering="size_bytes")
    def size(self, version):
        return in_words(version.size_bytes)


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnlyAdmin):
    list_display = ("file", "permissions", "download_count", "created_at", "expires_at", "revoked_at")
    list_filter = ("permissions", ("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("file",)
    search_fields = ("=id", "=file__id", "file__name", "file__owner__email")
    fields = ("id", "file", "permissions", "download_count", "created_at", "expires_at", "revoked_at")
    readonly_fields = fields
