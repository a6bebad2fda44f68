"""payments-design.md §2 (the table of outcomes), §3 "Back-off" and §6, 27 and 28."""

from datetime import timedelta

import pytest
import time_machine
from django.test import override_settings
from django.utils.timezone import now

from config.errors import Conflict, Forbidden, NotFound, Unavailable
from config.ids import new_id
from marketplace.gateways.payouts import PayoutRefused, PayoutUnanswered, SentTransfer
from marketplace.gateways.sandbox_payouts import SandboxPayouts
from marketplace.models import (
    Difference,
    LedgerTransaction,
    SandboxAccount,
    SandboxMishap,
    SandboxReversal,
    SandboxTransfer,
    SellerAccount,
    Transfer,
)
from marketplace.queries.ledger import debt_of, imbalance, owed_to, sent_to
from marketplace.queries.sellers import Hold, balances_of, holds_of
from marketplace.verbs import trying
from marketplace.verbs.orders import pay_again
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.sellers import refresh_account, start_onboarding
from marketplace.verbs.transfers import attempt_transfer, complete_transfer, retry_transfer, transfers_due
from marketplace.verbs.trying import back_off
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import OrderFactory, ProductFactory, connect, given_back, paid_order, pay
from tests.fakes.stripe_connect import FakeStripe, used_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(db):
    seller = UserFactory(name="Sella")
    connect(seller)
    return seller


@pytest.fixture
def transfer(seller):
    return paid_order(product=ProductFactory(by=seller)).transfers.get()


def mishap(kind, times=1, **more):
    SandboxMishap.objects.create(kind=kind, times_left=times, **more)


def later(**delta):
    return time_machine.travel(now() + timedelta(**delta), tick=False)


def refuse(self, **wanted):
    raise PayoutRefused("balance_insufficient", "The balance is too low for this.")


def fall_silent(self, group):
    raise PayoutUnanswered("no_answer", "The payout provider did not answer.")


def lose_account(seller):
    """The provider closes it, and we have read so."""
    SandboxAccount.objects.update(is_active=False)
    refresh_account(user_id=seller.pk)


def arrived():
    return list(SandboxTransfer.objects.filter(error="").values_list("amount_cents", "currency"))


class TestAttemptTransfer:
    def test_sends_the_sellers_share_once(self, transfer, seller):
        assert attempt_transfer(transfer_id=transfer.pk).status == "completed"
        assert attempt_transfer(transfer_id=transfer.pk) is None

        transfer.refresh_from_db()
        assert (transfer.amount_cents, transfer.platform_fee_cents, transfer.retry_count) == (2699, 300, 0)
        assert (arrived(), sent_to(seller.pk), owed_to(seller.pk), imbalance()) == (
            [(2699, "EUR")],
            {"EUR": 2699},
            {},
            {},
        )

    def test_grows_more_patient_with_each_failure_and_then_completes(self, transfer, monkeypatch):
        monkeypatch.setattr(trying.dice, "uniform", lambda low, high: high)
        mishap("down", times=3)
        waits = []
        moment = now()
        for _ in range(3):
            with time_machine.travel(moment, tick=False):
                tried = attempt_transfer(transfer_id=transfer.pk)
                assert (tried.status, attempt_transfer(transfer_id=transfer.pk)) == ("failed", None)
                waits.append((tried.next_retry_at - moment).total_seconds())
            moment = tried.next_retry_at
        assert (waits, tried.retry_count, tried.last_error_code) == ([120, 240, 480], 3, "no_answer")

        with time_machine.travel(moment, tick=False):
            done = attempt_transfer(transfer_id=transfer.pk)
        assert (done.status, done.retry_count, done.next_retry_at, arrived()) == ("completed", 3, None, [(2699, "EUR")])

    def test_keeps_the_key_while_nothing_is_known(self, transfer):
        mishap("lose_answer")
        tried = attempt_transfer(transfer_id=transfer.pk)
        key = tried.attempt_key
        assert (tried.status, arrived()) == ("failed", [(2699, "EUR")])
        with later(hours=1):
            done = attempt_transfer(transfer_id=transfer.pk)
        assert (done.status, done.attempt_key, arrived()) == ("completed", key, [(2699, "EUR")])

    def test_keeps_the_key_where_the_provider_cannot_be_asked(self, transfer, monkeypatch):
        def away(self, **wanted):
            raise Unavailable("The payout provider does not answer")

        mishap("lose_answer")
        key = attempt_transfer(transfer_id=transfer.pk).attempt_key
        with monkeypatch.context() as broken, later(hours=1):
            broken.setattr(SandboxPayouts, "transfer", away)
            assert attempt_transfer(transfer_id=transfer.pk).attempt_key == key
        with later(hours=8):
            assert attempt_transfer(transfer_id=transfer.pk).status == "completed"
        assert arrived() == [(2699, "EUR")]

    def test_leaves_another_amount_to_staff(self, transfer, monkeypatch):
        def odd(self, **wanted):
            return SentTransfer(provider_id="tr_odd", amount_cents=1, currency="EUR", reference=str(transfer.pk))

        monkeypatch.setattr(SandboxPayouts, "transfer", odd)
        tried = attempt_transfer(transfer_id=transfer.pk)
        assert (tried.status, tried.next_retry_at, tried.last_error_code) == ("failed", None, "amount_mismatch")
        told = Difference.objects.values_list("kind", "reference", "ours_cents", "theirs_cents").get()
        assert told == ("transfer_amount", str(transfer.pk), 0, 1)
        assert (sent_to(transfer.seller_id), imbalance()) == ({}, {})

    def test_that_was_canceled_is_not_booked_late(self, transfer):
        given_back(transfer.order)
        sent = SentTransfer(provider_id="tr_late", amount_cents=0, currency="EUR", reference=str(transfer.pk))
        assert complete_transfer(transfer_id=transfer.pk, sent=sent) is False
        transfer.refresh_from_db()
        assert (transfer.status, Difference.objects.count()) == ("canceled", 1)

    def test_of_a_worker_that_comes_late_counts_for_nothing(self, transfer, monkeypatch):
        taken_over = now() + timedelta(seconds=90)

        def overtaken(self, **wanted):
            Transfer.objects.update(lease_until=taken_over)
            raise PayoutUnanswered("timeout", "Somebody else is at it by now")

        monkeypatch.setattr(SandboxPayouts, "transfer", overtaken)
        tried = attempt_transfer(transfer_id=transfer.pk)
        assert (tried.status, tried.lease_until, tried.retry_count) == ("processing", taken_over, 0)

    def test_comes_out_of_the_payment_that_was_kept(self, seller, monkeypatch):
        asked = []
        product = ProductFactory(by=seller, stock=1)
        order = pay(OrderFactory(product=product, payment_method="card_declined"))
        first = order.payments.get()
        pay_again(order_id=order.pk, payment_method="card_review", by=order.buyer)
        apply_payment_state(provider_id=first.provider_id, status="succeeded", connector_ref="pi_kept")
        second = order.payments.exclude(pk=first.pk).get()
        apply_payment_state(provider_id=second.provider_id, status="succeeded", connector_ref="pi_owed_back")
        whole = SandboxPayouts.transfer
        monkeypatch.setattr(
            SandboxPayouts,
            "transfer",
            lambda self, **wanted: asked.append(wanted["source_ref"]) or whole(self, **wanted),
        )
        attempt_transfer(transfer_id=order.transfers.get().pk)
        assert asked == ["pi_kept"]

    def test_takes_a_new_key_after_a_definite_no(self, transfer):
        mishap("refuse")
        tried = attempt_transfer(transfer_id=transfer.pk)
        assert (tried.status, tried.attempt_key, tried.last_error_code) == ("failed", "", "balance_insufficient")
        with later(hours=1):
            assert attempt_transfer(transfer_id=transfer.pk).status == "completed"
        assert arrived() == [(2699, "EUR")]

    def test_leaves_a_sticky_failure_behind(self, transfer):
        mishap("sticky")
        moment, states = now(), []
        for _ in range(3):
            with time_machine.travel(moment, tick=False):
                states.append(attempt_transfer(transfer_id=transfer.pk).status)
            moment += timedelta(hours=2)
        assert (states, arrived()) == (["failed", "failed", "completed"], [(2699, "EUR")])

    def test_adopts_what_a_sticky_failure_hid(self, transfer, seller):
        mishap("sticky")
        attempt_transfer(transfer_id=transfer.pk)
        done = SandboxTransfer.objects.get()
        done.pk, done.key, done.error = new_id(), "what really happened", ""
        done.save(force_insert=True)
        with later(hours=1):
            assert attempt_transfer(transfer_id=transfer.pk).status == "completed"
        assert arrived() == [(2699, "EUR")]

    def test_a_late_failure_changes_nothing_that_is_done(self, transfer, monkeypatch):
        def overtaken(self, **wanted):
            sent = SentTransfer(provider_id="tr_other", amount_cents=2699, currency="EUR", reference=str(transfer.pk))
            assert [complete_transfer(transfer_id=transfer.pk, sent=sent) for _ in range(2)] == [True, False]
            raise PayoutUnanswered("timeout", "Too late to matter")

        monkeypatch.setattr(SandboxPayouts, "transfer", overtaken)
        tried = attempt_transfer(transfer_id=transfer.pk)
        assert (tried.status, tried.retry_count, tried.last_error) == ("completed", 0, "")

    def test_asks_the_list_where_the_key_may_be_forgotten(self, transfer):
        mishap("lose_answer")
        attempt_transfer(transfer_id=transfer.pk)
        SandboxTransfer.objects.update(key="forgotten by the provider")
        with later(hours=21):
            done = attempt_transfer(transfer_id=transfer.pk)
        assert (done.status, arrived()) == ("completed", [(2699, "EUR")])

    def test_posts_anew_where_the_list_knows_nothing(self, transfer):
        mishap("down")
        attempt_transfer(transfer_id=transfer.pk)
        with later(hours=21):
            assert attempt_transfer(transfer_id=transfer.pk).status == "completed"

    def test_takes_over_from_a_worker_that_died(self, transfer):
        Transfer.objects.update(
            status="processing", lease_until=now() + timedelta(seconds=60), attempt_key="k", key_since=now()
        )
        assert (attempt_transfer(transfer_id=transfer.pk), transfers_due()) == (None, [])
        with later(seconds=61):
            assert transfers_due() == [transfer.pk]
            assert attempt_transfer(transfer_id=transfer.pk).attempt_key == "k"

    def test_believes_the_list_and_not_a_no_after_a_lost_answer(self, transfer, monkeypatch):
        mishap("lose_answer")
        attempt_transfer(transfer_id=transfer.pk)
        monkeypatch.setattr(SandboxPayouts, "transfer", refuse)
        with later(hours=1):
            done = attempt_transfer(transfer_id=transfer.pk)
        assert (done.status, arrived()) == ("completed", [(2699, "EUR")])

    def test_gives_its_key_up_where_the_list_knows_nothing_after_a_no(self, transfer, monkeypatch):
        mishap("down")
        attempt_transfer(transfer_id=transfer.pk)
        with monkeypatch.context() as away:
            away.setattr(SandboxPayouts, "transfer", refuse)
            with later(hours=1), monkeypatch.context() as silent:
                silent.setattr(SandboxPayouts, "find_transfers", fall_silent)
                tried = attempt_transfer(transfer_id=transfer.pk)
                assert (tried.last_error_code, tried.attempt_key != "") == ("no_answer", True)
            with later(hours=8):
                tried = attempt_transfer(transfer_id=transfer.pk)
        assert (tried.last_error_code, tried.attempt_key) == ("balance_insufficient", "")

    @pytest.mark.parametrize("is_sticky", [False, True])
    def test_goes_once_where_its_worker_lost_the_lease_while_it_read_the_list(self, transfer, monkeypatch, is_sticky):
        if is_sticky:
            mishap("sticky")
            attempt_transfer(transfer_id=transfer.pk)
        else:
            Transfer.objects.update(status="failed", attempt_key="old", key_since=now() - timedelta(hours=21))
        Transfer.objects.update(next_retry_at=now())
        whole, asked = SandboxPayouts.find_transfers, []

        def slowly(self, group):
            found = whole(self, group)
            asked.append(group)
            if len(asked) == 1:
                Transfer.objects.update(lease_until=now() - timedelta(seconds=1))
                attempt_transfer(transfer_id=transfer.pk)
                attempt_transfer(transfer_id=transfer.pk)
            return found

        monkeypatch.setattr(SandboxPayouts, "find_transfers", slowly)
        attempt_transfer(transfer_id=transfer.pk)
        monkeypatch.undo()
        with later(hours=7):
            attempt_transfer(transfer_id=transfer.pk)
        assert (Transfer.objects.get().status, arrived()) == ("completed", [(2699, "EUR")])

    def test_gives_up_after_eight_tries(self, transfer):
        mishap("down", times=20)
        moment = now()
        for _ in range(8):
            with time_machine.travel(moment, tick=False):
                tried = attempt_transfer(transfer_id=transfer.pk)
            moment += timedelta(hours=7)
        assert (tried.status, tried.next_retry_at, tried.retry_count) == ("failed", None, 8)
        with time_machine.travel(moment, tick=False):
            assert transfers_due() == []

    def test_waits_where_automatic_retries_are_switched_off(self, transfer, settings):
        settings.TRANSFER_RETRY_ENABLED = False
        mishap("down")
        attempt_transfer(transfer_id=transfer.pk)
        with later(hours=1):
            assert (transfers_due(), attempt_transfer(transfer_id=transfer.pk)) == ([], None)

    def test_waits_for_a_seller_who_lost_their_account(self, transfer, seller):
        SandboxAccount.objects.update(is_active=False)
        tried = attempt_transfer(transfer_id=transfer.pk)
        assert (tried.status, tried.last_error_code) == ("blocked", "insufficient_capabilities_for_transfer")
        connect(seller)
        assert attempt_transfer(transfer_id=transfer.pk).status == "completed"

    def test_is_not_tried_again_until_the_seller_can_be_paid(self, transfer, seller):
        SandboxAccount.objects.update(is_active=False)
        attempt_transfer(transfer_id=transfer.pk)
        with later(hours=1):
            assert (SellerAccount.objects.get().transfers_active, transfers_due()) == (False, [])

    def test_raises_an_alarm_after_the_last_try(self, transfer, caplog):
        Transfer.objects.update(tries_spent=7)
        mishap("down")
        attempt_transfer(transfer_id=transfer.pk)
        assert f"Transfer {transfer.pk} failed 8 times and waits for staff" in caplog.text

    def test_finds_what_was_sent_though_its_seller_lost_their_account_since(self, transfer, seller):
        mishap("lose_answer")
        attempt_transfer(transfer_id=transfer.pk)
        lose_account(seller)
        with later(hours=1):
            assert transfers_due() == [transfer.pk]
            assert attempt_transfer(transfer_id=transfer.pk).status == "completed"
        assert (arrived(), sent_to(seller.pk), owed_to(seller.pk)) == ([(2699, "EUR")], {"EUR": 2699}, {})

    def test_waits_for_the_seller_once_the_list_shows_that_nothing_was_sent(self, transfer, seller):
        mishap("down")
        attempt_transfer(transfer_id=transfer.pk)
        lose_account(seller)
        with later(hours=1):
            tried = attempt_transfer(transfer_id=transfer.pk)
            assert (tried.status, tried.attempt_key, transfers_due()) == ("blocked", "", [])
        connect(seller)
        assert attempt_transfer(transfer_id=transfer.pk).status == "completed"
        assert arrived() == [(2699, "EUR")]

    def test_is_still_looked_for_where_the_list_cannot_be_read(self, transfer, seller, monkeypatch):
        mishap("lose_answer")
        attempt_transfer(transfer_id=transfer.pk)
        lose_account(seller)
        with later(hours=1), monkeypatch.context() as silent:
            silent.setattr(SandboxPayouts, "find_transfers", fall_silent)
            tried = attempt_transfer(transfer_id=transfer.pk)
            assert (tried.status, tried.last_error_code) == ("failed", "no_answer")
        with later(hours=8):
            assert attempt_transfer(transfer_id=transfer.pk).status == "completed"

    def test_finds_what_was_blocked_while_its_seller_connected(self, transfer):
        Transfer.objects.update(status="blocked")
        assert transfers_due() == [transfer.pk]
        assert attempt_transfer(transfer_id=transfer.pk).status == "completed"

    def test_counts_a_provider_that_is_not_there_as_no_answer(self, transfer, settings):
        Transfer.objects.update(is_sandbox=False)
        LedgerTransaction.objects.update(is_sandbox=False)
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_named", "http://127.0.0.1:9"
        tried = attempt_transfer(transfer_id=transfer.pk)
        assert (tried.status, tried.retry_count, arrived()) == ("failed", 1, [])
        assert tried.last_error == "The payout provider did not answer."


class TestKindsOfMoney:
    """Play money is never sent as real money, and the other way round; nor is one owed where the other is had."""

    @pytest.fixture
    def house(self, settings):
        with FakeStripe().standing() as house:
            used_by(settings, house)
            yield house

    def connected(self, house, seller):
        start_onboarding(by=seller)
        house.finish(next(iter(house.accounts)))
        refresh_account(user_id=seller.pk)

    def refused(self, transfer, staff):
        with pytest.raises(Conflict) as refused:
            retry_transfer(transfer_id=transfer.pk, by=staff)
        return refused.value.code

    @pytest.mark.parametrize("hyperswitch", ["", "snd_named"])
    def test_play_money_from_before_stays_where_it_is(self, transfer, seller, staff, house, settings, hyperswitch):
        settings.HYPERSWITCH_API_KEY = hyperswitch
        self.connected(house, seller)
        assert (transfers_due(), attempt_transfer(transfer_id=transfer.pk)) == ([], None)
        assert (self.refused(transfer, staff), house.transfers, owed_to(seller.pk)) == ("play_money", {}, {})
        assert [(each.available, each.pending, each.holds) for each in balances_of(seller)] == [(0, 0, [])]

    def test_play_money_is_sent_nowhere_by_a_real_provider(self, seller, house):
        self.connected(house, seller)
        sold = paid_order(product=ProductFactory(by=seller, price_cents=10_000_00)).transfers.get()
        assert (sold.is_sandbox, sold.status, transfers_due()) == (True, "pending", [])
        assert (attempt_transfer(transfer_id=sold.pk), house.transfers) == (None, {})

    def test_real_money_waits_for_a_real_provider(self, transfer, seller, staff, settings):
        settings.HYPERSWITCH_API_KEY = "snd_named"
        Transfer.objects.update(is_sandbox=False)
        LedgerTransaction.objects.update(is_sandbox=False)
        assert (transfers_due(), attempt_transfer(transfer_id=transfer.pk)) == ([], None)
        assert (self.refused(transfer, staff), arrived()) == ("no_payout_provider", [])
        assert (owed_to(seller.pk), holds_of(seller)) == ({"EUR": 2699}, {"EUR": [Hold("provider", 2699)]})

    def test_a_debt_of_play_money_is_not_kept_back_from_real_money(self, transfer, seller, house, settings):
        with override_settings(STRIPE_SECRET_KEY=""):
            attempt_transfer(transfer_id=transfer.pk)
            SandboxAccount.objects.update(paid_out_cents=2699)
            given_back(transfer.order)
            for key in reversals_due():
                attempt_reversal(reversal_id=key)
            assert debt_of(seller.pk, "EUR") == 2699
        settings.HYPERSWITCH_API_KEY = "snd_named"
        with override_settings(STRIPE_SECRET_KEY="", HYPERSWITCH_API_KEY=""):
            sold = paid_order(product=ProductFactory(by=seller))
        sold.transfers.update(is_sandbox=False)
        LedgerTransaction.objects.filter(source_key=f"payment:{sold.payments.get().pk}:captured").update(
            is_sandbox=False
        )
        self.connected(house, seller)
        done = attempt_transfer(transfer_id=sold.transfers.get().pk)
        assert (done.status, done.amount_cents, done.debt_offset_cents) == ("completed", 2699, 0)
        assert (debt_of(seller.pk, "EUR"), sent_to(seller.pk), owed_to(seller.pk)) == (0, {"EUR": 2699}, {})

    def test_what_was_sent_as_play_money_is_taken_back_where_it_went(self, transfer, house):
        with override_settings(STRIPE_SECRET_KEY=""):
            attempt_transfer(transfer_id=transfer.pk)
            given_back(transfer.order)
        assert [attempt_reversal(reversal_id=key).status for key in reversals_due()] == ["completed"]
        assert (SandboxReversal.objects.count(), house.asked) == (1, [])


class TestRetryTransfer:
    def test_makes_one_try_now(self, transfer, staff):
        mishap("down")
        attempt_transfer(transfer_id=transfer.pk)
        done = retry_transfer(transfer_id=transfer.pk, by=staff)
        assert (done.status, done.retry_count) == ("completed", 2)

    def test_counts_a_try_that_fails_again_and_starts_the_budget_anew(self, transfer, staff):
        Transfer.objects.update(status="failed", retry_count=8, tries_spent=8, next_retry_at=None)
        mishap("refuse")
        tried = retry_transfer(transfer_id=transfer.pk, by=staff)
        assert (tried.status, tried.retry_count, tried.tries_spent) == ("failed", 9, 1)
        assert tried.next_retry_at is not None

    def test_calls_outside_once_however_often_it_is_pressed(self, transfer, staff):
        mishap("down", times=100)
        assert retry_transfer(transfer_id=transfer.pk, by=staff).status == "failed"
        for _ in range(49):
            with pytest.raises(Conflict) as refused:
                retry_transfer(transfer_id=transfer.pk, by=staff)
        assert (refused.value.code, refused.value.retry_after) == ("retried_just_now", 30)
        assert SandboxMishap.objects.get().times_left == 99

    def test_refuses_by_state(self, transfer, staff):
        Transfer.objects.update(status="processing", lease_until=now() + timedelta(seconds=50))
        with pytest.raises(Conflict) as refused:
            retry_transfer(transfer_id=transfer.pk, by=staff)
        assert refused.value.code == "transfer_in_progress"
        Transfer.objects.update(status="pending", lease_until=None)
        attempt_transfer(transfer_id=transfer.pk)
        with pytest.raises(Conflict) as refused:
            retry_transfer(transfer_id=transfer.pk, by=staff)
        assert refused.value.code == "transfer_completed"

    def test_is_for_staff(self, transfer, seller, staff):
        with pytest.raises(Forbidden):
            retry_transfer(transfer_id=transfer.pk, by=seller)
        for unknown in ("nothing", "0190f0a0-0000-7000-8000-000000000000"):
            with pytest.raises(NotFound):
                retry_transfer(transfer_id=unknown, by=staff)

    def test_finds_what_was_sent_though_the_seller_is_not_connected_any_more(self, transfer, seller, staff):
        mishap("lose_answer")
        attempt_transfer(transfer_id=transfer.pk)
        lose_account(seller)
        assert retry_transfer(transfer_id=transfer.pk, by=staff).status == "completed"
        other = paid_order(product=ProductFactory(by=seller)).transfers.get()
        Transfer.objects.filter(pk=other.pk).update(status="failed", attempt_key="k", key_since=now())
        with pytest.raises(Conflict) as refused:
            retry_transfer(transfer_id=other.pk, by=staff)
        assert refused.value.code == "seller_not_connected"

    def test_refuses_while_the_seller_is_not_connected(self, staff):
        transfer = paid_order().transfers.get()
        with pytest.raises(Conflict) as refused:
            retry_transfer(transfer_id=transfer.pk, by=staff)
        assert (transfer.status, refused.value.code) == ("blocked", "seller_not_connected")


class TestBackOff:
    @pytest.mark.parametrize("tries", [1, 5, 8, 40])
    def test_stays_between_half_a_minute_and_six_hours(self, tries):
        assert all(timedelta(seconds=30) <= back_off(tries) <= timedelta(hours=6) for _ in range(50))
