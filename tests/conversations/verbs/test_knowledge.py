import datetime as dt
import os
from collections import Counter

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.utils.timezone import now

from accounts.models import AuditEntry, Departure
from accounts.verbs.departures import erase
from config.errors import Forbidden, Invalid, NotFound
from conversations import jobs
from conversations.gateways.documents import Document
from conversations.models import KnowledgeFile, Notification, Passage
from conversations.queries.knowledge import count_files, search_passages
from conversations.verbs import extraction
from conversations.verbs.extraction import claim, extract, files_to_extract, keep
from conversations.verbs.knowledge import add_knowledge_file, remove_knowledge_file, sweep_knowledge_contents
from conversations.verbs.passages import digest_of
from marketplace.verbs.cancellations import set_subscription
from ontology.gateways import object_storage
from ontology.models import Change, Connection, Entity, Event
from ontology.verbs.files import sweep_contents
from tests.factories.accounts import UserFactory
from tests.factories.knowledge import docx, kept, known, paragraph, pdf, upload, waiting
from tests.factories.subscriptions import subscribed, three_tiers
from tests.marketplace.verbs.test_at_once import at_once, outcome

pytestmark = pytest.mark.django_db

LONG_AGO = dt.timedelta(days=2)


@pytest.fixture(autouse=True)
def store(tmp_path, settings, monkeypatch):
    """The folder where contents lie, empty."""
    place = storages["files"].__class__(location=str(tmp_path / "files"), base_url=None)
    monkeypatch.setitem(storages._storages, "files", place)
    monkeypatch.setattr(KnowledgeFile._meta.get_field("file"), "storage", place)
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "files"


@pytest.fixture(autouse=True)
def _fresh_index(db):
    """Tests with real transactions empty the tables past the verbs, which leaves words in the index of SQLite."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO conversations_passage_search(conversations_passage_search) VALUES ('rebuild')")


def lying(store):
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


def told(kind="KnowledgeFileChanged"):
    return [row.payload["what"] for row in Change.objects.filter(kind=kind).order_by("pk")]


def found(user, question):
    return [each.text for each in search_passages(user=user, question=question)]


def indexed():
    """How many passages the full text knows; PostgreSQL keeps the words in the row itself."""
    if connection.vendor != "sqlite":
        return Passage.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM conversations_passage_search_docsize")
        return cursor.fetchone()[0]


class TestAddKnowledgeFile:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (pdf("Doors open at seven."), "pdf"),
            (docx(paragraph("Doors open at seven.")), "docx"),
            ("Doors open at seven.", "txt"),
            ("Grüße".encode("cp1252"), "txt"),
            ("Grüße".encode("utf-16"), "txt"),
            ("<html>a page is text, too</html>", "txt"),
        ],
    )
    def test_keeps_it_and_asks_for_its_text(
        self, user, store, queued, django_capture_on_commit_callbacks, content, kind
    ):
        raw = content if isinstance(content, bytes) else content.encode()
        with django_capture_on_commit_callbacks(execute=True):
            file = add_knowledge_file(upload=upload(raw, f"a/b\\Hand\x00book.{kind}"), file_type=kind, by=user)
        row = KnowledgeFile.objects.get()
        assert (row.user, row.file_name, row.file_size, row.file_type) == (user, f"Handbook.{kind}", len(raw), kind)
        assert (row.status, row.reason, row.content, row.attempts) == ("waiting", "", "", 0)
        assert lying(store) == [row.file.name] == [f"knowledge/{file.pk.hex}.{kind}"]
        assert (store / row.file.name).read_bytes() == raw
        assert queued == [("conversations.jobs.knowledge.extract", (), {"file_id": str(file.pk)})]
        assert told() == ["uploaded"]

    def test_is_remembered_for_its_owner_alone(self, user, stranger):
        file = waiting(user)
        entity = Entity.objects.get(pk=file.pk)
        assert (entity.type, entity.name, entity.owner_id, entity.is_private) == (
            "knowledge_item",
            "notes.txt",
            user.pk,
            True,
        )
        assert not Entity.objects.visible_to(stranger).filter(pk=file.pk).exists()
        assert Connection.objects.filter(
            from_entity=user.pk, to_entity=file.pk, relationship_type="owns", is_private=True
        ).exists()
        assert Event.objects.get(target=file.pk).type == "content_uploaded"

    @pytest.mark.parametrize(
        ("content", "kind", "field", "sentence"),
        [
            (b"", "txt", "file", "The file is empty."),
            (b"text", "doc", "file_type", "Must be pdf, docx or txt."),
            (b"text", "", "file_type", "Must be pdf, docx or txt."),
            (b"text", "pdf", "file", "This is not a PDF."),
            (b"text", "docx", "file", "This is not a Word document (.docx)."),
            (b"%PDF-1.7 x", "txt", "file", "This is not a plain text."),
            (docx("x"), "pdf", "file", "This is not a PDF."),
            (docx("x"), "txt", "file", "This is not a plain text."),
            (b"\x89PNG\r\n\x1a\n" + bytes(100), "txt", "file", "This is not a plain text."),
            (bytes(range(256)), "txt", "file", "This is not a plain text."),
            (b"PK\x03\x04" + bytes(100), "docx", "file", "This is not a Word document (.docx)."),
        ],
    )
    def test_refuses_what_is_not_what_it_says(self, user, store, content, kind, field, sentence):
        with pytest.raises(Invalid) as error:
            add_knowledge_file(upload=upload(content, "x"), file_type=kind, by=user)
        assert (error.value.message, error.value.details) == (sentence, {field: [sentence]})
        assert (lying(store), KnowledgeFile.objects.count(), told()) == ([], 0, [])

    def test_refuses_what_is_too_large(self, user, settings, store):
        settings.UPLOAD_BYTES = {**settings.UPLOAD_BYTES, "knowledge_file": 10}
        waiting(user, "0123456789")
        with pytest.raises(Invalid, match="larger than 10 bytes"):
            waiting(user, "0123456789a")
        assert len(lying(store)) == 1

    def test_keeps_nothing_where_the_row_cannot_be_written(self, user, store, monkeypatch):
        def broken(**given):
            raise RuntimeError

        monkeypatch.setattr("conversations.verbs.knowledge.link", broken)
        with pytest.raises(RuntimeError):
            waiting(user)
        assert (lying(store), KnowledgeFile.objects.count()) == ([], 0)


class TestTheTier:
    def test_allows_five_without_a_subscription(self, user, stranger, store):
        for number in range(5):
            waiting(user, f"Text {number}.")
        with pytest.raises(Forbidden) as error:
            waiting(user)
        assert error.value.details == {
            "reason": "limit_reached",
            "tier": None,
            "upgrade_url": "/pricing/",
            "limit": "knowledge_files",
            "allowed": 5,
            "used": 5,
        }
        assert (len(lying(store)), count_files(user), count_files(stranger)) == (5, 5, 0)
        waiting(stranger)

    def test_allows_another_one_where_one_was_removed(self, user):
        first, *_ = [waiting(user, f"Text {number}.") for number in range(5)]
        remove_knowledge_file(file_id=first.pk, by=user)
        waiting(user)
        assert count_files(user) == 5

    def test_takes_nothing_away_where_it_allows_less_than_before(self, user, staff):
        tiers = three_tiers()
        subscribed(user, tiers["Professional"])
        for number in range(10):
            kept(user, f"Number {number} is about whales{number}.", name=f"{number}.txt")
        with pytest.raises(Forbidden, match="The tier Professional allows 10 knowledge files, and you keep 10"):
            waiting(user)
        set_subscription(user_id=user.pk, tier_id=tiers["Basic"].pk, by=staff)
        with pytest.raises(Forbidden, match="The tier Basic allows 5 knowledge files, and you keep 10"):
            waiting(user)
        assert count_files(user) == 10
        assert found(user, "What about whales9?") == ["Number 9 is about whales9."]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_uploads_do_not_share_the_last_place(self, user, store):
        for number in range(4):
            waiting(user, f"Text {number}.")
        results = at_once(*(lambda n=number: waiting(user, f"Last {n}.") for number in range(4)))
        assert Counter(map(outcome, results)) == {"KnowledgeFile": 1, "limit_reached": 3}
        assert (KnowledgeFile.objects.count(), len(lying(store))) == (5, 5)

    def test_one_file_is_read_once(self, user):
        file = waiting(user, "Doors open at seven.")
        at_once(*[lambda: extract(file_id=file.pk)] * 4)
        row = KnowledgeFile.objects.get()
        assert (row.status, row.attempts, row.passage_count, told()) == ("ready", 1, 1, ["uploaded", "ready"])

    def test_two_files_with_the_same_text_keep_one_passage(self, user):
        files = [waiting(user, f"Doors open at seven.\n\nNumber {number}\nOnly here: {number}.") for number in range(3)]
        claimed = [claim(file.pk) for file in files]
        documents = [Document((f"Doors open at seven.\n\nNumber {n}\nOnly here: {n}.",), None) for n in range(3)]
        results = at_once(*(lambda pair=pair: keep(*pair) for pair in zip(claimed, documents, strict=True)))
        assert results == [None] * 3
        assert sorted(Passage.objects.values_list("text", flat=True)) == [
            "Doors open at seven.",
            *(f"Number {number}\nOnly here: {number}." for number in range(3)),
        ]


class TestExtract:
    def test_takes_the_text_out_by_pages(self, user):
        file = known(user, pdf("Doors open at seven.", None, "The bar opens at six."), kind="pdf")
        assert (file.status, file.reason, file.page_count, file.passage_count) == ("ready", "", 3, 1)
        assert file.content.split("\f")[0::2] == ["Doors open at seven.", "The bar opens at six."]
        assert list(file.passages.values_list("position", "page", "text")) == [
            (0, 1, "Doors open at seven.\n\nThe bar opens at six.")
        ]
        assert (file.lease_until, file.attempts, told()) == (None, 1, ["uploaded", "ready"])
        assert Entity.objects.get(pk=file.pk).properties["status"] == "ready"
        assert "Doors" not in str(Entity.objects.filter(pk=file.pk).values().get())

    def test_tells_its_owner_what_could_not_be_read(self, user, stranger):
        file = known(user, pdf(None), name="scan", kind="pdf")
        assert (file.status, file.reason, file.passage_count) == ("failed", "no_text_layer", 0)
        assert told() == ["uploaded", "failed"]
        note = Notification.objects.get()
        assert (note.user, note.kind, note.title, note.url) == (
            user,
            "warning",
            "Your assistant could not read a file",
            f"/inbox/knowledge/{file.pk}/",
        )
        audited = AuditEntry.objects.filter(resource=str(file.pk)).values_list("action", flat=True)
        assert list(audited) == ["knowledge file failed no_text_layer"]
        assert note.text.startswith("scan.pdf: It holds pictures of pages and no text.")

    def test_of_a_bomb_fails_the_file_and_not_the_worker(self, user):
        bomb = docx(paragraph("x"), **{"word/a.bin": bytes(100 * 1024 * 1024)})
        assert len(bomb) < 200_000
        assert known(user, bomb, name="bomb", kind="docx").reason == "too_large"
        assert known(user, "Doors open at seven.").status == "ready"

    def test_twice_is_once(self, user):
        file = known(user)
        extract(file_id=file.pk)
        extract(file_id="nonsense")
        assert told() == ["uploaded", "ready"]
        assert KnowledgeFile.objects.get().attempts == 1

    def test_is_left_to_who_has_the_lease(self, user):
        file = waiting(user)
        assert claim(file.pk).attempts == 1
        assert claim(file.pk) is None
        KnowledgeFile.objects.update(lease_until=now() - dt.timedelta(seconds=1))
        assert claim(file.pk).attempts == 2

    def test_of_a_worker_that_was_given_up_changes_nothing(self, user):
        """Its lease ended while it read, and another one took the file over."""
        waiting(user)
        late = claim(KnowledgeFile.objects.get().pk)
        KnowledgeFile.objects.update(lease_until=now() - dt.timedelta(seconds=1))
        extract(file_id=late.pk)
        keep(late, Document(("Something else.",), None))
        assert list(Passage.objects.values_list("text", flat=True)) == ["Doors open at seven."]
        assert told() == ["uploaded", "ready"]

    def test_of_a_file_that_was_removed_meanwhile_changes_nothing(self, user):
        file = waiting(user)
        mine = claim(file.pk)
        remove_knowledge_file(file_id=file.pk, by=user)
        keep(mine, Document(("Doors open at seven.",), None))
        assert (Passage.objects.count(), told()) == (0, ["uploaded", "removed"])

    def test_says_where_the_file_itself_is_gone(self, user, store):
        file = waiting(user)
        (store / file.file.name).unlink()
        extract(file_id=file.pk)
        assert KnowledgeFile.objects.get().reason == "lost"

    def test_is_tried_again_where_the_store_does_not_answer(self, user, monkeypatch):
        file = waiting(user)
        away = object_storage.Unavailable("away")

        def not_there(**given):
            raise away

        with monkeypatch.context() as patch:
            patch.setattr(extraction.object_storage, "fetch", not_there)
            for _ in range(extraction.MOST_ATTEMPTS + 2):  # however long it is away
                KnowledgeFile.objects.update(lease_until=now())
                extract(file_id=file.pk)
        row = KnowledgeFile.objects.get()
        assert (row.status, row.attempts, row.lease_until > now() + dt.timedelta(seconds=50)) == ("waiting", 0, True)
        KnowledgeFile.objects.update(lease_until=now())
        extract(file_id=file.pk)
        assert KnowledgeFile.objects.get().status == "ready"


class TestTheSweep:
    def test_finds_what_was_lost_and_ends_what_was_tried_too_often(self, user, queued):
        fresh, lost, held, hopeless = [waiting(user, f"Text {number}.", name=str(number)) for number in range(4)]
        old = KnowledgeFile.objects.exclude(pk=fresh.pk)
        old.update(created_at=now() - dt.timedelta(minutes=5))
        KnowledgeFile.objects.filter(pk=held.pk).update(lease_until=now() + dt.timedelta(minutes=1), attempts=1)
        KnowledgeFile.objects.filter(pk=hopeless.pk).update(attempts=3, lease_until=now() - dt.timedelta(seconds=1))
        queued.clear()
        jobs.knowledge.extract_all()
        assert queued == [("conversations.jobs.knowledge.extract", (), {"file_id": str(lost.pk)})]
        assert list(KnowledgeFile.objects.filter(status="failed").values_list("pk", "reason")) == [
            (hopeless.pk, "gave_up")
        ]
        assert (files_to_extract(), Notification.objects.count()) == ([lost.pk], 1)

    def test_of_contents_removes_what_no_row_names(self, user, store):
        files = [waiting(user, f"Text {number}.") for number in range(3)]
        KnowledgeFile.objects.filter(pk__in=[file.pk for file in files[1:]]).delete()
        long_ago = (now() - LONG_AGO).timestamp()
        for file in files[:2]:
            os.utime(store / file.file.name, (long_ago, long_ago))
        assert (sweep_knowledge_contents(), sweep_knowledge_contents()) == (1, 0)
        assert lying(store) == sorted([files[0].file.name, files[2].file.name])
        jobs.knowledge.sweep_knowledge_contents()

    def test_of_cloud_files_lets_it_be(self, user, store):
        file = waiting(user)
        long_ago = (now() - LONG_AGO).timestamp()
        os.utime(store / file.file.name, (long_ago, long_ago))
        assert (sweep_contents(), lying(store)) == (0, [file.file.name])


class TestRemoveKnowledgeFile:
    def test_leaves_nothing_of_it(self, user, store, django_capture_on_commit_callbacks):
        file = known(user, pdf(None), kind="pdf")
        kept(user, "Doors open at seven.")
        with django_capture_on_commit_callbacks() as callbacks:
            for each in KnowledgeFile.objects.all():
                remove_knowledge_file(file_id=str(each.pk), by=user)
        assert len(lying(store)) == 2
        for callback in callbacks:
            callback()
        assert (lying(store), KnowledgeFile.objects.count(), Passage.objects.count(), indexed()) == ([], 0, 0, 0)
        assert (found(user, "When do doors open?"), Notification.objects.count()) == ([], 0)
        assert not Entity.objects.visible_to(user).filter(pk=file.pk).exists()
        assert told()[-2:] == ["removed", "removed"]
        assert Event.objects.filter(target=file.pk, metadata__what="knowledge_removed").count() == 1

    @pytest.mark.parametrize("file_id", ["nonsense", "0190b7a2-6f2c-7cc3-98c4-dc0c0c07398f"])
    def test_knows_no_other(self, user, file_id):
        with pytest.raises(NotFound):
            remove_knowledge_file(file_id=file_id, by=user)

    def test_is_for_its_owner_alone(self, user, stranger, staff):
        file = waiting(user)
        for other in (stranger, staff):
            with pytest.raises(NotFound):
                remove_knowledge_file(file_id=file.pk, by=other)
        assert KnowledgeFile.objects.count() == 1

    def test_hands_a_shared_passage_on(self, user):
        """The second file's copy is found, with its place there, once the first is gone."""
        shared = "Refunds\nWithin fourteen days of the concert."
        first = kept(user, f"{shared}\n\nDogs\nOnly guide dogs.", name="first.txt")
        second = kept(user, f"Wine\nBy the glass.\n\n{shared}", name="second.txt")
        third = kept(user, f"{shared}", name="third.txt")
        assert [each.file_name for each in search_passages(user=user, question="refunds after the concert?")] == [
            "first.txt"
        ]
        assert (Passage.objects.count(), indexed(), second.passage_count, third.passage_count) == (3, 3, 2, 1)

        remove_knowledge_file(file_id=first.pk, by=user)
        assert [each.file_name for each in search_passages(user=user, question="refunds after the concert?")] == [
            "second.txt"
        ]
        assert list(second.passages.values_list("position", "text")) == [(0, "Wine\nBy the glass."), (1, shared)]
        assert found(user, "Are dogs fine?") == []
        remove_knowledge_file(file_id=second.pk, by=user)
        assert [each.file_name for each in search_passages(user=user, question="refunds after the concert?")] == [
            "third.txt"
        ]
        remove_knowledge_file(file_id=third.pk, by=user)
        assert (Passage.objects.count(), indexed()) == (0, 0)

    def test_keeps_a_passage_twice_where_two_people_have_it(self, user, stranger):
        mine, theirs = kept(user, "Doors open at seven."), kept(stranger, "Doors open at seven.")
        assert Passage.objects.filter(digest=digest_of("Doors open at  seven.")).count() == 2
        remove_knowledge_file(file_id=mine.pk, by=user)
        assert (found(user, "When do doors open?"), found(stranger, "When do doors open?")) == (
            [],
            ["Doors open at seven."],
        )
        assert theirs.passages.count() == 1


class TestWhoLeaves:
    def test_may_have_passages_that_the_index_never_knew(self, user, stranger):
        file = waiting(user)
        Passage.objects.create(file=file, user=user, position=0, text="Doors open at seven.", digest="0")
        kept(stranger, "Doors open at seven.")
        remove_knowledge_file(file_id=file.pk, by=user)
        assert (found(stranger, "When do doors open?"), indexed()) == (["Doors open at seven."], 1)

    def test_leaves_no_file_and_no_word(self, store, stranger):
        person = UserFactory()
        kept(person, "The unmistakable xylophonist plays.")
        kept(stranger, "Doors open at seven.")
        assert erase(departure_id=Departure.objects.create(user=person, due_at=now()).pk)
        assert (KnowledgeFile.objects.count(), Passage.objects.count(), indexed(), len(lying(store))) == (1, 1, 1, 1)
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM conversations_passage_search_data WHERE instr(block, 'xylophon')")
                assert cursor.fetchone()[0] == 0


@pytest.mark.django_db(transaction=True)
class TestTheIndex:
    def test_outlives_what_sqlite_does_to_tables(self, user):
        """VACUUM, and the copy that Django makes of a table to change a column."""
        first, second = kept(user, "Whales sing."), kept(user, "Doors open at seven.")
        remove_knowledge_file(file_id=first.pk, by=user)
        if connection.vendor == "sqlite":
            with connection.schema_editor() as editor:
                editor._remake_table(Passage)
            with connection.cursor() as cursor:
                cursor.execute("VACUUM")
        assert found(user, "When do doors open?") == ["Doors open at seven."]
        kept(user, "The bar opens at six.", name="bar.txt")
        assert found(user, "When is the bar open?") == ["The bar opens at six."]
        remove_knowledge_file(file_id=second.pk, by=user)
        assert (found(user, "When do doors open?"), indexed()) == ([], 1)
