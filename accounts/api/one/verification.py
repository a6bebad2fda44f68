from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.one.auth import Done
from accounts.verbs.verification import is_email_verified, verify_email
from config.dialects.base import CredentialIfAlive
from config.dialects.fields import Text
from config.dialects.one import OneViewSet
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle


class VerifyIn(serializers.Serializer):
    token = Text(max_length=256, help_text="Email verification token")


class VerifiedOut(serializers.Serializer):
    verified = serializers.BooleanField()


class Verification(OneViewSet):
    """Document one.txt, /auth/verifyEmail."""

    permission_classes = (AllowAny,)
    authentication_classes = ()  # the `token` of this call is a link's, not a session's
    throttle_classes = (AuthThrottle,)

    @documented(takes=VerifyIn, gives=Done)
    def verify_email(self, request):
        verify_email(**self.given(VerifyIn))
        return Response({"success": True})


class VerificationStatus(OneViewSet):
    """Document one.txt, /auth/isEmailVerified: 200 whoever asks; nobody's address is not verified."""

    permission_classes = (AllowAny,)
    authentication_classes = (CredentialIfAlive,)

    @documented(gives=VerifiedOut)
    def retrieve(self, request):
        return Response({"verified": request.user.is_authenticated and is_email_verified(request.user)})
