import pytest
from django.core.cache import cache
from django.core.management import CommandError
from django.test import TransactionTestCase

from accounts.queries.feature_flags import forget_flags
from tests.clients import Caller
from tests.factories.accounts import UserFactory
from tests.factories.council import install_default_personas


@pytest.fixture(scope="session", autouse=True)
def _emptying_outlives_a_deadlock():
    """All tables are emptied beside web processes that still write: where the two lock in another order, PostgreSQL ends one."""
    empty = TransactionTestCase._fixture_teardown

    def try_twice(case):
        try:
            empty(case)
        except CommandError:
            empty(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", try_twice)
        yield


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()
    forget_flags()
    yield
    cache.clear()


@pytest.fixture
def user(db):
    return UserFactory(email="ada@example.com", name="Ada Lovelace", username="ada")


@pytest.fixture
def stranger(db):
    return UserFactory(email="stranger@example.com", name="A Stranger")


@pytest.fixture
def staff(db):
    return UserFactory(email="staff@example.com", name="Staff", is_staff=True, is_superuser=True, role="super_admin")


@pytest.fixture
def anonymous():
    return Caller()


@pytest.fixture
def caller(user):
    """Calls any dialect as `user`, with a bearer token."""
    return Caller.signed_in_as(user)


@pytest.fixture(autouse=True)
def queued(monkeypatch):
    """What was handed to the queue, as (task name, args, kwargs): nothing leaves for a broker in a test."""
    sent = []

    def keep(self, args=None, kwargs=None, **options):
        sent.append((self.name, tuple(args or ()), dict(kwargs or {})))

    monkeypatch.setattr("celery.app.task.Task.apply_async", keep)
    return sent


@pytest.fixture(autouse=True)
def _what_migrations_wrote(request):
    """A test with real transactions ends by emptying every table, the default personas' too: they come back here."""
    if (
        "db" in request.fixturenames
        or "transactional_db" in request.fixturenames
        or request.node.get_closest_marker("django_db")
    ):
        request.getfixturevalue("_django_db_helper")
        install_default_personas()
