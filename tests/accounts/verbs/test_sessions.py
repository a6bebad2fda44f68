"""Sessions under two hands at once, what the seam is told, and what the tables hold."""

import threading

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session as CookieRow
from django.db import connection
from django.test import Client

from accounts.models import RefreshToken, Session, User
from accounts.verbs.clients import Client as Origin
from accounts.verbs.credentials import verify
from accounts.verbs.registration import sign_up
from accounts.verbs.sessions import (
    end_sessions,
    issue_refresh_token,
    new_token,
    open_session,
    refresh,
    sign_out_everywhere,
)
from config.errors import Conflict, Invalid, Unauthenticated
from ontology.models import Change, Entity, Event
from ontology.verbs.creators import become_creator
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


def at_once(count, work):
    """What `work(n)` returned or raised in `count` threads, each with a connection of its own."""
    results = [None] * count

    def run(n):
        try:
            results[n] = work(n)
        except Exception as fault:  # noqa: BLE001 -- it is the result
            results[n] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def opened(user, **more):
    return open_session(user=user, style=Session.Style.ONE, client=Origin(ip="127.0.0.1", user_agent="x" * 999), **more)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_refresh_wins_and_the_theft_is_noticed(self, user):
        session = opened(user)
        token = issue_refresh_token(session=session)
        results = at_once(4, lambda n: refresh(token=token))
        assert len([result for result in results if isinstance(result, tuple)]) <= 1
        assert all(isinstance(result, tuple | Unauthenticated) for result in results)
        session.refresh_from_db()
        assert session.revoke_reason == "refresh-reuse"

    def test_one_sign_up_wins(self):
        results = at_once(4, lambda n: sign_up(email="same@example.com", password=PASSWORD, username=f"name{n}"))
        assert len([result for result in results if isinstance(result, User)]) == 1
        assert {result.code for result in results if not isinstance(result, User)} == {"email_taken"}
        assert User.objects.count() == Event.objects.filter(type="user_joined").count() == 1
        assert Entity.objects.filter(pk=User.objects.get().pk).exists()

    def test_one_username_wins(self):
        names = ("ada", "ADA", "Ada", "aDa")
        results = at_once(4, lambda n: sign_up(email=f"{n}@example.com", password=PASSWORD, username=names[n]))
        assert len([result for result in results if isinstance(result, User)]) == 1
        assert {result.code for result in results if not isinstance(result, User)} == {"username_taken"}


class TestSignUp:
    def test_writes_what_belongs_to_an_account(self):
        user = sign_up(email=" Ada@Example.com ", password=PASSWORD, name=" Ada ", username="ada", company=" Ltd ")
        assert (user.email, user.name, user.username, user.company) == ("ada@example.com", "Ada", "ada", "Ltd")
        entity = Entity.objects.get(pk=user.pk)
        assert (entity.pk, entity.owner_id, entity.type, entity.name) == (user.pk, user.pk, "audience_member", "Ada")
        assert entity.properties == {"username": "ada"}
        event = Event.objects.get(target=user.pk)
        assert (event.type, event.actor_id, event.target_id) == ("user_joined", user.pk, user.pk)
        told = [("SecurityEventRecorded", [f"security:{user.pk}"]), ("SignedUp", [])]
        assert sorted(Change.objects.values_list("kind", "topics")) == told
        assert list(user.emailaddress_set.values_list("email", "verified", "primary")) == [
            ("ada@example.com", False, True)
        ]

    def test_tells_nobody_the_address(self):
        sign_up(email="ada@example.com", password=PASSWORD)
        assert "ada@example.com" not in str(list(Entity.objects.values("name", "properties")))

    @pytest.mark.parametrize("username", ["ab", "a" * 65, "a b", "ada\n", "ада", "", "a/b"])
    def test_refuses_a_username(self, username):
        with pytest.raises(Invalid) as refusal:
            sign_up(email="ada@example.com", password=PASSWORD, username=username)
        assert set(refusal.value.details) == {"username"}

    @pytest.mark.parametrize("password", ["", "1234567", "password", "x" * 129])
    def test_refuses_a_password(self, password):
        with pytest.raises(Invalid) as refusal:
            sign_up(email="ada@example.com", password=password)
        assert set(refusal.value.details) == {"password"}

    @pytest.mark.parametrize("password", ["x" * 8 + "y", "ünïcödé und länger", "🎵" * 8, "p" * 60 + "q" * 68])
    def test_takes_any_other(self, password):
        assert sign_up(email="ada@example.com", password=password).check_password(password)

    def test_refuses_what_is_taken(self, user):
        with pytest.raises(Conflict):
            sign_up(email=user.email.upper(), password=PASSWORD)
        with pytest.raises(Conflict):
            sign_up(email="other@example.com", password=PASSWORD, username=user.username.title())

    def test_a_first_work_makes_a_creator_once(self, user):
        assert [become_creator(user_id=user.pk) for _ in range(2)] == [True, False]
        assert Entity.objects.get(pk=user.pk).type == "creator"
        assert Event.objects.filter(type="creator_created").count() == 1


class TestEndSessions:
    def test_is_told_once_a_user_with_all_that_ended(self, user, stranger):
        rows = [opened(user), opened(user), opened(stranger)]
        assert end_sessions(sessions=Session.objects.all(), reason="test") == 3
        told = {
            change.payload["user_id"]: set(change.payload["session_ids"])
            for change in Change.objects.filter(kind="SessionsEnded")
        }
        assert told == {str(user.pk): {str(rows[0].pk), str(rows[1].pk)}, str(stranger.pk): {str(rows[2].pk)}}
        assert end_sessions(sessions=Session.objects.all(), reason="again") == 0
        assert set(Session.objects.values_list("revoke_reason", flat=True)) == {"test"}

    def test_everywhere_but_here(self, user, stranger):
        here, there, theirs = opened(user), opened(user), opened(stranger)
        assert sign_out_everywhere(user=user, keep=here) == 1
        assert [row.is_live for row in (Session.objects.get(pk=row.pk) for row in (here, there, theirs))] == [
            True,
            False,
            True,
        ]

    def test_the_oldest_of_too_many_is_told_as_well(self, user):
        first = opened(user)
        for _ in range(50):
            opened(user)
        assert Change.objects.get(kind="SessionsEnded").payload["session_ids"] == [str(first.pk)]


class TestVerify:
    def test_the_row_and_the_database_agree_on_what_lives(self, user):
        opened(user)
        for changes in ({}, {"revoked_at": "2020-01-01T00:00Z"}, {"expires_at": "2020-01-01T00:00Z"}):
            Session.objects.update(**changes)
            row = Session.objects.get()
            assert row.is_live is Session.objects.live().exists()

    @pytest.mark.parametrize("value", ["", "x", "a.b.c", "..", "\0", "é" * 100, "x" * 5000])
    def test_rubbish_is_nobody(self, value, db):
        assert verify("bearer", value) is None
        assert verify("token", value) is None

    def test_is_noted_at_most_once_a_minute(self, user, time_machine, django_assert_num_queries):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        token = new_token()
        opened(user, token=token)
        with django_assert_num_queries(1):
            verify("bearer", token)
        time_machine.shift(61)
        with django_assert_num_queries(2):
            verify("bearer", token)
        with django_assert_num_queries(1):
            verify("bearer", token)


class TestWhatTheTablesHold:
    def test_no_credential_is_readable(self, user):
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        token = new_token()
        session = opened(user, token=token)
        spare = issue_refresh_token(session=session)
        assert client.get("/api/v1/users/me").status_code == 200
        held = (
            str(list(Session.objects.values()))
            + str(list(RefreshToken.objects.values()))
            + str(list(CookieRow.objects.values()))
        )
        assert not [secret for secret in (cookie, token, spare, PASSWORD) if secret in held]

    def test_a_stolen_cookie_row_opens_nothing(self, user):
        client = Client()
        client.force_login(user)
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = CookieRow.objects.get().session_key
        assert thief.get("/api/v1/users/me").status_code == 401
        assert client.get("/api/v1/users/me").status_code == 200

    def test_a_user_agent_of_any_length_fits(self, user):
        assert len(opened(user).user_agent) == 300
