import datetime as dt

import pytest
import time_machine
from django.core.cache import cache
from django.utils.timezone import now

from accounts.models import AuditEntry
from config.errors import Forbidden, Invalid, NotFound
from conversations.jobs.announcements import tell_of_announcements
from conversations.models import Announcement
from conversations.queries.announcements import active_announcements
from conversations.verbs.announcements import announce, tell_of, withdraw
from ontology.models import Change, Entity, Event
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MOMENT, tick=False) as traveller:
        yield traveller


def said(staff, title="Down at nine", content="For ten minutes.", **given):
    return announce(title=title, content=content, by=staff, **given)


def told():
    kinds = ("AnnouncementMade", "AnnouncementWithdrawn")
    return list(Change.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", "topics", "payload"))


def shown():
    cache.clear()
    return [row.title for row in active_announcements()]


class TestAnnounce:
    def test_tells_everybody_at_once(self, staff):
        row = said(staff, type="warning", ends_at=MOMENT + HOUR)
        payload = {
            "announcement_id": str(row.pk),
            "title": "Down at nine",
            "content": "For ten minutes.",
            "type": "warning",
            "starts_at": "2026-03-04T05:06:07.000Z",
            "ends_at": "2026-03-04T06:06:07.000Z",
        }
        assert told() == [("AnnouncementMade", ["everyone"], payload)]
        assert shown() == ["Down at nine"]
        assert AuditEntry.objects.values_list("action", "resource", "user").get() == (
            "announcement made",
            str(row.pk),
            staff.pk,
        )

    def test_is_known_in_the_graph(self, staff):
        row = said(staff)
        assert Entity.objects.filter(pk=row.pk).values_list("type", "name", "status", "owner", "properties").get() == (
            "announcement",
            "Down at nine",
            "published",
            staff.pk,
            {"kind": "info", "text": "For ten minutes."},
        )
        event = Event.objects.get(target=row.pk)
        assert (event.type, event.actor_id, event.metadata) == ("content_uploaded", staff.pk, {"what": "announced"})

    def test_is_kept_clean(self, staff):
        row = said(staff, title="  Two   words ", content=" One\r\ntwo ")
        assert (row.title, row.content) == ("Two words", "One\ntwo")

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"title": " "}, "title"),
            ({"title": "x" * 121}, "title"),
            ({"content": ""}, "content"),
            ({"content": "a\0b"}, "content"),
            ({"content": "x" * 2001}, "content"),
            ({"type": "panic"}, "type"),
            ({"ends_at": MOMENT}, "ends_at"),
            ({"starts_at": MOMENT + HOUR, "ends_at": MOMENT + HOUR}, "ends_at"),
            ({"starts_at": MOMENT - 2 * HOUR, "ends_at": MOMENT - HOUR}, "ends_at"),
        ],
    )
    def test_says_what_is_wrong(self, staff, given, field):
        with pytest.raises(Invalid) as refused:
            said(staff, **given)
        assert refused.value.details.keys() == {field}
        assert (Announcement.objects.count(), told()) == (0, [])

    @pytest.mark.parametrize("role", ["", "support"])
    def test_is_for_administrators(self, role):
        with pytest.raises(Forbidden):
            said(UserFactory(role=role, is_staff=bool(role)))

    def test_has_an_end(self, staff, monkeypatch):
        monkeypatch.setattr("conversations.verbs.announcements.MOST_STANDING", 1)
        said(staff)
        with pytest.raises(Invalid) as refused:
            said(staff)
        assert refused.value.code == "too_many_announcements"


class TestLater:
    def test_waits_for_its_moment(self, staff, clock):
        row = said(staff, starts_at=MOMENT + HOUR, ends_at=MOMENT + 2 * HOUR)
        tell_of_announcements()
        assert (shown(), told(), Entity.objects.get(pk=row.pk).status) == ([], [], "draft")

        clock.shift(HOUR)
        assert shown() == ["Down at nine"]
        tell_of_announcements()
        tell_of_announcements()
        assert [kind for kind, _, _ in told()] == ["AnnouncementMade"]
        assert Entity.objects.get(pk=row.pk).status == "published"

        clock.shift(HOUR)
        assert shown() == []

    def test_is_never_told_where_its_end_came_first(self, staff, clock):
        row = said(staff, starts_at=MOMENT + HOUR, ends_at=MOMENT + 2 * HOUR)
        clock.shift(3 * HOUR)
        tell_of_announcements()
        assert (told(), tell_of(announcement_id=row.pk)) == ([], False)

    def test_begins_to_the_second_though_the_rows_are_kept(self, staff, clock):
        said(staff, starts_at=MOMENT + dt.timedelta(seconds=5))
        assert shown() == []
        clock.shift(5)
        assert [row.title for row in active_announcements()] == ["Down at nine"]


class TestWithdraw:
    def test_takes_it_back_everywhere(self, staff):
        row = said(staff)
        withdraw(announcement_id=row.pk, by=staff)
        assert shown() == []
        assert told()[-1] == ("AnnouncementWithdrawn", ["everyone"], {"announcement_id": str(row.pk)})
        assert Entity.objects.get(pk=row.pk).deleted_at == now()
        assert Event.objects.filter(target=row.pk, metadata={"what": "announcement_withdrawn"}).count() == 1

    def test_is_done_once(self, staff):
        row = said(staff)
        withdraw(announcement_id=row.pk, by=staff)
        for key in (row.pk, "x", MOMENT):
            with pytest.raises(NotFound):
                withdraw(announcement_id=key, by=staff)

    def test_is_for_administrators(self, staff, user):
        row = said(staff)
        with pytest.raises(Forbidden):
            withdraw(announcement_id=row.pk, by=user)
