"""A track is sold as a product: the form begins with it, the product's page plays it, the track's page leads there."""

import pytest
from django.test import Client

from config.errors import Conflict, Invalid
from marketplace.models import Product
from marketplace.verbs.products import create_product, update_product
from ontology.queries.tracks import for_sale_with
from ontology.verbs.tracks import delete_track, update_track
from tests.factories.marketplace import paid_order
from tests.factories.sounds import sounding

pytestmark = pytest.mark.django_db

FORM = {"price": "9.00", "currency": "EUR", "kind": "digital", "status": "active"}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user)
    return client


def sold(user, track, **given):
    return create_product(by=user, title="Low Tide", price_cents=900, status="active", track_id=track.pk, **given)


class TestSelling:
    def test_the_form_begins_with_the_track(self, browser, user):
        track = sounding(user, "Low Tide", description="Six pieces")
        page = browser.get(f"/studio/products/new/?track={track.pk}").content.decode()
        assert f'name="track_id" value="{track.pk}"' in page
        assert 'value="Low Tide"' in page
        browser.post("/studio/products/new/", {**FORM, "title": "Low Tide", "track_id": str(track.pk)})
        product = Product.objects.get()
        assert product.track_id == track.pk
        assert [each["id"] for each in for_sale_with(track.pk)] == [product.pk]
        assert f"/market/{product.pk}/" in Client().get(f"/tracks/{track.pk}/").content.decode()

    def test_anothers_track_fills_in_nothing_and_is_not_sold(self, browser, user, stranger):
        track = sounding(stranger, "Theirs")
        for key in (track.pk, "nonsense", ""):
            assert "Theirs" not in browser.get("/studio/products/new/", {"track": key}).content.decode()
        with pytest.raises(Invalid) as refusal:
            sold(user, track)
        assert refusal.value.details == {"track_id": ["Must be the id of a track of the seller's."]}

    def test_the_products_page_plays_it_while_it_is_published(self, user):
        track = sounding(user, "Low Tide")
        product = sold(user, track)
        assert f'data-track="{track.pk}"' in Client().get(f"/market/{product.pk}/").content.decode()
        update_track(track_id=track.pk, by=user, status="draft")
        assert "data-track=" not in Client().get(f"/market/{product.pk}/").content.decode()

    def test_a_product_outlives_its_track(self, browser, user):
        track = sounding(user)
        product = sold(user, track)
        delete_track(track_id=track.pk, by=user)
        product.refresh_from_db()
        assert product.status == "draft"
        assert Client().get(f"/market/{product.pk}/").status_code == 404
        page = browser.get(f"/studio/products/{product.pk}/").content.decode()
        assert str(track.pk) not in page
        browser.post(f"/studio/products/{product.pk}/", {**FORM, "title": "Still here"})
        product.refresh_from_db()
        assert (product.title, product.track_id) == ("Still here", None)

    def test_what_people_have_bought_is_not_deleted_under_them(self, browser, user, stranger):
        track = sounding(user)
        product = sold(user, track)
        paid_order(by=stranger, product=product)
        with pytest.raises(Conflict) as refusal:
            delete_track(track_id=track.pk, by=user)
        assert refusal.value.code == "track_sold"
        track.refresh_from_db()
        product.refresh_from_db()
        assert (track.deleted_at, product.status) == (None, "active")
        page = browser.post(f"/tracks/{track.pk}/remove/", follow=True)
        assert (page.status_code, "People have bought this track" in page.content.decode()) == (200, True)

    def test_the_graph_follows_a_change_of_track(self, user):
        first, second = sounding(user), sounding(user)
        product = sold(user, first)
        update_product(product_id=product.pk, by=user, track_id=second.pk)
        assert (for_sale_with(first.pk), len(for_sale_with(second.pk))) == ([], 1)
        update_product(product_id=product.pk, by=user, track_id=None)
        assert for_sale_with(second.pk) == []
