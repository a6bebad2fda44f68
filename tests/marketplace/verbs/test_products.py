import pytest
from django.core.files.base import ContentFile

from config.errors import Invalid, NotFound
from marketplace.models import Product
from marketplace.verbs.products import create_product, remove_product, update_product
from ontology.models import Entity, Event
from tests.factories.marketplace import ProductFactory, paid_order

pytestmark = pytest.mark.django_db


class TestCreateProduct:
    def test_makes_the_first_seller_a_creator_once(self, user):
        first = create_product(by=user, title=" Dawn ", price_cents=1200, currency="eur", status="active")
        second = create_product(by=user, title="Dusk", price_cents=0)

        assert (first.title, first.currency, first.made_creator, second.made_creator) == ("Dawn", "EUR", True, False)
        assert Entity.objects.get(pk=user.pk).type == "creator"
        assert (second.status, Entity.objects.get(pk=second.pk).status) == ("draft", "draft")
        entity = Entity.objects.get(pk=first.pk)
        assert (entity.type, entity.status, entity.owner_id, entity.name) == (
            "digital_product",
            "active",
            user.pk,
            "Dawn",
        )

    def test_a_drafts_history_is_its_sellers_affair(self, user, stranger):
        draft = create_product(by=user, title="Dusk", price_cents=0)
        assert Event.objects.get(target=draft.pk).is_private is True
        assert list(Event.objects.visible_to(stranger).filter(target=draft.pk)) == []

    @pytest.mark.parametrize("title", ["日本語", "می‌خواهم", "👩‍🎤", "a\u00a0b", "שלום\u200f!", "?"])
    def test_takes_a_title_in_any_script(self, user, title):
        assert create_product(by=user, title=title, price_cents=0).title == title

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("title", ""),
            ("title", "  "),
            ("title", "x" * 201),
            ("title", "a\0b"),
            ("title", "a\nb"),
            ("title", "a\x1bb"),
            ("title", "a\u2028b"),
            ("title", "txt.\u202eexe"),
            ("title", "\u2066a"),
            ("title", "\u200b\u200d"),
            ("title", "\u3164\u2800"),
            ("title", 7),
            ("price_cents", -1),
            ("price_cents", 1.5),
            ("price_cents", True),
            ("price_cents", 10**12),
            ("currency", "XXX"),
            ("currency", ""),
            # Providers count these otherwise than ISO 4217 does.
            ("currency", "ISK"),
            ("currency", "KWD"),
            ("currency", "TND"),
            ("kind", "gas"),
            ("stock", -1),
            ("stock", True),
            ("status", "sold"),
            ("track_id", "nothing"),
            ("description", "x" * 5001),
        ],
    )
    def test_refuses_a_wrong_field(self, user, name, value):
        with pytest.raises(Invalid) as refused:
            create_product(by=user, **{"title": "Dawn", "price_cents": 1, name: value})
        assert list(refused.value.details) == [name]
        assert Product.objects.count() == 0

    def test_names_every_missing_field(self, user):
        with pytest.raises(Invalid) as refused:
            create_product(by=user)
        assert list(refused.value.details) == ["title", "price_cents"]


class TestUpdateProduct:
    def test_changes_what_is_given(self, user):
        product = ProductFactory(by=user, stock=3)
        update_product(product_id=str(product.pk), by=user, stock=None, status="archived")
        product.refresh_from_db()
        assert (product.stock, product.status, product.price_cents) == (None, "archived", 2999)
        assert Entity.objects.get(pk=product.pk).status == "archived"

    def test_hides_it_from_others(self, user, stranger, staff):
        product = ProductFactory(by=user, status="draft")
        for unknown in (product.pk, "nothing"):
            with pytest.raises(NotFound):
                update_product(product_id=unknown, by=stranger, title="Mine")
        assert update_product(product_id=product.pk, by=staff, title="Tidied").title == "Tidied"


class TestRemoveProduct:
    def test_forgets_what_nobody_bought(self, user):
        product = ProductFactory(by=user)
        remove_product(product_id=product.pk, by=user)
        assert Product.objects.count() == 0
        assert Entity.objects.get(pk=product.pk).deleted_at is not None

    def test_takes_its_files_along(self, user, django_capture_on_commit_callbacks):
        product = ProductFactory(by=user)
        product.cover.save("old.webp", ContentFile(b"old"))
        with django_capture_on_commit_callbacks(execute=True):
            remove_product(product_id=product.pk, by=user)
        assert not product.cover.storage.exists(product.cover.name)

    def test_archives_what_somebody_bought(self, user):
        order = paid_order(product=ProductFactory(by=user))
        assert remove_product(product_id=order.lines.get().product_id, by=user).status == "archived"

    def test_hides_it_from_strangers(self, user, stranger):
        with pytest.raises(NotFound):
            remove_product(product_id=ProductFactory(by=user).pk, by=stranger)
