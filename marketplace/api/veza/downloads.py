from django.utils.timezone import now
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from config.dialects.base import CredentialIfAlive
from config.dialects.fields import iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.files import is_download, is_sent, stored_response
from config.paging import window
from marketplace.api.veza.shapes import PageIn
from marketplace.models import License
from marketplace.queries.licenses import delivered
from marketplace.verbs.downloads import LINK_LIVES, downloads_of_order, link_of, note_download, open_download


class LicenseOut(serializers.Serializer):
    id = serializers.CharField()
    key = serializers.CharField()
    product_id = serializers.CharField()
    title = serializers.CharField()
    seat = serializers.IntegerField()
    status = serializers.ChoiceField(License.Status.choices)
    download_count = serializers.IntegerField()
    max_downloads = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class DownloadOut(serializers.Serializer):
    id = serializers.CharField(help_text="of the file; `track` for the recording that the product sells")
    license_id = serializers.CharField()
    product_id = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField(help_text="as recognised by its bytes")
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    download_count = serializers.IntegerField(help_text="of the licence")
    max_downloads = serializers.IntegerField()
    url = serializers.CharField(help_text="signed; needs no sign-in")
    expires_at = serializers.DateTimeField()


class DownloadsOut(serializers.Serializer):
    downloads = DownloadOut(many=True)
    licenses = LicenseOut(many=True)
    total = serializers.IntegerField(help_text="how many licences the order has")


class Downloads(VezaViewSet):
    """What an order's licences open; decisions.md §5."""

    @documented(query=PageIn, gives=DownloadsOut)
    def list(self, request, order_id):
        """The order's licences and, of those that hold, each file with a link that lives ten minutes."""
        asked = window(request.query_params)
        rows = downloads_of_order(order_id=order_id, by=request.user)
        found = rows[asked.offset : asked.offset + asked.limit]
        files = delivered(each.product for each in found)
        held = [each for each in found if each.status == License.Status.ACTIVE]
        links = [download_out(each, file) for each in held for file in files[each.product_id]]
        return Response({"downloads": links, "licenses": [license_out(each) for each in found], "total": rows.count()})


class DownloadLinks(VezaViewSet):
    """The door that signed links lead to. The link is the proof; who is signed in as another is shown nothing."""

    authentication_classes = (CredentialIfAlive,)
    permission_classes = (AllowAny,)

    @documented(status=(200, "application/octet-stream"), gives=bytes)
    def retrieve(self, request, token):
        """The file, to be saved; byte ranges are served. Where files are kept on S3: 302 to a signed address.

        403 for a link that has expired or was altered, and once the licence is revoked or all its downloads are used.
        """
        file = open_download(token=token, by=request.user)
        answer = stored_response(request, file.place_of, key=file.key, name=file.name, content_type=file.content_type)
        if is_sent(request, answer):
            note_download(file.license, begins=is_download(request, answer))
        return answer


def license_out(license):
    return {
        "id": str(license.pk),
        "key": license.key,
        "product_id": str(license.product_id),
        "title": license.order_line.title if license.order_line_id else license.product.title,
        "seat": license.seat,
        "status": license.status,
        "download_count": license.download_count,
        "max_downloads": license.max_downloads,
        "created_at": iso_z(license.created_at),
    }


def download_out(license, file):
    return {
        "id": file.id,
        "license_id": str(license.pk),
        "product_id": str(license.product_id),
        "name": file.name,
        "content_type": file.content_type,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
        "download_count": license.download_count,
        "max_downloads": license.max_downloads,
        "url": link_of(license, file.id),
        "expires_at": iso_z(now() + LINK_LIVES),
    }
