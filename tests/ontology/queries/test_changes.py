"""The seam read by position: nothing lost, nothing twice, in the order of commits, on both databases."""

import threading
import time
from collections import defaultdict
from uuid import UUID

import pytest
from django.db import connection, transaction

from ontology.changes import publish, receives
from ontology.facts import EntityChanged
from ontology.models import Change
from ontology.queries.changes import Position, changes_after, latest_position

WHO = UUID("0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f")


def told(what):
    return EntityChanged(entity_id=WHO, type="course", what=what)


def heard_after(position):
    return [heard.payload["what"] for heard in changes_after(position)]


def heard_in_time(position, expected):
    """On PostgreSQL a change is held back while any older transaction runs, be it in another database beside this one."""
    ends = time.monotonic() + 20
    while (heard := heard_after(position)) != expected and time.monotonic() < ends:
        threading.Event().wait(0.02)
    return heard


@pytest.mark.django_db(transaction=True)
class TestPublish:
    def test_is_heard_with_topics_and_payload(self):
        start = latest_position()
        publish(told("created"))
        assert heard_in_time(start, ["created"]) == ["created"]
        (heard,) = changes_after(start)
        assert (heard.kind, heard.topics) == ("EntityChanged", [f"entity:{WHO}"])
        assert heard.payload == {"entity_id": str(WHO), "type": "course", "what": "created"}
        assert changes_after(heard.position) == []

    def test_is_not_heard_where_it_was_undone(self):
        start = latest_position()
        with transaction.atomic():
            publish(told("created"))
            transaction.set_rollback(True)
        assert changes_after(start) == []

    def test_calls_receivers_after_the_commit(self):
        calls = []
        receives(EntityChanged)(lambda fact: calls.append((fact.what, Change.objects.count())))
        with transaction.atomic():
            publish(told("created"))
            assert calls == []
        assert calls == [("created", 1)]

    def test_a_broken_receiver_stops_nobody(self, caplog):
        calls = []

        def broken(fact):
            raise RuntimeError("a receiver that fails")

        receives(EntityChanged)(broken)
        receives(EntityChanged)(lambda fact: calls.append(fact.what))
        publish(told("created"))
        assert calls == ["created"]
        assert "A receiver of EntityChanged failed" in caplog.text

    @pytest.fixture(autouse=True)
    def _own_receivers(self, monkeypatch):
        monkeypatch.setattr("ontology.changes._receivers", defaultdict(list))


@pytest.mark.django_db(transaction=True)
class TestChangesAfter:
    def test_is_read_in_windows(self):
        start = latest_position()
        for n in range(7):
            publish(told(str(n)))
        heard_in_time(start, list("0123456"))
        seen, position = [], start
        while window := changes_after(position, limit=3):
            seen += [heard.payload["what"] for heard in window]
            position = window[-1].position
        assert seen == list("0123456")

    def test_a_new_listener_hears_nothing_old_and_misses_nothing_new(self):
        begin = latest_position()
        publish(told("old"))
        heard_in_time(begin, ["old"])
        start = latest_position()
        publish(told("new"))
        assert heard_in_time(start, ["new"]) == ["new"]

    def test_positions_are_in_order(self):
        start = latest_position()
        for n in range(5):
            publish(told(str(n)))
        assert len(heard_in_time(start, list("01234"))) == 5
        positions = [heard.position for heard in changes_after(start)]
        assert positions == sorted(set(positions))
        assert Position(1, 2) < Position(2, 1)

    def test_what_commits_late_is_not_skipped(self):
        """PostgreSQL: a row with a smaller id may be seen after one with a larger. SQLite lets one writer in at a time."""
        if connection.vendor == "sqlite":
            assert latest_position().xid == 0
            return
        start = latest_position()
        written, go_on = threading.Event(), threading.Event()

        def slow():
            with transaction.atomic():
                publish(told("slow"))
                written.set()
                go_on.wait(10)
            connection.close()

        thread = threading.Thread(target=slow)
        thread.start()
        assert written.wait(10)
        publish(told("quick"))
        assert heard_after(start) == []  # held back until it is clear what comes before it
        beginner = latest_position()
        go_on.set()
        thread.join()
        assert heard_in_time(start, ["slow", "quick"]) == ["slow", "quick"]
        assert "slow" in heard_after(beginner)

    def test_eight_writers_at_once(self):
        start, done, seen, faults = latest_position(), threading.Event(), [], []
        reader = in_thread(lambda: seen.extend(followed(start, done)), faults)
        writers = [in_thread(lambda name=name: write(name), faults) for name in "abcdefgh"]
        for writer in writers:
            writer.join()
        done.set()
        reader.join()
        assert not faults
        assert len(seen) == len(set(seen)) == 160
        for name in "abcdefgh":
            assert [int(what.partition(":")[2]) for what in seen if what.startswith(name)] == list(range(20))


def in_thread(work, faults):
    """A started thread with a connection of its own; what it raises is kept for the test's own thread."""

    def run():
        try:
            work()
        except Exception as fault:  # noqa: BLE001 -- see above
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def write(name):
    for n in range(20):
        with transaction.atomic():
            publish(told(f"{name}:{n}"))


def followed(position, done):
    """What a listener hears from `position` on until the writers are done and nothing is left."""
    count = 0
    while not done.is_set() or count < Change.objects.count():
        for heard in changes_after(position, limit=7):
            yield heard.payload["what"]
            position, count = heard.position, count + 1
