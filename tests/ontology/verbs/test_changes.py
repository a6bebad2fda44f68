"""The seam keeps what was published for seven days and no longer."""

import datetime as dt

import pytest
from django.utils.timezone import now

from config.celery import app
from ontology.jobs import BEAT, forget_changes
from ontology.models import Change
from ontology.verbs import changes
from ontology.verbs.changes import forget_old_changes

pytestmark = pytest.mark.django_db


def published(ago: dt.timedelta) -> Change:
    change = Change.objects.create(kind="EntityChanged")
    Change.objects.filter(pk=change.pk).update(created_at=now() - ago)
    return change


class TestForgetOldChanges:
    def test_goes_by_age(self):
        kept = [published(dt.timedelta(0)), published(dt.timedelta(days=6, hours=23))]
        published(dt.timedelta(days=7, hours=1))
        before = Change.objects.count()
        assert forget_old_changes() == 1
        assert Change.objects.count() == before - 1
        assert Change.objects.filter(pk__in=[change.pk for change in kept]).count() == 2

    def test_goes_on_until_all_old_ones_are_gone(self, monkeypatch):
        monkeypatch.setattr(changes, "AT_ONCE", 2)
        for _ in range(5):
            published(dt.timedelta(days=8))
        assert forget_old_changes() == 5

    def test_is_asked_for_regularly(self):
        name, seconds = BEAT["forget_changes"]
        assert (forget_changes.name, seconds) == (name, 3600)
        assert app.conf.beat_schedule["ontology.forget_changes"]["task"] == name
