"""Kept SQLite connections: handed on clean, never across a process, never to another file."""

import os
import threading

import pytest
from django.db import connection, transaction

from accounts.models import User
from config.sqlite3 import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept():
    if connection.vendor != "sqlite":
        return None  # PostgreSQL has a pool of its own
    base.close_idle()
    return lambda: sum(len(idle) for place, idle in base._idle.items() if place[0] == os.getpid())


def in_thread(work):
    result = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    thread.join()
    return result[0]


def used():
    """Uses this thread's connection and closes it, as the end of a request does."""
    assert User.objects.count() == 0
    raw = id(connection.connection)
    connection.close()
    return raw


class TestKeptConnections:
    def test_go_from_thread_to_thread(self, kept):
        if kept:
            assert in_thread(used) == in_thread(used)
            assert kept() == 1

    def test_are_not_kept_within_a_transaction(self, kept):
        def broken_off():
            connection.ensure_connection()
            connection.connection.execute("BEGIN IMMEDIATE")
            connection.close()

        if kept:
            in_thread(broken_off)
            assert kept() == 0
            with transaction.atomic():  # nobody holds the writer's place
                User.objects.create_user("a@example.com")

    def test_come_with_foreign_keys_on(self, kept):
        def careless():
            connection.disable_constraint_checking()
            connection.close()

        def careful():
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA foreign_keys")
                found = cursor.fetchone()[0]
            connection.close()
            return found

        if kept:
            in_thread(careless)
            assert in_thread(careful) == 1

    def test_are_never_of_another_file(self, kept, tmp_path):
        file = tmp_path / "a.sqlite3"
        file.touch()
        first = base.place_of(str(file))
        (tmp_path / "b.sqlite3").touch()
        (tmp_path / "b.sqlite3").replace(file)
        assert base.place_of(str(file)) != first
        assert base.place_of(str(tmp_path / "none")) is None
