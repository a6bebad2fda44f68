import pytest

from config.errors import Forbidden, Invalid, NotFound
from marketplace.models import SubscriptionTier
from marketplace.queries.tiers import find_tier, offered_tiers
from marketplace.verbs.subscriptions import subscribe
from marketplace.verbs.tiers import create_tier, remove_tier, update_tier
from ontology.models import Entity
from tests.factories.accounts import UserFactory
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db


class TestWhoMay:
    @pytest.mark.parametrize("role", ["", "support"])
    def test_only_administrators(self, role):
        tier, by = TierFactory(), UserFactory(role=role, is_staff=bool(role))
        for call in (
            lambda: create_tier(by=by, name="Mine", price_cents=0),
            lambda: update_tier(tier_id=tier.pk, by=by, price_cents=0),
            lambda: remove_tier(tier_id=tier.pk, by=by),
        ):
            with pytest.raises(Forbidden):
                call()
        assert SubscriptionTier.objects.get().price_cents == 2999


class TestCreating:
    def test_makes_a_membership_in_the_graph(self, staff):
        tier = create_tier(by=staff, name="Premium", price_cents=4999, platforms=["whatsapp", "facebook", "facebook"])

        assert (tier.currency, tier.ai_answers_a_day, tier.knowledge_files) == ("EUR", None, None)
        assert tier.platforms == ["facebook", "whatsapp"]
        entity = Entity.objects.get(pk=tier.pk)
        assert (entity.type, entity.name, entity.properties["price_cents"]) == ("membership", "Premium", 4999)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", " "),
            ("name", "x" * 101),
            ("name", 3),
            ("price_cents", -1),
            ("price_cents", True),
            ("price_cents", 9.99),
            ("price_cents", 10**12),
            ("currency", "eur"),
            ("currency", "XXX"),
            ("vat_bp", -1),
            ("vat_bp", 5001),
            ("vat_bp", True),
            ("features", "all"),
            ("features", [""]),
            ("features", ["x" * 201]),
            ("features", ["x"] * 51),
            ("platforms", ["myspace"]),
            ("platforms", [["facebook"]]),
            ("ai_answers_a_day", -1),
            ("ai_answers_a_day", 1.5),
            ("knowledge_files", "10"),
            ("knowledge_files", True),
        ],
    )
    def test_refuses_what_is_no_tier(self, staff, field, value):
        with pytest.raises(Invalid) as refused:
            create_tier(by=staff, **{"name": "Fine", "price_cents": 1, field: value})
        assert list(refused.value.details) == [field]
        assert not SubscriptionTier.objects.exists()

    def test_a_name_is_had_once(self, staff):
        TierFactory(name="Basic")
        with pytest.raises(Invalid, match="name"):
            create_tier(by=staff, name="Basic", price_cents=1)

    def test_a_name_that_an_archived_one_has_says_which(self, staff):
        archived = TierFactory(name="Basic", is_active=False)
        with pytest.raises(Invalid) as refused:
            create_tier(by=staff, name="Basic", price_cents=1)
        assert refused.value.details == {
            "name": [f"An archived tier has this name: {archived.pk}. Put it back on offer, or give it another name."]
        }


class TestChanging:
    def test_changes_what_is_given(self, staff):
        tier = TierFactory(description="Words", ai_answers_a_day=5)
        update_tier(tier_id=tier.pk, by=staff, price_cents=5999, ai_answers_a_day=None)
        tier.refresh_from_db()
        assert (tier.price_cents, tier.ai_answers_a_day, tier.description) == (5999, None, "Words")

    def test_a_tier_in_use_keeps_its_currency(self, staff, user):
        tier = TierFactory()
        subscribed(user, tier)
        with pytest.raises(Invalid, match="currency"):
            update_tier(tier_id=tier.pk, by=staff, currency="USD")

    def test_another_currency_comes_with_its_price(self, staff):
        tier = TierFactory(price_cents=1050)
        with pytest.raises(Invalid, match="Give the price with it"):
            update_tier(tier_id=tier.pk, by=staff, currency="JPY")
        assert update_tier(tier_id=tier.pk, by=staff, currency="JPY", price_cents=1500).price_cents == 1500

    @pytest.mark.parametrize("tier_id", ["", "no", "0190a1b2-0000-7000-8000-000000000000"])
    def test_an_unknown_one_is_not_found(self, staff, tier_id):
        with pytest.raises(NotFound):
            update_tier(tier_id=tier_id, by=staff, name="x")
        with pytest.raises(NotFound):
            remove_tier(tier_id=tier_id, by=staff)


class TestRemoving:
    def test_an_unused_one_is_gone(self, staff):
        tier = TierFactory()
        remove_tier(tier_id=tier.pk, by=staff)
        assert not SubscriptionTier.objects.exists()
        assert Entity.objects.get(pk=tier.pk).deleted_at is not None

    def test_one_in_use_is_archived_and_kept_by_who_has_it(self, staff, user, stranger):
        tier = TierFactory()
        subscribed(user, tier)

        remove_tier(tier_id=tier.pk, by=staff)

        tier.refresh_from_db()
        assert (tier.is_active, list(offered_tiers())) == (False, [])
        assert find_tier(tier.pk, by=user) == tier
        with pytest.raises(NotFound):
            find_tier(tier.pk, by=stranger)

    def test_one_that_only_a_charge_names_is_archived(self, staff, user):
        first, second = TierFactory(), TierFactory()
        subscribed(user, first, "card_declined")
        subscribed(user, second)
        assert remove_tier(tier_id=first.pk, by=staff).is_active is False
        assert SubscriptionTier.objects.filter(pk=first.pk).exists()

    def test_one_that_somebody_only_plans_to_have_is_archived(self, staff, user):
        subscribed(user, TierFactory())
        cheap = TierFactory(price_cents=5)
        subscribe(tier_id=cheap.pk, by=user)
        remove_tier(tier_id=cheap.pk, by=staff)
        cheap.refresh_from_db()
        assert cheap.is_active is False
