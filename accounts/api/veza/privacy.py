from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import DataExport
from accounts.queries.exports import export_link, exports_of
from accounts.verbs.exports import request_export
from accounts.verbs.privacy import opt_out, privacy_of
from config.dialects.base import NO_KEYS
from config.dialects.fields import YesNo, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet


class OptOutIn(serializers.Serializer):
    do_not_sell = YesNo()


class PrivacyOut(serializers.Serializer):
    do_not_sell = serializers.BooleanField(help_text="what was chosen")
    changed_at = serializers.DateTimeField(allow_null=True, help_text="null where nothing was chosen")
    global_privacy_control = serializers.BooleanField(help_text="whether this request said Sec-GPC: 1")
    applies = serializers.BooleanField(help_text="whether either of the two objects to this request's data being sold")


class ProgressOut(serializers.Serializer):
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class ExportOut(serializers.Serializer):
    id = serializers.CharField()
    status = serializers.ChoiceField(DataExport.Status.values)
    progress = ProgressOut(help_text="chapters written, of how many")
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(allow_blank=True, help_text="of the archive")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    download_url = serializers.CharField(
        allow_null=True, help_text="signed; works without a sign-in until expires_at; null unless ready"
    )


class ExportsOut(serializers.Serializer):
    exports = ExportOut(many=True)


def privacy_out(choice, request):
    signalled = request.headers.get("Sec-GPC", "").strip() == "1"
    return {
        "do_not_sell": choice.do_not_sell,
        "changed_at": iso_z(choice.changed_at),
        "global_privacy_control": signalled,
        "applies": choice.do_not_sell or signalled,
    }


def export_out(export):
    return {
        "id": export.pk,
        "status": export.status,
        "progress": {"done": export.done, "total": export.total},
        "size_bytes": export.size_bytes,
        "sha256": export.sha256,
        "created_at": iso_z(export.created_at),
        "finished_at": iso_z(export.finished_at),
        "expires_at": iso_z(export.expires_at),
        "download_url": export_link(export) or None,
    }


class Privacy(VezaViewSet):
    """Document veza.txt, "CCPA / Sec-GPC"; reading it by decisions.md §5."""

    key_scope = NO_KEYS

    @documented(gives=PrivacyOut)
    def retrieve(self, request):
        return Response(privacy_out(privacy_of(request.user), request))

    @documented(takes=OptOutIn, gives=PrivacyOut)
    def opt_out(self, request):
        return Response(privacy_out(opt_out(user=request.user, **self.given(OptOutIn)), request))


class Exports(VezaViewSet):
    """Document veza.txt, "Users": a copy of all data; the list by decisions.md §5."""

    key_scope = NO_KEYS

    @documented(gives=ExportsOut)
    def index(self, request):
        """Newest first, the last twenty."""
        return Response({"exports": [export_out(row) for row in exports_of(request.user)]})

    @documented(gives=ExportOut, status=202)
    def create(self, request):
        """Answered at once; a notification and a mail say when it is ready. One at a time: an open one is the answer."""
        return Response(export_out(request_export(user=request.user)), status=202)
