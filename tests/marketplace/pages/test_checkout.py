from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from accounts.models import Session
from config.errors import Unavailable
from marketplace.gateways.sandbox_payments import SandboxPayments
from marketplace.models import Order, Product
from tests.factories.accounts import PASSWORD
from tests.factories.marketplace import ProductFactory, given_back, paid_order, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def product(db):
    return ProductFactory(price_cents=1200, stock=5)


def typed(page, **changes):
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields} | changes


class TestFaults:
    """Said where they are, in words that tell the parcel's street from the invoice's."""

    def test_of_two_addresses(self, browser):
        path = f"/checkout/{ProductFactory(kind='physical').pk}/"
        page = browser.post(path, typed(browser.get(path), billing_company="Stoa", shipping_name="Noor"))
        text = page.content.decode()
        assert ("Street and number of the parcel" in text, "Street and number for the invoice" in text) == (True, True)
        assert {str(fault) for faults in page.context["form"].errors.values() for fault in faults} == {
            "This is needed."
        }
        assert "autofocus" in text

    def test_are_said_to_have_cost_nothing(self, browser, product):
        path = f"/checkout/{product.pk}/"
        page = browser.post(path, typed(browser.get(path), quantity="0"))
        assert "Nothing was ordered or charged yet." in page.content.decode()


class TestSignedOutMeanwhile:
    @pytest.fixture
    def form(self, browser, product):
        said = {"quantity": "2", "billing_company": "Stoa", "payment_method": "card_review"}
        form = typed(browser.get(f"/checkout/{product.pk}/"), **said)
        Session.objects.all().delete()
        return form

    def again(self, browser, person):
        answer = browser.post("/account/login/", {"login": person.email, "password": PASSWORD})
        assert answer.status_code == 302

    def test_keeps_what_was_typed_once(self, browser, user, product, form):
        path = f"/checkout/{product.pk}/"
        assert browser.post(path, form).url == f"/account/login/?next={path}"
        self.again(browser, user)
        page = browser.get(path)
        kept = {name: page.context["form"][name].value() for name in ("quantity", "billing_company", "payment_method")}
        assert kept == {"quantity": "2", "billing_company": "Stoa", "payment_method": "card_review"}
        assert "You were signed out; nothing was ordered or charged." in page.content.decode()
        assert browser.get(path).context["form"]["quantity"].value() == 1

    def test_shows_it_to_nobody_else(self, browser, stranger, product, form):
        path = f"/checkout/{product.pk}/"
        browser.post(path, form)
        self.again(browser, stranger)
        assert browser.get(path).context["form"]["billing_company"].value() == ""

    @pytest.mark.parametrize("owner", ["", "x:y:z"])
    def test_keeps_nothing_of_a_page_that_was_nobodys(self, browser, user, product, form, owner):
        path = f"/checkout/{product.pk}/"
        browser.post(path, form | {"owner": owner})
        self.again(browser, user)
        assert browser.get(path).context["is_kept"] is False


class TestCheckout:
    def test_places_one_order_however_often_the_button_is_pressed(self, browser, product):
        path = f"/checkout/{product.pk}/"
        page = browser.get(path)
        assert "Pay 12.00 EUR" in page.content.decode()
        form = typed(page)

        answers = [browser.post(path, form) for _ in range(3)]

        order = Order.objects.get()
        assert {(answer.status_code, answer.url) for answer in answers} == {(302, f"/orders/{order.pk}/")}
        product.refresh_from_db()
        assert product.stock == 4

    def test_charges_what_was_seen(self, browser, product):
        path = f"/checkout/{product.pk}/"
        form = typed(browser.get(path), quantity="3")
        page = browser.post(path, form)
        assert ("The total has changed" in page.content.decode(), Order.objects.count()) == (True, 0)
        assert "Pay 36.00 EUR" in page.content.decode()
        assert browser.post(path, typed(page)).status_code == 302
        assert Order.objects.get().total_cents == 3600

    def test_says_that_a_price_has_changed(self, browser, product):
        path = f"/checkout/{product.pk}/"
        form = typed(browser.get(path))
        Product.objects.update(price_cents=1300)
        assert "Pay 13.00 EUR" in browser.post(path, form).content.decode()
        assert Order.objects.count() == 0

    def test_says_that_it_is_gone_and_keeps_what_was_typed(self, browser, product):
        path = f"/checkout/{product.pk}/"
        form = typed(browser.get(path), payment_method="card_review")
        Product.objects.update(stock=0)
        page = browser.post(path, form)
        assert (page.status_code, "This is sold out" in page.content.decode()) == (409, True)
        assert page.context["form"]["payment_method"].value() == "card_review"

    @pytest.mark.parametrize("quantity", ["0", "-1", "100", "x", "", "1.5", "²"])
    def test_refuses_a_wrong_quantity(self, browser, product, quantity):
        path = f"/checkout/{product.pk}/"
        page = browser.post(path, typed(browser.get(path), quantity=quantity))
        assert (page.status_code, list(page.context["form"].errors)) == (400, ["quantity"])

    def test_goes_on_after_an_outage(self, browser, product, monkeypatch):
        path = f"/checkout/{product.pk}/"
        form = typed(browser.get(path))

        def away(self, **_):
            raise Unavailable(retry_after=5)

        with monkeypatch.context() as broken:
            broken.setattr(SandboxPayments, "create", away)
            assert browser.post(path, form).status_code == 503
        assert browser.post(path, form).status_code == 302
        assert Order.objects.count() == 1

    def test_makes_a_new_key_where_the_old_one_is_spent(self, browser, product):
        path = f"/checkout/{product.pk}/"
        form = typed(browser.get(path))
        browser.post(path, form)
        page = browser.post(path, form | {"quantity": "2", "total": "2400"})
        assert (page.status_code, page.context["form"]["key"].value() != form["key"]) == (409, True)

    def test_warns_of_an_order_that_is_still_being_paid(self, browser, product):
        path = f"/checkout/{product.pk}/"
        browser.post(path, typed(browser.get(path)))
        assert "still being paid" in browser.get(path).content.decode()
        pay(Order.objects.get())
        assert "still being paid" not in browser.get(path).content.decode()

    def test_warns_of_what_was_bought_a_moment_ago_and_of_what_is_theirs(self, browser, user, product):
        path = f"/checkout/{product.pk}/"
        form = typed(browser.get(path))
        order = paid_order(by=user, product=product)
        assert "You have just bought this" in browser.get(path).content.decode()
        assert browser.post(path, form).status_code == 409
        Order.objects.update(paid_at=now() - timedelta(hours=1))
        assert "You have this already" in browser.get(path).content.decode()
        given_back(order)
        assert browser.get(path).context["before"] is None
        assert browser.post(path, form).status_code == 302

    def test_lets_a_parcel_be_ordered_again_the_next_day(self, browser, user):
        bowl = ProductFactory(kind="physical")
        paid_order(by=user, product=bowl)
        path = f"/checkout/{bowl.pk}/"
        assert browser.get(path).context["before"]["why"] == "just_now"
        assert browser.get(f"{path}?again=1").context["before"] is None
        Order.objects.update(paid_at=now() - timedelta(hours=1))
        assert browser.get(path).context["before"] is None

    def test_names_the_vat(self, browser):
        path = f"/checkout/{ProductFactory(price_cents=11900, vat_bp=1900).pk}/"
        assert "19.00 EUR" in browser.get(path).content.decode()

    def test_gives_away_what_is_free(self, browser):
        free = ProductFactory(price_cents=0)
        page = browser.get(f"/checkout/{free.pk}/")
        assert "Get it for free" in page.content.decode()
        browser.post(f"/checkout/{free.pk}/", typed(page))
        assert Order.objects.get().status == "paid"

    def test_needs_somebody_and_something(self, client, browser, product):
        assert client.get(f"/checkout/{product.pk}/").status_code == 302
        Product.objects.update(status="draft")
        assert browser.get(f"/checkout/{product.pk}/").status_code == 404
