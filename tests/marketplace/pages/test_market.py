import pytest
from django.test import Client

from marketplace.models import Product, Review
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def titles(page):
    return [product.title for product in page.context["items"]]


class TestMarket:
    def test_is_open_to_anyone(self, client):
        ProductFactory(title="Dawn")
        ProductFactory(title="Hidden", status="draft")
        page = client.get("/market/")
        assert (page.status_code, titles(page)) == (200, ["Dawn"])

    def test_searches_sorts_and_shows_one_maker(self, client):
        seller = UserFactory()
        for title, price in (("Dawn chorus", 900), ("Dusk", 100), ("Dawn", 300)):
            ProductFactory(by=seller, title=title, price_cents=price)
        ProductFactory(title="Dawn elsewhere", price_cents=1)
        asked = {"q": "dawn", "sort": "price_asc", "by": str(seller.pk)}
        assert titles(client.get("/market/", asked)) == ["Dawn", "Dawn chorus"]

    @pytest.mark.parametrize(
        "query", ["page=0", "page=-1", "page=x", "page=99999999999", "page=%C2%B2", "sort=colour", "q=%00", "by=x"]
    )
    def test_never_stumbles(self, client, query):
        ProductFactory()
        assert client.get(f"/market/?{query}").status_code == 200

    def test_says_why_it_is_empty(self, client):
        assert "The market is still empty" in client.get("/market/").content.decode()
        assert "Nothing found" in client.get("/market/?q=xyz").content.decode()

    def test_pages_keep_what_was_asked(self, client):
        seller = UserFactory()
        for number in range(25):
            ProductFactory(by=seller, title=f"Dawn {number}")
        page = client.get("/market/?q=dawn&sort=oldest")
        assert (len(titles(page)), page.context["next_url"]) == (24, "?q=dawn&sort=oldest&page=2")
        assert titles(client.get("/market/" + page.context["next_url"])) == ["Dawn 24"]

    def test_asks_the_database_as_often_for_three_as_for_one(self, client, django_assert_max_num_queries):
        for _ in range(3):
            ProductFactory()
            with django_assert_max_num_queries(4):
                client.get("/market/")


class TestProduct:
    def test_escapes_what_the_seller_wrote(self, client):
        product = ProductFactory(title="<script>alert(1)</script>", description="<img src=x>")
        text = client.get(f"/market/{product.pk}/").content.decode()
        assert "<script>alert" not in text
        assert "<img src=x>" not in text

    def test_hides_drafts_and_keeps_what_was_bought(self, client, browser, user):
        product = ProductFactory()
        paid_order(by=user, product=product)
        Product.objects.update(status="archived")
        assert client.get(f"/market/{product.pk}/").status_code == 404
        assert browser.get(f"/market/{product.pk}/").status_code == 200
        assert client.get("/market/0190f0a0-0000-7000-8000-000000000000/").status_code == 404


class TestReview:
    def test_is_offered_to_buyers_and_published(self, browser, user):
        product = ProductFactory()
        path = f"/market/{product.pk}/"
        assert browser.get(path).context["form"] is None
        paid_order(by=user, product=product)
        assert browser.get(path).context["form"] is not None

        answer = browser.post(f"{path}review/", {"rating": "4", "comment": "Good"}, follow=True)

        assert (Review.objects.get().rating, answer.context["form"]) == (4, None)
        assert "Good" in answer.content.decode()

    def test_keeps_what_was_typed(self, browser, user):
        product = ProductFactory()
        paid_order(by=user, product=product)
        answer = browser.post(f"/market/{product.pk}/review/", {"rating": "9", "comment": "My words"})
        assert answer.status_code == 400
        assert "My words" in answer.content.decode()

    def test_needs_somebody(self, client):
        answer = client.post(f"/market/{ProductFactory().pk}/review/", {"rating": "4"})
        assert (answer.status_code, answer.url.startswith("/account/login/")) == (302, True)
