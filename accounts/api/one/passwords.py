from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.api.limits import spend
from accounts.api.one.auth import Done
from accounts.verbs.magic_links import request_link
from accounts.verbs.passwords import is_reset_token, request_reset, reset_password
from config.dialects.fields import Text
from config.dialects.one import OneViewSet
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle


class LinkIn(serializers.Serializer):
    email = Text(max_length=254)
    baseUrl = serializers.URLField(
        max_length=500,
        help_text="Where the link leads; a host this server does not answer to is replaced by its own address",
    )


class ResetTokenIn(serializers.Serializer):
    token = Text(max_length=256, help_text="Password reset token")


class ResetIn(serializers.Serializer):
    token = Text(max_length=256, help_text="Password reset token")
    password = Text(max_length=256, trim_whitespace=False)


class ValidOut(serializers.Serializer):
    valid = serializers.BooleanField()


class Links(OneViewSet):
    """Document one.txt: links in mails. Always the same answer: nothing tells whether an address has an account."""

    permission_classes = (AllowAny,)
    authentication_classes = ()  # the `token` of these calls is a link's, not a session's
    throttle_classes = (AuthThrottle,)

    @documented(takes=LinkIn, gives=Done)
    def request_password_reset(self, request):
        given = self.given(LinkIn)
        spend(request, "reset_password", given["email"])
        request_reset(email=given["email"], base=given["baseUrl"])
        return Response({"success": True})

    @documented(takes=LinkIn, gives=Done)
    def request_magic_link(self, request):
        given = self.given(LinkIn)
        spend(request, "magic_email", given["email"])
        request_link(email=given["email"], base=given["baseUrl"])
        return Response({"success": True})

    @documented(query=ResetTokenIn, gives=ValidOut)
    def validate_reset_token(self, request):
        return Response({"valid": is_reset_token(**self.given(ResetTokenIn))})

    @documented(takes=ResetIn, gives=Done)
    def reset_password(self, request):
        """The password is new; every session of the account has ended."""
        reset_password(**self.given(ResetIn))
        return Response({"success": True})
