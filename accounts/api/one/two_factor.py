from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.one.auth import Done
from accounts.verbs.proof import require_fresh
from accounts.verbs.two_factor import confirm, disable, set_up, status_of
from config.dialects.base import NO_KEYS
from config.dialects.fields import Text
from config.dialects.one import ONE_WITH_BODY_TOKEN, OneViewSet
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle


class SetUpIn(serializers.Serializer):
    token = Text(max_length=4096, required=False, help_text="Session token; a header or a cookie may carry it instead")
    password = Text(
        max_length=256,
        required=False,
        trim_whitespace=False,
        help_text="Needed, or `otp`, where the sign-in is older than ten minutes",
    )
    otp = Text(max_length=64, required=False, help_text="A code of the second factor that is on")


class VerifyIn(serializers.Serializer):
    token = Text(max_length=4096, required=False, help_text="Session token; a header or a cookie may carry it instead")
    code = Text(
        max_length=64, required=False, help_text="A code of the new authenticator; where given it must be right"
    )


class DisableIn(serializers.Serializer):
    token = Text(max_length=4096, required=False, help_text="Session token; a header or a cookie may carry it instead")
    password = Text(max_length=256, required=False, trim_whitespace=False)
    code = Text(max_length=64, required=False, help_text="A code of the second factor, for accounts without a password")

    def validate(self, attrs):
        if not attrs.keys() & {"password", "code"}:
            raise serializers.ValidationError({"password": ["This field is required."]})
        return attrs


class SetUpOut(serializers.Serializer):
    secret = serializers.CharField(help_text="TOTP secret for authenticator app, base32")
    backupCodes = serializers.ListField(child=serializers.CharField(), help_text="10 backup codes, told this once")
    otpauthUrl = serializers.CharField(help_text="The secret as authenticator apps read it from a QR code")


class StatusOut(serializers.Serializer):
    enabled = serializers.BooleanField()
    hasSetup = serializers.BooleanField()


class TwoFactor(OneViewSet):
    """Document one.txt, /auth/setup2FA to /auth/disable2FA."""

    dialect = ONE_WITH_BODY_TOKEN
    key_scope = NO_KEYS
    throttle_classes = (AuthThrottle,)

    @documented(takes=SetUpIn, gives=SetUpOut)
    def set_up(self, request):
        """Changes nothing until it is verified; an authenticator that is on stays on until then."""
        given = self.given(SetUpIn)
        require_fresh(session=request.auth, user=request.user, password=given.get("password"), code=given.get("otp"))
        new = set_up(user=request.user)
        return Response({"secret": new.secret, "backupCodes": new.backup_codes, "otpauthUrl": new.url})

    @documented(takes=VerifyIn, gives=Done)
    def verify(self, request):
        confirm(user=request.user, code=self.given(VerifyIn).get("code"))
        return Response({"success": True})

    @documented(takes=DisableIn, gives=Done)
    def disable(self, request):
        given = self.given(DisableIn)
        require_fresh(session=request.auth, user=request.user, password=given.get("password"), code=given.get("code"))
        disable(user=request.user)
        return Response({"success": True})


class TwoFactorStatus(OneViewSet):
    key_scope = NO_KEYS

    @documented(gives=StatusOut)
    def retrieve(self, request):
        status = status_of(request.user)
        return Response({"enabled": status.enabled, "hasSetup": status.has_setup})
