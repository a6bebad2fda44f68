"""A session that ends under a button or a poll, and an address that is no page: a browser can go on from each."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import Session
from tests.factories.marketplace import OrderFactory, ProductFactory

pytestmark = pytest.mark.django_db
HERE = "http://testserver"


@pytest.fixture
def browser(user):
    """Signed in, then signed out from elsewhere."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    Session.objects.all().delete()
    return client


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


class TestSignedOutUnderAButton:
    def test_comes_back_to_the_page_of_the_button_and_is_told(self, browser):
        place = f"/market/{ProductFactory().pk}/"
        answer = browser.post(f"{place}review/", {"rating": "4"}, headers={"Referer": f"{HERE}{place}?page=2"})
        assert (answer.status_code, answer.url) == (302, f"/account/login/?next={place}%3Fpage%3D2")
        assert "You were signed out. Nothing was sent." in browser.get(answer.url).content.decode()

    @pytest.mark.parametrize("before", ["", "https://elsewhere.example/a", f"{HERE}//elsewhere.example/", "http://["])
    def test_follows_no_other_house(self, browser, before):
        answer = browser.post("/gear/new/", {"name": "x"}, headers={"Referer": before})
        assert answer.url == "/account/login/?next=/gear/new/"

    def test_says_something_else_to_who_never_signed_in(self, client):
        answer = client.post(f"/orders/{ProductFactory().pk}/pay/")
        assert told(answer) == ["Sign in first. Nothing was sent."]

    def test_is_silent_where_somebody_only_looks(self, browser):
        answer = browser.get("/orders/", headers={"Referer": f"{HERE}/market/"})
        assert (answer.url, told(answer)) == ("/account/login/?next=/orders/", [])


class TestSignedOutUnderAPoll:
    def test_the_whole_page_goes_to_sign_in(self, browser, user):
        place = f"/orders/{OrderFactory(by=user).pk}/"
        asked = {"HX-Request": "true", "HX-Current-URL": f"{HERE}{place}"}
        answer = browser.get(f"{place}status/", headers=asked)
        assert (answer.status_code, answer.headers["HX-Redirect"], answer.content) == (
            204,
            f"/account/login/?next={place}",
            b"",
        )


class TestNoPageHere:
    def test_is_said_in_a_page_with_a_way_back(self, client):
        headers = {"Accept": "text/html,*/*", "Referer": f"{HERE}/cart/"}
        answer = client.get("/cart/add/", headers=headers)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        assert "There is no page at this address" in answer.content.decode()
        assert 'href="/cart/"' in answer.content.decode()

    @pytest.mark.parametrize(
        ("path", "headers"),
        [
            ("/cart/add/", {"Accept": "*/*"}),
            ("/cart/add/", {"Accept": "text/html", "HX-Request": "true"}),
            ("/api/v1/webhooks/hyperswitch", {"Accept": "text/html"}),
        ],
    )
    def test_scripts_and_the_apis_get_no_page(self, client, path, headers):
        assert "<html" not in client.get(path, headers=headers).content.decode()
