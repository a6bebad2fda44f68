"""The sweeps of accounts: what was lost is handed to the queue again, one job a row."""

import datetime as dt

import pytest
from django.utils.timezone import now

from accounts import jobs
from accounts.models import DataExport, Departure, User
from accounts.queries.exports import folder
from config.celery import app

pytestmark = pytest.mark.django_db

LONG_AGO = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _own_disk(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


class TestSweeps:
    def test_every_entry_of_the_beat_is_a_task(self):
        assert {task for task, _ in jobs.BEAT.values()} <= set(app.tasks)

    def test_exports_that_nobody_works_on(self, user, stranger, staff, queued):
        begun = {"status": "running", "attempts": 1}
        left = DataExport.objects.create(user=user, lease_until=now() - LONG_AGO, **begun)
        DataExport.objects.create(user=stranger, lease_until=now() + LONG_AGO, **begun)
        DataExport.objects.create(user=staff, status="ready")

        jobs.assemble_exports()

        assert queued == [("accounts.jobs.assemble_export", (), {"id": str(left.pk)})]

    def test_departures_that_are_due(self, user, stranger, queued):
        due = Departure.objects.create(user=user, due_at=now() - LONG_AGO)
        Departure.objects.create(user=user, due_at=now() - LONG_AGO, cancelled_at=now())
        Departure.objects.create(user=stranger, due_at=now() + LONG_AGO)

        jobs.erase_accounts()

        assert queued == [("accounts.jobs.erase_account", (), {"id": str(due.pk)})]


class TestJobs:
    def test_make_the_copy(self, user):
        export = DataExport.objects.create(user=user)

        jobs.assemble_export(id=str(export.pk))
        DataExport.objects.update(expires_at=now() - LONG_AGO)
        jobs.forget_exports()

        assert DataExport.objects.values("status", "path").get() == {"status": "expired", "path": ""}
        assert [path.name for path in folder().iterdir()] == [
            f"{export.pk}.zip"
        ]  # just written; the next hour takes it

    def test_erase_the_account(self, user):
        departure = Departure.objects.create(user=user, due_at=now() - LONG_AGO)

        jobs.erase_account(id=str(departure.pk))

        assert User.objects.get(pk=user.pk).name == "Someone who left"
