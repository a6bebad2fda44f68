from django.middleware.csrf import get_token
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from accounts.queries.validation import KINDS, validate
from config.dialects.base import CredentialIfAlive
from config.dialects.fields import Text
from config.dialects.schema import documented
from config.dialects.throttles import AuthThrottle
from config.dialects.veza import VezaViewSet


class CsrfOut(serializers.Serializer):
    csrf_token = serializers.CharField(help_text="Send it as X-CSRFToken with unsafe calls that carry a cookie")


class ValidateIn(serializers.Serializer):
    type = serializers.ChoiceField(
        choices=KINDS,
        help_text="username (form, and whether it is free), email (form alone: nothing tells who exists) or password",
    )
    value = Text(max_length=256, allow_blank=True, trim_whitespace=False)


class ValidateOut(serializers.Serializer):
    type = serializers.ChoiceField(choices=KINDS)
    valid = serializers.BooleanField()
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # a field of that name
    strength = serializers.ChoiceField(choices=("weak", "fair", "strong"), required=False, help_text="Of a password")


class CsrfToken(VezaViewSet):
    """Document veza.txt, GET /csrf-token. The token is also set as a cookie."""

    permission_classes = (AllowAny,)
    authentication_classes = (CredentialIfAlive,)

    @documented(gives=CsrfOut)
    def retrieve(self, request):
        return Response({"csrf_token": get_token(request._request)})


class Validation(VezaViewSet):
    """Document veza.txt, POST /validate: what sign-up would say of one value, without signing up."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = (AuthThrottle,)

    @documented(takes=ValidateIn, gives=ValidateOut)
    def check(self, request):
        given = self.given(ValidateIn)
        return Response({"type": given["type"], **validate(kind=given["type"], value=given["value"])})
