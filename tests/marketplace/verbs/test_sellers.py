from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now

from config.errors import NotFound, Unavailable
from marketplace.models import SandboxAccount, SellerAccount
from marketplace.queries.sellers import Balance, balances_of
from marketplace.verbs.sellers import finish_sandbox_onboarding, refresh_account, start_onboarding
from marketplace.verbs.transfers import attempt_transfer, transfers_due
from tests.factories.marketplace import ProductFactory, connect, paid_order

pytestmark = pytest.mark.django_db


def token_of(url):
    return url.rstrip("/").rpartition("/")[2]


class TestStartOnboarding:
    def test_makes_one_account_and_a_link_each_time(self, user):
        urls = [start_onboarding(by=user) for _ in range(3)]
        assert all(url.startswith("http://localhost:8000/sandbox/onboarding/") for url in urls)
        assert (SellerAccount.objects.count(), SandboxAccount.objects.count()) == (1, 1)
        assert SellerAccount.objects.get().transfers_active is False

    def test_says_plainly_that_a_named_provider_is_missing(self, user, settings):
        settings.STRIPE_SECRET_KEY = "sk_live_named"
        with pytest.raises(Unavailable, match="STRIPE_SECRET_KEY is set"):
            start_onboarding(by=user)


class TestFinishSandboxOnboarding:
    def test_connects_and_lets_waiting_transfers_go(self, user):
        transfer = paid_order(product=ProductFactory(by=user)).transfers.get()
        assert (transfer.status, transfers_due()) == ("blocked", [])

        account = finish_sandbox_onboarding(token=token_of(start_onboarding(by=user)), by=user)

        assert account.transfers_active is True
        assert transfers_due() == [transfer.pk]
        assert attempt_transfer(transfer_id=transfer.pk).status == "completed"

    def test_refuses_another_sellers_altered_or_old_link(self, user, stranger):
        token = token_of(start_onboarding(by=user))
        start_onboarding(by=stranger)
        for wrong, by in ((token, stranger), (token[:-1] + "x", user), ("", user)):
            with pytest.raises(NotFound):
                finish_sandbox_onboarding(token=wrong, by=by)
        with time_machine.travel(now() + timedelta(minutes=11)), pytest.raises(NotFound):
            finish_sandbox_onboarding(token=token, by=user)

    def test_is_known_only_after_asking_the_provider(self, user):
        connect(user)
        SandboxAccount.objects.update(is_active=False)
        assert SellerAccount.objects.get().transfers_active is True
        assert refresh_account(user_id=user.pk).transfers_active is False


class TestBalancesOf:
    def test_says_what_arrived_and_what_is_on_its_way(self, user):
        connect(user)
        first = paid_order(product=ProductFactory(by=user)).transfers.get()
        paid_order(product=ProductFactory(by=user, price_cents=1000, currency="USD"))
        attempt_transfer(transfer_id=first.pk)
        paid_order(product=ProductFactory(by=user, price_cents=999))
        assert balances_of(user) == [Balance(True, "EUR", 2699, 899), Balance(True, "USD", 0, 900)]

    def test_is_nothing_for_a_newcomer(self, user):
        assert balances_of(user) == [Balance(False, "EUR", 0, 0)]
