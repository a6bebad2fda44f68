"""The studio's money pages: balances, payouts with their reasons and paths, fees, the account to be paid to, the CSV."""

import csv
import datetime as dt
import io
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from config.errors import Unavailable
from marketplace.gateways.sandbox_payouts import SandboxPayouts
from marketplace.models import Payment, SandboxAccount, SandboxMishap, SellerAccount, Transfer
from marketplace.verbs.balances import read_balance
from marketplace.verbs.orders import place_order
from marketplace.verbs.sellers import start_onboarding
from marketplace.verbs.transfers import attempt_transfer
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, paid_order, pay
from tests.marketplace.queries.test_payouts import give_back, send, sold

pytestmark = pytest.mark.django_db


def browser_of(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def page(user):
    return browser_of(user)


def text_of(answer):
    """The words alone, as they are read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def silent(monkeypatch):
    """A payout provider that does not answer when it is asked for a balance."""

    def balance(self, provider_id):
        raise Unavailable("away")

    monkeypatch.setattr(SandboxPayouts, "balance", balance)


class TestList:
    def test_is_empty_for_a_newcomer(self, page):
        text = text_of(page.get("/studio/payouts/"))
        assert ("No payouts yet" in text, "Connect an account to be paid" in text) == (True, True)

    def test_says_what_arrived_what_waits_and_what_is_owed(self, page, user):
        connect(user)
        first = send(sold(user))
        SandboxAccount.objects.update(paid_out_cents=2699)
        give_back(first)
        SandboxAccount.objects.update(paid_out_cents=0)
        sold(user, 999)
        text = text_of(page.get("/studio/payouts/"))
        for words in (
            "On your account 26.99 EUR",
            "You owe 26.99 EUR",
            "Goes out now 8.99 EUR",
            "for what you owe \u2212 8.99 EUR",
            "kept back from what you sell",
        ):
            assert words in text

    def test_says_of_each_why_it_is_not_sent(self, page, user):
        blocked = sold(user)
        assert "Connect your payout account." in text_of(page.get("/studio/payouts/"))
        connect(user)
        Transfer.objects.filter(pk=blocked.pk).update(status="canceled", last_error_code="refunded")
        SandboxMishap.objects.create(kind="refuse")
        attempt_transfer(transfer_id=sold(user, 1000).pk)
        stuck, disputed = sold(user, 1100), sold(user, 1200)
        Transfer.objects.filter(pk=stuck.pk).update(status="failed", next_retry_at=None, last_error_code="no_answer")
        Payment.objects.filter(order=disputed.order_id).update(dispute="open")
        text = text_of(page.get("/studio/payouts/"))
        for words in (
            "The buyer had the money back before it was sent.",
            "balance at the payout provider was too low. It is tried again. Waits for us. Next try",
            "Needs our help The payout provider did not answer. Staff look at it and try it by hand. Waits for us.",
            "Held The buyer&#x27;s bank decides about the payment.",
        ):
            assert words in text

    def test_names_what_was_sold_of_ones_own(self, page, user, stranger):
        mine, other = ProductFactory(by=user, title="Dawn"), ProductFactory(by=stranger, title="Dusk")
        items = [{"product_id": str(product.pk), "quantity": 1} for product in (mine, other)]
        pay(place_order(items=items, by=UserFactory()))
        sold(user, title="Noon")
        assert [one.titles for one in page.get("/studio/payouts/").context["items"]] == ["Noon", "Dawn"]

    def test_calls_what_does_not_move_waiting(self, page, user):
        sold(user)
        assert "On your account 0.00 EUR Waiting 26.99 EUR" in text_of(page.get("/studio/payouts/"))
        connect(user)
        assert "On its way to you 26.99 EUR" in text_of(page.get("/studio/payouts/"))

    def test_is_filtered_by_state(self, page, user):
        transfer = sold(user)
        shown = page.get("/studio/payouts/", {"status": "blocked"}).content.decode()
        hidden = text_of(page.get("/studio/payouts/", {"status": "completed"}))
        assert (str(transfer.pk) in shown, "Nothing found" in hidden) == (True, True)
        assert page.get("/studio/payouts/", {"status": "no\0nsense"}).status_code == 200

    def test_draws_the_months_and_says_them_in_a_table(self, page, user):
        connect(user)
        give_back(send(sold(user)), 1000)
        answer = page.get("/studio/payouts/")
        month = f"{now():%B %Y}"
        assert answer.content.decode().count('class="chart-bar"') == 12
        assert f"<title>{month}: 26.99 EUR</title>" in answer.content.decode()
        assert f"{month} 26.99 EUR 8.99 EUR" in text_of(answer)

    def test_asks_the_database_as_often_for_three_as_for_one(self, page, user):
        connect(user)
        asked = []
        for cents in (1000, 2000, 3000):
            give_back(send(sold(user, cents)), 100)
            page.get("/studio/payouts/")
            with CaptureQueriesContext(connection) as queries:
                page.get("/studio/payouts/")
            asked.append(len(queries))
        assert asked[0] == asked[2] < 25


class TestPath:
    def test_links_every_step(self, page, user):
        connect(user)
        first = send(sold(user))
        SandboxAccount.objects.update(paid_out_cents=2699)
        refund = give_back(first)
        second = send(sold(user, 10_000, title="Dawn"))
        answer = page.get(f"/studio/payouts/{second.pk}/")
        text, html = text_of(answer), answer.content.decode()
        for words in ("Dawn", "100.00 EUR", "\u2212 10.00 EUR", "\u2212 26.99 EUR", "63.01 EUR", "10 % of 100.00 EUR"):
            assert words in text
        line = second.order.lines.get()
        for address in (
            f"/studio/orders/{second.order_id}/", f"/market/{line.product_id}/", "/studio/fees/",
            f"/studio/payouts/{first.pk}/#refund-{refund.pk}",
        ):  # fmt: skip
            assert f'href="{address}"' in html
        owed = page.get(f"/studio/payouts/{first.pk}/").content.decode()
        assert f'id="refund-{refund.pk}"' in owed
        assert "so you owe it" in owed

    def test_shows_a_reversal_to_the_end(self, page, user):
        connect(user)
        transfer = send(sold(user))
        give_back(transfer)
        text = text_of(page.get(f"/studio/payouts/{transfer.pk}/"))
        assert ("your share was taken back" in text, "Yours in the end 0.00 EUR" in text) == (True, True)

    def test_says_why_it_waits(self, page, user):
        transfer = sold(user)
        text = text_of(page.get(f"/studio/payouts/{transfer.pk}/"))
        assert ("Connect your payout account." in text, "Waits for you" in text) == (True, True)

    def test_is_the_sellers_alone(self, user, stranger, staff):
        path = f"/studio/payouts/{sold(user).pk}/"
        assert [browser_of(other).get(path).status_code for other in (stranger, staff)] == [404, 404]
        assert Client().get(path).status_code == 302

    def test_asks_the_database_as_often_for_three_as_for_one(self, page, user):
        connect(user)
        transfer = send(sold(user, 10_000))
        asked = []
        for _ in range(3):
            give_back(transfer, 100)
            page.get(f"/studio/payouts/{transfer.pk}/")
            with CaptureQueriesContext(connection) as queries:
                page.get(f"/studio/payouts/{transfer.pk}/")
            asked.append(len(queries))
        assert asked[0] == asked[2] < 20


class TestExport:
    def rows(self, answer):
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    def test_has_a_row_for_each_payout(self, page, user, stranger):
        connect(user)
        transfer = send(sold(user))
        sold(stranger)
        other = sold(user, 1000, currency="JPY")
        answer = page.get("/studio/payouts/export/")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"] == f'attachment; filename="payouts-{now().year}.csv"'
        first, second = self.rows(answer)
        assert first == {
            "payout": str(transfer.pk), "order": transfer.order.number,
            "made": transfer.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sent": transfer.completed_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "status": "completed", "currency": "EUR",
            "sale": "29.99", "fee": "3.00", "kept_back_for_debt": "0.00", "amount": "26.99", "taken_back": "0.00",
            "provider_reference": transfer.provider_id, "reason": "", "next_try": "",
        }  # fmt: skip
        assert (second["order"], second["sale"], second["amount"], second["reason"]) == (
            other.order.number, "1000", "900", "It is sent within a minute.",
        )  # fmt: skip

    @pytest.mark.parametrize("year", ["2025", "99999", "x", "²", "-1", ""])
    def test_is_of_a_year(self, page, user, year):
        transfer = sold(user)
        Transfer.objects.filter(pk=transfer.pk).update(created_at=dt.datetime(2025, 6, 1, tzinfo=dt.UTC))
        assert len(self.rows(page.get("/studio/payouts/export/", {"year": year}))) == (year == "2025")

    def test_lets_no_spreadsheet_calculate(self, page, user):
        Transfer.objects.filter(pk=sold(user).pk).update(provider_id="=HYPERLINK(1)")
        assert self.rows(page.get("/studio/payouts/export/"))[0]["provider_reference"] == "'=HYPERLINK(1)"


class TestFees:
    def test_explains_the_rounding_with_the_documents_example(self, page):
        text = text_of(page.get("/studio/fees/"))
        assert "29.99 EUR 2.999 EUR 3.00 EUR 26.99 EUR" in text
        assert "0.05 EUR 0.005 EUR 0.01 EUR 0.04 EUR" in text
        assert "0.04 EUR 0.004 EUR 0.00 EUR 0.04 EUR" in text

    @pytest.mark.parametrize(
        ("price", "currency", "words"),
        [("12.35", "EUR", "You get 11.11 EUR"), ("15", "JPY", "You get 13 JPY")],
    )
    def test_counts_any_price(self, page, price, currency, words):
        assert words in text_of(page.get("/studio/fees/", {"price": price, "currency": currency}))

    @pytest.mark.parametrize("price", ["-1", "1.234", "x", "NaN", "9999999999999"])
    def test_says_what_is_no_price(self, page, price):
        answer = page.get("/studio/fees/", {"price": price, "currency": "EUR"})
        assert (answer.status_code, list(answer.context["form"].errors), answer.context["answer"]) == (
            200, ["price"], None,
        )  # fmt: skip

    def test_says_the_highest_price_as_people_write_it(self, page):
        answer = page.get("/studio/fees/", {"price": "9999999999", "currency": "EUR"})
        assert answer.context["form"].errors["price"] == [
            "EUR has 2 decimals, and no price is above 1,000,000,000.00 EUR."
        ]


class TestAccount:
    def test_tells_what_the_provider_still_asks(self, page, user):
        start_onboarding(by=user)
        SellerAccount.objects.update(
            requirements_due=[
                "external_account",
                "individual.verification.document",
                "some_new.thing",
                "tos_acceptance.ip",
            ]
        )
        text = text_of(page.get("/studio/payouts/"))
        for words in (
            "Your account is not ready yet", "A bank account to pay to", "A document that shows who you are",
            "some new, thing", "Your agreement to the provider&#x27;s terms", "Go on with it",
        ):  # fmt: skip
            assert words in text

    def test_is_asked_again_on_the_way_back(self, page, user):
        assert page.get("/studio/payouts/connect/back/").url == "/studio/payouts/"
        start_onboarding(by=user)
        said = [str(each) for each in page.get("/studio/payouts/connect/back/", follow=True).context["messages"]]
        assert said == ["The payout provider still asks for something before it can pay you."]
        SandboxAccount.objects.update(is_active=True)
        answer = page.post("/studio/payouts/connect/check/", follow=True)
        assert [str(each) for each in answer.context["messages"]] == [
            "Your account can receive money. What waited for it goes out now."
        ]
        assert SellerAccount.objects.get().transfers_active is True

    def test_gets_a_new_link_where_the_old_is_used(self, page, user):
        assert page.get("/studio/payouts/connect/again/").url == "/studio/payouts/"
        assert SellerAccount.objects.count() == 0
        start_onboarding(by=user)
        assert page.get("/studio/payouts/connect/again/").url.startswith("/sandbox/onboarding/")

    def test_is_for_who_is_signed_in(self):
        for path in ("payouts/", "fees/", "payouts/export/", "payouts/connect/again/", "payouts/connect/back/"):
            assert Client().get(f"/studio/{path}").url.startswith("/account/login/")


class TestBalance:
    def test_is_asked_of_the_provider_and_kept(self, page, user):
        connect(user)
        send(sold(user))
        page.get("/studio/payouts/")
        row = SellerAccount.objects.get()
        assert (row.balance, row.balance_at is not None) == ({"EUR": {"available": 2699, "pending": 0}}, True)

    def test_is_the_last_known_where_the_provider_is_away(self, page, user, silent):
        connect(user)
        SellerAccount.objects.update(
            balance={"EUR": {"available": 4200, "pending": 0}}, balance_at=now() - dt.timedelta(hours=2)
        )
        text = text_of(page.get("/studio/payouts/"))
        assert ("On your account 42.00 EUR" in text, "as we last heard of it" in text) == (True, True)
        assert read_balance(by=user) is True

    def test_is_counted_from_what_was_sent_where_it_never_answered(self, page, user, silent):
        connect(user)
        send(sold(user))
        text = text_of(page.get("/studio/payouts/"))
        assert ("On your account 26.99 EUR" in text, "is counted from what we sent" in text) == (True, True)
        with pytest.raises(Unavailable):
            read_balance(by=user)

    def test_is_not_asked_for_twice_a_minute_unless_something_was_sent(self, user, monkeypatch):
        connect(user)
        minute = dt.timedelta(minutes=1)
        read_balance(by=user, most_age=minute)
        calls = []
        real = SandboxPayouts.balance
        monkeypatch.setattr(SandboxPayouts, "balance", lambda self, key: calls.append(key) or real(self, key))
        read_balance(by=user, most_age=minute)
        assert calls == []
        send(sold(user))
        read_balance(by=user, most_age=minute)
        assert len(calls) == 1
        read_balance(by=user)
        assert len(calls) == 2

    def test_on_the_overview_shows_every_currency(self, page, user):
        connect(user)
        paid_order(product=ProductFactory(by=user))
        paid_order(product=ProductFactory(by=user, currency="USD", price_cents=1000))
        text = text_of(page.get("/studio/"))
        assert "Also in USD: 0.00 USD on your account, 9.00 USD on its way to you." in text
