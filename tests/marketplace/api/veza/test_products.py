import pytest

from marketplace.models import Product
from marketplace.queries.products import SORTS
from marketplace.verbs.licenses import give_license
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, paid_order

pytestmark = pytest.mark.django_db
PRODUCTS = "/api/v1/marketplace/products"


def titles(answer):
    return [product["title"] for product in answer.json()["data"]["products"]]


class TestList:
    def test_shows_what_is_for_sale_to_anyone(self, anonymous):
        product = ProductFactory(title="Dawn", description="A short piece")
        ProductFactory(status="draft")

        answer = anonymous.get(PRODUCTS)

        assert answer.status_code == 200
        shown = answer.json()["data"]["products"][0]
        assert answer.json() == {"success": True, "data": {"products": [shown], "total": 1}}
        assert shown == {
            "id": str(product.pk),
            "seller_id": str(product.seller_id),
            "seller_name": product.seller.name,
            "title": "Dawn",
            "description": "A short piece",
            "kind": "digital",
            "price_cents": 2999,
            "currency": "EUR",
            "stock": None,
            "status": "active",
            "vat_bp": 0,
            "track_id": None,
            "cover_url": None,
            "preview_url": None,
            "rating_average": None,
            "rating_count": 0,
            "created_at": shown["created_at"],
            "updated_at": shown["updated_at"],
        }
        assert shown["created_at"].endswith("Z")

    def test_pages_and_counts(self, anonymous):
        seller = UserFactory()
        for title in "ABC":
            ProductFactory(by=seller, title=title)
        answer = anonymous.get(PRODUCTS, limit=2, offset=1, sort="title")
        assert (titles(answer), answer.json()["data"]["total"]) == (["B", "C"], 3)
        past = anonymous.get(PRODUCTS, offset=50)
        assert (titles(past), past.json()["data"]["total"]) == ([], 3)

    @pytest.mark.parametrize(
        "query",
        [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"offset": -1}, {"sort": "colour"}, {"search": "x" * 201}],
    )
    def test_refuses_what_it_cannot_do(self, anonymous, query):
        answer = anonymous.get(PRODUCTS, **query)
        assert (answer.status_code, list(answer.json()["details"])) == (400, list(query))

    @pytest.mark.parametrize("words", ["100%", "'; --", "a\0b", "🎵", '"', "_", "\\"])
    def test_searches_for_anything(self, anonymous, words):
        ProductFactory(title="Dawn")
        assert titles(anonymous.get(PRODUCTS, search=words)) == []

    def test_finds_every_word_in_title_or_description(self, anonymous):
        ProductFactory(title="Dawn over the stoa", description="for strings")
        ProductFactory(title="Dusk")
        assert titles(anonymous.get(PRODUCTS, search="DAWN strings")) == ["Dawn over the stoa"]

    @pytest.mark.parametrize("sort", [*SORTS, "-price"])
    def test_has_one_order_for_ties(self, anonymous, sort):
        for _ in range(4):
            ProductFactory(title="Same", price_cents=100)
        assert anonymous.get(PRODUCTS, sort=sort).json() == anonymous.get(PRODUCTS, sort=sort).json()

    def test_asks_the_database_as_often_for_three_as_for_one(self, anonymous, django_assert_max_num_queries):
        for _ in range(2):
            ProductFactory()
            with django_assert_max_num_queries(3):
                anonymous.get(PRODUCTS)


class TestRetrieve:
    def test_shows_one_to_anyone(self, anonymous):
        product = ProductFactory()
        answer = anonymous.get(f"{PRODUCTS}/{product.pk}")
        assert (answer.status_code, answer.json()["data"]["id"]) == (200, str(product.pk))

    def test_hides_drafts_from_others(self, anonymous, caller, user):
        product = ProductFactory(by=user, status="draft")
        assert anonymous.get(f"{PRODUCTS}/{product.pk}").status_code == 404
        assert caller.get(f"{PRODUCTS}/{product.pk}").status_code == 200

    @pytest.mark.parametrize("unknown", ["nothing", "0190f0a0-0000-7000-8000-000000000000", "%F0%9F%8E%B5"])
    def test_knows_no_other(self, anonymous, unknown):
        answer = anonymous.get(f"{PRODUCTS}/{unknown}")
        assert (answer.status_code, answer.json()) == (
            404,
            {"success": False, "error": "Product not found", "code": "not_found"},
        )


class TestCreate:
    def test_puts_a_product_on_the_market(self, caller, user):
        answer = caller.post(
            PRODUCTS, {"title": "Dawn", "price_cents": 1200, "currency": "EUR", "kind": "physical", "stock": 3}
        )
        made = answer.json()["data"]
        assert (answer.status_code, made["status"], made["stock"], made["became_creator"]) == (201, "active", 3, True)
        assert Product.objects.get().seller == user

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"title": "Dawn"},
            {"title": "Dawn", "price_cents": "12"},
            {"title": "Dawn", "price_cents": 1, "stock": 1.0},
        ],
    )
    def test_names_what_is_wrong(self, caller, body):
        answer = caller.post(PRODUCTS, body)
        assert (answer.status_code, answer.json()["success"]) == (400, False)
        assert answer.json()["details"]

    def test_is_for_people_who_are_signed_in(self, anonymous):
        assert anonymous.post(PRODUCTS, {"title": "Dawn", "price_cents": 1}).status_code == 401


class TestChange:
    def test_updates_and_removes_ones_own(self, caller, user):
        product = ProductFactory(by=user)
        path = f"{PRODUCTS}/{product.pk}"
        assert caller.put(path, {"title": "Dusk"}).json()["data"]["title"] == "Dusk"
        assert caller.delete(path).json() == {"success": True, "data": {"message": "Product removed"}}
        assert caller.get(path).status_code == 404

    def test_hides_it_from_others(self, caller):
        path = f"{PRODUCTS}/{ProductFactory().pk}"
        assert (caller.put(path, {"title": "Mine"}).status_code, caller.delete(path).status_code) == (404, 404)


class TestRetrieveOffTheMarket:
    @pytest.mark.parametrize("status", ["archived", "draft"])
    def test_shows_what_left_the_market_to_those_who_have_it(self, caller, user, stranger, status):
        bought, given = ProductFactory(title="Dawn"), ProductFactory()
        paid_order(by=user, product=bought)
        give_license(product_id=given.pk, to=user.email, source="grant", by=given.seller)
        Product.objects.update(status=status)
        for product in (bought, given):
            path = f"{PRODUCTS}/{product.pk}"
            answer = caller.get(path)
            assert (answer.status_code, answer.json()["data"]["status"]) == (200, status)
            assert Caller.signed_in_as(stranger).get(path).status_code == 404


class TestListMine:
    def test_shows_ones_own_in_any_state(self, caller, user, anonymous):
        ProductFactory(by=user, title="Draft", status="draft")
        ProductFactory(title="Other")
        assert titles(caller.get(f"{PRODUCTS}/me")) == ["Draft"]
        assert anonymous.get(f"{PRODUCTS}/me").status_code == 401


class TestNarrow:
    @pytest.fixture(autouse=True)
    def _goods(self, db):
        self.song = ProductFactory(title="Song", price_cents=0)
        ProductFactory(title="Print", kind="physical", price_cents=2500, stock=0)
        ProductFactory(title="Vinyl", kind="physical", price_cents=3000, currency="JPY", stock=3)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"kind": "physical"}, ["Print", "Vinyl"]),
            ({"currency": "jpy", "min_price_cents": 3000, "max_price_cents": 3000}, ["Vinyl"]),
            ({"currency": "EUR", "max_price_cents": 2499}, ["Song"]),
            ({"in_stock": "true", "kind": "physical"}, ["Vinyl"]),
            ({"free": "1"}, ["Song"]),
            ({"rating": 1}, []),
        ],
    )
    def test_shows_what_fits_and_counts_it(self, anonymous, query, found):
        assert titles(anonymous.get(PRODUCTS, sort="title", **query)) == found
        assert anonymous.get(f"{PRODUCTS}/counts", **query).json()["data"]["total"] == len(found)

    def test_counts_each_choice(self, anonymous):
        assert anonymous.get(f"{PRODUCTS}/counts").json() == {
            "success": True,
            "data": {
                "total": 3,
                "kind": {"digital": 1, "physical": 2},
                "currency": {"EUR": 2, "JPY": 1},
                "rating": {"1": 0, "2": 0, "3": 0, "4": 0},
                "in_stock": 2,
                "free": 1,
            },
        }

    def test_shows_one_seller(self, anonymous):
        assert titles(anonymous.get(PRODUCTS, seller_id=str(self.song.seller_id))) == ["Song"]

    def test_takes_yes_and_five_stars_as_people_write_them(self, anonymous):
        assert sorted(titles(anonymous.get(PRODUCTS, in_stock="True", free="FALSE"))) == ["Song", "Vinyl"]
        assert titles(anonymous.get(PRODUCTS, rating=5)) == []

    @pytest.mark.parametrize(
        ("query", "fault"),
        [
            ({"kind": "gold"}, "kind"),
            ({"currency": "XXX"}, "currency"),
            ({"min_price_cents": 5}, "currency"),
            ({"min_price_cents": -5, "currency": "EUR"}, "min_price_cents"),
            ({"rating": 6}, "rating"),
            ({"in_stock": "perhaps"}, "in_stock"),
            ({"seller_id": "nobody"}, "seller_id"),
        ],
    )
    def test_refuses_what_it_cannot_do(self, anonymous, query, fault):
        for path in (PRODUCTS, f"{PRODUCTS}/counts"):
            answer = anonymous.get(path, **query)
            assert (answer.status_code, list(answer.json()["details"])) == (400, [fault])


class TestVat:
    def test_is_set_in_basis_points(self, caller):
        made = caller.post(PRODUCTS, {"title": "Dawn", "price_cents": 1200, "vat_bp": 1900}).json()["data"]
        assert made["vat_bp"] == 1900
        for wrong in (-1, 5001, 19.0, "19", True, None):
            answer = caller.put(f"{PRODUCTS}/{made['id']}", {"vat_bp": wrong})
            assert (answer.status_code, list(answer.json()["details"])) == (400, ["vat_bp"])
