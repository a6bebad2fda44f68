import pytest
from django.test import Client

from marketplace.models import Product, Review
from marketplace.verbs.reviews import review_product
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

    @pytest.mark.parametrize(("page", "shown"), [("2", "Page 2 of 2"), ("999", "Page 2 of 2"), ("0", "Page 1 of 2")])
    def test_a_page_behind_the_end_is_the_last(self, client, page, shown):
        seller = UserFactory()
        for _ in range(25):
            ProductFactory(by=seller)
        answer = client.get("/market/", {"page": page})
        assert answer.context["page_text"] == shown
        assert shown in answer.content.decode()
        assert "The market is still empty" not in answer.content.decode()

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
        # Its address stays in the bar: opened again, it leads back to the product.
        assert browser.get(f"/market/{product.pk}/review/").url == f"/market/{product.pk}/"

    def test_needs_somebody(self, client):
        answer = client.post(f"/market/{ProductFactory().pk}/review/", {"rating": "4"})
        assert (answer.status_code, answer.url.startswith("/account/login/")) == (302, True)

    def test_is_changed_and_taken_back(self, browser, user):
        product = ProductFactory()
        paid_order(by=user, product=product)
        path = f"/market/{product.pk}/"
        browser.post(f"{path}review/", {"rating": "4", "comment": "Good"})
        assert browser.get(path).context["own_form"]["comment"].value() == "Good"
        answer = browser.post(f"{path}review/", {"rating": "2", "comment": "Less so"}, follow=True)
        assert (Review.objects.get().rating, "Less so" in answer.content.decode()) == (2, True)
        refused = browser.post(f"{path}review/", {"rating": "9", "comment": "My words"})
        assert (refused.status_code, "My words" in refused.content.decode()) == (400, True)
        browser.post(f"{path}review/remove/")
        assert (Review.objects.count(), browser.get(path).context["form"] is not None) == (0, True)
        assert browser.post(f"{path}review/remove/").status_code == 404


class TestAnswer:
    @pytest.fixture
    def review(self, user, stranger):
        product = ProductFactory(by=user, title="Dawn")
        paid_order(by=stranger, product=product)
        return review_product(product_id=product.pk, rating=2, comment="It hisses", by=stranger)

    def test_is_given_changed_and_taken_back_beneath_the_review(self, browser, review):
        page = f"/market/{review.product_id}/"
        place = f"{page}reviews/{review.pk}/answer/"
        assert browser.get(page).context["reviews"]["items"][0].answer_form.initial == {"answer": ""}
        done = browser.post(f"{place}?page=1", {"answer": "It is tape."}, follow=True)
        assert done.redirect_chain == [(f"{page}?page=1#review-{review.pk}", 302)]
        for words in ("It is tape.", "Change your answer", "Ada Lovelace</strong> answered"):
            assert words in done.content.decode()
        assert "It is tape." in Client().get(page).content.decode()
        browser.post(f"{place}remove/")
        assert "It is tape." not in browser.get(page).content.decode()
        assert browser.post(f"{place}remove/").status_code == 404

    def test_keeps_what_was_typed(self, browser, review):
        refused = browser.post(f"/market/{review.product_id}/reviews/{review.pk}/answer/", {"answer": "y" * 2001})
        assert (refused.status_code, "y" * 2001 in refused.content.decode()) == (400, True)

    def test_is_offered_to_nobody_else(self, review, stranger):
        other = Client()
        other.force_login(stranger, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = f"/market/{review.product_id}/"
        assert "/answer/" not in other.get(page).content.decode()
        assert other.post(f"{page}reviews/{review.pk}/answer/", {"answer": "Mine"}).status_code == 404


class TestNarrowing:
    @pytest.fixture(autouse=True)
    def _goods(self, db):
        ProductFactory(title="Song", price_cents=0)
        ProductFactory(title="Print", kind="physical", price_cents=2500, stock=0)
        ProductFactory(title="Vinyl", kind="physical", price_cents=3000, currency="USD", stock=3)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("kind=physical", ["Print", "Vinyl"]),
            ("kind=physical&stock=1", ["Vinyl"]),
            ("currency=EUR", ["Print", "Song"]),
            ("min=20&max=25", ["Print"]),
            ("min=25%2C01", ["Vinyl"]),
            ("free=1", ["Song"]),
            ("rating=4", []),
            ("q=vinyl&kind=physical", ["Vinyl"]),
            ("kind=gold&currency=XXX&rating=9&stock=x&free=2&min=-1&max=NaN", ["Print", "Song", "Vinyl"]),
            ("min=1e400&max=Infinity", ["Print", "Song", "Vinyl"]),
        ],
    )
    def test_is_an_address(self, client, query, found):
        page = client.get(f"/market/?sort=title&{query}")
        assert (page.status_code, titles(page), page.context["total"]) == (200, found, len(found))

    @pytest.mark.parametrize(
        ("query", "faults"),
        [
            ("min=abc", ["“abc” is not a price. Write it like 12.50."]),
            ("min=-5&max=9.99.9", [f"“{text}” is not a price. Write it like 12.50." for text in ("-5", "9.99.9")]),
            ("min=2,50&max=30", []),
            ("", []),
        ],
    )
    def test_says_what_is_no_price_and_keeps_it(self, client, query, faults):
        page = client.get(f"/market/?{query}")
        assert page.context["faults"] == faults
        assert ("is not a price" in page.content.decode()) == bool(faults)
        for text in page.context["typed"].values():
            assert f'value="{text}"' in page.content.decode()

    def test_counts_beside_each_choice_and_leads_there(self, client):
        page = client.get("/market/?kind=physical")
        kinds = page.context["facets"][0]["links"]
        assert [(link["text"], link["count"], link["chosen"]) for link in kinds] == [
            ("Digital", 1, False),
            ("Physical", 2, True),
        ]
        assert [len(titles(client.get(link["url"]))) for link in kinds] == [1, 3]
        currencies = page.context["facets"][1]["links"]
        assert [(link["text"], link["count"]) for link in currencies] == [("EUR", 1), ("USD", 1)]
        assert titles(client.get(currencies[1]["url"])) == ["Vinyl"]

    def test_counts_stars_in_words(self, client):
        product = ProductFactory(title="Kept")
        buyer = UserFactory()
        paid_order(product=product, by=buyer)
        review_product(product_id=product.pk, rating=2, comment="It hisses", by=buyer)
        page = client.get("/market/?rating=1")
        [rating] = [group for group in page.context["facets"] if group["title"] == "Rating"]
        assert [(link["text"], link["count"]) for link in rating["links"]] == [
            ("2 stars and more", 1),
            ("1 star and more", 1),
        ]
        assert [one["text"] for one in page.context["chosen"]] == ["1 star and more"]

    def test_is_taken_back_step_by_step(self, client):
        page = client.get("/market/?kind=physical&min=1&q=vinyl")
        chosen = page.context["chosen"]
        assert [one["text"] for one in chosen] == ["Physical", "From 1"]
        assert chosen[1]["url"] == "/market/?q=vinyl&kind=physical"
        assert "Nothing fits all of this" in client.get("/market/?kind=physical&free=1").content.decode()

    def test_survives_the_search_form(self, client):
        text = client.get("/market/?kind=physical&currency=USD").content.decode()
        assert '<input type="hidden" name="kind" value="physical">' in text
        assert '<input type="hidden" name="currency" value="USD">' in text


class TestProductPage:
    def test_offers_the_cart_and_says_what_is_in_it(self, client):
        product = ProductFactory(vat_bp=1900)
        path = f"/market/{product.pk}/"
        text = client.get(path).content.decode()
        assert ("Add to cart" in text, "19 % is in the price" in text, "in your cart" in text) == (True, True, False)
        client.post("/cart/add/", {"product_id": str(product.pk), "quantity": "2"})
        assert "2 of it are in your cart" in client.get(path).content.decode()

    def test_offers_the_seller_to_edit_it_and_nothing_to_buy(self, browser, user):
        text = browser.get(f"/market/{ProductFactory(by=user).pk}/").content.decode()
        assert ("This is yours." in text, "Edit" in text) == (True, True)
        assert ("Add to cart" in text, "/checkout/" in text) == (False, False)

    def test_offers_nothing_that_is_sold_out(self, client):
        text = client.get(f"/market/{ProductFactory(stock=0).pk}/").content.decode()
        assert ("Sold out" in text, "Add to cart" in text) == (True, False)
