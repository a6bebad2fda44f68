"""Staff see the channels; an administrator chooses owners, and the token is shown to nobody."""

import pytest
from django.apps import apps
from django.urls import reverse

from conversations.models import ClientThread, InboxSettings, PlatformAccount
from tests.clients import verified_client
from tests.factories.accounts import UserFactory
from tests.factories.platforms import about, account_of, message, messenger, told

MODELS = ["clientidentity", "delivery", "platformaccount", "waitingreceipt"]


@pytest.fixture
def office(staff):
    return verified_client(staff)


@pytest.fixture
def page(user):
    account = account_of(user)
    told(messenger(message(), about(delivery={"mids": ["m_X"]})))
    PlatformAccount.objects.filter(pk=account.pk).update(access_token="EAAsecret", is_sandbox=False)
    return account


def place(model, *, row=None):
    what, args = ("change", [row.pk]) if row else ("changelist", [])
    return reverse(f"admin:conversations_{model}_{what}", args=args)


class TestEveryModel:
    @pytest.mark.parametrize("model", MODELS)
    def test_is_listed_searched_and_opened(self, office, page, model):
        row = apps.get_model("conversations", model).objects.first()
        pages = [office.get(place(model)), office.get(place(model), {"q": "m_X"}), office.get(place(model, row=row))]

        assert [answer.status_code for answer in pages] == [200, 200, 200]
        assert not any(b"EAAsecret" in answer.content for answer in pages)

    @pytest.mark.parametrize("model", ["clientidentity", "delivery", "waitingreceipt"])
    def test_but_these_are_not_changed(self, office, page, model):
        row = apps.get_model("conversations", model).objects.first()

        assert office.post(place(model, row=row), {}).status_code == 403


class TestAnAccount:
    def test_is_given_to_another_with_its_conversations(self, office, page):
        heir = UserFactory()

        answer = office.post(place("platformaccount", row=page), {"owner": str(heir.pk), "name": "Ignored"})

        assert answer.status_code == 302
        page.refresh_from_db()
        assert (page.owner, page.name, page.access_token) == (heir, "Olive & Oak", "EAAsecret")
        assert ClientThread.objects.get().conversation.created_by == heir

    def test_is_not_given_to_somebody_who_is_not_there(self, office, page, user):
        gone = UserFactory(is_active=False)

        answer = office.post(place("platformaccount", row=page), {"owner": str(gone.pk)}, follow=True)

        page.refresh_from_db()
        assert page.owner == user
        assert "This user does not exist" in answer.content.decode()

    def test_is_only_looked_at_by_support(self, page, user):
        support = UserFactory(is_staff=True, role="support")
        desk = verified_client(support)

        assert desk.get(place("platformaccount", row=page)).status_code == 200
        assert desk.post(place("platformaccount", row=page), {"owner": str(support.pk)}).status_code == 403


class TestTheSettings:
    def test_are_made_and_changed_by_administrators(self, office, staff):
        first, second = UserFactory(), UserFactory()

        office.post(reverse("admin:conversations_inboxsettings_add"), {"default_owner": str(first.pk)})
        assert InboxSettings.objects.get().default_owner == first
        office.post(place("inboxsettings", row=InboxSettings.objects.get()), {"default_owner": str(second.pk)})
        assert InboxSettings.objects.get().default_owner == second
        office.post(place("inboxsettings", row=InboxSettings.objects.get()), {"default_owner": ""})
        assert InboxSettings.objects.get().default_owner is None
        assert office.get(place("inboxsettings")).status_code == 200
        assert office.post(reverse("admin:conversations_inboxsettings_add"), {}).status_code == 403
