"""What is over in seconds leaves nothing behind."""

import datetime as dt

import pytest
import time_machine
from django.conf import settings

from config.ids import new_id
from conversations.facts import PresenceChanged, Typing
from conversations.live.signals import signal
from conversations.models import Presence
from conversations.verbs.messages import send_message
from conversations.verbs.presence import note_absent, note_present
from ontology.models import Change
from tests.factories.conversations import room

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_redis(monkeypatch):
    monkeypatch.setattr(settings, "REDIS_URL", "")


def typing():
    return Typing(conversation_id=new_id(), user_id=new_id(), user_name="Ada", is_typing=True)


class TestSignal:
    def test_without_redis_is_a_change_that_the_next_one_removes(self, no_redis, user):
        with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as time:
            send_message(conversation_id=room(user).pk, content="stays", by=user)
            kept = Change.objects.count()
            signal(typing(), PresenceChanged(conversation_id=new_id(), user_id=new_id(), user_name="A", is_online=True))
            time.shift(dt.timedelta(seconds=9))
            signal(typing())
            assert Change.objects.count() == kept + 3
            time.shift(dt.timedelta(seconds=2))
            signal(typing())

        assert Change.objects.count() == kept + 2

    def test_with_a_redis_that_is_away_takes_the_same_way(self, monkeypatch):
        monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
        monkeypatch.setattr("conversations.live.signals.sent_by_redis", lambda signals: False)

        signal(typing())

        assert Change.objects.latest("id").kind == "Typing"


class TestPresence:
    def test_is_forgotten_after_a_minute(self, user, stranger):
        key, other = room(user, stranger).pk, room(user).pk
        with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as time:
            note_present(
                places=[(key, user.pk), (key, stranger.pk), (other, user.pk), (key, new_id()), (new_id(), user.pk)]
            )
            time.shift(dt.timedelta(seconds=50))
            note_present(places=[(key, user.pk)])
            assert Presence.objects.online().count() == 3
            time.shift(dt.timedelta(seconds=11))
            assert list(Presence.objects.online().values_list("conversation", "user")) == [(key, user.pk)]
            note_absent(conversation_ids=[key], user_id=user.pk)
            assert not Presence.objects.online().exists()
