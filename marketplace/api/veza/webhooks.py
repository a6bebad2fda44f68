from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import TooLarge
from marketplace.gateways.payout_webhooks import HEADER
from marketplace.gateways.signed_webhooks import HEADERS
from marketplace.verbs.payout_webhooks import receive_payout_webhook
from marketplace.verbs.webhooks import MOST_BYTES, receive_webhook


class ReceivedOut(serializers.Serializer):
    received = serializers.BooleanField()


class Webhooks(VezaViewSet):
    """Document veza.txt, POST /webhooks/hyperswitch; POST /webhooks/stripe is ours. The signature over the raw bytes is
    the only credential."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    throttle_classes = ()

    @documented(gives=ReceivedOut)
    def receive(self, request):
        signatures = {name: request.headers[name] for name in HEADERS if name in request.headers}
        receive_webhook(body=body_of(request), signatures=signatures)
        return Response({"received": True})

    @documented(gives=ReceivedOut)
    def receive_of_payouts(self, request):
        """Stripe Connect's events, signed as Stripe does (`Stripe-Signature`). `account.updated` has the account read again."""
        receive_payout_webhook(body=body_of(request), signature=request.headers.get(HEADER, ""))
        return Response({"received": True})


def body_of(request):
    """The bytes that were signed, before anything parses them."""
    body = request._request.body
    if len(body) > MOST_BYTES:
        raise TooLarge
    return body
