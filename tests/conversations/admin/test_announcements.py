import pytest

from conversations.models import Announcement
from conversations.verbs.announcements import announce
from ontology.models import Change
from tests.clients import verified_client
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/conversations/announcement/"


@pytest.fixture
def office(staff):
    return verified_client(staff)


def given(**change):
    fields = {
        "title": "Soon",
        "content": "New rooms.",
        "type": "warning",
        "starts_at_0": "2026-03-04",
        "starts_at_1": "05:06:07",
        "ends_at_0": "",
        "ends_at_1": "",
    }
    return {**fields, **change}


class TestAnnouncements:
    def test_are_made_by_the_verb(self, office, staff):
        answer = office.post(f"{LIST}add/", given())
        assert answer.status_code == 302
        row = Announcement.objects.get()
        assert (row.title, row.content, row.type, row.made_by) == ("Soon", "New rooms.", "warning", staff)
        assert Change.objects.filter(kind="AnnouncementMade").count() == 1
        assert "shown" in office.get(LIST).content.decode()
        assert office.get(f"{LIST}{row.pk}/change/").status_code == 200

    @pytest.mark.parametrize(
        "change",
        [
            {"title": ""},
            {"content": ""},
            {"type": "panic"},
            {"ends_at_0": "2026-03-03", "ends_at_1": "00:00:00"},
            {"ends_at_0": "2026-03-05", "ends_at_1": "00:00:00"},
        ],
    )
    def test_keep_the_verbs_rules(self, office, change):
        page = office.post(f"{LIST}add/", given(**change))
        assert (page.status_code, bool(page.context["errors"])) == (200, True)
        assert not Announcement.objects.exists()

    def test_are_withdrawn_and_not_reworded(self, office, staff):
        row = announce(title="Soon", content="x", by=staff)
        assert office.post(f"{LIST}{row.pk}/change/", given()).status_code == 403
        office.post(LIST, {"action": "withdraw", "_selected_action": [str(row.pk)]})
        assert Announcement.objects.get().withdrawn_at is not None
        assert "withdrawn" in office.get(LIST, {"q": "Soon"}).content.decode()

    def test_are_looked_at_by_support(self, staff):
        announce(title="Soon", content="x", by=staff)
        support = verified_client(UserFactory(role="support", is_staff=True))
        assert (support.get(LIST).status_code, support.post(f"{LIST}add/", given()).status_code) == (200, 403)
