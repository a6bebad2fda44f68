from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Places, Text, Whole
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import NotFound
from config.ids import parse_id
from config.paging import window
from marketplace.api.veza.shapes import OrderOut, OrdersOut, PageIn, SaleOut, SalesOut, order_out, sale_out
from marketplace.models import Order, Payment
from marketplace.queries.orders import sales_of, whole
from marketplace.verbs.addresses import LONGEST
from marketplace.verbs.baskets import MOST_ITEMS, MOST_OF_ONE
from marketplace.verbs.idempotency import clean_key
from marketplace.verbs.orders import pay_again, place_order_once
from marketplace.verbs.shipping import LONGEST_TRACKING, give_address, mark_sent


class OrderItemIn(serializers.Serializer):
    product_id = Text(max_length=64)
    quantity = Whole(min_value=1, max_value=MOST_OF_ONE)


class AddressIn(serializers.Serializer):
    name = Text(max_length=LONGEST["name"], allow_blank=True, allow_null=True, required=False)
    company = Text(max_length=LONGEST["company"], allow_blank=True, allow_null=True, required=False)
    line1 = Text(max_length=LONGEST["line1"], allow_blank=True, allow_null=True, required=False)
    line2 = Text(max_length=LONGEST["line2"], allow_blank=True, allow_null=True, required=False)
    postcode = Text(max_length=LONGEST["postcode"], allow_blank=True, allow_null=True, required=False)
    city = Text(max_length=LONGEST["city"], allow_blank=True, allow_null=True, required=False)
    country = Text(
        max_length=LONGEST["country"],
        allow_blank=True,
        allow_null=True,
        required=False,
        help_text="ISO 3166-1: two letters",
    )


class BillingIn(AddressIn):
    vat_id = Text(max_length=LONGEST["vat_id"], allow_blank=True, allow_null=True, required=False)


class OrderIn(serializers.Serializer):
    items = Places(child=OrderItemIn(), min_length=1, max_length=MOST_ITEMS)
    payment_method = serializers.ChoiceField(Payment.METHODS, default="card")
    billing = BillingIn(
        required=False, allow_null=True, help_text="whom the invoice is for; the account's name where it is left off"
    )
    shipping = AddressIn(
        required=False, allow_null=True, help_text="where physical things go; without it, where the last parcel went"
    )


class PayIn(serializers.Serializer):
    payment_method = serializers.ChoiceField(Payment.METHODS, default="card")


class SentIn(serializers.Serializer):
    tracking = Text(max_length=LONGEST_TRACKING, allow_blank=True, allow_null=True, default="")


class Orders(VezaViewSet):
    """Document veza.txt, POST /marketplace/orders; reading as in decisions.md §5."""

    @documented(takes=OrderIn, gives=OrderOut, status=201, is_keyed=True)
    def create(self, request):
        """Prices come from the store. With an `Idempotency-Key` header a repeat gets the first answer."""
        placed = place_order_once(
            by=request.user,
            key=clean_key(request.headers.get("Idempotency-Key")),
            route="POST /marketplace/orders",
            answer=order_out,
            **self.given(OrderIn),
        )
        return Response(
            placed.answer, status=201, headers={"Idempotent-Replayed": "true"} if placed.is_replay else None
        )

    @documented(query=PageIn, gives=OrdersOut)
    def list(self, request):
        """The caller's own purchases, newest first."""
        asked = window(request.query_params)
        rows = Order.objects.filter(buyer=request.user).order_by("-created_at", "-id")
        found = whole(rows)[asked.offset : asked.offset + asked.limit]
        return Response({"orders": [order_out(order) for order in found], "total": rows.count()})

    @documented(gives=OrderOut)
    def retrieve(self, request, order_id):
        key = parse_id(order_id)
        order = whole(Order.objects.visible_to(request.user)).filter(pk=key).first() if key else None
        if order is None:
            raise NotFound("Order not found")
        return Response(order_out(order, is_own=order.buyer_id == request.user.pk))

    @documented(takes=AddressIn, gives=OrderOut)
    def give_address(self, request, order_id):
        """Where its physical things go, until they are sent; the sellers are told."""
        order = give_address(order_id=order_id, shipping=self.given(AddressIn), by=request.user)
        return Response(order_out(order))

    @documented(takes=PayIn, gives=OrderOut)
    def pay(self, request, order_id):
        """Another try at paying, after a decline or while the provider was away; the order takes its stock again."""
        order = pay_again(order_id=order_id, by=request.user, **self.given(PayIn))
        return Response(order_out(order))

    @documented(takes=SentIn, gives=SaleOut)
    def mark_sent(self, request, order_id):
        """The seller's physical lines are on their way; the buyer is told by notification and mail."""
        mark_sent(order_id=order_id, by=request.user, **self.given(SentIn))
        return Response(sale_out(sales_of(request.user).get(pk=order_id)))

    @documented(query=PageIn, gives=SalesOut)
    def list_sales(self, request):
        """Paid orders with something of the caller's, showing their own lines alone."""
        asked = window(request.query_params)
        rows = sales_of(request.user)
        found = rows[asked.offset : asked.offset + asked.limit]
        return Response({"orders": [sale_out(order) for order in found], "total": rows.count()})
