"""Whose transactions hold the feed back: those of this database, not those of its neighbours."""

import psycopg
import pytest
from django.db import connection

from ontology.changes import publish
from ontology.facts import EntityChanged
from ontology.queries.changes import _whole_xid, changes_after, latest_position
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def neighbour():
    """A transaction that runs in another database of the same server, where there are several: on PostgreSQL."""
    if connection.vendor != "postgresql":
        yield
        return
    settings = {**connection.get_connection_params(), "dbname": "postgres"}
    known = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: settings[name] for name in known if settings.get(name)}) as other:
        other.execute("SELECT pg_current_xact_id()")
        yield


class TestChangesAfter:
    def test_does_not_wait_for_another_database(self, neighbour):
        start = latest_position()
        user = UserFactory()
        publish(EntityChanged(entity_id=user.pk, type="course", what="created"))

        heard = changes_after(start)

        assert [change.kind for change in heard] == ["SecurityEventRecorded", "SignedUp", "EntityChanged"]
        assert changes_after(heard[-1].position) == []


class TestWholeXid:
    @pytest.mark.parametrize(
        ("xid", "near", "whole"),
        [
            (700, 700, 700),
            (701, 700, 701),
            (650, 700, 650),
            (5, 2**32 + 10, 2**32 + 5),
            (2**32 - 3, 2**32 + 10, 2**32 - 3),
            (4, 2**33 - 2, 2**33 + 4),
        ],
    )
    def test_has_the_epoch_of_its_neighbourhood(self, xid, near, whole):
        assert _whole_xid(xid, near=near) == whole
