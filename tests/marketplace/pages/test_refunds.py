import pytest
from django.test import Client

from marketplace.models import Refund
from marketplace.verbs.orders import place_order
from tests.factories.marketplace import ProductFactory, given_back, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(user):
    items = [{"product_id": str(ProductFactory(price_cents=cents).pk), "quantity": 1} for cents in (2999, 500)]
    return pay(place_order(items=items, by=user))


def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def place(order):
    return f"/orders/{order.pk}/refund/"


def typed(client, order, **changes):
    form = client.get(place(order)).context["form"]
    return {
        "key": form["key"].value(),
        "lines": form["lines"].value(),
        "reason": "Broken",
        "details": "",
        "amount": "",
    } | changes


class TestRefund:
    def test_sends_all_back_that_a_buyer_chose(self, user, order):
        client = browser(user)
        page = client.get(place(order)).content.decode()
        assert "Ask for your money back" in page
        assert "34.99 EUR" in page
        answer = client.post(place(order), typed(client, order))
        assert (answer.status_code, answer.url) == (302, f"/orders/{order.pk}/")
        assert Refund.objects.values_list("amount_cents", "reason").get() == (3499, "Broken")
        assert "Nothing is left to refund" in client.get(place(order)).content.decode()

    def test_is_one_refund_however_often_it_is_sent(self, order):
        client = browser(order.lines.get(gross_cents=500).seller)
        form = typed(client, order, amount="1.00")
        assert [client.post(place(order), form).status_code for _ in range(2)] == [302, 302]
        assert Refund.objects.count() == 1

    def test_shows_a_seller_their_own_lines(self, order):
        line = order.lines.get(gross_cents=500)
        client = browser(line.seller)
        page = client.get(place(order)).content.decode()
        assert ("Give money back" in page, "29.99" in page, line.title in page) == (True, False, True)
        answer = client.post(place(order), typed(client, order))
        assert (answer.url, Refund.objects.get().amount_cents) == ("/studio/orders/", 500)

    def test_takes_a_part_from_a_seller_alone(self, user, order):
        line = order.lines.get(gross_cents=500)
        client, buyer = browser(line.seller), browser(user)
        assert "Only a part" not in buyer.get(place(order)).content.decode()
        client.post(place(order), typed(client, order, amount="1.00"))
        assert Refund.objects.get().amount_cents == 100

    @pytest.mark.parametrize(
        ("changes", "said", "status"),
        [
            ({"reason": ""}, "This field is required.", 400),
            ({"lines": []}, "Choose at least one.", 400),
            ({"lines": ["0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"]}, "is not to be given back any more", 400),
            ({"amount": "0"}, "Must be an amount of EUR above zero.", 400),
            ({"amount": "1.001"}, "Must be an amount of EUR above zero.", 400),
            ({"amount": "NaN"}, "Enter a number.", 400),
            ({"amount": "99"}, "That is more than is left", 409),
        ],
    )
    def test_keeps_what_was_typed_and_says_what_is_wrong(self, user, order, changes, said, status):
        client = browser(order.lines.get(gross_cents=2999).seller)
        answer = client.post(place(order), typed(client, order, details="These words stay", **changes))
        page = answer.content.decode()
        assert (answer.status_code, said in page, "These words stay" in page) == (status, True, True)
        assert Refund.objects.count() == 0

    def test_sent_once_more_it_says_that_all_went_back(self, user, order):
        client = browser(user)
        again = typed(client, order)
        given_back(order)

        answer = client.post(place(order), again, follow=True)

        assert answer.redirect_chain == [(f"/orders/{order.pk}/", 302)]
        assert "All of this has been given back already." in answer.content.decode()
        assert Refund.objects.count() == 1

    def test_says_that_the_bank_decides(self, user, order):
        order.payments.update(dispute="open")
        assert "The bank decides" in browser(user).get(place(order)).content.decode()

    def test_is_hidden_from_others(self, stranger, order):
        assert browser(stranger).get(place(order)).status_code == 404
        assert browser(stranger).post(place(order), {"reason": "mine"}).status_code == 404
        assert Client().get(place(order)).status_code == 302

    def test_is_linked_as_long_as_something_is_left(self, user, order):
        client = browser(user)
        assert place(order) in client.get(f"/orders/{order.pk}/").content.decode()
        given_back(order)
        assert place(order) not in client.get(f"/orders/{order.pk}/").content.decode()
