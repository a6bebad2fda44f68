from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.permissions import IsAdministrator
from accounts.queries.feature_flags import flags_for_staff
from accounts.verbs.feature_flags import LONGEST_DESCRIPTION, NAME_RULE, set_flag
from config.dialects.fields import Text, YesNo, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet


class FlagIn(serializers.Serializer):
    enabled = YesNo()
    description = Text(required=False, allow_blank=True, max_length=LONGEST_DESCRIPTION)
    for_staff = YesNo(required=False, help_text="On for staff, also while it is off for all others")


class FlagOut(serializers.Serializer):
    name = serializers.CharField(help_text=NAME_RULE)
    enabled = serializers.BooleanField()
    for_staff = serializers.BooleanField()
    description = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class FlagsOut(serializers.Serializer):
    feature_flags = FlagOut(many=True)


def flag_out(flag):
    told = {name: getattr(flag, name) for name in ("name", "enabled", "for_staff", "description")}
    return told | {"created_at": iso_z(flag.created_at), "updated_at": iso_z(flag.changed_at)}


class FeatureFlags(VezaViewSet):
    """Document veza.txt, "Feature Flags"."""

    permission_classes = (IsAdministrator,)
    key_scope = "admin"

    @documented(gives=FlagsOut)
    def list(self, request):
        """All of them, by name."""
        return Response({"feature_flags": [flag_out(flag) for flag in flags_for_staff(by=request.user)]})

    @documented(takes=FlagIn, gives=FlagOut)
    def update(self, request, name):
        """A flag of a new name is made by switching it: no other endpoint makes one."""
        return Response(flag_out(set_flag(name=name, by=request.user, **self.given(FlagIn))))
