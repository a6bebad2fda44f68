from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Whole, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.files import is_download, stored_response
from ontology.gateways.object_storage import place_of
from ontology.models import ShareLink
from ontology.queries.files import links_of
from ontology.verbs.files import mine
from ontology.verbs.shares import (
    LONGEST_HOURS,
    USUAL_HOURS,
    count_download,
    downloadable,
    revoke_share,
    share_address,
    share_file,
    share_page,
    shared_link,
)


class ShareIn(serializers.Serializer):
    permissions = serializers.ChoiceField(ShareLink.Permission.choices, default=ShareLink.Permission.READ)
    expires_in_hours = Whole(
        min_value=1,
        max_value=LONGEST_HOURS,
        allow_null=True,
        default=USUAL_HOURS,
        help_text="a week where it is left off; null for a link that does not expire",
    )


class ShareOut(serializers.Serializer):
    id = serializers.CharField(help_text="what the link is revoked by")
    share_url = serializers.CharField()
    page_url = serializers.CharField(help_text="the same for people")
    token = serializers.CharField(help_text="told this once")
    permissions = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)


class LinkOut(serializers.Serializer):
    id = serializers.CharField()
    permissions = serializers.CharField()
    download_count = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class LinksOut(serializers.Serializer):
    shares = LinkOut(many=True)


class SharedOut(serializers.Serializer):
    name = serializers.CharField()
    content_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    shared_by = serializers.CharField()
    permissions = serializers.CharField()
    updated_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    download_url = serializers.CharField(allow_null=True, help_text="null where the link only shows what the file is")


class Done(serializers.Serializer):
    message = serializers.CharField()


class Shares(VezaViewSet):
    """Document veza.txt, "POST /cloud/files/:id/share", "GET /cloud/shared/:token"; listing, revoking and downloading
    are ours."""

    def get_permissions(self):
        return [AllowAny()] if self.action in ("retrieve", "download") else [IsAuthenticated()]

    @documented(takes=ShareIn, gives=ShareOut)
    def create(self, request, file_id):
        link, token = share_file(file_id=file_id, by=request.user, **self.given(ShareIn))
        return Response(
            {
                "id": str(link.pk),
                "share_url": share_address(token),
                "page_url": share_page(token),
                "token": token,
                "permissions": link.permissions,
                "expires_at": iso_z(link.expires_at),
            }
        )

    @documented(gives=LinksOut)
    def list(self, request, file_id):
        """The links that open the file now, newest first, without their tokens."""
        return Response({"shares": [link_out(link) for link in links_of(mine(file_id, request.user))]})

    @documented(gives=Done)
    def revoke(self, request, file_id, share_id):
        revoke_share(file_id=file_id, link_id=share_id, by=request.user)
        return Response({"message": "Share link revoked"})

    @documented(gives=SharedOut)
    def retrieve(self, request, token):
        link = shared_link(token)
        file = link.file
        may_read = link.permissions == ShareLink.Permission.READ
        return Response(
            {
                "name": file.name,
                "content_type": file.content_type,
                "size_bytes": file.size_bytes,
                "shared_by": file.owner.display_name,
                "permissions": link.permissions,
                "updated_at": iso_z(file.updated_at),
                "expires_at": iso_z(link.expires_at),
                "download_url": f"{share_address(token)}/download" if may_read else None,
            }
        )

    @documented(status=(200, "application/octet-stream"), gives=bytes)
    def download(self, request, token):
        """As `/cloud/files/:id/download`, counted once a download however many ranges it takes."""
        link = downloadable(token)
        file = link.file
        response = stored_response(request, place_of, key=file.key, name=file.name, content_type=file.content_type)
        if is_download(request, response):
            count_download(link)
        return response


def link_out(link):
    return {
        "id": str(link.pk),
        "permissions": link.permissions,
        "download_count": link.download_count,
        "created_at": iso_z(link.created_at),
        "expires_at": iso_z(link.expires_at),
    }
