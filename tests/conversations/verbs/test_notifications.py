import datetime as dt

import pytest
import time_machine

from config.errors import Invalid
from config.moments import iso
from conversations.models import Notification
from conversations.verbs.notifications import mark_read, notify
from ontology.models import Change

pytestmark = pytest.mark.django_db

MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)


def facts(kind):
    return list(Change.objects.filter(kind=kind).values_list("topics", "payload"))


class TestNotify:
    def test_tells_one_person_live(self, user):
        told = notify(user_id=user.pk, key="k", title="Ready", text="It is.", url="/orders/", kind="warning")

        assert Notification.objects.values("user", "key", "title", "text", "url", "kind", "read_at").get() == {
            "user": user.pk,
            "key": "k",
            "title": "Ready",
            "text": "It is.",
            "url": "/orders/",
            "kind": "warning",
            "read_at": None,
        }
        assert facts("Notified") == [
            (
                [f"user:{user.pk}"],
                {
                    "notification_id": str(told.pk),
                    "user_id": str(user.pk),
                    "kind": "warning",
                    "title": "Ready",
                    "text": "It is.",
                    "url": "/orders/",
                    "created_at": iso(told.created_at),
                    "is_system": False,
                    "about_id": None,
                },
            )
        ]

    def test_tells_it_once_a_key_and_person(self, user, stranger):
        first = notify(user_id=user.pk, key="k", title="One")

        assert notify(user_id=user.pk, key="k", title="Two") == first
        assert notify(user_id=stranger.pk, key="k", title="Two") != first
        assert len(facts("Notified")) == 2

    def test_cuts_what_is_too_long(self, user):
        told = notify(user_id=user.pk, key="k" * 200, title="t" * 200, text="x" * 900, url="/" * 400)

        assert [len(text) for text in (told.key, told.title, told.text, told.url)] == [120, 120, 500, 300]


class TestMarkRead:
    def test_marks_what_is_named_and_ones_own(self, user, stranger):
        first, second, others = (
            notify(user_id=person.pk, key=key, title="x") for person, key in ((user, "1"), (user, "2"), (stranger, "1"))
        )
        with time_machine.travel(MOMENT, tick=False):
            count = mark_read(ids=[first.pk, str(others.pk), "nonsense"], by=user)

        assert count == 1
        assert dict(Notification.objects.values_list("pk", "read_at")) == {
            first.pk: MOMENT,
            second.pk: None,
            others.pk: None,
        }
        assert facts("NotificationsRead") == [([f"user:{user.pk}"], {"user_id": str(user.pk)})]

    def test_marks_all(self, user, stranger):
        for person, key in ((user, "1"), (user, "2"), (stranger, "1")):
            notify(user_id=person.pk, key=key, title="x")

        assert mark_read(by=user) == 2
        assert mark_read(by=user) == 0
        assert Notification.objects.unread().get().user == stranger
        assert len(facts("NotificationsRead")) == 1

    def test_refuses_too_many(self, user):
        with pytest.raises(Invalid):
            mark_read(ids=["x"] * 101, by=user)
