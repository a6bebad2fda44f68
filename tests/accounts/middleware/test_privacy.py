"""Document veza.txt, "CCPA / Sec-GPC": the header, on every answer; a stored choice counts likewise."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.middleware.privacy import GlobalPrivacyControl
from accounts.verbs.privacy import opt_out

pytestmark = pytest.mark.django_db


def asked(user, **headers):
    """What the view saw and what the answer said."""
    seen = []

    def view(request):
        seen.append(bool(request.do_not_sell))
        return HttpResponse()

    request = RequestFactory().get("/", headers=headers)
    request.user = user
    return seen, GlobalPrivacyControl(view)(request).headers.get("GPC")


class TestGlobalPrivacyControl:
    @pytest.mark.parametrize(
        ("value", "objects", "answer"), [("1", True, "1"), ("0", False, None), ("", False, None), ("yes", False, None)]
    )
    def test_is_heard_and_answered(self, value, objects, answer):
        seen, said = asked(AnonymousUser(), **{"Sec-GPC": value})

        assert (seen, said) == ([objects], answer)

    def test_a_choice_counts_without_the_header(self, user, stranger):
        opt_out(user=user, do_not_sell=True)

        assert [asked(person) for person in (user, stranger)] == [([True], None), ([False], None)]

    @pytest.mark.parametrize("path", ["/", "/api/v1/users/me", "/auth/nothing", "/account/login/"])
    def test_is_answered_everywhere(self, path):
        client = Client()

        assert client.get(path, headers={"Sec-GPC": "1"}).headers["GPC"] == "1"
        assert "GPC" not in client.get(path).headers

    def test_costs_nothing_where_nobody_asks(self, user, django_assert_num_queries):
        request = RequestFactory().get("/")
        request.user = user
        with django_assert_num_queries(0):
            GlobalPrivacyControl(lambda request: HttpResponse())(request)
