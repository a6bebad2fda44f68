from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.permissions import IsAdministrator
from accounts.verbs.maintenance import is_closed, set_maintenance
from config.dialects.fields import YesNo
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet


class MaintenanceIn(serializers.Serializer):
    enabled = YesNo()


class MaintenanceOut(serializers.Serializer):
    enabled = serializers.BooleanField()


class MaintenanceMode(VezaViewSet):
    """Document veza.txt, "Maintenance Mode"."""

    permission_classes = (IsAdministrator,)
    key_scope = "admin"

    @documented(gives=MaintenanceOut)
    def retrieve(self, request):
        return Response({"enabled": is_closed(look_now=True)})

    @documented(takes=MaintenanceIn, gives=MaintenanceOut)
    def update(self, request):
        row = set_maintenance(by=request.user, **self.given(MaintenanceIn))
        return Response({"enabled": row.enabled})
