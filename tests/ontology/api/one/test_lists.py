"""Lists: cursors that stay true while rows are added, and as many queries however long the list."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import Invalid
from config.paging import decode_cursor, encode_cursor, keyset, page_of
from ontology.models import Entity, Event
from ontology.verbs.events import log_event
from ontology.verbs.memory import link
from ontology.verbs.tags import create_tag
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db

MOMENT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def queries(call):
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code == 200
    return [row["sql"] for row in captured]


class TestQueryCounts:
    """Two a request: who asks (session and user in one), and the rows."""

    READS = (
        ("/entities/get", {"id": "{id}"}),
        ("/entities/list", {"type": "course"}),
        ("/connections/get", {"entityId": "{id}"}),
        ("/events/getHistory", {"entityId": "{id}"}),
        ("/tags/get", {"entityId": "{id}"}),
        ("/tags/search", {"key": "a", "value": "b"}),
    )

    @pytest.mark.parametrize(("path", "query"), READS)
    def test_two_for_one_row_and_for_three(self, caller, user, stranger, path, query):
        first = EntityFactory(owner=user, type="course")
        query = {key: value.format(id=first.pk) for key, value in query.items()}
        caller.get(path, **query)  # what is kept for some seconds is kept now
        for _ in range(2):
            assert len(queries(lambda: caller.get(path, **query))) == 2
            for n in range(2):
                other = EntityFactory(owner=user, type="course")
                link(from_id=first.pk, to_id=other.pk, type="references")
                log_event(type="level_up", actor_id=user.pk, target_id=first.pk, by=user)
                create_tag(entity_id=other.pk, key="a", value="b", by=user)
                create_tag(entity_id=first.pk, key=f"k{n}", value=str(other.pk), by=user)

    def test_a_cookie_costs_one_more(self, user, client):
        client.force_login(user)
        client.get("/entities/list?type=course")
        assert len(queries(lambda: client.get("/entities/list?type=course"))) == 3

    def test_nobody_costs_none(self, client):
        client.get("/auth/getCurrentUser")
        assert queries(lambda: client.get("/auth/getCurrentUser")) == []

    def test_the_newest_of_a_type_come_from_an_index(self, user):
        plan = Entity.objects.visible_to(user).filter(type="course").order_by("-created_at", "-id")[:21].explain()
        assert "entity_type_newest" in plan or connection.vendor == "postgresql"  # which counts a short table cheaper


class TestCursors:
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        moments=st.lists(st.integers(0, 3), min_size=0, max_size=9),
        added=st.lists(st.integers(0, 3), max_size=4),
        limit=st.integers(1, 4),
        newest_first=st.booleans(),
    )
    def test_every_row_once_whatever_is_added_meanwhile(self, user, moments, added, limit, newest_first):
        Event.objects.all().delete()

        def happen(offset):
            event = log_event(type="level_up", actor_id=user.pk, by=user)
            Event.objects.filter(pk=event.pk).update(timestamp=MOMENT + dt.timedelta(microseconds=offset))
            return event.pk

        there = {happen(offset) for offset in moments}
        seen, cursor, coming = [], None, list(added)
        while True:
            rows = Event.objects.filter(type="level_up").values("id", "timestamp")
            found = keyset(rows, cursor=cursor, limit=limit, by="timestamp", newest_first=newest_first)
            page = page_of(found, limit=limit, by="timestamp")
            seen += [row["id"] for row in page.items]
            assert len(page.items) == limit or not page.has_more
            if not page.has_more:
                break
            cursor = page.next_cursor
            if coming:
                happen(coming.pop())
        assert len(seen) == len(set(seen))
        assert there <= set(seen)

    @given(moment=st.datetimes(timezones=st.just(dt.UTC)), row_id=st.uuids())
    def test_say_what_they_were_told(self, moment, row_id):
        assert decode_cursor(encode_cursor(moment, row_id)) == (moment, row_id)

    @given(text=st.text(max_size=250) | st.binary(max_size=150).map(lambda raw: raw.hex()))
    def test_others_are_refused(self, text):
        with pytest.raises(Invalid):
            decode_cursor(text)
