from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import TooLarge
from marketplace.gateways.signed_webhooks import HEADERS
from marketplace.verbs.webhooks import MOST_BYTES, receive_webhook


class ReceivedOut(serializers.Serializer):
    received = serializers.BooleanField()


class Webhooks(VezaViewSet):
    """Document veza.txt, POST /webhooks/hyperswitch. The signature over the raw bytes is the only credential."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = ()

    @documented(gives=ReceivedOut)
    def receive(self, request):
        body = request._request.body  # the bytes that were signed, before anything parses them
        if len(body) > MOST_BYTES:
            raise TooLarge
        signatures = {name: request.headers[name] for name in HEADERS if name in request.headers}
        receive_webhook(body=body, signatures=signatures)
        return Response({"received": True})
