import datetime as dt

import pytest
from django.utils.timezone import now

from accounts.models import SecurityEvent
from accounts.queries.security import EventStats, event_stats, security_events, security_history
from accounts.verbs.security import record
from config.errors import Invalid

pytestmark = pytest.mark.django_db
Type = SecurityEvent.Type


@pytest.fixture(autouse=True)
def _events(user, stranger, staff):
    SecurityEvent.objects.all().delete()
    for type, whose, days in (
        (Type.SIGNED_IN, user, 9),
        (Type.SIGNED_IN, user, 2),
        (Type.REFRESH_REUSED, user, 0),
        (Type.SIGNED_IN, stranger, 0),
        (Type.SIGN_IN_FAILED, None, 0),
    ):
        event = record(type, user=whose)
        SecurityEvent.objects.filter(pk=event.pk).update(at=now() - dt.timedelta(days=days))


def kinds(**given):
    return [(event.type, event.severity) for event in security_events(**given)]


class TestSecurityEvents:
    def test_are_ones_own_newest_first(self, user):
        assert kinds(by=user) == [("refresh_reused", "critical"), ("signed_in", "low"), ("signed_in", "low")]

    def test_are_everybodys_for_administrators(self, staff):
        assert len(kinds(by=staff)) == 5

    def test_are_filtered(self, user, staff):
        assert kinds(by=user, type="refresh_reused") == kinds(by=user, severity="critical")
        assert kinds(by=user, severity="high") == kinds(by=user, type="no such type") == []
        assert len(kinds(by=staff, type="signed_in", severity="low")) == 3
        with pytest.raises(Invalid):
            kinds(by=user, severity="dreadful")

    def test_are_a_hundred_at_most(self, user):
        SecurityEvent.objects.bulk_create(
            SecurityEvent(type="signed_in", severity="low", user=user) for _ in range(120)
        )
        assert len(security_events(by=user, limit=1000)) == 100


class TestEventStats:
    def test_count_what_may_be_seen(self, user, staff):
        none = {"low": 0, "medium": 0, "high": 0, "critical": 0}
        assert event_stats(by=user) == EventStats(
            total=3,
            by_type={"signed_in": 2, "refresh_reused": 1},
            by_severity=none | {"low": 2, "critical": 1},
            last_24_hours=1,
            last_7_days=2,
        )
        assert event_stats(by=staff) == EventStats(
            total=5,
            by_type={"signed_in": 3, "refresh_reused": 1, "sign_in_failed": 1},
            by_severity=none | {"low": 4, "critical": 1},
            last_24_hours=3,
            last_7_days=4,
        )

    def test_takes_as_many_queries_however_long(self, user, django_assert_num_queries):
        with django_assert_num_queries(2):
            event_stats(by=user)


class TestHistory:
    def test_is_ones_own_in_pages(self, staff, user):
        assert security_history(user=staff).items == []
        first = security_history(user=user, limit=2)
        rest = security_history(user=user, limit=2, cursor=first.next_cursor)
        assert [event.type for event in (*first.items, *rest.items)] == ["refresh_reused", "signed_in", "signed_in"]
        assert (first.has_more, rest.has_more) == (True, False)
