import dataclasses
from decimal import Decimal

from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response

from config.dialects.fields import Text, Whole
from config.dialects.schema import documented
from config.dialects.veza import VezaViewSet
from config.errors import Invalid
from config.ids import parse_id
from config.money import EXPONENTS, MAX_CENTS
from config.paging import whole_number, window
from marketplace.api.veza.shapes import PRODUCT, PageIn, ProductOut, ProductsOut, product_out, product_row
from marketplace.models import Product
from marketplace.models.products import CURRENCIES
from marketplace.queries.products import ALIASES, LONGEST_SEARCH, SORTS, Asked, counts, market
from marketplace.verbs.products import MOST_STOCK, MOST_VAT_BP, create_product, remove_product, update_product
from marketplace.verbs.reviews import product_seen


class ProductsIn(PageIn):
    search = serializers.CharField(required=False, max_length=LONGEST_SEARCH)
    sort = serializers.ChoiceField([*SORTS, *ALIASES], required=False)
    seller_id = Text(max_length=64, required=False)
    kind = serializers.ChoiceField(Product.Kind.choices, required=False)
    currency = serializers.ChoiceField(CURRENCIES, required=False)
    min_price_cents = Whole(min_value=0, max_value=MAX_CENTS, required=False, help_text="together with `currency`")
    max_price_cents = Whole(min_value=0, max_value=MAX_CENTS, required=False, help_text="together with `currency`")
    rating = Whole(min_value=1, max_value=5, required=False, help_text="so many stars and more")
    in_stock = serializers.BooleanField(required=False)
    free = serializers.BooleanField(required=False)


class CountsOut(serializers.Serializer):
    total = serializers.IntegerField()
    kind = serializers.DictField(child=serializers.IntegerField())
    currency = serializers.DictField(child=serializers.IntegerField())
    rating = serializers.DictField(child=serializers.IntegerField(), help_text="so many stars and more: how many")
    in_stock = serializers.IntegerField()
    free = serializers.IntegerField()


class ProductChanges(serializers.Serializer):
    title = Text(max_length=200, required=False)
    description = Text(max_length=5000, allow_blank=True, required=False)
    price_cents = Whole(min_value=0, max_value=MAX_CENTS, required=False)
    currency = Text(min_length=3, max_length=3, required=False)
    kind = serializers.ChoiceField(Product.Kind.choices, required=False)
    stock = Whole(min_value=0, max_value=MOST_STOCK, allow_null=True, required=False)
    vat_bp = Whole(min_value=0, max_value=MOST_VAT_BP, required=False)
    track_id = Text(max_length=64, allow_null=True, required=False)
    status = serializers.ChoiceField(Product.Status.choices, required=False)


class ProductIn(ProductChanges):
    title = Text(max_length=200)
    price_cents = Whole(min_value=0, max_value=MAX_CENTS)
    status = serializers.ChoiceField(("draft", "active"), default="active")


class CreatedProductOut(ProductOut):
    became_creator = serializers.BooleanField(help_text="whether this first product made its seller a creator")


class RemovedOut(serializers.Serializer):
    message = serializers.CharField()


class Products(VezaViewSet):
    """Document veza.txt, "Marketplace"; creating and changing as in decisions.md §5."""

    def get_permissions(self):
        return [AllowAny()] if self.action in ("list", "counts", "retrieve") else [IsAuthenticated()]

    @documented(query=ProductsIn, gives=ProductsOut)
    def list(self, request):
        asked = window(request.query_params)
        rows = market(asked=asked_of(request.query_params), sort=request.query_params.get("sort", ""))
        return products_page(rows, asked)

    @documented(query=ProductsIn, gives=CountsOut)
    def counts(self, request):
        """How many there are for each way to narrow the list further, all else being as asked."""
        found = counts(asked_of(request.query_params))
        rating = {str(stars): count for stars, count in found.rating.items()}
        return Response({**dataclasses.asdict(found), "rating": rating})

    @documented(query=PageIn, gives=ProductsOut)
    def list_mine(self, request):
        """The caller's own products in any state, newest first."""
        asked = window(request.query_params)
        return products_page(Product.objects.filter(seller=request.user).order_by("-created_at", "-id"), asked)

    @documented(gives=ProductOut)
    def retrieve(self, request, product_id):
        """One on the market; also off it for its seller, and for those who bought it."""
        product = product_seen(product_id=product_id, by=request.user)
        return Response(product_out(product_row(product)))

    @documented(takes=ProductIn, gives=CreatedProductOut, status=201)
    def create(self, request):
        product = create_product(by=request.user, **self.given(ProductIn))
        spelt = product_out(product_row(product))
        return Response({**spelt, "became_creator": product.made_creator}, status=201)

    @documented(takes=ProductChanges, gives=ProductOut)
    def update(self, request, product_id):
        """Changes what is given and leaves the rest."""
        product = update_product(product_id=product_id, by=request.user, **self.given(ProductChanges))
        return Response(product_out(product_row(product)))

    @documented(gives=RemovedOut)
    def remove(self, request, product_id):
        """A product that was ever ordered is archived, so that its buyers keep what they bought."""
        remove_product(product_id=product_id, by=request.user)
        return Response({"message": "Product removed"})


FLAGS = {"": False, "0": False, "false": False, "1": True, "true": True}


def asked_of(params):
    """The filters of a request as the query takes them; Invalid with the faults by name."""
    seller, currency = params.get("seller_id", ""), params.get("currency", "").upper()
    prices = {name: whole_number(params, name, default=-1, least=0, most=MAX_CENTS) for name in PRICES}
    faults = {
        name: ["Must be true or false."] for name in ("in_stock", "free") if params.get(name, "").lower() not in FLAGS
    }
    if seller and parse_id(seller) is None:
        faults["seller_id"] = ["Must be the id of a seller."]
    if max(prices.values()) >= 0 and not currency:
        faults["currency"] = ["A price is asked for in a currency."]
    if faults:
        name, sentences = next(iter(faults.items()))
        raise Invalid(f"{name}: {sentences[0]}", details=faults)
    digits = EXPONENTS.get(currency, 2)
    least, most = (None if cents < 0 else Decimal(cents).scaleb(-digits) for cents in prices.values())
    return Asked(
        search=params.get("search", ""),
        seller=parse_id(seller) if seller else None,
        least=least,
        most=most,
        kind=params.get("kind", ""),
        currency=currency,
        rating=whole_number(params, "rating", default=0, least=1, most=5),
        in_stock=FLAGS[params.get("in_stock", "").lower()],
        free=FLAGS[params.get("free", "").lower()],
    )


PRICES = ("min_price_cents", "max_price_cents")


def products_page(rows, asked):
    found = rows.values(*PRODUCT)[asked.offset : asked.offset + asked.limit]
    return Response({"products": [product_out(row) for row in found], "total": rows.count()})
