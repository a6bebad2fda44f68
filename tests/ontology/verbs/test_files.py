"""Files where it is hard: two at once, a store or a database that fails half-way, what jobs remove and what they must not."""

import datetime as dt
import io
import os
import threading
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as house
from django.db import DatabaseError, connection
from django.utils.timezone import now

from config.errors import Conflict, DomainError, TooLarge
from ontology import jobs
from ontology.facts import FileChanged, FileDeleted, FileShared, FileUploaded, ShareRevoked
from ontology.gateways import object_storage
from ontology.models import Change, CloudFile, FileVersion, ShareLink
from ontology.queries.files import used_bytes
from ontology.verbs.files import (
    UNCLAIMED,
    delete_file,
    files_to_remove,
    remove_file,
    rename_file,
    replace_file,
    restore_version,
    snapshot_file,
    sweep_contents,
    sweep_incoming,
    upload_file,
)
from ontology.verbs.shares import revoke_share, share_file

REMOVED_AFTER = dt.timedelta(days=30)


def keep(user, content=b"one", name="a.txt"):
    return upload_file(content=io.BytesIO(content), name=name, by=user)


def put_in(file, content):
    return replace_file(file_id=file.pk, content=io.BytesIO(content), name="b.txt", by=file.owner)


def made_older(key):
    """A content as one that lay there for two days."""
    path = object_storage.place_of(key, name="", content_type="")
    then = (now() - 2 * UNCLAIMED).timestamp()
    os.utime(path, (then, then))


@pytest.mark.django_db(transaction=True)
class TestOnce:
    def test_the_same_content_is_stored_once_an_owner(self, user, stranger, stored):
        one, two = keep(user), keep(user, name="b.txt")
        assert (one.key == two.key, len(stored()), used_bytes(user.pk)) == (True, 1, 3)
        assert keep(stranger).key != one.key
        assert len(stored()) == 2

    def test_it_stays_while_anything_holds_it(self, user, stored):
        one, two = keep(user), keep(user, name="b.txt")
        put_in(two, b"two")
        for file in (one, two):
            delete_file(file_id=file.pk, by=user)
        remove_file(file_id=one.pk)
        assert len(stored()) == 2
        remove_file(file_id=two.pk)
        remove_file(file_id=two.pk)
        assert (stored(), CloudFile.objects.count(), FileVersion.objects.count()) == ([], 0, 0)

    def test_the_oldest_of_all_versions_can_be_restored(self, user, stored, settings):
        settings.CLOUD_MOST_VERSIONS = 2
        file = keep(user)
        for content in (b"two", b"three"):
            put_in(file, content)
        restored = restore_version(file_id=file.pk, version=1, by=user)
        assert object_storage.place_of(restored.key, name="", content_type="").read_bytes() == b"one"
        assert sorted(stored()) == sorted({restored.key, *(each.key for each in restored.versions.all())})

    def test_deleting_makes_room_only_so_often(self, user, stored, settings):
        settings.CLOUD_QUOTA_BYTES = 10
        for content in (b"0123456789", b"abcdefghij"):
            delete_file(file_id=keep(user, content).pk, by=user)
        with pytest.raises(TooLarge) as refusal:
            keep(user, b"more")
        assert (refusal.value.code, used_bytes(user.pk), len(stored())) == ("quota_exceeded", 0, 2)
        for file in CloudFile.objects.all():
            remove_file(file_id=file.pk)
        keep(user, b"more")

    def test_one_that_was_deleted_lends_its_content(self, user, stored):
        one = keep(user)
        delete_file(file_id=one.pk, by=user)
        two = keep(user)
        remove_file(file_id=one.pk)
        assert (stored(), two.key) == ([one.key], one.key)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def together(self, *acts):
        """Run the acts in threads of their own; what each returned or raised."""
        begin, ends = threading.Barrier(len(acts)), [None] * len(acts)

        def run(at, act):
            begin.wait()
            try:
                ends[at] = act()
            except DomainError as error:
                ends[at] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ends

    def test_the_quota_holds(self, user, settings, stored):
        settings.CLOUD_QUOTA_BYTES = 25
        ends = self.together(*(lambda n=n: keep(user, bytes([65 + n]) * 10, f"{n}.txt") for n in range(6)))
        assert sorted(type(end).__name__ for end in ends) == ["CloudFile"] * 2 + ["TooLarge"] * 4
        assert (used_bytes(user.pk), len(stored())) == (20, 2)

    def test_versions_are_numbered_without_a_gap(self, user):
        file = keep(user)
        ends = self.together(*(lambda: snapshot_file(file_id=file.pk, by=user) for _ in range(4)))
        assert sorted(end.version for end in ends) == [1, 2, 3, 4]

    def test_the_same_content_still_is_one(self, user, stored):
        self.together(*(lambda n=n: keep(user, b"same", f"{n}.txt") for n in range(4)))
        assert (CloudFile.objects.count(), len(stored())) == (4, 1)

    def test_what_is_removed_is_not_lent_meanwhile(self, user, stored):
        old = keep(user)
        delete_file(file_id=old.pk, by=user)
        self.together(lambda: remove_file(file_id=old.pk), lambda: keep(user))
        assert stored() == [CloudFile.objects.get().key]


@pytest.mark.django_db(transaction=True)
class TestFailure:
    def test_a_database_that_refuses_leaves_nothing(self, user, stored, monkeypatch):
        def refuse(*args, **kwargs):
            raise DatabaseError("no")

        monkeypatch.setattr("ontology.verbs.files.remember", refuse)
        with pytest.raises(DatabaseError):
            keep(user)
        assert (stored(), CloudFile.objects.count()) == ([], 0)

    def test_a_failure_after_the_commit_takes_no_content_away(self, user, stored, monkeypatch):
        def fail(*args):
            raise RuntimeError("after the commit")

        monkeypatch.setattr("ontology.changes.wake_up", fail)
        with pytest.raises(RuntimeError):
            keep(user)
        assert stored() == [CloudFile.objects.get().key]

    def test_a_replacement_that_fails_changes_nothing(self, user, stored, settings):
        file = keep(user)
        settings.CLOUD_QUOTA_BYTES = 5
        with pytest.raises(TooLarge):
            put_in(file, b"three")
        file.refresh_from_db()
        assert (file.version, file.versions.count(), stored()) == (1, 0, [file.key])

    def test_one_version_too_far_is_a_conflict_of_files_only(self, user, settings):
        settings.CLOUD_MOST_FILES = 1
        file = keep(user)
        put_in(file, b"two")
        with pytest.raises(Conflict):
            keep(user, b"three")


@pytest.mark.django_db(transaction=True)
class TestVersions:
    def test_restoring_what_it_holds_changes_nothing(self, user):
        file = keep(user)
        snapshot_file(file_id=file.pk, by=user)
        restored = restore_version(file_id=file.pk, version=1, by=user)
        assert (restored.version, restored.versions.count()) == (2, 1)

    def test_nothing_is_ever_lost_by_going_back_and_forth(self, user, stored):
        file = keep(user, b"a")
        put_in(file, b"b")
        restore_version(file_id=file.pk, version=1, by=user)
        restore_version(file_id=file.pk, version=2, by=user)
        file.refresh_from_db()
        assert [(v.version, v.sha256 == file.sha256) for v in file.versions.all()] == [
            (3, False),
            (2, True),
            (1, False),
        ]
        assert (file.version, len(stored()), used_bytes(user.pk)) == (4, 2, 2)


@pytest.mark.django_db(transaction=True)
class TestJobs:
    def test_a_deleted_file_is_removed_after_its_days(self, user, queued, stored):
        file = keep(user)
        moment = now()
        with time_machine.travel(moment, tick=False):
            delete_file(file_id=file.pk, by=user)
        with time_machine.travel(moment + REMOVED_AFTER - dt.timedelta(seconds=1), tick=False):
            assert files_to_remove() == []
        with time_machine.travel(moment + REMOVED_AFTER, tick=False):
            jobs.sweep_files()
        assert queued == [("ontology.jobs.remove_file", (str(file.pk),), {})]
        jobs.remove_file(str(file.pk))
        assert (stored(), CloudFile.objects.count()) == ([], 0)

    def test_a_file_that_is_not_deleted_is_never_removed(self, user, stored):
        file = keep(user)
        remove_file(file_id=file.pk)
        assert stored() == [file.key]

    def test_contents_without_a_row_are_swept_when_they_are_old(self, user, stored):
        file = keep(user)
        put_in(file, b"two")
        deleted = keep(user, b"three")
        delete_file(file_id=deleted.pk, by=user)
        lost, fresh = object_storage.new_key(), object_storage.new_key()
        for key in (lost, fresh):
            object_storage.put(key=key, content=io.BytesIO(b"x"), content_type="text/plain")
        held = [key for key in stored() if key not in (lost, fresh)]
        for key in [*held, lost]:
            made_older(key)
        assert (sweep_contents(), sweep_contents()) == (1, 0)
        assert (len(held), stored()) == (3, sorted([*held, fresh]))

    def test_halves_of_uploads_are_swept_when_they_are_old(self):
        folder = Path(house.FILE_UPLOAD_TEMP_DIR)
        for name in ("old.upload.mp3", "new.upload.mp3", "other.txt"):
            (folder / name).write_bytes(b"x")
        then = (now() - 2 * UNCLAIMED).timestamp()
        for name in ("old.upload.mp3", "other.txt"):
            os.utime(folder / name, (then, then))
        assert sweep_incoming() == 1
        assert sorted(path.name for path in folder.iterdir()) == ["new.upload.mp3", "other.txt"]

    def test_an_account_that_is_gone_leaves_its_contents_to_the_sweep(self, user, stored):
        made_older(keep(user).key)
        user.delete()
        jobs.sweep_contents()
        assert stored() == []


@pytest.mark.django_db
class TestFacts:
    def test_tell_the_owner_and_no_secret(self, user):
        file = keep(user)
        rename_file(file_id=file.pk, name="b.txt", by=user)
        link, token = share_file(file_id=file.pk, by=user)
        revoke_share(file_id=file.pk, link_id=link.pk, by=user)
        delete_file(file_id=file.pk, by=user)
        kinds = [FileUploaded, FileChanged, FileShared, ShareRevoked, FileDeleted]
        told = Change.objects.filter(kind__in=[kind.__name__ for kind in kinds]).order_by("id")
        assert [change.kind for change in told] == [kind.__name__ for kind in kinds]
        assert {tuple(change.topics) for change in told} == {(f"entity:{file.pk}", f"user:{user.pk}")}
        assert not [change for change in told if token in str(change.payload)]
        assert ShareLink.objects.get().token_hash not in str([change.payload for change in told])
