import pytest

from accounts.models import FeatureFlag
from accounts.verbs.feature_flags import set_flag
from ontology.models import Change
from tests.clients import verified_client
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/featureflag/"


@pytest.fixture
def office(staff):
    return verified_client(staff)


class TestFlags:
    def test_are_made_and_changed_by_the_verb(self, office, staff):
        office.post(f"{LIST}add/", {"name": "new_player", "description": "Why", "for_staff": "on"})
        office.post(f"{LIST}new_player/change/", {"description": "Why not", "enabled": "on"})
        assert FeatureFlag.objects.values_list("name", "description", "enabled", "for_staff", "changed_by").get() == (
            "new_player",
            "Why not",
            True,
            False,
            staff.pk,
        )
        told = Change.objects.filter(kind="FeatureFlagChanged").order_by("pk").values_list("payload__what", flat=True)
        assert list(told) == ["made", "switched"]

    def test_have_names_that_code_can_ask_for(self, office):
        page = office.post(f"{LIST}add/", {"name": "not a name"})
        assert "A flag&#x27;s name is" in page.content.decode()
        assert not FeatureFlag.objects.exists()

    def test_are_switched_and_removed_where_they_are_listed(self, office, staff):
        flag = set_flag(name="x", enabled=False, by=staff)

        def acted(action):
            office.post(LIST, {"action": action, "_selected_action": [flag.pk]})
            return FeatureFlag.objects.values_list("enabled", flat=True).first()

        assert [acted(action) for action in ("switch_on", "switch_off", "remove")] == [True, False, None]

    def test_are_looked_at_by_support(self):
        support = verified_client(UserFactory(role="support", is_staff=True))
        assert (support.get(LIST).status_code, support.post(f"{LIST}add/", {"name": "x"}).status_code) == (200, 403)
