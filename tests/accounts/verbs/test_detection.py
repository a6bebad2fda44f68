"""Wrong passwords are counted for an account, not for strangers; a new device is told once."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Mail, SecurityEvent, Session
from accounts.verbs.clients import Client as Origin
from accounts.verbs.clients import acting_for
from accounts.verbs.detection import failed_sign_in, noticed_sign_in
from accounts.verbs.mails import deliver_mail
from accounts.verbs.people import switch_off
from accounts.verbs.sessions import open_session
from accounts.verbs.staff import appoint, dismiss
from ontology.models import Change
from tests.clients import Caller
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:130.0) Gecko/20100101 Firefox/130.0"
NEWER_FIREFOX = FIREFOX.replace("130", "131")
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/128 Mobile Safari/537.36"


def kept(**by):
    return list(SecurityEvent.objects.filter(**by).order_by("at", "id").values_list("type", "severity"))


def opened(user, agent):
    client = Origin(ip="192.0.2.7", user_agent=agent)
    with acting_for(client):
        return open_session(user=user, style=Session.Style.WEB, client=client)


def signed_in(user, agent):
    """The row alone, and what is noticed of it: whoever opens sessions may notice by itself."""
    session = opened(user, agent)
    SecurityEvent.objects.filter(user=user).delete()
    Mail.objects.all().delete()
    with acting_for(Origin(ip="192.0.2.7", user_agent=agent)):
        noticed_sign_in(user=user, session=session)


class TestFailedSignIn:
    def test_the_fifth_within_the_window_is_noticed_once(self, user, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        for _ in range(7):
            failed_sign_in(user=user)
            time_machine.shift(60)
        failed = ("sign_in_failed", "low")
        many = ("many_sign_ins_failed", "high")
        assert kept(user=user, type__contains="sign_in") == [failed] * 5 + [many] + [failed] * 2
        assert SecurityEvent.objects.get(type=many[0]).details == "5 wrong passwords within 15 minutes"

    def test_four_are_not_many_and_the_window_passes(self, user, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        for _ in range(8):
            failed_sign_in(user=user)
            time_machine.shift(dt.timedelta(minutes=4))
        assert not SecurityEvent.objects.filter(type="many_sign_ins_failed").exists()

    def test_is_noticed_again_in_a_later_window(self, user, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        for _ in range(2):
            for _ in range(5):
                failed_sign_in(user=user)
            time_machine.shift(dt.timedelta(minutes=15, seconds=1))
        assert kept(type="many_sign_ins_failed") == [("many_sign_ins_failed", "high")] * 2

    def test_an_unknown_address_leaves_a_line_without_it(self):
        with acting_for(Origin(ip="192.0.2.7", user_agent=FIREFOX, source="veza")):
            for _ in range(6):
                failed_sign_in()
        rows = SecurityEvent.objects.values_list("type", "user", "ip", "user_agent", "details", "source", "context")
        assert list(rows) == [("sign_in_failed", None, "192.0.2.7", FIREFOX, "", "veza", "")] * 6

    def test_takes_the_same_statements_for_known_and_unknown(self, user):
        Change.objects.all().delete()

        def statements(**given):
            with CaptureQueriesContext(connection) as queries:
                failed_sign_in(**given)
            words = [query["sql"].split() for query in queries]
            return [line[:1] if "SAVEPOINT" in line else line[:3] for line in words]

        assert statements(user=user) == statements()
        assert Change.objects.filter(kind="SecurityEventRecorded").count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_at_once_they_are_noticed_once(self, user):
        def fail():
            try:
                failed_sign_in(user=user)
            finally:
                connection.close()

        threads = [threading.Thread(target=fail) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert SecurityEvent.objects.filter(type="sign_in_failed").count() == 8
        assert SecurityEvent.objects.filter(type="many_sign_ins_failed").count() == 1


class TestNoticedSignIn:
    def test_the_first_is_no_new_device(self, user):
        signed_in(user, FIREFOX)
        assert kept(user=user) == [("signed_in", "low")]
        assert not Mail.objects.exists()

    def test_a_new_version_is_the_same_device(self, user):
        opened(user, FIREFOX)
        signed_in(user, NEWER_FIREFOX)
        assert kept(user=user) == [("signed_in", "low")]

    def test_another_device_is_told_by_mail(self, user, time_machine):
        time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
        opened(user, FIREFOX)
        signed_in(user, PHONE)
        assert kept(user=user) == [("signed_in", "low"), ("new_device", "medium")]
        event = SecurityEvent.objects.get(type="new_device")
        assert (event.details, event.context, event.ip) == ("Chrome on Android", "pages", "192.0.2.7")
        mail = Mail.objects.get()
        assert (mail.template, mail.to, mail.user) == ("account/new_device", user.email, user)
        assert mail.context == {"device": "Chrome on Android", "ip": "192.0.2.7", "at": "1 March 2026, 12:00 UTC"}

    def test_a_device_that_was_there_before_is_known_also_after_signing_out(self, user):
        opened(user, FIREFOX)
        Session.objects.all().revoke("signed-out")
        opened(user, PHONE)
        signed_in(user, FIREFOX)
        assert kept(user=user) == [("signed_in", "low")]

    def test_anothers_devices_do_not_count(self, user, stranger):
        opened(stranger, PHONE)
        opened(user, FIREFOX)
        signed_in(user, PHONE)
        assert ("new_device", "medium") in kept(user=user)


class TestAtTheDoors:
    """Every way to give a password is watched, and what is mailed reads well."""

    DOORS = ("/auth/signIn", "/api/v1/auth/login", "/api/auth/login", "/api/auth/sign-in/email")

    @pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
    @pytest.mark.parametrize("path", DOORS)
    def test_a_wrong_password_is_kept(self, user, anonymous, path, email):
        anonymous.post(path, {"email": email, "password": "a wrong one"})
        event = SecurityEvent.objects.get(type="sign_in_failed")
        assert (event.user, event.ip) == (user if email == user.email else None, "127.0.0.1")
        assert email not in str(SecurityEvent.objects.filter(pk=event.pk).values())

    @pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
    def test_on_the_page_too(self, user, email):
        Client().post("/account/login/", {"login": email, "password": "a wrong one"})
        assert SecurityEvent.objects.get(type="sign_in_failed").user == (user if email == user.email else None)

    def test_a_new_device_is_told_by_mail(self, user, mailoutbox):
        for agent in (FIREFOX, PHONE):
            Caller(User_Agent=agent).post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD})
        mail = Mail.objects.get(template="account/new_device")
        assert deliver_mail(mail_id=mail.pk)
        assert mailoutbox[0].subject == "A sign-in from a new device"
        assert "Chrome on Android, 127.0.0.1" in mailoutbox[0].body

    def test_a_role_and_an_end_are_told_by_mail(self, staff, user, mailoutbox):
        appoint(user_id=user.pk, role="super_admin", by=staff)
        dismiss(user_id=user.pk, by=staff)
        switch_off(user_id=user.pk, by=staff)
        for mail in Mail.objects.filter(to=user.email).order_by("queued_at").exclude(template="account/welcome"):
            deliver_mail(mail_id=mail.pk)
        assert [mail.subject for mail in mailoutbox] == [
            "Your role has changed",
            "Your role has changed",
            "Your account is switched off",
        ]
        assert "is now super admin" in mailoutbox[0].body
        assert "no role for others" in mailoutbox[1].body
