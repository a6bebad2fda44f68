import pytest

from config.countries import COUNTRIES
from config.errors import Invalid
from marketplace.models import Order
from marketplace.verbs.addresses import clean_billing, clean_shipping, said_last
from marketplace.verbs.orders import place_order
from tests.factories.marketplace import ProductFactory

pytestmark = pytest.mark.django_db

COMPANY = {
    "name": "Ada", "company": "Engines", "line1": "Rue 1", "postcode": "75001", "city": "Paris", "country": "fr",
    "vat_id": "fr 12.345-678901",
}  # fmt: skip
HOME = {"name": "Ada", "line1": "Rue 1", "city": "Paris", "country": "FR"}


def items(**fields):
    return [{"product_id": str(ProductFactory(**fields).pk), "quantity": 1}]


class TestCleanBilling:
    def test_keeps_what_was_said_tidied(self):
        assert clean_billing(COMPANY | {"line2": "  ", "city": " Paris  20 ", "unknown": "x"}) == {
            **COMPANY,
            "country": "FR",
            "vat_id": "FR12345678901",
            "city": "Paris 20",
        }

    @pytest.mark.parametrize("nothing", [None, {}, {"name": ""}, {"name": None}])
    def test_needs_nothing(self, nothing):
        assert clean_billing(nothing) == {}

    @pytest.mark.parametrize(
        ("given", "faults"),
        [
            ({"company": "Engines"}, ["line1", "city", "country"]),
            ({"vat_id": "FR12345678901", "line1": "Rue 1"}, ["city", "country"]),
            ({"vat_id": "12345"}, ["vat_id"]),
            ({"country": "XX"}, ["country"]),
            ({"name": "x" * 121}, ["name"]),
            ({"name": 7}, ["name"]),
            ({"city": "a\nb"}, ["city"]),
            ({"city": "a\0b"}, ["city"]),
        ],
    )
    def test_names_what_is_wrong(self, given, faults):
        with pytest.raises(Invalid) as refused:
            clean_billing(given)
        found = refused.value.details["billing"]
        assert set(faults) <= set(found)

    @pytest.mark.parametrize("given", ["text", [], 7, True])
    def test_refuses_what_is_no_address(self, given):
        with pytest.raises(Invalid):
            clean_billing(given)


class TestCleanShipping:
    def test_is_whole_or_nothing(self):
        assert (clean_shipping(HOME), clean_shipping({})) == (HOME, {})
        with pytest.raises(Invalid) as refused:
            clean_shipping({"postcode": "75001"})
        assert list(refused.value.details["shipping"]) == ["name", "line1", "city", "country"]


class TestOnTheOrder:
    def test_keeps_billing_always_and_shipping_where_something_is_sent(self, user):
        place_order(items=items(kind="physical"), billing=COMPANY, shipping=HOME, by=user)
        place_order(items=items(), billing={"name": "Ada L."}, shipping=HOME, by=user)
        first, second = Order.objects.order_by("created_at")
        assert (first.shipping, first.billing["vat_id"], second.shipping) == (HOME, "FR12345678901", {})
        assert said_last(by=user) == {"billing": {"name": "Ada L."}, "shipping": HOME}

    def test_is_refused_before_anything_is_reserved(self, user):
        with pytest.raises(Invalid):
            place_order(items=items(), billing={"country": "XX"}, by=user)
        assert (Order.objects.count(), said_last(by=user)) == (0, {"billing": {}, "shipping": {}})


def test_every_country_has_two_letters_and_a_name():
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isupper() and name for code, name in COUNTRIES.items())
