"""Staff see every model of this app, search and filter it; nothing is changed past the verbs."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from conversations.models import AssistantTurn
from conversations.verbs.messages import send_message
from conversations.verbs.notifications import notify
from conversations.verbs.presence import note_present
from tests.clients import verified_client
from tests.factories.clients import thread_with
from tests.factories.conversations import room
from tests.factories.integrations import connected, leaks
from tests.factories.knowledge import known
from tests.factories.tasks import task_of

MODELS = [
    "assistantturn",
    "clientthread",
    "conversation",
    "integration",
    "knowledgefile",
    "message",
    "notification",
    "participant",
    "presence",
    "task",
]
OF_CHANNELS = ["clientidentity", "delivery", "inboxsettings", "platformaccount", "waitingreceipt"]  # test_platforms.py


@pytest.fixture
def office(staff):
    return verified_client(staff)


@pytest.fixture
def talk(user):
    conversation = room(user, title="Ada's room")
    send_message(conversation_id=conversation.pk, content="hello", by=user)
    note_present(places=[(conversation.pk, user.pk)])
    notify(user_id=user.pk, key="1", title="Ada has news")
    thread_with(user, name="Ada's client")
    passages = [{"passage_id": 1, "file_id": "1", "file_name": "a.pdf", "page": 2, "text": "Two <b>days</b>."}]
    AssistantTurn.objects.create(conversation=conversation, upto_seq=1, reason="unsure", passages=passages)
    known(user, "Never shown: the secret of the house.", name="Ada's notes")
    connected(user)
    task_of(user, description="Ada's task")
    return conversation


class TestEveryModel:
    def test_is_registered_searchable_and_filterable(self):
        registered = admin.site._registry.items()
        ours = {m._meta.model_name: place for m, place in registered if m._meta.app_label == "conversations"}

        assert sorted(ours) == sorted([*MODELS, *OF_CHANNELS, "announcement"])
        assert all(place.search_fields and place.list_filter for place in ours.values())

    @pytest.mark.parametrize("model", MODELS)
    def test_is_listed_searched_and_opened_but_not_changed(self, office, talk, model):
        row = apps.get_model("conversations", model).objects.first()
        change = reverse(f"admin:conversations_{model}_change", args=[row.pk])
        listed = office.get(reverse(f"admin:conversations_{model}_changelist"))
        searched = office.get(reverse(f"admin:conversations_{model}_changelist"), {"q": "Ada"})

        assert [page.status_code for page in (listed, searched, office.get(change))] == [200, 200, 200]
        assert office.post(change, {}).status_code == 403
        assert office.post(reverse(f"admin:conversations_{model}_add"), {}).status_code == 403


class TestAnAssistantsTurn:
    def test_shows_its_passages_and_its_reason(self, office, talk):
        turn = AssistantTurn.objects.get()
        page = office.get(reverse("admin:conversations_assistantturn_change", args=[turn.pk])).content.decode()
        assert "<strong>a.pdf</strong>, page 2<br>Two &lt;b&gt;days&lt;/b&gt;." in page
        assert "unsure" in page

    def test_shows_no_text_of_a_knowledge_file(self, office, talk):
        row = apps.get_model("conversations", "knowledgefile").objects.get()
        pages = [
            reverse("admin:conversations_knowledgefile_change", args=[row.pk]),
            reverse("admin:conversations_knowledgefile_changelist"),
        ]
        text = " ".join(office.get(page).content.decode() for page in pages)

        assert row.status == "ready"
        assert ("Ada&#x27;s notes.txt" in text, "secret" in text, row.file.name in text) == (True, False, False)


class TestIntegrations:
    def test_are_shown_masked(self, office, talk):
        row = apps.get_model("conversations", "integration").objects.get()
        listed = office.get(reverse("admin:conversations_integration_changelist")).content.decode()
        opened = office.get(reverse("admin:conversations_integration_change", args=[row.pk])).content.decode()
        assert "********" in opened
        assert "C0123456789" in opened
        assert leaks(listed + opened) == []
