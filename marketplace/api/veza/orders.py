from rest_framework import serializers
from rest_framework.response import Response

from config.dialects.fields import Text, Whole
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import NotFound
from config.ids import parse_id
from config.paging import window
from marketplace.api.veza.shapes import OrderOut, OrdersOut, PageIn, SalesOut, order_out, sale_out
from marketplace.models import Order, Payment
from marketplace.queries.orders import sales_of, whole
from marketplace.verbs.idempotency import clean_key
from marketplace.verbs.orders import MOST_ITEMS, MOST_OF_ONE, place_order_once


class OrderItemIn(serializers.Serializer):
    product_id = Text(max_length=64)
    quantity = Whole(min_value=1, max_value=MOST_OF_ONE)


class OrderIn(serializers.Serializer):
    items = serializers.ListField(child=OrderItemIn(), min_length=1, max_length=MOST_ITEMS)
    payment_method = serializers.ChoiceField(Payment.METHODS, default="card")


class Orders(VezaViewSet):
    """Document veza.txt, POST /marketplace/orders; reading as in decisions.md §5."""

    @documented(takes=OrderIn, gives=OrderOut, status=201)
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
        return Response(order_out(order))

    @documented(query=PageIn, gives=SalesOut)
    def list_sales(self, request):
        """Paid orders with something of the caller's, showing their own lines alone."""
        asked = window(request.query_params)
        rows = sales_of(request.user)
        found = rows[asked.offset : asked.offset + asked.limit]
        return Response({"orders": [sale_out(order) for order in found], "total": rows.count()})
