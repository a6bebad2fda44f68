import pytest

from marketplace.models import Payment, SubscriptionTier, UserSubscription
from tests.clients import verified_client
from tests.factories.accounts import UserFactory
from tests.factories.subscriptions import TierFactory, subscribed

pytestmark = pytest.mark.django_db

TIERS = "/admin/marketplace/subscriptiontier/"
SUBSCRIPTIONS = "/admin/marketplace/usersubscription/"
CHARGES = "/admin/marketplace/subscriptioncharge/"
TYPED = {
    "name": "Premium",
    "description": "More of it",
    "price_cents": "4999",
    "currency": "EUR",
    "vat_bp": "1900",
    "features": '["Priority Support"]',
    "platforms": '["facebook"]',
    "ai_answers_a_day": "",
    "knowledge_files": "50",
    "position": "3",
    "is_active": "on",
}


@pytest.fixture
def browser(staff):
    return verified_client(staff)


def do(browser, path, action, *rows):
    keys = [str(row.pk) for row in rows]
    return browser.post(path, {"action": action, "_selected_action": keys}, follow=True).content.decode()


class TestTiers:
    def test_are_made_and_changed_by_the_verbs(self, browser):
        browser.post(f"{TIERS}add/", TYPED)
        tier = SubscriptionTier.objects.get()
        assert (tier.price_cents, tier.vat_bp, tier.features, tier.ai_answers_a_day, tier.knowledge_files) == (
            4999, 1900, ["Priority Support"], None, 50,
        )  # fmt: skip

        browser.post(f"{TIERS}{tier.pk}/change/", {**TYPED, "price_cents": "5999"})
        tier.refresh_from_db()
        assert tier.price_cents == 5999

    @pytest.mark.parametrize(
        "wrong",
        [
            {"price_cents": "-1"},
            {"platforms": '["myspace"]'},
            {"features": '{"a": 1}'},
            {"currency": "eur"},
            {"vat_bp": "5001"},
        ],
    )
    def test_what_is_wrong_is_told_beside_the_field(self, browser, wrong):
        answer = browser.post(f"{TIERS}add/", {**TYPED, **wrong})
        assert answer.status_code == 200
        assert set(answer.context["adminform"].form.errors) == set(wrong)
        assert not SubscriptionTier.objects.exists()

    def test_one_in_use_is_archived_another_is_gone(self, browser, user):
        used, unused = TierFactory(), TierFactory()
        subscribed(user, used)
        shown = do(browser, TIERS, "archive", used, unused)
        assert (f"{used}: archived" in shown, f"{unused}: gone" in shown) == (True, True)
        assert list(SubscriptionTier.objects.values_list("pk", "is_active")) == [(used.pk, False)]

    def test_support_may_only_look(self):
        browser = verified_client(UserFactory(role="support", is_staff=True))
        assert browser.get(TIERS).status_code == 200
        assert browser.post(f"{TIERS}add/", TYPED).status_code == 403


class TestSubscriptions:
    def test_are_listed_and_opened(self, browser, user):
        subscription = subscribed(user, TierFactory(name="Basic"))
        for path in (SUBSCRIPTIONS, f"{SUBSCRIPTIONS}{subscription.pk}/change/", CHARGES):
            answer = browser.get(path)
            assert (answer.status_code, "Basic" in answer.content.decode()) == (200, True)
        charge = subscription.charges.get()
        assert browser.get(f"{CHARGES}{charge.pk}/change/").status_code == 200
        assert browser.get(f"{CHARGES}?q={user.email}").status_code == 200

    def test_are_canceled_by_the_verb(self, browser, user):
        subscription = subscribed(user, TierFactory())
        assert "now canceled" in do(browser, SUBSCRIPTIONS, "cancel", subscription)
        assert UserSubscription.objects.get().status == "canceled"

    def test_nothing_is_charged_that_is_not_due(self, browser, user):
        subscription = subscribed(user, TierFactory())
        assert "nothing is due" in do(browser, SUBSCRIPTIONS, "renew", subscription)
        assert "it still runs" in do(browser, SUBSCRIPTIONS, "expire", subscription)
        assert Payment.objects.count() == 1
