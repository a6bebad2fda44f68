"""decisions.md §5: GET /notifications, POST /notifications/read."""

import datetime as dt

import pytest
import time_machine

from conversations.models import Notification
from conversations.verbs.notifications import notify
from tests.clients import Caller

pytestmark = pytest.mark.django_db

LIST, READ = "/api/v1/notifications", "/api/v1/notifications/read"
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


def told(user, *keys):
    return [notify(user_id=user.pk, key=key, title=f"News {key}", url="/orders/") for key in keys]


class TestList:
    def test_is_ones_own_newest_first(self, user, stranger):
        told(stranger, "other")
        with time_machine.travel(MOMENT, tick=False) as clock:
            (old,) = told(user, "1")
            clock.shift(1)
            (new,) = told(user, "2")
            answer = Caller.signed_in_as(user).get(LIST)

        def shown(row, second):
            return {
                "id": str(row.pk),
                "kind": "info",
                "title": row.title,
                "text": "",
                "url": "/orders/",
                "created_at": f"2026-03-04T05:06:0{second}.000Z",
                "read_at": None,
            }

        assert (answer.status_code, answer.json()) == (
            200,
            {
                "success": True,
                "data": {
                    "notifications": [shown(new, 8), shown(old, 7)],
                    "next_cursor": None,
                    "has_more": False,
                    "unread": 2,
                },
            },
        )

    def test_is_read_page_by_page_while_rows_are_added(self, user, caller):
        rows = told(user, "1", "2", "3")
        first = caller.get(LIST, limit=2).json()["data"]
        told(user, "4")
        second = caller.get(LIST, limit=2, cursor=first["next_cursor"]).json()["data"]

        assert [row["id"] for row in (*first["notifications"], *second["notifications"])] == [
            str(row.pk) for row in reversed(rows)
        ]
        assert (first["has_more"], second["has_more"], second["next_cursor"], second["unread"]) == (
            True,
            False,
            None,
            4,
        )

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "x"}])
    def test_refuses_a_wrong_window(self, caller, query):
        assert caller.get(LIST, **query).status_code == 400

    def test_runs_as_many_queries_for_three_as_for_one(self, user, caller, django_assert_num_queries):
        told(user, "1")
        caller.get(LIST)  # whether the house is closed is asked once in a while
        with django_assert_num_queries(3):
            caller.get(LIST)
        told(user, "2", "3")
        with django_assert_num_queries(3):
            caller.get(LIST)


class TestRead:
    def test_marks_these(self, user, caller):
        first, second = told(user, "1", "2")

        answer = caller.post(READ, {"ids": [str(first.pk)]})

        assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"marked": 1, "unread": 1}})
        assert Notification.objects.unread().get() == second

    def test_marks_all(self, user, caller):
        told(user, "1", "2")

        assert caller.post(READ, {"all": True}).json()["data"] == {"marked": 2, "unread": 0}

    def test_passes_over_what_is_not_ones_own(self, stranger, caller):
        (other,) = told(stranger, "1")

        assert caller.post(READ, {"ids": [str(other.pk), "x"]}).json()["data"] == {"marked": 0, "unread": 0}
        assert Notification.objects.unread().count() == 1

    @pytest.mark.parametrize(
        "body", [{}, {"all": False}, {"all": "yes"}, {"ids": "x"}, {"ids": [7]}, {"ids": ["x"] * 101}, []]
    )
    def test_refuses_what_names_nothing(self, caller, body):
        assert caller.post(READ, body).status_code == 400


class TestDoors:
    def test_ask_who_it_is(self, anonymous):
        assert [anonymous.get(LIST).status_code, anonymous.post(READ).status_code] == [401, 401]
