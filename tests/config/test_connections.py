"""A few connections serve everybody: calls outside hold none, and whoever gets none is told to come back."""

import httpx
import pytest
import stripe
from django.db import OperationalError, connection, transaction
from django.test import Client

from config.connections import let_go
from config.errors import Unavailable
from marketplace.gateways.hyperswitch import HyperswitchPayments
from marketplace.gateways.stripe_connect import StripePayouts
from marketplace.models import Product
from tests.clients import Caller


class PoolTimeout(Exception):
    """As psycopg's pool has it."""


def get_none(*_, **__):
    raise OperationalError("couldn't get a connection after 20.00 sec") from PoolTimeout()


@pytest.mark.django_db(transaction=True)
class TestLetGo:
    @pytest.fixture
    def held(self, monkeypatch, settings):
        """Whether a connection was held, at each call outside."""
        held = []

        def call(*_, **__):
            held.append(connection.connection is not None)
            raise httpx.ConnectError("away")

        def ask(*_, **__):
            held.append(connection.connection is not None)
            raise stripe.APIConnectionError("away")

        monkeypatch.setattr(httpx, "request", call)
        monkeypatch.setattr(stripe.RequestsClient, "request_with_retries", ask)
        settings.HYPERSWITCH_API_KEY, settings.STRIPE_SECRET_KEY = "snd_named", "sk_named"
        return held

    def test_is_done_before_providers_are_called(self, held):
        for call in (HyperswitchPayments().retrieve, StripePayouts().read_account):
            assert not Product.objects.exists()
            with pytest.raises(Unavailable):
                call("some_id")
        assert (held, Product.objects.exists()) == ([False, False], False)

    def test_leaves_a_transaction_its_own(self):
        with transaction.atomic():
            let_go()
            assert connection.connection is not None
            assert not Product.objects.exists()


@pytest.mark.django_db
class TestWhereNoneIsFree:
    def test_an_api_says_so_in_its_words(self, monkeypatch, anonymous: Caller):
        monkeypatch.setattr(Product.objects.__class__, "get_queryset", get_none)
        answer = anonymous.get("/api/v1/marketplace/products")
        assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (503, "5", "busy")

    @pytest.mark.parametrize(("path", "says"), [("/market/", "Too much is going on"), ("/api/v1/tracks", '"busy"')])
    def test_it_is_said_also_before_any_view(self, monkeypatch, path, says):
        monkeypatch.setattr("accounts.middleware.maintenance.is_closed", get_none)
        answer = Client(raise_request_exception=False).get(path)
        assert (answer.status_code, answer.headers["Retry-After"], says in answer.content.decode()) == (503, "5", True)

    def test_another_failure_stays_one(self, monkeypatch):
        def break_down(*_, **__):
            raise OperationalError("no such table")

        monkeypatch.setattr("accounts.middleware.maintenance.is_closed", break_down)
        assert Client(raise_request_exception=False).get("/market/").status_code == 500
