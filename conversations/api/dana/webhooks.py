from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from config.dialects.dana import DanaViewSet
from config.dialects.schema import documented
from config.errors import Forbidden
from conversations.gateways.meta_signature import HEADER, answer_to
from conversations.verbs.incoming import receive_webhook


class ChallengeAsked(serializers.Serializer):
    """Meta's names have dots."""

    def get_fields(self):
        return {
            "hub.mode": serializers.CharField(default="", help_text="subscribe"),
            "hub.verify_token": serializers.CharField(default="", help_text="What META_VERIFY_TOKEN says"),
            "hub.challenge": serializers.CharField(default="", help_text="1 to 32 digits, which are the answer"),
        }


class ReceivedOut(serializers.Serializer):
    received = serializers.BooleanField()


class Webhooks(DanaViewSet):
    """Document dana.txt, "Webhooks": Messenger, Instagram and WhatsApp. The signature over the raw bytes is the only
    credential; the body's `object` says which of them it is."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = ()

    @documented(query=ChallengeAsked, gives=OpenApiTypes.STR, status=(200, "text/plain"))
    def verify(self, request):
        """The bare challenge; 403 for who does not know the verify token."""
        asked = {name: request.query_params.get(f"hub.{name}", "") for name in ("mode", "verify_token", "challenge")}
        answer = answer_to(mode=asked["mode"], token=asked["verify_token"], challenge=asked["challenge"])
        if answer is None:
            raise Forbidden("The verify token is missing or wrong", code="invalid_verify_token")
        return HttpResponse(answer, content_type="text/plain; charset=utf-8")

    @documented(gives=ReceivedOut)
    def receive(self, request):
        """200: all of it is kept, or was before. Signed with `X-Hub-Signature-256`; otherwise 403, and nothing is stored."""
        receive_webhook(body=request._request.body, signature=request.headers.get(HEADER, ""))
        return Response({"received": True})
