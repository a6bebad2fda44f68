from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text, Whole
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.money import MAX_CENTS
from marketplace.verbs.baskets import MOST_ITEMS
from marketplace.verbs.idempotency import clean_key
from marketplace.verbs.refunds import LONGEST_DETAILS, LONGEST_REASON, refund_order_once


class RefundIn(serializers.Serializer):
    reason = Text(max_length=LONGEST_REASON)
    details = Text(max_length=LONGEST_DETAILS, allow_blank=True, allow_null=True, default="")
    amount_cents = Whole(
        min_value=1,
        max_value=MAX_CENTS,
        required=False,
        help_text="minor units, of sellers and staff alone; without it all that is left",
    )
    line_ids = serializers.ListField(
        child=Text(max_length=64), min_length=1, max_length=MOST_ITEMS, required=False, help_text="of these lines alone"
    )


class RefundOut(serializers.Serializer):
    message = serializers.CharField()


class Refunds(VezaViewSet):
    """Document veza.txt, "Refunds"; `amount_cents` and `line_ids` are ours."""

    @documented(takes=RefundIn, gives=RefundOut, is_keyed=True)
    def create(self, request, order_id):
        """Buyers get back all that is left, or whole lines; sellers give back their own lines, or a part. With an `Idempotency-Key` once."""
        refunded = refund_order_once(
            order_id=order_id,
            by=request.user,
            key=clean_key(request.headers.get("Idempotency-Key")),
            route="POST /marketplace/orders/:id/refund",
            answer=lambda _: {"message": "Refund initiated"},
            **self.given(RefundIn),
        )
        return Response(refunded.answer, headers={"Idempotent-Replayed": "true"} if refunded.is_replay else None)
