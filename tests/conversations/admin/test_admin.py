"""Staff see every model of this app, search and filter it; nothing is changed past the verbs."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from conversations.verbs.messages import send_message
from conversations.verbs.notifications import notify
from conversations.verbs.presence import note_present
from tests.clients import verified_client
from tests.factories.conversations import room

MODELS = ["conversation", "message", "notification", "participant", "presence"]


@pytest.fixture
def office(staff):
    return verified_client(staff)


@pytest.fixture
def talk(user):
    conversation = room(user, title="Ada's room")
    send_message(conversation_id=conversation.pk, content="hello", by=user)
    note_present(places=[(conversation.pk, user.pk)])
    notify(user_id=user.pk, key="1", title="Ada has news")
    return conversation


class TestEveryModel:
    def test_is_registered_searchable_and_filterable(self):
        registered = admin.site._registry.items()
        ours = {m._meta.model_name: place for m, place in registered if m._meta.app_label == "conversations"}

        assert sorted(ours) == MODELS
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
