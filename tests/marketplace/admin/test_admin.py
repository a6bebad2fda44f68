"""Staff see every model of this app, search and filter it, and act through verbs."""

import datetime as dt
from io import BytesIO

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.models import Dispute, LedgerEntry, LedgerTransaction, Product, SandboxMishap, WebhookEvent
from marketplace.verbs.carts import add_to_cart
from marketplace.verbs.differences import note_difference
from marketplace.verbs.gear import create_gear
from marketplace.verbs.gear_documents import attach_document
from marketplace.verbs.gear_repairs import record_repair
from marketplace.verbs.limits import take_ai_answer
from marketplace.verbs.orders import place_order_once
from marketplace.verbs.product_files import add_file
from marketplace.verbs.reversals import attempt_reversal, reversals_due
from marketplace.verbs.reviews import review_product
from marketplace.verbs.transfers import attempt_transfer
from ontology.models import Entity
from tests.clients import verified_client
from tests.factories.accounts import UserFactory
from tests.factories.marketplace import ProductFactory, connect, given_back, paid_order
from tests.factories.subscriptions import TierFactory, subscribed

MODELS = sorted(str(model._meta.model_name) for model in apps.get_app_config("marketplace").get_models())


@pytest.fixture
def office(staff):
    return verified_client(staff)


def keep_gear(user):
    gear = create_gear(name="Viola", by=user)
    record_repair(gear_id=gear.pk, repair_date=dt.date(2026, 2, 15), description="Pegs", by=user)
    attach_document(gear_id=gear.pk, content=BytesIO(b"paid"), name="invoice.txt", by=user)


@pytest.fixture
def transfer(user):
    """One of everything."""
    seller = UserFactory()
    connect(seller)
    product = ProductFactory(by=seller)
    items = [{"product_id": str(product.pk), "quantity": 1}]
    place_order_once(items=items, payment_method="card", by=user, key="k", route="r", answer=lambda order: {})
    transfer = paid_order(by=user, product=product).transfers.get()
    review_product(product_id=product.pk, rating=4, by=user)
    keep_gear(user)
    SandboxMishap.objects.create(kind="lose_answer")
    add_file(product_id=product.pk, content=BytesIO(b"stems"), name="stems.txt", by=seller)
    add_to_cart(product_id=product.pk, by=user)
    attempt_transfer(transfer_id=transfer.pk)
    given_back(transfer.order, amount_cents=100)
    sold = paid_order(by=user, product=product)
    attempt_transfer(transfer_id=sold.transfers.get().pk)
    given_back(sold, amount_cents=100)
    for key in reversals_due():
        attempt_reversal(reversal_id=key)
    subscribed(user, TierFactory())
    take_ai_answer(user)
    note_difference(kind="ledger", reference="a rehearsal")
    Dispute.objects.create(payment=sold.payments.get(), provider_id="dp_1", status="won")
    return transfer


def press(office, model, action, *rows):
    path = reverse(f"admin:marketplace_{model}_changelist")
    answer = office.post(path, {"action": action, "_selected_action": [str(row.pk) for row in rows]}, follow=True)
    return [str(message) for message in answer.context["messages"]]


class TestEveryModel:
    def test_is_registered_searchable_and_filterable(self):
        registered = admin.site._registry.items()
        ours = {m._meta.model_name: place for m, place in registered if m._meta.app_label == "marketplace"}
        assert sorted(ours) == MODELS
        assert all(place.search_fields and place.list_filter for place in ours.values())

    @pytest.mark.parametrize("model", MODELS)
    def test_is_listed_searched_and_opened(self, office, transfer, model):
        row = apps.get_model("marketplace", model).objects.first()
        listing = reverse(f"admin:marketplace_{model}_changelist")
        pages = (office.get(listing), office.get(listing, {"q": "Ada"}), office.get(f"{listing}{row.pk}/change/"))
        assert [page.status_code for page in pages] == [200, 200, 200]

    @pytest.mark.parametrize(
        "model", [name for name in MODELS if name not in ("difference", "product", "sandboxmishap", "subscriptiontier")]
    )
    def test_is_changed_by_verbs_alone(self, office, transfer, model):
        row = apps.get_model("marketplace", model).objects.first()
        listing = reverse(f"admin:marketplace_{model}_changelist")
        assert office.post(f"{listing}{row.pk}/change/", {}).status_code == 403
        assert office.post(f"{listing}add/", {}).status_code == 403
        assert office.post(f"{listing}{row.pk}/delete/", {"post": "yes"}).status_code == 403


class TestAmounts:
    def test_are_money_of_their_currency_in_lists_and_on_pages(self, office, user):
        order = paid_order(product=ProductFactory(price_cents=12_345, currency="JPY"))
        pages = [
            reverse("admin:marketplace_order_change", args=[order.pk]),
            reverse("admin:marketplace_orderline_changelist"),
            reverse("admin:marketplace_payment_changelist"),
            reverse("admin:marketplace_payment_change", args=[order.payments.get().pk]),
            reverse("admin:marketplace_transfer_change", args=[order.transfers.get().pk]),
            reverse("admin:marketplace_ledgerentry_changelist"),
        ]
        for page in pages:
            text = office.get(page).content.decode()
            assert ("12,345 JPY" in text, "12345" in text) == (True, False), page

    def test_lead_from_an_order_to_its_papers(self, office, user):
        order = paid_order()
        text = office.get(reverse("admin:marketplace_order_change", args=[order.pk])).content.decode()
        assert reverse("admin:marketplace_invoice_paper", args=[order.invoices.get().pk]) in text


class TestMoments:
    def test_are_written_so_that_they_sort(self, office, user):
        order = paid_order()
        text = office.get(reverse("admin:marketplace_order_changelist")).content.decode()
        assert f"{order.paid_at:%Y-%m-%d %H:%M:%S}" in text


class TestActions:
    def test_say_what_went_wrong_in_another_tone(self, office, user):
        connect(user)
        fails, works = (paid_order(product=ProductFactory(by=user)).transfers.get() for _ in range(2))
        SandboxMishap.objects.create(kind="refuse", call="transfer")
        path = reverse("admin:marketplace_transfer_changelist")
        told = []
        for transfer in (fails, works):
            answer = office.post(path, {"action": "retry", "_selected_action": [str(transfer.pk)]}, follow=True)
            told += [(one.level_tag, str(one)) for one in answer.context["messages"]]
        assert told == [("error", f"{fails}: now failed"), ("success", f"{works}: now completed")]

    def test_try_a_transfer_now(self, office, transfer):
        assert press(office, "transfer", "retry", transfer) == [f"{transfer}: now completed"]
        assert press(office, "transfer", "retry", transfer) == [f"{transfer}: This transfer is completed"]

    def test_apply_an_event_once_more(self, office, transfer):
        event = WebhookEvent.objects.first()
        assert press(office, "webhookevent", "replay", event) == [f"{event}: This event had its effect already"]

    def test_ask_the_providers(self, office, transfer):
        assert press(office, "payment", "ask_the_provider", transfer.order.payments.get())[0].endswith("now succeeded")
        assert press(office, "selleraccount", "read_again", transfer.seller.seller_account)[0].endswith("can be paid")

    def test_take_a_product_off_the_market(self, office, transfer):
        product = Product.objects.get()
        assert press(office, "product", "take_off", product) == [f"{product}: now archived"]
        assert Entity.objects.get(pk=product.pk).status == "archived"


class TestProduct:
    def test_is_reworded_by_the_verb(self, office, transfer):
        product = Product.objects.get()
        path = reverse("admin:marketplace_product_change", args=[product.pk])
        answer = office.post(path, {"title": "Tidied", "description": "Plain", "status": "draft"})
        assert (answer.status_code, Product.objects.get().title) == (302, "Tidied")
        assert Entity.objects.get(pk=product.pk).name == "Tidied"

    def test_leads_to_giving_a_licence(self, office, transfer):
        product = Product.objects.get()
        text = office.get(reverse("admin:marketplace_product_change", args=[product.pk])).content.decode()
        place = reverse("studio_product_licenses", args=[product.pk])
        assert f'href="{place}"' in text
        assert office.get(place).status_code == 200


class TestLedger:
    def test_calls_sellers_by_their_names(self, office, user):
        order = paid_order(product=ProductFactory(by=UserFactory(name="Edda Farquharson")))
        booked = LedgerTransaction.objects.get(kind="payment_captured")
        pages = (
            reverse("admin:marketplace_ledgerentry_changelist"),
            reverse("admin:marketplace_ledgertransaction_change", args=[booked.pk]),
        )
        for page in pages:
            text = office.get(page).content.decode()
            assert ("Seller Edda Farquharson" in text, f"seller:{order.lines.get().seller_id}" in text) == (True, False)

    def test_asks_the_database_as_often_for_three_as_for_one(self, office):
        asked = []
        for _ in range(3):
            paid_order()
            with CaptureQueriesContext(connection) as queries:
                office.get(reverse("admin:marketplace_ledgerentry_changelist"))
            asked.append(len(queries))
        assert asked[0] == asked[2]

    def test_says_whether_it_balances(self, office, transfer):
        path = reverse("admin:marketplace_ledgertransaction_changelist")
        assert "The ledger balances in every currency." in office.get(path).content.decode()
        entry = LedgerEntry.objects.first()
        LedgerEntry.objects.filter(pk=entry.pk).update(amount_cents=entry.amount_cents + 7)
        assert "out of balance by 0.07 EUR" in office.get(path).content.decode()
