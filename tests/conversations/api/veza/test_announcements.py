"""Document veza.txt, "Announcements"."""

import datetime as dt

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Announcement
from conversations.verbs.announcements import announce
from tests.clients import Caller
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
ACTIVE, ALL = "/api/v1/announcements/active", "/api/v1/admin/announcements"
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
AT = "2026-03-04T05:06:07.000Z"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MOMENT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def office(staff):
    return Caller.signed_in_as(staff)


def shown(row, **more):
    told = {"title": row.title, "content": row.content, "type": row.type}
    return {"id": str(row.pk), **told, "starts_at": AT, "ends_at": None, "created_at": AT, **more}


class TestActive:
    def test_is_for_everybody_newest_first(self, staff, anonymous, clock):
        old = announce(title="One", content="First", type="error", by=staff)
        clock.shift(1)
        new = announce(title="Two", content="Second", by=staff)
        cache.clear()
        answer = anonymous.get(ACTIVE)
        later = "2026-03-04T05:06:08.000Z"
        assert (answer.status_code, answer.json()) == (
            200,
            {"success": True, "data": {"announcements": [shown(new, starts_at=later, created_at=later), shown(old)]}},
        )

    def test_may_be_empty(self, anonymous):
        assert anonymous.get(ACTIVE).json() == {"success": True, "data": {"announcements": []}}

    def test_minds_no_broken_credential(self, db):
        assert Caller(Authorization="Bearer nonsense").get(ACTIVE).status_code == 200

    def test_may_be_kept_for_a_moment(self, staff, anonymous):
        first = anonymous.get(ACTIVE)
        assert first["Cache-Control"] == "public, max-age=15"
        again = anonymous.client.get(ACTIVE, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])

        announce(title="One", content="First", by=staff)
        cache.clear()
        changed = anonymous.client.get(ACTIVE, headers={"If-None-Match": f"W/{first['ETag']}"})
        assert changed.status_code == 200
        assert changed["ETag"] != first["ETag"]

    def test_asks_the_database_once_in_a_while(self, staff, anonymous):
        announce(title="One", content="First", by=staff)
        anonymous.get(ACTIVE)
        with CaptureQueriesContext(connection) as asked:
            anonymous.get(ACTIVE)
        assert [each["sql"] for each in asked if "announcement" in each["sql"]] == []


class TestList:
    def test_shows_those_that_are_over_too(self, office, staff, clock):
        over = announce(title="Over", content="x", ends_at=MOMENT + dt.timedelta(seconds=1), by=staff)
        clock.shift(2)
        row = announce(title="Now", content="x", by=staff)
        later = "2026-03-04T05:06:09.000Z"
        made = {"created_by": str(staff.pk)}
        assert office.get(ALL).json() == {
            "success": True,
            "data": {
                "announcements": [
                    shown(row, starts_at=later, created_at=later, active=True, **made),
                    shown(over, ends_at="2026-03-04T05:06:08.000Z", active=False, **made),
                ],
                "total": 2,
                "limit": 100,
                "offset": 0,
            },
        }
        cut = office.get(ALL, limit=1, offset=1).json()["data"]
        assert ([each["title"] for each in cut["announcements"]], cut["total"]) == (["Over"], 2)

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"offset": -1}, {"limit": "x"}])
    def test_refuses_another_window(self, office, query):
        assert office.get(ALL, **query).status_code == 400

    def test_asks_as_often_for_three_as_for_one(self, office, staff):
        def asked():
            with CaptureQueriesContext(connection) as queries:
                assert office.get(ALL).status_code == 200
            return len(queries)

        announce(title="1", content="x", by=staff)
        office.get(ALL)
        once = asked()
        for title in "23":
            announce(title=title, content="x", by=staff)
        assert asked() == once


class TestCreate:
    def test_answers_what_is_said(self, office, staff):
        answer = office.post(ALL, {"title": "Soon", "content": "New rooms.", "type": "warning"})
        row = Announcement.objects.get()
        assert (answer.status_code, answer.json()) == (
            201,
            {"success": True, "data": shown(row, active=True, created_by=str(staff.pk))},
        )
        assert (row.title, row.content, row.type) == ("Soon", "New rooms.", "warning")

    def test_may_be_for_later(self, office):
        body = {
            "title": "Soon",
            "content": "x",
            "starts_at": "2026-04-01T10:00:00+02:00",
            "ends_at": "2026-04-02T08:00:00Z",
        }
        data = office.post(ALL, body).json()["data"]
        assert (data["starts_at"], data["ends_at"], data["active"], data["type"]) == (
            "2026-04-01T08:00:00.000Z",
            "2026-04-02T08:00:00.000Z",
            False,
            "info",
        )

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"title": None}, "title"),
            ({"title": 7}, "title"),
            ({"title": "x" * 121}, "title"),
            ({"content": " "}, "content"),
            ({"type": "panic"}, "type"),
            ({"type": []}, "type"),
            ({"starts_at": "soon"}, "starts_at"),
            ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ],
    )
    def test_says_what_is_wrong(self, office, change, field):
        answer = office.post(ALL, {"title": "Soon", "content": "x", "type": "info", **change})
        assert (answer.status_code, answer.json()["details"].keys()) == (400, {field})
        assert not Announcement.objects.exists()


class TestDelete:
    def test_takes_it_back(self, office, staff, anonymous):
        row = announce(title="One", content="x", by=staff)
        answer = office.delete(f"{ALL}/{row.pk}")
        assert (answer.status_code, answer.json()) == (
            200,
            {"success": True, "data": {"message": "Announcement deleted"}},
        )
        cache.clear()
        assert (anonymous.get(ACTIVE).json()["data"], office.get(ALL).json()["data"]["total"]) == (
            {"announcements": []},
            0,
        )
        assert [office.delete(f"{ALL}/{key}").status_code for key in (row.pk, "x")] == [404, 404]


class TestWhoMay:
    def test_none_but_administrators(self, anonymous, caller, staff):
        row = announce(title="One", content="x", by=staff)
        support = Caller.signed_in_as(UserFactory(role="support", is_staff=True))
        for who, status in ((anonymous, 401), (caller, 403), (support, 403)):
            assert who.get(ALL).status_code == status
            assert who.post(ALL, {"title": "x", "content": "x", "type": "info"}).status_code == status
            assert who.delete(f"{ALL}/{row.pk}").status_code == status
        assert Announcement.objects.standing().count() == 1
