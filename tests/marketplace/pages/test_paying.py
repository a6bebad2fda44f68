"""With a real payment provider: the pages offer no sandbox cards and lead to the provider's own page."""

import pytest
from django.test import Client

from marketplace.models import Order, Payment
from tests.factories.marketplace import OrderFactory, ProductFactory
from tests.fakes.hyperswitch import FakeHyperswitch, used_by
from tests.fakes.stripe_connect import FakeStripe
from tests.fakes.stripe_connect import used_by as used_by_payouts

pytestmark = pytest.mark.django_db
SANDBOX_WORDS = ("No real money moves here", "card_declined", "You decide on the sandbox")


@pytest.fixture
def browser(user):
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def house(settings):
    with FakeHyperswitch().standing() as house:
        used_by(settings, house)
        yield house


def fields_of(page):
    form = page.context["form"]
    return {field.html_name: field.value() for field in form if field.value() is not None} | {"quantity": 1}


class TestCheckout:
    def test_leads_to_the_providers_page(self, browser, house):
        path = f"/checkout/{ProductFactory().pk}/"
        page = browser.get(path)
        text = page.content.decode()
        assert "on the payment provider&#x27;s own page" in text or "on the payment provider's own page" in text
        assert not [words for words in SANDBOX_WORDS if words in text]
        answer = browser.post(path, fields_of(page) | {"payment_method": "card"})
        payment = Payment.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, f"/pay/{payment.provider_id}/")
        # No redirect to another site: a browser refuses that of a form's answer.
        there = browser.get(answer["Location"])
        assert (there.status_code, f'content="0;url={house.base}/payment_link/' in there.content.decode()) == (
            200,
            True,
        )

    def test_shows_the_sandbox_as_such_without_one(self, browser):
        text = browser.get(f"/checkout/{ProductFactory().pk}/").content.decode()
        assert all(words in text for words in SANDBOX_WORDS)
        assert "Sandbox payments" in text


class TestOrder:
    def test_offers_the_providers_page_while_it_waits_and_no_longer(self, browser, user, house):
        order = OrderFactory(by=user)
        payment = order.payments.get()
        assert f'href="/pay/{payment.provider_id}/"' in browser.get(f"/orders/{order.pk}/").content.decode()
        house.pay(payment.provider_id)
        browser.get(f"/pay/{payment.provider_id}/back/")
        page = browser.get(f"/orders/{order.pk}/").content.decode()
        assert (Order.objects.get().is_paid, "/pay/" in page) == (True, False)

    def test_is_paid_anew_on_the_providers_page_after_a_refusal(self, browser, user, house):
        order = OrderFactory(by=user)
        house.pay(order.payments.get().provider_id, "failed")
        browser.get(f"/pay/{order.payments.get().provider_id}/back/")
        page = browser.get(f"/orders/{order.pk}/").content.decode()
        assert "Your card was declined." in page
        assert not [words for words in SANDBOX_WORDS if words in page]
        answer = browser.post(f"/orders/{order.pk}/pay/", {"payment_method": "card"})
        assert answer["Location"] == f"/pay/{order.payments.first().provider_id}/"


class TestBadge:
    @pytest.mark.parametrize(
        ("payments", "payouts", "words"),
        [
            ("", "", "Sandbox payments"),
            ("snd", "", "Sandbox payouts"),
            ("", "sk", "Sandbox payments"),
            ("snd", "sk", ""),
        ],
    )
    def test_names_what_is_not_real(self, client, settings, payments, payouts, words):
        settings.HYPERSWITCH_API_KEY, settings.STRIPE_SECRET_KEY = payments, payouts
        text = client.get("/market/").content.decode()
        assert [badge for badge in ("Sandbox payments", "Sandbox payouts") if badge in text] == (
            [words] if words else []
        )


class TestOnboarding:
    def test_leads_to_stripe_by_a_page_of_ours(self, browser, settings):
        with FakeStripe().standing() as stripe:
            used_by_payouts(settings, stripe)
            there = browser.post("/studio/onboard/")
            assert (there.status_code, f'href="{next(iter(stripe.links))}"' in there.content.decode()) == (200, True)

    def test_leads_to_the_sandbox_here(self, browser):
        assert browser.post("/studio/onboard/")["Location"].startswith("/sandbox/onboarding/")
