import datetime as dt
import re

import pytest
import time_machine
from django.test import Client

from accounts.verbs.departures import request_departure
from marketplace.admin.payments import BY_STAFF
from marketplace.models import Payment, SandboxMishap, UserSubscription
from marketplace.verbs.cancellations import cancel_subscription, set_subscription
from marketplace.verbs.disputes import apply_dispute
from marketplace.verbs.payments import apply_payment_state
from marketplace.verbs.refunds import refund_charge
from marketplace.verbs.renewals import renew_subscription
from marketplace.verbs.sandbox import decide_sandbox_payment
from marketplace.verbs.subscriptions import subscribe
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import settle_refund
from tests.factories.subscriptions import TierFactory, settle, subscribed, three_tiers

pytestmark = pytest.mark.django_db

PAGE = "/settings/subscription/"


def signed_in(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def browser(user):
    return signed_in(user)


@pytest.fixture
def tiers(db):
    return three_tiers()


def text(answer):
    return " ".join(answer.content.decode().split())


class TestPricing:
    def test_shows_everybody_the_tiers_and_what_they_allow(self, client, tiers):
        page = text(client.get("/pricing/"))
        for words in ("Basic", "9.99 EUR", "Facebook and Instagram", "5 AI answers a day", "100 knowledge files",
                      "Facebook, Instagram and WhatsApp", "Unlimited AI answers a day", "Choose Enterprise"):  # fmt: skip
            assert words in page
        assert "Your tier" not in page

    def test_marks_the_tier_one_has(self, browser, user, tiers):
        subscribed(user, tiers["Professional"])
        page = text(browser.get("/pricing/"))
        assert page.count("Your tier") == 1
        assert "Move down to Basic" in page
        assert "Move up to Enterprise" in page

    def test_without_tiers_it_says_so(self, client, db):
        assert "Nothing to subscribe to" in text(client.get("/pricing/"))

    @pytest.mark.parametrize("count", [1, 3])
    def test_in_as_many_queries_however_many(self, browser, user, django_assert_max_num_queries, count):
        subscribed(user, TierFactory())
        for _ in range(count):
            TierFactory()
        browser.get("/pricing/")
        with django_assert_max_num_queries(22):
            browser.get("/pricing/")

    def test_a_tier_is_text_and_never_markup(self, client):
        TierFactory(name="<b>Bold</b>", description="<script>", features=["<i>x</i>"])
        page = text(client.get("/pricing/"))
        assert "<b>Bold" not in page
        assert "<i>x" not in page


class TestChoosing:
    def test_needs_an_account(self, client, tiers):
        answer = client.get(f"/pricing/{tiers['Basic'].pk}/")
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/account/login/")

    def test_says_what_it_costs_and_then_asks_for_it(self, browser, user, tiers):
        path = f"/pricing/{tiers['Basic'].pk}/"
        assert "Pay 9.99 EUR" in text(browser.get(path))

        answer = browser.post(path, {"payment_method": "card", "due": "999"})

        assert (answer.status_code, answer.url) == (302, PAGE)
        assert "9.99 EUR for Basic is being paid" in text(browser.get(PAGE))
        settle(UserSubscription.objects.get())
        for path in (f"{PAGE}state/", PAGE):
            page = text(browser.get(path))
            assert "Active" in page
            assert "INV-" in page

    def test_names_the_vat_in_it(self, browser):
        page = text(browser.get(f"/pricing/{TierFactory(price_cents=2999, vat_bp=1900).pk}/"))
        assert "<dt>VAT in it</dt><dd>4.79 EUR</dd>" in page

    def test_states_the_proration_before_paying(self, user, browser, tiers):
        start = dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC)
        with time_machine.travel(start, tick=False) as clock:
            subscribed(user, tiers["Basic"])
            clock.move_to(start + dt.timedelta(days=14))
            fresh = signed_in(user)
            page = text(fresh.get(f"/pricing/{tiers['Professional'].pk}/"))
        for words in (
            "14 of 28 days unused",
            "\u22125.00 EUR",
            "Pay 24.99 EUR",
            "14 March 2026",
            "Then each month",
        ):
            assert words in page

    def test_a_tier_of_the_same_price_begins_with_the_next_month(self, browser, user, tiers):
        subscription = subscribed(user, tiers["Basic"])
        path = f"/pricing/{TierFactory(name='Other', price_cents=999).pk}/"
        page = text(browser.get(path))
        for words in ("Change to Other", "Nothing", f"{subscription.end_date:%-d %B %Y}", "worth about as much"):
            assert words in page
        browser.post(path, {"payment_method": "card", "due": "0"})
        assert UserSubscription.objects.get().next_tier.name == "Other"

    def test_says_from_when_a_cheaper_one_counts(self, browser, user, tiers):
        subscription = subscribed(user, tiers["Professional"])
        path = f"/pricing/{tiers['Basic'].pk}/"
        page = text(browser.get(path))
        assert "Professional runs until" in page
        assert f"{subscription.end_date:%-d %B %Y}" in page

        browser.post(path, {"payment_method": "card", "due": "0"})

        assert UserSubscription.objects.get().next_tier == tiers["Basic"]
        assert "Basic begins" in text(browser.get(PAGE))

    def test_an_amount_that_changed_is_shown_and_not_charged(self, browser, tiers):
        path = f"/pricing/{tiers['Basic'].pk}/"
        answer = browser.post(path, {"payment_method": "card", "due": "1"})
        assert answer.status_code == 409
        assert "The amount has changed: it is 9.99 EUR now." in text(answer)
        assert answer.context["form"]["due"].value() == "999"
        assert not UserSubscription.objects.exists()

    def test_keeps_what_was_chosen_where_the_provider_is_away(self, browser, tiers):
        SandboxMishap.objects.create(call="payment", kind="down")
        answer = browser.post(f"/pricing/{tiers['Basic'].pk}/", {"payment_method": "card_review", "due": "999"})
        assert answer.status_code == 503
        assert answer.context["form"]["payment_method"].value() == "card_review"

    @pytest.mark.parametrize("typed", [{}, {"due": "x"}, {"payment_method": "gold", "due": "999"}, {"due": "-1"}])
    def test_nonsense_is_told(self, browser, tiers, typed):
        assert browser.post(f"/pricing/{tiers['Basic'].pk}/", typed).status_code == 400

    def test_an_unknown_tier(self, browser):
        assert browser.get("/pricing/0190a1b2-0000-7000-8000-000000000000/").status_code == 404


class TestSettings:
    def test_without_one_it_leads_to_the_tiers(self, browser):
        assert "No subscription" in text(browser.get(f"{PAGE}state/"))
        page = text(browser.get(PAGE))
        assert "No subscription" in page
        assert 'href="/pricing/"' in page
        assert "0 of 3 today" in page

    def test_is_drawn_anew_only_where_it_has_moved(self, browser, user, tiers):
        subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        asks = re.search(r'hx-get="([^"]+)"', browser.get(PAGE).content.decode())[1]
        assert (browser.get(asks).status_code, browser.get(f"{PAGE}state/?seen=").status_code) == (204, 200)
        decide_sandbox_payment(provider_id=Payment.objects.get().provider_id, is_approved=True, by=user)
        assert "Active" in text(browser.get(asks))

    def test_needs_an_account(self, client, db):
        for path in ("", "state/", "cancel/"):
            assert client.get(f"{PAGE}{path}").status_code == 302
        for path in ("pay/", "resume/", "cancel/"):
            assert client.post(f"{PAGE}{path}").status_code == 302

    def test_a_declined_start_can_be_paid_another_way(self, browser, user, tiers):
        subscribed(user, tiers["Basic"], "card_declined")
        page = text(browser.get(PAGE))
        assert "The card was declined. No money was taken." in page
        assert "Pay 9.99 EUR for Basic" in page

        assert browser.post(f"{PAGE}pay/", {"payment_method": "card"}).status_code == 302

        assert settle(UserSubscription.objects.get()).status == "active"
        assert browser.post(f"{PAGE}pay/", {"payment_method": "card"}).status_code == 302
        assert browser.post(f"{PAGE}pay/", {"payment_method": "gold"}).status_code == 400
        assert Payment.objects.count() == 2

    def test_a_declined_upgrade_is_told_with_a_way_to_try_again(self, browser, user, tiers):
        subscribed(user, tiers["Basic"])
        subscribed(user, tiers["Professional"], "card_declined")
        for path in (PAGE, f"{PAGE}state/", "/pricing/"):
            page = text(browser.get(path))
            assert (
                "<strong>Professional could not be paid</strong>The card was declined. No money was taken. Basic goes on"
                in page
            )
            assert f'href="/pricing/{tiers["Professional"].pk}/"' in page

        subscribed(user, tiers["Professional"])
        assert "could not be paid" not in text(browser.get(PAGE))

    def test_a_cancellation_is_no_declined_upgrade(self, browser, user, tiers):
        subscribed(user, tiers["Basic"])
        subscribe(tier_id=tiers["Professional"].pk, by=user, payment_method="card_review")
        cancel_subscription(user_id=user.pk, by=user)
        browser.post(f"{PAGE}resume/")
        page = text(browser.get(PAGE))
        assert "Active" in page
        assert "could not be paid" not in page

    def test_what_was_given_back_is_listed_with_its_credit_note(self, browser, user, tiers):
        subscribed(user, tiers["Basic"])
        refund = refund_charge(payment_id=Payment.objects.get().pk, reason=BY_STAFF, by=UserFactory(role="admin"))
        assert "On its way to you" in text(browser.get(PAGE))

        settle_refund(refund)

        page = text(browser.get(PAGE))
        for words in ("Given back", "Given back by the platform.", refund.credit_note.full_number, "Sent back",
                      "as its payment was given back"):  # fmt: skip
            assert words in page
        assert page.count("9.99 EUR · Basic") == 2
        assert browser.get(f"{PAGE}invoices/{refund.credit_note.pk}/")["Content-Type"] == "application/pdf"

    def test_what_the_bank_took_back_and_what_was_paid_twice_is_told(self, browser, user, tiers):
        subscribed(user, tiers["Basic"], "card_declined")
        declined = Payment.objects.get()
        browser.post(f"{PAGE}pay/", {"payment_method": "card"})
        settle(UserSubscription.objects.get())
        apply_payment_state(provider_id=declined.provider_id, status="succeeded")
        apply_dispute(provider_id=Payment.objects.exclude(pk=declined.pk).get().provider_id, dispute="lost")
        page = text(browser.get(PAGE))
        for words in (
            "It came when nothing was to be paid any more.",
            "On its way to you",
            "Taken back by your bank",
            "CN-",
        ):
            assert words in page

    def test_who_asked_to_be_erased_reads_that_nothing_more_is_charged(self, browser, user, tiers):
        subscribed(user, tiers["Basic"])
        request_departure(user=user, by=user)
        assert "None, as you have asked for the deletion of your account" in text(browser.get(PAGE))

    @pytest.mark.parametrize("count", [1, 3])
    def test_in_as_many_queries_however_much_went_back(
        self, browser, user, tiers, django_assert_max_num_queries, count
    ):
        subscribed(user, tiers["Basic"])
        admin = UserFactory(role="admin")
        for _ in range(count):
            settle_refund(
                refund_charge(payment_id=Payment.objects.get().pk, reason=BY_STAFF, amount_cents=100, by=admin)
            )
        browser.get(PAGE)
        with django_assert_max_num_queries(30):
            assert text(browser.get(PAGE)).count("Sent back") == count

    def test_a_month_that_is_not_paid_says_when_it_is_tried_again(self, browser, user, tiers):
        subscription = subscribed(user, tiers["Basic"])
        UserSubscription.objects.update(saved_method="pm_sandbox_card_declined")
        with time_machine.travel(subscription.end_date, tick=False):
            renew_subscription(subscription_id=subscription.pk)
            again = f"{subscription.end_date + dt.timedelta(days=1):%-d %B %Y}"
            page = text(signed_in(user).get(PAGE))
        assert "This month is not paid" in page
        assert again in page

    def test_canceling_asks_and_can_be_taken_back(self, browser, user, tiers):
        subscription = subscribed(user, tiers["Basic"])
        asked = text(browser.get(f"{PAGE}cancel/"))
        assert f"It runs until {subscription.end_date:%-d %B %Y} and is not renewed." in asked
        assert UserSubscription.objects.get().status == "active"

        browser.post(f"{PAGE}cancel/")
        assert UserSubscription.objects.get().status == "canceled"
        assert "Let it go on" in text(browser.get(PAGE))

        browser.post(f"{PAGE}resume/")
        assert UserSubscription.objects.get().status == "active"

    def test_nothing_to_cancel(self, browser):
        assert browser.get(f"{PAGE}cancel/").status_code == 302
        assert browser.post(f"{PAGE}cancel/").status_code == 404

    def test_an_invoice_is_its_payers_alone(self, browser, user, stranger, tiers):
        subscription = subscribed(user, tiers["Basic"])
        path = f"{PAGE}invoices/{subscription.charges.get().invoices.get().pk}/"
        answer = browser.get(path)
        assert (answer["Content-Type"], answer.content[:4]) == ("application/pdf", b"%PDF")
        assert signed_in(stranger).get(path).status_code == 404

    def test_what_was_given_is_told_as_such(self, browser, user, staff, tiers):
        set_subscription(user_id=user.pk, tier_id=tiers["Enterprise"].pk, by=staff)
        page = text(browser.get(PAGE))
        assert "Given to you" in page
        assert "Next charge" not in page
        assert "cancel-subscription" not in page
        assert "It was given to you and ends on" in text(browser.get(f"{PAGE}cancel/"))

    def test_one_that_ended_is_told_and_leads_to_the_tiers(self, browser, user, tiers):
        subscription = subscribed(user, tiers["Basic"])
        cancel_subscription(user_id=user.pk, by=user)
        with time_machine.travel(subscription.end_date + dt.timedelta(days=1), tick=False):
            page = text(signed_in(user).get(PAGE))
        assert "Ended" in page
        assert "Let it go on" not in page


class TestTheSandboxsPage:
    def test_decides_about_a_subscription_too(self, browser, user, tiers):
        subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        assert "Waiting for a decision" in text(browser.get(PAGE))
        path = f"/sandbox/payments/{Payment.objects.get().provider_id}/"
        assert "Basic" in text(browser.get(path))

        answer = browser.post(path, {"decision": "approve"})

        assert (answer.status_code, answer.url) == (302, PAGE)
        assert UserSubscription.objects.get().status == "active"

    def test_is_not_a_strangers(self, user, tiers):
        subscribe(tier_id=tiers["Basic"].pk, by=user, payment_method="card_review")
        path = f"/sandbox/payments/{Payment.objects.get().provider_id}/"
        assert signed_in(UserFactory()).get(path).status_code == 404
