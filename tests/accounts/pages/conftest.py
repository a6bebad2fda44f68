import datetime as dt

import pytest
from django.test import Client
from django.utils.timezone import now

from accounts.models import Session


@pytest.fixture
def settings_of():
    """Opens a browser for somebody who has just signed in."""

    def opened(user):
        client = Client()
        client.force_login(user)
        return client

    return opened


@pytest.fixture
def ada(settings_of, user):
    return settings_of(user)


@pytest.fixture
def long_ago():
    """Call it and every sign-in is too old to count as a proof."""

    def aged():
        Session.objects.update(proven_at=now() - dt.timedelta(minutes=11))

    return aged
