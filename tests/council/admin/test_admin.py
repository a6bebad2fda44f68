"""Staff see every model of this app, search and filter it, and act through verbs."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from council.apps import CouncilConfig
from council.models import Deliberation, Persona
from council.verbs.deliberations import stop_deliberation
from council.verbs.sittings import deliberate
from marketplace.models import LedgerEntry, Payment, Refund, Transfer, WebhookEvent
from marketplace.verbs.differences import note_difference
from marketplace.verbs.refunds import refund_order
from tests.clients import verified_client
from tests.factories.accounts import UserFactory
from tests.factories.council import DeliberationFactory, PersonaFactory, ProjectFactory
from tests.factories.marketplace import ProductFactory, clerk, given_back, paid_order
from tests.factories.reports import reported
from tests.factories.subscriptions import TierFactory, subscribed
from tests.fakes.language_model import ScriptedModel

pytestmark = pytest.mark.django_db
MODELS = [
    "advisorreply",
    "deliberation",
    "persona",
    "personaversion",
    "project",
    "projectmember",
    "report",
    "synthesis",
]


@pytest.fixture
def office(staff):
    return verified_client(staff)


@pytest.fixture
def answered(user, stranger, caller):
    caller.put("/api/personas/persona_sage", {"name": "My Sage"})
    project = ProjectFactory(by=user, member_ids=[str(stranger.pk)])
    deliberation = DeliberationFactory(by=user, project_id=str(project.pk))
    deliberate(deliberation_id=deliberation.pk, engine=ScriptedModel())
    return deliberation


class TestEveryModel:
    def test_is_registered_searchable_and_filterable(self):
        registered = {
            model._meta.model_name: place
            for model, place in admin.site._registry.items()
            if model._meta.app_label == CouncilConfig.name
        }

        assert sorted(registered) == MODELS
        assert all(place.search_fields and place.list_filter for place in registered.values())

    @pytest.mark.parametrize("model", MODELS)
    def test_is_listed_searched_and_opened(self, office, answered, model):
        reported("user", answered.asked_by)
        listed = office.get(reverse(f"admin:council_{model}_changelist"))
        searched = office.get(reverse(f"admin:council_{model}_changelist"), {"q": "Sage"})
        row = admin.site.get_model_admin(answered._meta.apps.get_model("council", model)).model.objects.first()
        opened = office.get(reverse(f"admin:council_{model}_change", args=[row.pk]))

        assert [page.status_code for page in (listed, searched, opened)] == [200, 200, 200]


class TestPersona:
    def test_a_default_is_changed_for_everybody_through_the_verb(self, office, caller):
        persona = Persona.objects.get(pk="persona_skeptic")
        fields = {
            name: getattr(persona, name)
            for name in ("name", "system_prompt", "default_model_id", "avatar_emoji", "accent_color")
        }
        inline = {f"versions-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}

        office.post(reverse("admin:council_persona_change", args=[persona.pk]), {**fields, "role": "Doubt", **inline})

        assert caller.get("/api/personas/persona_skeptic").json()["role"] == "Doubt"

    def test_somebodys_own_is_not_changed(self, office, user):
        persona = PersonaFactory(by=user)

        page = office.post(reverse("admin:council_persona_change", args=[persona.pk]), {"name": "X"})

        assert page.status_code == 403


class TestTryAgain:
    def test_queues_what_was_stopped_and_says_why_not_otherwise(self, office, user, answered):
        stopped = DeliberationFactory(by=user)
        stop_deliberation(conversation_id=stopped.conversation_id, by=user)

        page = office.post(
            reverse("admin:council_deliberation_changelist"),
            {"action": "try_again", "_selected_action": [str(stopped.pk), str(answered.pk)]},
            follow=True,
        )

        stopped.refresh_from_db()
        assert stopped.status == "queued"
        assert {str(said) for said in page.context["messages"]} == {
            f"{stopped.pk} waits for a worker",
            f"{answered.pk}: Only a question that failed or was stopped can be tried again",
        }


class TestDashboard:
    def test_counts_what_there_is_and_names_what_needs_a_person(self, office, user, answered):
        failed = DeliberationFactory(by=user)
        Deliberation.objects.filter(pk=failed.pk).update(status="error", error_code="timeout")

        page = office.get(reverse("admin:index"))

        assert page.status_code == 200
        assert {number.name: number.value for number in page.context["numbers"]} == {
            "People": "3", "Orders": "0", "Paid": "0", "Messages": "6", "Conversations": "2", "Council questions": "2",
        }  # fmt: skip
        assert [job.value for job in page.context["jobs"]] == [
            "0 waiting · 0 in review · 0 declined",
            "0 waiting · 0 running · 0 failed",
            "0 waiting · 0 running · 1 failed",
        ]
        assert [(concern.count, concern.text) for concern in page.context["concerns"]] == [
            (1, "council questions failed")
        ]
        assert b"Needs a person" in page.content

    def test_names_what_is_wrong_with_money_and_leads_there(self, office, user):
        orders = [paid_order(product=ProductFactory()) for _ in range(3)]
        Payment.objects.filter(order=orders[0]).update(dispute="open")
        Transfer.objects.filter(order=orders[1]).update(status="failed", next_retry_at=None)
        for status in ("failed", "review", "failed"):
            refund = refund_order(order_id=orders[2].pk, reason="x", amount_cents=100, by=clerk())
            Refund.objects.filter(pk=refund.pk).update(status=status)
        note_difference(kind="payment_state", reference="pay_1")
        WebhookEvent.objects.create(event_id="evt_1", type="payment_failed", body="{}", status="dead")
        LedgerEntry.objects.filter(pk=LedgerEntry.objects.first().pk).update(amount_cents=7)

        concerns = office.get(reverse("admin:index")).context["concerns"]

        # Of the refunds one is in review and the last one failed; the first was asked for again.
        assert [(concern.count, concern.text) for concern in concerns] == [
            (1, "currencies in which the ledger is out of balance"),
            (1, "differences between our books and a provider's"),
            (1, "payments are disputed by the payer's bank"),
            (2, "refunds failed or are held for review"),
            (1, "transfers wait for us"),
            (1, "events of a provider could not be applied"),
        ]
        for concern in concerns:
            assert office.get(f"{reverse('admin:index')}{concern.url}").status_code == 200

    def test_counts_as_paid_what_was_kept(self, office):
        order = paid_order()
        given_back(order, amount_cents=1000)
        subscribed(UserFactory(), TierFactory(price_cents=999))
        spare = paid_order()
        Payment.objects.filter(order=spare).update(refund_due=True)

        paid = next(one for one in office.get(reverse("admin:index")).context["numbers"] if one.name == "Paid")

        assert (paid.value, paid.week) == ("29.98 EUR", "29.98 EUR in 7 days")

    def test_is_for_staff(self, user):
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")

        assert client.get(reverse("admin:index")).status_code == 302
