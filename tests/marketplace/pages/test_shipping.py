import pytest
from django.test import Client

from marketplace.models import Order
from marketplace.verbs.shipping import mark_sent
from tests.factories.marketplace import ProductFactory, paid_order

pytestmark = pytest.mark.django_db
HOME = {"name": "Ada", "line1": "Rue 1", "city": "Paris", "country": "FR"}


def browser_of(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


class TestShipping:
    @pytest.fixture
    def order(self, user, stranger):
        return paid_order(by=user, product=ProductFactory(by=stranger, kind="physical"))

    def test_is_asked_on_the_order_and_given_on_its_page(self, order, user):
        browser, place = browser_of(user), f"/orders/{order.pk}/shipping/"
        assert place in browser.get(f"/orders/{order.pk}/").content.decode()
        assert browser.get(place).context["form"].initial == {"name": "Ada Lovelace"}
        done = browser.post(place, HOME, follow=True)
        assert done.redirect_chain == [(f"/orders/{order.pk}/", 302)]
        page = done.content.decode()
        assert [word for word in ("Ada", "Rue 1", "Paris", "Send it elsewhere") if word not in page] == []
        assert Order.objects.get().shipping == HOME

    def test_keeps_what_was_typed(self, order, user):
        refused = browser_of(user).post(f"/orders/{order.pk}/shipping/", HOME | {"city": "", "line2": "The back door"})
        assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["city"])
        assert "The back door" in refused.content.decode()

    def test_is_over_when_it_is_sent(self, order, user, stranger):
        mark_sent(order_id=order.pk, by=stranger)
        browser, place = browser_of(user), f"/orders/{order.pk}/shipping/"
        assert place not in browser.get(f"/orders/{order.pk}/").content.decode()
        refused = browser.post(place, HOME)
        assert (refused.status_code, "Nothing of this order waits" in refused.content.decode()) == (409, True)

    def test_is_the_buyers_alone(self, order, stranger, staff):
        for who in (stranger, staff):
            assert browser_of(who).get(f"/orders/{order.pk}/shipping/").status_code == 404
