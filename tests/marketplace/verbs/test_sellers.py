from datetime import timedelta

import pytest
import time_machine
from django.utils.timezone import now
from stripe._http_client import HTTPClient

from accounts.models import Mail
from config.errors import NotFound, Unavailable
from conversations.models import Notification
from marketplace.models import SandboxAccount, SellerAccount, WebhookEvent
from marketplace.verbs.sellers import (
    accounts_to_read,
    finish_sandbox_onboarding,
    refresh_account,
    start_onboarding,
)
from marketplace.verbs.transfers import attempt_transfer, transfers_due
from tests.factories.marketplace import ProductFactory, connect, paid_order
from tests.fakes.stripe_connect import FakeStripe, used_by

pytestmark = pytest.mark.django_db


def told(user):
    return list(Notification.objects.filter(user=user, key__startswith="payouts:").values_list("title", flat=True))


def token_of(url):
    return url.rstrip("/").rpartition("/")[2]


class TestStartOnboarding:
    def test_makes_one_account_and_a_link_each_time(self, user):
        urls = [start_onboarding(by=user) for _ in range(3)]
        assert all(url.startswith("http://localhost:8000/sandbox/onboarding/") for url in urls)
        assert (SellerAccount.objects.count(), SandboxAccount.objects.count()) == (1, 1)
        assert SellerAccount.objects.get().transfers_active is False

    def test_is_unavailable_while_the_named_provider_is_away(self, user, settings, monkeypatch):
        monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_live_named", "http://127.0.0.1:1"
        with pytest.raises(Unavailable):
            start_onboarding(by=user)
        assert (SellerAccount.objects.get().provider_id, SandboxAccount.objects.count()) == (None, 0)

    def test_begins_anew_where_the_account_is_another_providers(self, user, settings):
        connect(user)
        with FakeStripe().standing() as house:
            used_by(settings, house)
            assert start_onboarding(by=user).startswith(house.base)
            account = SellerAccount.objects.get()
            assert (account.provider_id in house.accounts, account.transfers_active) == (True, False)

    @pytest.mark.parametrize("has_v2", [True, False])
    def test_begins_anew_where_the_provider_knows_the_account_no_more(self, user, settings, monkeypatch, has_v2):
        """The platform's test key gave way to its live one, or the account was closed."""
        monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
        with FakeStripe().standing() as house:
            house.has_v2 = has_v2
            used_by(settings, house)
            start_onboarding(by=user)
            closed = SellerAccount.objects.get().provider_id
            house.finish(closed)
            SellerAccount.objects.update(balance={"EUR": {"available": 1, "pending": 0}}, balance_at=now())
            assert refresh_account(user_id=user.pk).transfers_active is True
            del house.accounts[closed]

            parted = refresh_account(user_id=user.pk)
            assert (parted.provider_id, parted.transfers_active) == (closed, False)
            house.go_wrong("lost", "POST /v2/core/accounts" if has_v2 else "POST /v1/accounts", times=3)
            with pytest.raises(Unavailable):
                start_onboarding(by=user)
            assert [start_onboarding(by=user).startswith(house.base) for _ in range(2)] == [True, True]
            account = SellerAccount.objects.get()
            assert ([account.provider_id], account.balance) == (list(house.accounts), {})

    def test_begins_anew_where_a_key_brings_back_an_account_that_is_gone(self, user, settings):
        with FakeStripe().standing() as house:
            used_by(settings, house)
            start_onboarding(by=user)
            house.accounts.clear()
            SellerAccount.objects.update(provider_id=None)
            assert start_onboarding(by=user).startswith(house.base)
            assert [SellerAccount.objects.get().provider_id] == list(house.accounts)


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

    def test_comes_by_the_sandboxes_own_webhook_too(self, user):
        connect(user)
        event = WebhookEvent.objects.get(provider="stripe")
        assert (event.type, event.status) == ("account.updated", "processed")


class TestRefreshAccount:
    def test_is_known_only_after_asking_the_provider(self, user):
        connect(user)
        SandboxAccount.objects.update(is_active=False)
        assert SellerAccount.objects.get().transfers_active is True
        account = refresh_account(user_id=user.pk)
        assert (account.transfers_active, account.requirements_due) == (False, ["external_account"])

    def test_tells_the_seller_both_ways_and_once_each(self, user):
        connect(user)
        refresh_account(user_id=user.pk)
        assert told(user) == ["You can be paid now"]
        SandboxAccount.objects.update(is_active=False)
        for _ in range(2):
            refresh_account(user_id=user.pk)
        assert told(user) == ["You cannot be paid at the moment"]
        assert list(Mail.objects.order_by("queued_at").values_list("template", "to")) == [
            ("store/seller_connected", "ada@example.com"),
            ("store/seller_disconnected", "ada@example.com"),
        ]
        SandboxAccount.objects.update(is_active=True)
        refresh_account(user_id=user.pk)
        assert told(user) == ["You can be paid now"]

    def test_parts_from_an_account_of_another_provider(self, user, settings):
        connect(user)
        settings.STRIPE_SECRET_KEY = "sk_named"
        account = refresh_account(user_id=user.pk)
        assert (account.provider_id, account.transfers_active, account.balance) == (None, False, {})
        assert told(user) == ["You cannot be paid at the moment"]

    def test_is_not_for_who_has_not_begun(self, user):
        with pytest.raises(NotFound):
            refresh_account(user_id=user.pk)


class TestAccountsToRead:
    def test_names_each_once_a_day_and_unfinished_ones_every_hour(self, user, stranger):
        connect(user)
        start_onboarding(by=stranger)
        assert accounts_to_read() == []
        with time_machine.travel(now() + timedelta(minutes=61)):
            assert accounts_to_read() == [stranger.pk]
            refresh_account(user_id=stranger.pk)
            assert accounts_to_read() == []
        with time_machine.travel(now() + timedelta(hours=25)):
            assert set(accounts_to_read()) == {user.pk, stranger.pk}
        with time_machine.travel(now() + timedelta(days=31)):
            refresh_account(user_id=stranger.pk)
        with time_machine.travel(now() + timedelta(days=31, hours=2)):
            assert accounts_to_read() == [user.pk]

    def test_names_those_of_another_provider_at_once(self, user, settings):
        connect(user)
        settings.STRIPE_SECRET_KEY = "sk_named"
        assert accounts_to_read() == [user.pk]
