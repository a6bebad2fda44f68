"""What nobody can use any more goes after a while; what still counts stays."""

import datetime as dt

import pytest
import time_machine
from django.contrib.sessions.models import Session as CookieRow
from django.test import Client

from accounts.models import EmailToken, RefreshToken, SecurityEvent, Session
from accounts.verbs.email_tokens import mint
from accounts.verbs.housekeeping import forget_dead_rows
from tests.styles import signed_in

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)


def rows():
    return tuple(model.objects.count() for model in (Session, RefreshToken, EmailToken, CookieRow))


class TestForgetDeadRows:
    def test_goes_by_how_long_ago_it_ended(self, user):
        with time_machine.travel(START, tick=False) as clock:
            signed_in("veza", user.email)
            Client().force_login(user)
            mint(EmailToken.Purpose.RESET, user, user.email)
            for days, left in ((0, (2, 1, 1, 1)), (31, (2, 1, 0, 0)), (89, (2, 1, 0, 0)), (91, (0, 0, 0, 0))):
                clock.move_to(START + dt.timedelta(days=days))
                forget_dead_rows()
                assert rows() == left, days
            assert SecurityEvent.objects.exists()
            clock.move_to(START + dt.timedelta(days=731))
            forget_dead_rows()
            assert not SecurityEvent.objects.exists()
