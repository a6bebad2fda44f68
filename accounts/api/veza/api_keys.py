from rest_framework import serializers
from rest_framework.response import Response

from accounts.models import ApiKey
from accounts.verbs.api_keys import MOST_DAYS, create_key, revoke_key
from config.dialects.base import NO_KEYS
from config.dialects.fields import Text, Whole, iso_z
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet


class KeyIn(serializers.Serializer):
    name = Text(max_length=100)
    scopes = serializers.ListField(
        child=Text(max_length=32), min_length=1, max_length=10, help_text="read, write; admin for administrators"
    )
    expires_in_days = Whole(min_value=1, max_value=MOST_DAYS, required=False, help_text="Without it: until revoked")


class KeyOut(serializers.Serializer):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How the key begins")
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class NewKeyOut(KeyOut):
    key = serializers.CharField(help_text="The key itself, told this once")


class KeysOut(serializers.Serializer):
    api_keys = KeyOut(many=True)


class RevokedOut(serializers.Serializer):
    message = serializers.CharField()


def key_out(row):
    return {
        "id": row.pk,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": row.scopes,
        "created_at": iso_z(row.created_at),
        "expires_at": iso_z(row.expires_at),
        "last_used_at": iso_z(row.last_used_at),
        "revoked_at": iso_z(row.revoked_at),
    }


class ApiKeys(VezaViewSet):
    """Document veza.txt, "API Keys (DEV1)"; list and revoke by decisions.md §5. No key makes or ends keys."""

    key_scope = NO_KEYS

    @documented(gives=KeysOut)
    def index(self, request):
        """All of mine, newest first, the revoked ones of the last hundred too."""
        return Response({"api_keys": [key_out(row) for row in ApiKey.objects.visible_to(request.user)[:100]]})

    @documented(takes=KeyIn, gives=NewKeyOut, status=201)
    def create(self, request):
        given = self.given(KeyIn)
        row, raw = create_key(
            user=request.user, name=given["name"], scopes=given["scopes"], days=given.get("expires_in_days")
        )
        return Response({**key_out(row), "key": raw}, status=201)

    @documented(gives=RevokedOut)
    def destroy(self, request, key_id):
        revoke_key(user=request.user, key_id=key_id)
        return Response({"message": "API key revoked"})
