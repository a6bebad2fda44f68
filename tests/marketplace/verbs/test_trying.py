"""What the database broke off is begun anew once, and only where it can be (payments-design.md §3)."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from marketplace.verbs.trying import one_transaction
from tests.factories.accounts import UserFactory
from tests.marketplace.verbs.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


def breaking(times, sqlstate="40P01"):
    """A verb that writes a row and is broken off so many times; and the list of its tries."""
    tries = []

    @one_transaction
    def verb(*, name):
        UserFactory(email=f"{name}@example.org")
        tries.append(connection.in_atomic_block)
        if len(tries) <= times:
            raise OperationalError from Broken(sqlstate)
        return name

    return verb, tries


class TestOneTransaction:
    def test_begins_anew_once(self):
        verb, tries = breaking(1)
        assert (verb(name="ada"), tries, User.objects.count()) == ("ada", [True, True], 1)

    @pytest.mark.parametrize(("times", "sqlstate", "tried"), [(2, "40P01", 2), (1, "57014", 1)])
    def test_gives_up_after_that_and_on_anything_else(self, times, sqlstate, tried):
        verb, tries = breaking(times, sqlstate)
        with pytest.raises(OperationalError):
            verb(name="ada")
        assert (len(tries), User.objects.count()) == (tried, 0)

    def test_leaves_it_to_the_transaction_around_it(self):
        verb, tries = breaking(1)
        with pytest.raises(OperationalError), transaction.atomic():
            verb(name="ada")
        assert tries == [True]

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")
    def test_outlives_a_real_deadlock(self):
        people, both = [UserFactory(), UserFactory()], threading.Barrier(2)

        def crossing(first, second):
            seen = []

            @one_transaction
            def verb():
                for person in (first, second):
                    User.objects.select_for_update().get(pk=person.pk)
                    if not seen:
                        seen.append(True)
                        both.wait(timeout=5)
                return "done"

            return verb

        assert at_once(crossing(*people), crossing(*reversed(people))) == ["done", "done"]
