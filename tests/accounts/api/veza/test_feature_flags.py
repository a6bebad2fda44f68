"""Document veza.txt, "Feature Flags"."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, FeatureFlag
from accounts.verbs.api_keys import create_key
from accounts.verbs.feature_flags import set_flag
from tests.clients import Caller
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
FLAGS = "/api/v1/admin/feature-flags"
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


@pytest.fixture
def office(staff):
    return Caller.signed_in_as(staff)


def shown(name, **told):
    fixed = {
        "enabled": True,
        "for_staff": False,
        "description": "",
        "created_at": "2026-03-04T05:06:07.000Z",
        "updated_at": "2026-03-04T05:06:07.000Z",
    }
    return {"name": name, **fixed, **told}


class TestList:
    def test_shows_all_by_name(self, office, staff):
        with time_machine.travel(MOMENT, tick=False):
            set_flag(name="b", enabled=True, by=staff)
            set_flag(name="a", enabled=False, for_staff=True, description="First", by=staff)
        answer = office.get(FLAGS)
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "success": True,
                "data": {"feature_flags": [shown("a", enabled=False, for_staff=True, description="First"), shown("b")]},
            },
        )

    def test_may_be_empty(self, office):
        assert office.get(FLAGS).json() == {"success": True, "data": {"feature_flags": []}}

    def test_asks_as_often_for_three_as_for_one(self, office, staff):
        def asked():
            with CaptureQueriesContext(connection) as queries:
                assert office.get(FLAGS).status_code == 200
            return len(queries)

        set_flag(name="a", enabled=True, by=staff)
        office.get(FLAGS)
        once = asked()
        set_flag(name="b", enabled=True, by=staff)
        set_flag(name="c", enabled=True, by=staff)
        assert asked() == once

    def test_is_for_administrators(self, anonymous, caller):
        support = Caller.signed_in_as(UserFactory(role="support", is_staff=True))
        assert [who.get(FLAGS).status_code for who in (anonymous, caller, support)] == [401, 403, 403]


class TestUpdate:
    def test_switches_on_and_off(self, staff):
        with time_machine.travel(MOMENT, tick=False):
            office = Caller.signed_in_as(staff)
            answers = [office.put(f"{FLAGS}/new_player", {"enabled": on}) for on in (True, False)]
        assert [(each.status_code, each.json()) for each in answers] == [
            (200, {"success": True, "data": shown("new_player", enabled=on)}) for on in (True, False)
        ]
        lines = AuditEntry.objects.filter(method="").order_by("pk").values_list("action", "resource")
        assert list(lines) == [
            ("feature flag made: on", "new_player"),
            ("feature flag switched: off", "new_player"),
        ]

    def test_takes_a_description_and_staff(self, office):
        office.put(f"{FLAGS}/x", {"enabled": False, "description": "Why", "for_staff": True})
        assert FeatureFlag.objects.values_list("enabled", "description", "for_staff").get() == (False, "Why", True)

    @pytest.mark.parametrize(
        "body",
        [{}, {"enabled": "true"}, {"enabled": 1}, {"enabled": None}, [], {"enabled": True, "description": "x" * 201}],
    )
    def test_refuses_another_body(self, office, body):
        answer = office.put(f"{FLAGS}/x", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert not FeatureFlag.objects.exists()

    def test_refuses_a_name_that_is_none(self, office):
        answer = office.put(f"{FLAGS}/not%20a%20name", {"enabled": True})
        assert (answer.status_code, answer.json()["details"].keys()) == (400, {"name"})

    def test_is_for_administrators(self, anonymous, caller):
        support = Caller.signed_in_as(UserFactory(role="support", is_staff=True))
        asked = [who.put(f"{FLAGS}/x", {"enabled": True}).status_code for who in (anonymous, caller, support)]
        assert asked == [401, 403, 403]
        assert not FeatureFlag.objects.exists()

    @pytest.mark.parametrize(("scopes", "status"), [(["read", "write"], 403), (["admin"], 200)])
    def test_takes_keys_with_the_scope_alone(self, staff, scopes, status):
        _, key = create_key(user=staff, name="k", scopes=scopes)
        assert Caller(X_API_Key=key).put(f"{FLAGS}/x", {"enabled": True}).status_code == status
