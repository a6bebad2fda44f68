"""The copy of somebody's data: whole, once, and finished also by the worker after the one that was killed."""

import datetime as dt
import hashlib
import io
import json
import threading
import zipfile

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import connection
from django.utils.timezone import now

from accounts.models import DataExport, Mail, SecurityEvent
from accounts.queries.exports import archive_of, export_behind, export_link, folder
from accounts.verbs import archives, exports
from accounts.verbs.exports import assemble_export, forget_expired_exports, request_export, waiting_exports
from accounts.verbs.mails import deliver_mail
from config.errors import Throttled
from config.personal_data import REGISTER, chapters, tables
from conversations.models import Notification
from ontology.models import Change
from tests.factories.lives import MARK, lived, marked

pytestmark = pytest.mark.django_db

MOMENT = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
STATE = ("status", "done", "attempts", "error", "lease_until")


@pytest.fixture(autouse=True)
def _own_disk(settings, tmp_path):
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"


def made(user):
    export = request_export(user=user)
    assert assemble_export(export_id=export.pk)
    export.refresh_from_db()
    return export


def opened(export):
    return zipfile.ZipFile(io.BytesIO(archive_of(export).read_bytes()))


def state(export):
    return DataExport.objects.values(*STATE).get(pk=export.pk)


class TestRequest:
    def test_is_kept_told_and_queued(self, user, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            export = request_export(user=user)

        assert (export.status, export.done, export.total) == ("queued", 0, len(chapters()))
        assert queued == [("accounts.jobs.assemble_export", (), {"id": str(export.pk)})]
        assert SecurityEvent.objects.first().type == "export_requested"

    def test_a_second_one_is_answered_with_the_open_one(self, user):
        first = request_export(user=user)

        assert request_export(user=user) == first
        assert DataExport.objects.count() == 1

    def test_is_limited_a_day(self, user):
        with time_machine.travel(MOMENT, tick=False):
            for _ in range(5):
                DataExport.objects.filter(pk=request_export(user=user).pk).update(status="failed")
            with pytest.raises(Throttled):
                request_export(user=user)
        with time_machine.travel(MOMENT + dt.timedelta(days=1, seconds=1), tick=False):
            assert request_export(user=user).status == "queued"


class TestTheArchive:
    def test_holds_every_chapter_with_its_hash(self, user):
        export = made(user)
        archive = opened(export)
        manifest = json.loads(archive.read("manifest.json"))
        told = [entry for entry in manifest["tables"] if "file" in entry]

        assert [entry["table"] for entry in told] == [chapter.label for chapter in chapters()]
        assert {entry["table"] for entry in manifest["tables"]} == {
            each.label for each in tables() if each.is_of_people
        }
        for entry in told:
            content = archive.read(entry["file"])
            assert entry["sha256"] == hashlib.sha256(content).hexdigest()
            assert entry["rows"] == len(json.loads(content))
            assert set(entry["columns"]) == set(REGISTER[entry["table"]].columns)
        assert (manifest["format"], manifest["user_id"]) == (1, str(user.pk))
        assert (
            archive.read("README.txt")
            .decode()
            .startswith("This is a copy of what Stoa (http://localhost:8000) keeps of Ada Lovelace <ada@example.com>.")
        )

    def test_tells_a_person_what_is_kept_of_them(self, user):
        with time_machine.travel(MOMENT, tick=False):
            export = made(user)
        (told,) = json.loads(opened(export).read("accounts/user.json"))
        user.refresh_from_db()

        assert told == {
            "id": str(user.pk),
            "email": "ada@example.com",
            "username": "ada",
            "name": "Ada Lovelace",
            "company": "",
            "bio": "",
            "image": "",
            "role": "",
            "is_staff": False,
            "is_superuser": False,
            "is_active": True,
            "account_setup_complete": user.account_setup_complete,
            "welcome_email_sent": False,
            "last_login": None,
            "email_proven_at": None,
            "created_at": user.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "updated_at": user.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def test_holds_a_row_of_every_table_the_files_and_no_secret(self, user):
        person = lived(user)
        archive = opened(made(person))
        manifest = json.loads(archive.read("manifest.json"))
        named = {entry["file"]: entry["sha256"] for entry in manifest["files"] if "sha256" in entry}
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode()

        assert [entry["table"] for entry in manifest["tables"] if not entry["rows"]] == []
        assert sorted(archive.read(name).decode() for name in named) == [
            marked("cover"), *[marked("file")] * 2, marked("knowledge"), marked("paid"), marked("picture"), marked("preview"), marked("stems"),
        ]  # fmt: skip
        assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in named} == named
        assert [row["content"] for row in json.loads(archive.read("conversations/message.json"))] == [
            *[marked("message")] * 3, marked("question of a client"), marked("question"), marked("advice"), marked("sum"),
        ]  # fmt: skip
        assert "An answer" not in whole
        assert marked("secret") not in whole
        assert marked("token") not in whole
        for secret in (person.password, *person.sessions.values_list("auth_hash", flat=True)):
            assert secret not in whole

    def test_holds_nothing_of_others(self, user, stranger):
        lived(stranger)

        assert MARK not in b"".join(map(opened(made(user)).read, opened(made(user)).namelist())).decode()

    def test_is_ready_and_lies_where_nobody_else_reads(self, user):
        with time_machine.travel(MOMENT, tick=False):
            export = made(user)
        path = archive_of(export)

        assert state(export) == {
            "status": "ready",
            "done": len(chapters()),
            "attempts": 1,
            "error": "",
            "lease_until": None,
        }
        assert (export.finished_at, export.expires_at) == (MOMENT, MOMENT + dt.timedelta(days=7))
        assert (export.size_bytes, export.sha256) == (
            path.stat().st_size,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent == settings.DATA_DIR / "exports"
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert settings.MEDIA_ROOT not in path.parents

    def test_is_told_by_notification_and_mail_whose_link_is_written_down_nowhere(self, user):
        export = made(user)
        told = Notification.objects.values("user", "title", "url", "kind", "key").get()
        row = Mail.objects.get()
        deliver_mail(mail_id=row.pk)
        (sent,) = mail.outbox
        link = next(line for line in sent.body.splitlines() if "/exports/" in line)

        assert told == {
            "user": user.pk,
            "title": "Your copy of your data is ready",
            "url": "/settings/privacy/",
            "kind": "info",
            "key": f"export:{export.pk}",
        }
        assert (sent.to, sent.subject) == (["ada@example.com"], "Your copy of your data is ready")
        assert export_behind(link.removeprefix("http://localhost:8000/exports/")) == export
        assert link in sent.alternatives[0].content
        assert row.context == {"export_id": str(export.pk), "until": row.context["until"]}
        assert not Change.objects.filter(payload__icontains="/exports/").exists()


class TestTheLink:
    def test_expires_with_the_archive(self, user):
        with time_machine.travel(MOMENT, tick=False):
            export = made(user)
            token = export_link(export).rpartition("/")[2]
        with time_machine.travel(MOMENT + dt.timedelta(days=6, hours=23), tick=False):
            assert export_behind(token) == export
        with time_machine.travel(MOMENT + dt.timedelta(days=7), tick=False):
            assert export_behind(token) is None
            assert export_link(export) == ""

    @pytest.mark.parametrize("token", ["", "x", "x:y:z", "\0", "é" * 500])
    def test_made_up_ones_lead_nowhere(self, token):
        assert export_behind(token) is None

    def test_is_of_its_owner_alone(self, user, stranger):
        export = made(user)
        forged = DataExport(pk=export.pk, user=stranger, status="ready", expires_at=export.expires_at)

        assert export_behind(export_link(forged).rpartition("/")[2]) is None


class Killed(BaseException):
    """As a worker dies: nothing of ours catches it."""


def stop_after(monkeypatch, chapters_written, fault):
    write = archives.write_chapter
    calls = []

    def dying(*args):
        if len(calls) == chapters_written:
            raise fault
        calls.append(1)
        return write(*args)

    monkeypatch.setattr(archives, "write_chapter", dying)


class TestAfterAFault:
    def test_the_next_run_finishes_what_a_killed_worker_left(self, user, monkeypatch):
        with time_machine.travel(MOMENT, tick=False) as clock:
            export = request_export(user=user)
            with monkeypatch.context() as patched:
                stop_after(patched, 2, Killed())
                with pytest.raises(Killed):
                    assemble_export(export_id=export.pk)
            left = state(export)
            parts = [path.name for path in folder().iterdir()]
            early = (assemble_export(export_id=export.pk), waiting_exports())
            clock.move_to(MOMENT + dt.timedelta(minutes=5, seconds=1))
            found = waiting_exports()
            late = assemble_export(export_id=export.pk)
        export.refresh_from_db()

        assert (left["status"], left["done"], left["attempts"]) == ("running", 2, 1)
        assert parts == [f"{export.pk}.1.part"]
        assert early == (False, [])
        assert (found, late) == ([export.pk], True)
        assert (export.status, export.attempts) == ("ready", 2)
        assert [path.name for path in folder().iterdir()] == [f"{export.pk}.zip"]
        assert Notification.objects.count() == Mail.objects.count() == 1

    def test_it_is_tried_again_later(self, user, monkeypatch, caplog):
        with time_machine.travel(MOMENT, tick=False):
            export = request_export(user=user)
            stop_after(monkeypatch, 1, OSError("disk full"))
            assert assemble_export(export_id=export.pk) is False

        assert state(export) == {
            "status": "queued",
            "done": 1,
            "attempts": 1,
            "error": "OSError",
            "lease_until": MOMENT + dt.timedelta(seconds=60),
        }
        assert list(folder().iterdir()) == []

    def test_it_is_given_up_after_five_and_said_so(self, user, monkeypatch):
        export = request_export(user=user)
        stop_after(monkeypatch, 0, OSError("disk full"))
        with time_machine.travel(now(), tick=False) as clock:
            for _ in range(6):
                assemble_export(export_id=export.pk)
                clock.shift(3600)
            last = Mail.objects.get()
            deliver_mail(mail_id=last.pk)

        assert state(export) == {
            "status": "failed",
            "done": 0,
            "attempts": 5,
            "error": "OSError",
            "lease_until": None,
        }
        assert (last.template, mail.outbox[0].subject) == (
            "account/export_failed",
            "The copy of your data could not be made",
        )
        assert Notification.objects.get().title == "The copy of your data could not be made"

    def test_who_lost_the_claim_changes_nothing(self, user, monkeypatch):
        export = request_export(user=user)
        keep = exports.Claim.keep

        def too_slow(claim, done):
            DataExport.objects.filter(pk=export.pk).update(attempts=7)
            keep(claim, done)

        monkeypatch.setattr(exports.Claim, "keep", too_slow)

        assert assemble_export(export_id=export.pk) is False
        assert state(export)["status"] == "running"
        assert list(folder().iterdir()) == []
        assert not Mail.objects.exists()

    @pytest.mark.parametrize("unknown", ["", "x", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_an_unknown_one_is_nothing(self, unknown):
        assert assemble_export(export_id=unknown) is False


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_workers_make_one_archive(self, user):
        export = request_export(user=user)
        done, start = [], threading.Barrier(2)

        def work():
            try:
                start.wait()
                done.append(assemble_export(export_id=export.pk))
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert sorted(done) == [False, True]
        assert [path.name for path in folder().iterdir()] == [f"{export.pk}.zip"]
        assert Mail.objects.count() == Notification.objects.count() == 1


class TestForgetting:
    def test_takes_expired_archives_and_orphans_away(self, user, stranger):
        with time_machine.travel(MOMENT, tick=False):
            old = made(user)
        fresh = made(stranger)
        orphan = folder() / "lost.zip"
        orphan.write_text("x")

        assert forget_expired_exports() == 1
        old.refresh_from_db()
        assert (old.status, old.path) == ("expired", "")
        assert {path.name for path in folder().iterdir()} == {fresh.path, "lost.zip", f"{old.pk}.zip"}
        with time_machine.travel(now() + dt.timedelta(hours=2), tick=False):
            assert forget_expired_exports() == 0
        assert [path.name for path in folder().iterdir()] == [fresh.path]
