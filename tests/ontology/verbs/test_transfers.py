"""Bulk import and export: all or nothing, once however often, and what is written is what a hand would have written."""

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from config.errors import Conflict, Invalid, TooLarge
from config.ids import new_id
from ontology import jobs
from ontology.models import Change, Connection, ConnectionType, Entity, Event, EventType, GraphTransfer, Tag, TagName
from ontology.models.transfers import LEASE
from ontology.queries.search import search_entities
from ontology.queries.transfers import file_of, folder, lines_of
from ontology.verbs import transfers
from ontology.verbs.entities import create_entity, delete_entity
from ontology.verbs.events import log_event
from ontology.verbs.memory import link, log
from ontology.verbs.tags import create_tag
from ontology.verbs.transfers import forget_old_transfers, request_export, request_import, run_transfer
from tests.factories.accounts import UserFactory
from tests.factories.ontology import EntityFactory

pytestmark = pytest.mark.django_db

NOON = 1705334400000
ONE, TWO, THREE, FOUR = (f"0190b7a2-6f2c-7cc3-98c4-dc0c0c07398{n}" for n in range(4))
THING = {"kind": "entity", "type": "blog_post", "name": "Harbour Lights"}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def whole(user):
    """A file with every kind, the ends before what they point at."""
    return [
        {"kind": "tag", "_id": THREE, "entityId": ONE, "key": "place", "value": "Sea"},
        {"kind": "connection", "_id": FOUR, "fromEntityId": ONE, "toEntityId": TWO, "relationshipType": "references",
         "metadata": {"page": 3}, "createdAt": NOON},
        {"kind": "event", "type": "level_up", "actorId": ONE, "targetId": str(user.pk), "timestamp": NOON, "metadata": {"to": 2}},
        {"kind": "entity", "_id": ONE, "type": "creator", "name": " Ada ", "properties": {"niche": ["sea"], "more": {"a": [1, None]}},
         "status": "draft", "createdAt": NOON, "updatedAt": NOON, "deletedAt": None},
        {"kind": "entity", "_id": TWO, "type": "course", "name": "Harmony"},
        {"kind": "entity", "type": "video", "name": "Without an id"},
    ]  # fmt: skip


def ended(user, lines):
    """The transfer of these lines (objects, or bytes as they stand) after its end."""
    raw = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    transfer = request_import(user=user, content=io.BytesIO(raw))
    run_transfer(transfer_id=transfer.pk)
    transfer.refresh_from_db()
    return transfer


def everything():
    models = (Entity, Connection, Event, Tag, TagName)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


class TestImport:
    def test_writes_what_the_lines_say(self, user):
        transfer = ended(user, whole(user))
        assert (transfer.status, transfer.done_lines, transfer.total_lines, transfer.error) == ("done", 6, 6, "")
        assert transfer.finished_at is not None
        ada = Entity.objects.get(pk=ONE)
        noon = dt.datetime(2024, 1, 15, 16, tzinfo=dt.UTC)
        assert (ada.type, ada.name, ada.status, ada.owner, ada.created_at, ada.is_private, ada.is_kept) == (
            "creator", "Ada", "draft", user, noon, False, False,
        )  # fmt: skip
        assert ada.properties == {"niche": ["sea"], "more": {"a": [1, None]}}
        [tag] = Tag.objects.values("pk", "entity", "key", "value")
        assert {key: str(value) for key, value in tag.items()} == {
            "pk": THREE,
            "entity": ONE,
            "key": "place",
            "value": "Sea",
        }
        references = Connection.objects.get(pk=FOUR)
        assert (str(references.to_entity_id), references.metadata, references.created_at) == (TWO, {"page": 3}, noon)
        event = Event.objects.get(type="level_up")
        assert (str(event.actor_id), event.target_id, event.timestamp, event.metadata) == (
            ONE,
            user.pk,
            noon,
            {"to": 2},
        )

    def test_remembers_each_entity_as_create_does(self, user):
        ended(user, whole(user))
        for entity in Entity.objects.filter(owner=user).exclude(pk=user.pk):
            owns = Connection.objects.get(to_entity=entity, relationship_type="owns")
            assert (owns.from_entity_id, owns.is_kept) == (user.pk, True)
        births = Event.objects.filter(metadata={"action": "imported"}).values_list("target__name", "type")
        assert sorted(births) == [
            ("Ada", "creator_created"),
            ("Harmony", "course_created"),
            ("Without an id", "content_uploaded"),
        ]

    def test_is_found_and_counted(self, user):
        tag = {"kind": "tag", "entityId": TWO, "key": "mood", "value": "Calm"}
        ended(user, [*whole(user), tag])
        assert [row["name"] for row in search_entities(user=user, words="harmon").items] == ["Harmony"]
        assert list(TagName.objects.values_list("name", "uses")) == [("calm", 1)]  # Ada is a draft

    def test_tells_of_its_end(self, user, queued, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            transfer = ended(user, [THING])
        change = Change.objects.get(kind="GraphTransferEnded")
        assert change.topics == [f"user:{user.pk}"]
        assert change.payload == {
            "transfer_id": str(transfer.pk), "user_id": str(user.pk), "kind": "import", "status": "done",
        }  # fmt: skip
        assert ("ontology.jobs.run_graph_transfer", (), {"id": str(transfer.pk)}) in queued

    def test_leaves_no_file(self, user):
        assert not file_of(ended(user, [THING])).exists()
        assert not file_of(ended(user, [b"x\n"])).exists()

    def test_takes_blank_lines_a_byte_order_mark_and_no_last_end(self, user):
        transfer = ended(user, [b"\xef\xbb\xbf", THING, b"\n  \r\n", json.dumps(THING).encode()])
        assert (transfer.status, transfer.total_lines) == ("done", 2)

    def test_costs_as_many_queries_for_one_line_as_for_a_hundred(self, user):
        counts = []
        for size in (1, 100):
            lines = [THING, {"kind": "tag", "entityId": str(user.pk), "key": f"k{size}", "value": "v"}] * size
            lines = [line | {"key": f"{size}-{n}"} if "key" in line else line for n, line in enumerate(lines)]
            ended(user, lines[:2]) if size == 1 else None
            with CaptureQueriesContext(connection) as queries:
                ended(user, [line | {"key": "q" + line["key"]} if "key" in line else line for line in lines])
            counts.append(len(queries))
        assert counts[0] <= counts[1] <= counts[0] + 6  # SQLite puts so many rows at most into one INSERT


class TestOneBadLine:
    FAULTS = (
        (b"x\n", "The line is not valid JSON."),
        (b"[]\n", "It is not a JSON object."),
        (b"null\n", "It is not a JSON object."),
        (b'{"a": NaN}\n', "The line is not valid JSON."),
        (b"\xff\xfe\n", "The line is not valid JSON."),
        (b'{"kind": "entity", "type": "video", "name": "\\u0000"}\n', "The line holds a NUL character."),
        (b'{"kind": "entity", "type": "video", "name": "a", "properties": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}\n",
         "The line is nested more than 100 levels deep."),
        (b'{"kind": "entity", "name": "' + b"x" * 300_000 + b'"}\n', "It is longer than 256 KiB."),
        ({"type": "video", "name": "x"}, "Its kind must be one of entity, connection, event, tag."),
        ({**THING, "kind": ["entity"]}, "Its kind must be one of entity, connection, event, tag."),
        ({**THING, "type": "thing"}, "type: This is none of the document's."),
        ({**THING, "type": 5}, "type: This is none of the document's."),
        ({**THING, "name": " "}, "name: Must be a text of 1 to 255 letters."),
        ({**THING, "name": "x" * 256}, "name: Must be a text of 1 to 255 letters."),
        ({"kind": "entity", "type": "video"}, "name: This is required."),
        ({**THING, "status": "gone"}, "status: This is none of the document's."),
        ({**THING, "properties": []}, "properties: Must be an object."),
        ({**THING, "properties": {"a": "x" * 70_000}}, "properties: Must be at most 64 KiB of JSON."),
        ({**THING, "type": "token", "properties": {"price": "1"}}, "properties.price: Must be a number."),
        ({**THING, "createdAt": "2024"}, "createdAt: Must be a Unix timestamp in milliseconds."),
        ({**THING, "createdAt": -1}, "createdAt: Must be a Unix timestamp in milliseconds."),
        ({**THING, "createdAt": 2**53 - 1}, "createdAt: Must not lie in the future."),
        ({**THING, "deletedAt": NOON}, "deletedAt: What is deleted is not imported."),
        ({**THING, "_id": "k17abc"}, "_id: Must be an id (a UUID)."),
        ({**THING, "owner": "me"}, "owner: This key is unknown."),
        ({"kind": "tag", "entityId": ONE, "key": "a", "value": "b"}, "entityId: There is no such entity."),
        ({"kind": "tag", "entityId": "{user}", "key": "a", "value": 5}, "value: Must be a text of 1 to 128 letters."),
        ({"kind": "tag", "entityId": "{stranger}", "key": "a", "value": "b"}, "entityId: It must be an entity of your own."),
        ({"kind": "connection", "fromEntityId": "{stranger}", "toEntityId": "{user}", "relationshipType": "following"},
         "fromEntityId: It must be an entity of your own."),
        ({"kind": "connection", "fromEntityId": "{user}", "toEntityId": "{draft}", "relationshipType": "following"},
         "toEntityId: There is no such entity."),
        ({"kind": "connection", "fromEntityId": "{user}", "toEntityId": "{user}", "relationshipType": "likes"},
         "relationshipType: This is none of the document's."),
        ({"kind": "connection", "fromEntityId": "{user}", "toEntityId": "{user}", "relationshipType": "holds_tokens", "metadata": {"balance": "1"}},
         "metadata.balance: Must be a number."),
        ({"kind": "event", "type": "level_up", "actorId": "{stranger}"}, "actorId: It must be an entity of your own."),
        ({"kind": "event", "type": "level_up", "actorId": "{user}", "targetId": "{gone}"}, "targetId: There is no such entity."),
        ({**THING, "_id": "{stranger}"}, "_id: This id is taken."),
        ({**THING, "_id": "{gone}"}, "_id: What has this id was deleted."),
        ({**THING, "_id": FOUR}, "_id: It stands in the file twice."),
    )  # fmt: skip

    @pytest.fixture
    def ids(self, user, stranger):
        gone = EntityFactory(owner=user)
        delete_entity(entity_id=gone.pk, by=user)
        draft = EntityFactory(owner=stranger, status="draft")
        return {"user": user.pk, "stranger": stranger.pk, "draft": draft.pk, "gone": gone.pk}

    @pytest.mark.parametrize(("line", "reason"), FAULTS, ids=[reason[:40] for _, reason in FAULTS])
    def test_is_told_with_its_number_and_nothing_is_written(self, user, ids, line, reason):
        if isinstance(line, dict):
            line = {
                key: value.format(**ids) if isinstance(value, str) and value[:1] == "{" else value
                for key, value in line.items()
            }
        before = everything()
        transfer = ended(user, [THING, {**THING, "_id": FOUR}, b"\n", line, THING])
        assert (transfer.status, transfer.failed_line, transfer.error, transfer.done_lines) == ("failed", 4, reason, 0)
        assert everything() == before

    def test_is_told_however_late_it_comes(self, user, monkeypatch):
        monkeypatch.setattr(transfers, "AT_ONCE", 3)
        before = everything()
        transfer = ended(user, [THING] * 10 + [{**THING, "name": 5}])
        assert (transfer.status, transfer.failed_line) == ("failed", 11)
        assert everything() == before

    def test_too_many_lines(self, user, monkeypatch):
        monkeypatch.setattr(transfers, "MOST_LINES", 3)
        assert ended(user, [THING] * 4).error == "An import has at most 3 lines."
        assert ended(user, [THING] * 3).status == "done"

    def test_no_line_at_all(self, user):
        assert ended(user, [b"\n\n"]).error == "There is no line in it."


class TestTwice:
    def test_the_same_file_twice_is_the_same_as_once(self, user):
        lines = [line for line in whole(user) if "_id" in line]
        ended(user, lines)
        before = everything()
        assert ended(user, lines).status == "done"
        assert everything() == before

    def test_an_export_comes_back_as_it_was(self, user, stranger):
        thing = EntityFactory(owner=user, type="token", name="Ünï", properties={"price": 0.1}, status="draft")
        create_tag(entity_id=thing.pk, key="a", value="b", by=user)
        log_event(type="level_up", actor_id=user.pk, target_id=stranger.pk, metadata={"x": 1}, by=user)
        EntityFactory(owner=stranger, name="Not mine")
        lines = list(lines_of(user))
        before = everything()
        assert ended(user, [json.loads(json.dumps(line, default=str)) for line in lines]).status == "done"
        assert everything() == before
        Tag.objects.all().delete()
        Event.objects.filter(actor__owner=user).delete()
        Connection.objects.filter(from_entity__owner=user).delete()
        Entity.objects.filter(pk=thing.pk).delete()
        assert ended(user, [json.loads(json.dumps(line, default=str)) for line in lines]).status == "done"
        again = {line["_id"]: line for line in lines_of(user)}
        assert all(again[line["_id"]] | {"updatedAt": 0} == line | {"updatedAt": 0} for line in lines if "name" in line)
        assert {line["_id"] for line in lines if line["kind"] in ("tag", "event")} <= set(again)

    def test_what_was_private_stays_so_elsewhere_and_nothing_counts_as_seen_by_stoa(self, user, stranger):
        thing = EntityFactory(owner=user, name="Payment of 140.00 EUR", is_private=True, is_kept=True)
        link(from_id=user.pk, to_id=thing.pk, type=ConnectionType.TRANSACTED, is_private=True)
        log(type=EventType.PAYMENT_PROCESSED, actor_id=user.pk, target_id=thing.pk, is_private=True)
        moved = json.dumps([json.loads(json.dumps(line, default=str)) for line in lines_of(user)])
        for line in json.loads(moved):
            if "_id" in line and line["_id"] != str(user.pk):
                moved = moved.replace(line["_id"], str(new_id()))
        lines = [
            line
            for line in json.loads(moved.replace(str(user.pk), str(stranger.pk)))
            if line["_id"] != str(stranger.pk)
        ]
        assert ended(stranger, lines).status == "done"
        [copy] = Entity.objects.filter(owner=stranger, type=thing.type)
        assert (copy.is_private, copy.is_kept) == (True, False)
        for rows in (
            Connection.objects.filter(to_entity=copy, relationship_type="transacted"),
            Event.objects.filter(target=copy, type="payment_processed"),
        ):
            assert list(rows.values_list("is_private", "is_kept")) == [(True, False)]
        assert not Entity.objects.visible_to(UserFactory()).filter(pk__in=(thing.pk, copy.pk)).exists()

    def test_an_id_that_another_took_meanwhile_is_not_spoken_for(self, user, stranger, monkeypatch):
        judge = transfers._judge

        def judged_and_then(claim, file):
            total = judge(claim, file)
            Entity.objects.create(id=ONE, owner=stranger, type="lead", name="Theirs")
            return total

        monkeypatch.setattr(transfers, "_judge", judged_and_then)
        transfer = ended(user, whole(user))
        assert (transfer.status, transfer.error) == ("failed", "_id: This id is taken.")
        assert not Connection.objects.filter(from_entity=ONE, to_entity=TWO).exists()


class Halt(BaseException):
    """The machine stops."""


class TestHalts:
    """A worker dies between two batches, or within one; another takes the import up."""

    @pytest.fixture(autouse=True)
    def _small_batches(self, monkeypatch):
        monkeypatch.setattr(transfers, "AT_ONCE", 2)

    def halted(self, user, monkeypatch, *, after):
        raw = b"".join(json.dumps(line).encode() + b"\n" for line in whole(user))
        transfer = request_import(user=user, content=io.BytesIO(raw))
        write, calls = transfers._write, []

        def dying(claim, batch):
            calls.append(batch)
            write(claim, batch)
            if len(calls) > after:
                raise Halt

        with monkeypatch.context() as patch:
            patch.setattr(transfers, "_write", dying)
            with pytest.raises(Halt):
                run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        return transfer

    @pytest.mark.parametrize("after", [0, 1, 2])
    def test_it_goes_on_where_it_was_and_doubles_nothing(self, user, monkeypatch, after):
        births = Event.objects.filter(metadata={"action": "imported"})
        transfer = self.halted(user, monkeypatch, after=after)
        assert (transfer.status, transfer.done_lines) == ("running", 2 * after)
        assert births.count() == min(2 * after, 3)
        run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        assert (transfer.status, transfer.done_lines, transfer.total_lines, transfer.attempts) == ("done", 6, 6, 2)
        assert births.count() == 3
        counts = {name: len(rows) for name, rows in everything().items()}
        assert (Entity.objects.filter(owner=user).count(), counts["Tag"]) == (4, 1)
        assert Event.objects.filter(type="level_up").count() == 1

    def test_a_worker_that_was_given_up_writes_nothing_more(self, user, monkeypatch):
        """Another one has taken the import meanwhile: what the slow one is writing is undone with its batch."""
        transfer = request_import(user=user, content=io.BytesIO(json.dumps(THING).encode()))
        write, before = transfers._write, everything()

        def slow(claim, batch):
            GraphTransfer.objects.update(attempts=F("attempts") + 1)
            write(claim, batch)

        monkeypatch.setattr(transfers, "_write", slow)
        run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        assert (transfer.status, transfer.done_lines) == ("running", 0)
        assert everything() == before

    def test_nobody_takes_what_another_works_at(self, user):
        transfer = request_import(user=user, content=io.BytesIO(json.dumps(THING).encode()))
        assert GraphTransfer.objects.claim(transfer.pk) is not None
        run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        assert (transfer.status, transfer.done_lines) == ("running", 0)

    def test_the_sweep_takes_up_what_was_left(self, user, queued, time_machine):
        time_machine.move_to(now(), tick=False)
        transfer = request_import(user=user, content=io.BytesIO(json.dumps(THING).encode()))
        handed = ("ontology.jobs.run_graph_transfer", (), {"id": str(transfer.pk)})
        jobs.run_graph_transfers()
        assert queued.count(handed) == 1  # never begun
        GraphTransfer.objects.claim(transfer.pk)
        jobs.run_graph_transfers()
        assert queued.count(handed) == 1
        time_machine.shift(LEASE + dt.timedelta(seconds=1))
        jobs.run_graph_transfers()
        assert queued.count(handed) == 2
        jobs.run_graph_transfer(id=str(transfer.pk))
        assert GraphTransfer.objects.get().status == "done"

    def test_what_never_gets_anywhere_ends(self, user):
        transfer = request_import(user=user, content=io.BytesIO(json.dumps(THING).encode()))
        GraphTransfer.objects.update(attempts=transfers.MOST_ATTEMPTS)
        run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        assert (transfer.status, transfer.error) == ("failed", "It could not be finished. Please try again later.")

    def test_nor_does_one_that_got_stuck_half_way(self, user, monkeypatch):
        transfer = self.halted(user, monkeypatch, after=1)
        GraphTransfer.objects.update(attempts=9, attempts_before=9 - transfers.MOST_ATTEMPTS, lease_until=None)
        run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        assert (transfer.status, transfer.error) == ("failed", "It could not be finished. Please try again later.")

    def test_a_lost_file_is_said(self, user):
        transfer = request_import(user=user, content=io.BytesIO(json.dumps(THING).encode()))
        file_of(transfer).unlink()
        run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        assert (transfer.status, transfer.error) == ("failed", "Its file is gone.")


class TestRequests:
    def test_one_at_a_time(self, user, stranger):
        request_export(user=user)
        for ask in (lambda: request_export(user=user), lambda: request_import(user=user, content=io.BytesIO(b"x"))):
            with pytest.raises(Conflict):
                ask()
        request_export(user=stranger)
        assert list(folder().glob("*")) == []

    def test_an_empty_and_a_huge_file_leave_nothing(self, user, settings):
        settings.MAX_UPLOAD_BYTES = 10
        for raw, error in ((b"", Invalid), (b"x" * 11, TooLarge)):
            with pytest.raises(error):
                request_import(user=user, content=io.BytesIO(raw))
        assert list(folder().glob("*")) == []
        assert not GraphTransfer.objects.exists()

    def test_what_is_old_is_forgotten(self, user, time_machine):
        time_machine.move_to(now(), tick=False)
        transfer = request_export(user=user)
        run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        (folder() / "left.part").touch()
        time_machine.shift(dt.timedelta(days=6))
        forget_old_transfers()
        assert [path.name for path in folder().glob("*")] == [transfer.path]
        time_machine.shift(dt.timedelta(days=2))
        jobs.forget_graph_transfers()
        assert list(folder().glob("*")) == []
        assert not GraphTransfer.objects.exists()


class TestExport:
    def test_tells_what_one_owns_and_sees(self, user, stranger):
        mine = EntityFactory(owner=user, name="Mine", is_private=True)
        gone = EntityFactory(owner=user, name="Gone")
        theirs = EntityFactory(owner=stranger, name="Theirs")
        create_tag(entity_id=gone.pk, key="a", value="b", by=user)
        create_tag(entity_id=mine.pk, key="c", value="d", by=user)
        log_event(type="level_up", actor_id=user.pk, target_id=theirs.pk, by=user)
        delete_entity(entity_id=gone.pk, by=user)
        transfer = request_export(user=user)
        run_transfer(transfer_id=transfer.pk)
        transfer.refresh_from_db()
        lines = [json.loads(line) for line in file_of(transfer).read_text().splitlines()]
        assert (transfer.status, transfer.done_lines, transfer.total_lines) == ("done", len(lines), len(lines))
        assert [line["kind"] for line in lines] == sorted(
            (line["kind"] for line in lines), key=["entity", "tag", "connection", "event"].index
        )
        assert {line["name"] for line in lines if "name" in line} == {user.name, "Mine"}
        assert [(line["key"], line["value"]) for line in lines if line["kind"] == "tag"] == [("c", "d")]
        assert str(gone.pk) not in json.dumps(lines)
        assert any(line.get("targetId") == str(theirs.pk) for line in lines)


@pytest.mark.usefixtures("user")
class TestCommands:
    def run(self, *command, **options):
        said = io.StringIO()
        call_command(*command, stdout=said, **options)
        return said.getvalue()

    def test_import_and_export(self, user, tmp_path):
        file, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in whole(user)))
        assert self.run("import_graph", str(file), owner=user.email.upper()) == "Imported 6 lines.\n"
        assert file.exists()
        mine = self.run("export_graph", str(out), owner=user.email)
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        assert mine == f"Exported {len(lines)} lines.\n"
        assert lines == [json.loads(json.dumps(line, default=str)) for line in lines_of(user)]
        create_entity(type="video", name="Of another", by=user)
        self.run("export_graph", str(out))
        assert "Of another" in out.read_text()

    def test_a_bad_line_fails_with_its_number(self, user, tmp_path):
        file = tmp_path / "in.jsonl"
        file.write_text(json.dumps(THING) + "\nx\n")
        with pytest.raises(CommandError, match=r"^Line 2: The line is not valid JSON. Nothing was imported.$"):
            self.run("import_graph", str(file), owner=user.email)

    def test_unknown_owners_and_files(self, user, tmp_path):
        for command in (
            ("import_graph", "x", "--owner", "nobody@example.com"),
            ("export_graph", "x", "--owner", "nobody@example.com"),
        ):
            with pytest.raises(CommandError, match="No account has the address"):
                self.run(*command)
        with pytest.raises(CommandError, match="cannot be read"):
            self.run("import_graph", str(tmp_path / "none"), owner=user.email)
        with pytest.raises(CommandError, match="cannot be written"):
            self.run("export_graph", str(tmp_path / "none" / "x"))

    def test_the_worker_can_do_it(self, user, tmp_path):
        file = tmp_path / "in.jsonl"
        file.write_text(json.dumps(THING))
        assert "waits for the worker" in self.run("import_graph", str(file), owner=user.email, queue=True)
        assert GraphTransfer.objects.get().status == "queued"

    def test_the_worker_writes_an_export_too(self, user, tmp_path):
        assert "waits for the worker" in self.run("export_graph", owner=user.email, queue=True)
        transfer = GraphTransfer.objects.get()
        assert (transfer.kind, transfer.status, transfer.user_id) == ("export", "queued", user.pk)
        with pytest.raises(CommandError, match="under way"):
            self.run("export_graph", owner=user.email, queue=True)

    @pytest.mark.parametrize("asked", [[], ["--queue"], ["x", "--queue", "--owner", "ada@example.com"]])
    def test_an_export_needs_a_place(self, asked):
        with pytest.raises(CommandError, match="--queue"):
            self.run("export_graph", *asked)
        assert not GraphTransfer.objects.exists()
