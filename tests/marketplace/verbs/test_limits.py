import datetime as dt

import pytest
import time_machine

from config.errors import Forbidden
from marketplace.models import UsageCount
from marketplace.verbs.limits import (
    FREE_ALLOWANCE,
    Limits,
    ai_answers_today,
    limits_of,
    require_platform,
    require_room_for_knowledge_file,
    take_ai_answer,
)
from marketplace.verbs.subscriptions import subscribe
from tests.factories.subscriptions import subscribed, three_tiers

pytestmark = pytest.mark.django_db

ALL = ("facebook", "instagram", "whatsapp")


@pytest.fixture
def tiers(db):
    return three_tiers()


class TestWhatIsAllowed:
    def test_by_tier(self, user, tiers):
        subscribed(user, tiers["Professional"])
        assert limits_of(user) == Limits("Professional", ALL, None, 10)

    def test_without_one_the_free_allowance(self, user):
        assert limits_of(user) == FREE_ALLOWANCE == Limits(None, ("facebook", "instagram"), 3, 5)

    def test_no_tier_allows_less_than_nothing_paid(self, user, tiers):
        subscribed(user, tiers["Basic"])
        assert limits_of(user) == Limits("Basic", ("facebook", "instagram"), 5, 5)

    def test_what_is_not_paid_counts_for_nothing(self, user, tiers):
        subscribe(tier_id=tiers["Enterprise"].pk, by=user)
        assert limits_of(user) == FREE_ALLOWANCE


class TestPlatforms:
    def test_one_of_the_tier_is_allowed(self, user, tiers):
        subscribed(user, tiers["Professional"])
        require_platform(user, "whatsapp")

    def test_another_is_refused_with_what_is_allowed_and_where_to_change_it(self, user, tiers):
        subscribed(user, tiers["Basic"])
        with pytest.raises(Forbidden) as refused:
            require_platform(user, "whatsapp")
        assert refused.value.code == "limit_reached"
        assert refused.value.message == (
            "The tier Basic allows Facebook and Instagram, not WhatsApp. Choose another tier to go on: /pricing/"
        )
        assert refused.value.details == {
            "reason": "limit_reached",
            "tier": "Basic",
            "upgrade_url": "/pricing/",
            "limit": "platforms",
            "allowed": ["facebook", "instagram"],
            "asked": "whatsapp",
        }

    def test_what_no_tier_speaks_of_is_free(self, user):
        require_platform(user, "slack")


class TestAiAnswers:
    def test_are_counted_by_the_utc_day(self, user):
        with time_machine.travel(dt.datetime(2026, 3, 1, 23, 59, tzinfo=dt.UTC), tick=False) as clock:
            assert [take_ai_answer(user) for _ in range(3)] == [2, 1, 0]
            with pytest.raises(Forbidden) as refused:
                take_ai_answer(user)
            assert refused.value.message == (
                "An account without a subscription allows 3 AI answers a day, and today's are used. "
                "Choose another tier to go on: /pricing/"
            )
            assert refused.value.details["resets_at"] == "2026-03-02T00:00:00.000Z"
            assert ai_answers_today(user) == 3
            clock.move_to(dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
            assert take_ai_answer(user) == 2

    def test_without_a_limit_they_are_counted_and_not_refused(self, user, tiers):
        subscribed(user, tiers["Professional"])
        assert [take_ai_answer(user) for _ in range(9)] == [None] * 9
        assert UsageCount.objects.get(user=user).count == 9

    def test_everybody_has_their_own(self, user, stranger):
        take_ai_answer(user)
        assert take_ai_answer(stranger) == 2


class TestKnowledgeFiles:
    @pytest.mark.parametrize(("name", "most"), [("Basic", 5), ("Professional", 10), ("Enterprise", 100)])
    def test_up_to_what_the_tier_allows(self, user, tiers, name, most):
        subscribed(user, tiers[name])
        require_room_for_knowledge_file(user, most - 1)
        with pytest.raises(Forbidden, match=f"The tier {name} allows {most} knowledge file"):
            require_room_for_knowledge_file(user, most)
