import pytest
from django.test import Client

from config.errors import Unavailable
from marketplace.gateways.sandbox_payments import SandboxPayments
from marketplace.models import Order, Product
from tests.factories.marketplace import ProductFactory, pay

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
