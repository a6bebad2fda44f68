"""Document veza.txt, "Moderation"."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from conversations.models import Notification
from council.models import Report
from council.verbs.moderation import resolve_report
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.reports import reported, thing_of
from tests.factories.social import post_of, track_of

pytestmark = pytest.mark.django_db
REPORTS, ALL = "/api/v1/reports", "/api/v1/admin/reports"
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
AT = "2026-03-04T05:06:07.000Z"


@pytest.fixture
def office(staff):
    return Caller.signed_in_as(staff)


def person(user):
    return {"id": str(user.pk), "username": user.username, "name": user.display_name}


def shown(report, reporter, subject, **more):
    return {
        "id": str(report.pk),
        "content_type": report.content_type,
        "content_id": str(report.content_id),
        "reason": "Not right",
        "status": "pending",
        "created_at": AT,
        "content": {"title": report.title, "text": report.seen, "url": report.place},
        "reporter": person(reporter),
        "reported_user": person(subject),
        "action": None,
        "note": "",
        "resolved_at": None,
        "resolved_by": None,
        **more,
    }


class TestCreate:
    @pytest.mark.parametrize("kind", ["user", "track", "comment", "post", "product", "message"])
    def test_keeps_it(self, caller, user, stranger, kind):
        thing = thing_of(kind, stranger, seen_by=user)
        answer = caller.post(REPORTS, {"content_type": kind, "content_id": str(thing.pk), "reason": "Not right"})
        report = Report.objects.get()
        assert (answer.status_code, answer.json()) == (
            201,
            {
                "success": True,
                "data": {
                    "id": str(report.pk),
                    "content_type": kind,
                    "content_id": str(thing.pk),
                    "reason": "Not right",
                    "status": "pending",
                    "created_at": report.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                },
            },
        )
        assert (report.reporter, report.subject) == (user, stranger)

    def test_is_for_people(self, anonymous, stranger):
        body = {"content_type": "user", "content_id": str(stranger.pk), "reason": "x"}
        assert anonymous.post(REPORTS, body).status_code == 401

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"content_type": "planet"}, "content_type"),
            ({"content_type": None}, "content_type"),
            ({"content_id": 7}, "content_id"),
            ({"content_id": ""}, "content_id"),
            ({"reason": ""}, "reason"),
            ({"reason": ["x"]}, "reason"),
            ({"reason": "x" * 2001}, "reason"),
        ],
    )
    def test_says_what_is_wrong(self, caller, stranger, change, field):
        body = {"content_type": "user", "content_id": str(stranger.pk), "reason": "x", **change}
        answer = caller.post(REPORTS, body)
        assert (answer.status_code, answer.json()["details"].keys()) == (400, {field})

    def test_finds_nothing_that_is_hidden(self, caller, stranger):
        hidden = track_of(stranger, status="draft")
        for key in (str(hidden.pk), "no-id", "x" * 999):
            answer = caller.post(REPORTS, {"content_type": "track", "content_id": key, "reason": "x"})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    def test_is_not_about_oneself_nor_made_twice(self, caller, user, stranger):
        def asked(about):
            answer = caller.post(REPORTS, {"content_type": "user", "content_id": str(about.pk), "reason": "x"})
            return answer.status_code, answer.json().get("code")

        assert [asked(each) for each in (user, stranger, stranger)] == [
            (400, "own_content"),
            (201, None),
            (409, "already_reported"),
        ]


class TestList:
    def test_shows_those_that_wait_newest_first(self, office, user, stranger):
        with time_machine.travel(MOMENT, tick=False):
            one = reported("post", post_of(stranger), by=user)
            two = reported("user", user, by=stranger)
        answer = office.get(ALL)
        assert (answer.status_code, answer.json()) == (
            200,
            {
                "success": True,
                "data": {
                    "reports": [shown(two, stranger, user), shown(one, user, stranger)],
                    "total": 2,
                    "limit": 20,
                    "offset": 0,
                },
            },
        )

    def test_is_narrowed_by_status_and_cut(self, office, staff, stranger):
        rows = {action: reported("post", post_of(stranger)) for action in ("dismiss", "warn", "")}
        for action in ("dismiss", "warn"):
            resolve_report(report_id=rows[action].pk, action=action, by=staff)

        def ids(**query):
            data = office.get(ALL, **query).json()["data"]
            return [each["id"] for each in data["reports"]], data["total"]

        keys = {name: str(row.pk) for name, row in rows.items()}
        assert ids(status="dismissed") == ([keys["dismiss"]], 1)
        assert ids(status="resolved") == ([keys["warn"]], 1)
        assert ids(status="pending") == ids() == ([keys[""]], 1)
        assert ids(status="all") == ([keys[""], keys["warn"], keys["dismiss"]], 3)
        assert ids(status="all", limit=1, offset=1) == ([keys["warn"]], 3)

    @pytest.mark.parametrize("query", [{"status": "open"}, {"limit": 0}, {"limit": 101}, {"offset": -1}])
    def test_refuses_another_query(self, office, query):
        assert office.get(ALL, **query).status_code == 400

    def test_asks_as_often_for_three_as_for_one(self, office, stranger):
        def asked():
            with CaptureQueriesContext(connection) as queries:
                assert office.get(ALL, status="all").status_code == 200
            return len(queries)

        reported("user", stranger)
        office.get(ALL)
        once = asked()
        reported("user", stranger)
        reported("post", post_of(stranger))
        assert asked() == once


class TestResolve:
    @pytest.mark.parametrize(
        ("action", "status"),
        [
            ("resolve", "resolved"),
            ("dismiss", "dismissed"),
            ("ban", "resolved"),
            ("warn", "resolved"),
            ("remove", "resolved"),
        ],
    )
    def test_decides(self, staff, user, stranger, action, status):
        with time_machine.travel(MOMENT, tick=False):
            report = reported("post", post_of(stranger), by=user)
            answer = Caller.signed_in_as(staff).post(
                f"{ALL}/{report.pk}/resolve", {"action": action, "note": "So it is"}
            )
        told = {"status": status, "action": action, "note": "So it is", "resolved_at": AT, "resolved_by": str(staff.pk)}
        assert (answer.status_code, answer.json()) == (
            200,
            {"success": True, "data": shown(report, user, stranger, **told)},
        )
        assert User.objects.get(pk=stranger.pk).is_active is (action != "ban")
        warned = Notification.objects.filter(user=stranger, kind="warning", key__startswith="warning:").count()
        assert warned == (1 if action in ("warn", "remove") else 0)

    def test_is_done_once(self, office, stranger):
        place = f"{ALL}/{reported('user', stranger).pk}/resolve"
        assert office.post(place, {"action": "dismiss"}).status_code == 200
        again = office.post(place, {"action": "ban"})
        assert (again.status_code, again.json()["code"]) == (409, "report_closed")

    @pytest.mark.parametrize("body", [{}, {"action": "praise"}, {"action": None}, {"action": "warn", "note": 7}, []])
    def test_refuses_another_body(self, office, stranger, body):
        report = reported("user", stranger)
        assert office.post(f"{ALL}/{report.pk}/resolve", body).status_code == 400
        assert Report.objects.get().status == "pending"

    def test_needs_a_report(self, office):
        for key in ("x", "01a0a0a0-0000-7000-8000-000000000000"):
            assert office.post(f"{ALL}/{key}/resolve", {"action": "dismiss"}).status_code == 404


class TestWhoMay:
    def test_none_but_administrators(self, anonymous, caller, stranger):
        report = reported("user", stranger)
        support = Caller.signed_in_as(UserFactory(role="support", is_staff=True))
        for who, status in ((anonymous, 401), (caller, 403), (support, 403)):
            assert who.get(ALL).status_code == status
            assert who.post(f"{ALL}/{report.pk}/resolve", {"action": "dismiss"}).status_code == status
        assert Report.objects.get().status == "pending"
