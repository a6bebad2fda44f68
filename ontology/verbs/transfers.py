"""Bulk import into the graph and export of it, as JSON Lines (graph_lines.py).

2026-11-22, all or nothing. Context: a hundred thousand rows in one transaction would keep every other writer of SQLite
waiting for half a minute, and a killed import would lose all of it. Decision: every line is judged before any is written
(its shape, its id, its ends); from there on nothing but a halt of the machine can stop the writing, which goes in
batches, each with its progress in one transaction. Whoever takes a halted import up goes on after the last batch: ids
that the lines do not give are made of the transfer's id and the line's number. Consequence: while an import is written,
what is written is seen; a bad line leaves nothing at all, a halt nothing twice.

An entity whose id is there already, as the importer's own, is left as it is, and what the file says of it besides is
added: the same file twice is the same as once.
"""

import datetime as dt
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO, TypeVar
from uuid import UUID, uuid5

import orjson
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Model
from django.utils.timezone import now

from config.errors import Conflict, Invalid, TooLarge
from ontology.changes import publish
from ontology.facts import GraphTransferEnded, GraphTransferRequested
from ontology.models import Connection, ConnectionType, Entity, Event, GraphTransfer, Tag
from ontology.models.entities import PUBLIC
from ontology.models.transfers import LEASE
from ontology.queries.transfers import file_of, folder, lines_of, size_of
from ontology.verbs.entities import birth_of
from ontology.verbs.graph_lines import OWN, WIRE, BadLine, Line, read_lines
from ontology.verbs.tag_names import count_tag_use

logger = logging.getLogger(__name__)

Kind, Status = GraphTransfer.Kind, GraphTransfer.Status
Each = TypeVar("Each")
AT_ONCE = 1000
MOST_LINES = 500_000
MOST_ATTEMPTS = 5
KEPT_FOR = dt.timedelta(days=7)
ORPHANED_AFTER = dt.timedelta(hours=1)
# The rows that carry ids of their own, and whose each is.
ROWS: dict[str, tuple[type[Model], str]] = {
    "entity": (Entity, "owner_id"),
    "connection": (Connection, "from_entity__owner_id"),
    "event": (Event, "actor__owner_id"),
    "tag": (Tag, "entity__owner_id"),
}


class ClaimLost(Exception):
    """Another worker has this transfer now, or it is gone with its account."""


# --- asking for one ---------------------------------------------------------------------------------------------


def request_import(*, user: Any, content: BinaryIO) -> GraphTransfer:
    """Keep the file and let a job import it. Conflict while another transfer of theirs runs, TooLarge beyond the limit."""
    transfer = GraphTransfer(user=user, kind=Kind.IMPORT)
    transfer.path = f"{transfer.pk}.import.jsonl"
    folder().mkdir(parents=True, exist_ok=True)
    try:
        _keep(content, file_of(transfer))
        return _request(transfer)
    except BaseException:
        file_of(transfer).unlink(missing_ok=True)
        raise


def request_export(*, user: Any) -> GraphTransfer:
    """Let a job write what `user` owns into a file. Conflict while another transfer of theirs runs."""
    transfer = GraphTransfer(user=user, kind=Kind.EXPORT)
    transfer.path = f"{transfer.pk}.jsonl"
    return _request(transfer)


@transaction.atomic
def _request(transfer: GraphTransfer) -> GraphTransfer:
    user = get_user_model()._default_manager.select_for_update(of=("self",)).get(pk=transfer.user_id)
    if GraphTransfer.objects.filter(user=user, status__in=(Status.QUEUED, Status.RUNNING)).exists():
        raise Conflict("An import or an export of yours is under way. Please wait for its end.")
    transfer.save()
    publish(GraphTransferRequested(transfer_id=transfer.pk))
    return transfer


def _keep(content: BinaryIO, path: Any) -> None:
    kept = 0
    with open(path, "wb") as file:
        while piece := content.read(1024 * 1024):
            kept += len(piece)
            if kept > settings.MAX_UPLOAD_BYTES:
                raise TooLarge(f"A file of an import has at most {settings.MAX_UPLOAD_BYTES // 2**20} MB")
            file.write(piece)
    if not kept:
        raise Invalid(details={"file": ["The file is empty."]})


# --- running one ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """This worker's hold on a transfer: its number of attempts, which only rises. Who holds an older one has lost it."""

    transfer: GraphTransfer
    told: Callable[[int, int], None]

    def keep(self, **changed: Any) -> None:
        """Say how far it is and that the work goes on."""
        rows = GraphTransfer.objects.filter(pk=self.transfer.pk, attempts=self.transfer.attempts, status=Status.RUNNING)
        if not rows.update(lease_until=now() + LEASE, **changed):
            raise ClaimLost
        for name, value in changed.items():
            setattr(self.transfer, name, value)
        self.told(self.transfer.done_lines, self.transfer.total_lines)

    @transaction.atomic
    def end(self, status: str, **changed: Any) -> None:
        self.keep(status=status, finished_at=now(), **changed)
        GraphTransfer.objects.filter(pk=self.transfer.pk).update(lease_until=None)
        publish(
            GraphTransferEnded(
                transfer_id=self.transfer.pk,
                user_id=self.transfer.user_id,
                kind=self.transfer.kind,
                status=status,
            )
        )


def run_transfer(*, transfer_id: UUID, told: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Do what the transfer asks for, from where it was; nothing where another worker has it.

    `told(done, total)` hears of the progress. What fails unforeseen is taken up by the sweep, MOST_ATTEMPTS times without
    any progress.
    """
    transfer = GraphTransfer.objects.claim(transfer_id)
    if transfer is None:
        return
    claim = Claim(transfer, told)
    try:
        if transfer.attempts - transfer.attempts_before > MOST_ATTEMPTS:
            raise BadLine(0, "It could not be finished. Please try again later.")
        if transfer.kind == Kind.IMPORT:
            _import(claim)
        else:
            _export(claim)
    except BadLine as error:
        claim.end(Status.FAILED, failed_line=error.number or None, error=error.reason[:300])
    except ClaimLost:
        return
    except BaseException:
        with suppress(ClaimLost, Exception):
            GraphTransfer.objects.filter(pk=transfer.pk, attempts=transfer.attempts).update(lease_until=None)
        raise
    if transfer.kind == Kind.IMPORT:
        file_of(transfer).unlink(missing_ok=True)


def _import(claim: Claim) -> None:
    transfer = claim.transfer
    try:
        file = file_of(transfer).open("rb")
    except FileNotFoundError:
        raise BadLine(0, "Its file is gone.") from None
    with file:
        if not transfer.done_lines:
            total = _judge(claim, file)
            claim.keep(total_lines=total)
        # Entities first, as the others point at them.
        ordered = chain(read_lines(file, entities=True), read_lines(file, entities=False))
        for batch in _batches(islice(ordered, transfer.done_lines, None)):
            with transaction.atomic():
                _write(claim, batch)
                done = transfer.done_lines + len(batch)
                claim.keep(done_lines=done, attempts_before=transfer.attempts)
    claim.end(Status.DONE)


def _export(claim: Claim) -> None:
    transfer, path = claim.transfer, file_of(claim.transfer)
    folder().mkdir(parents=True, exist_ok=True)
    claim.keep(total_lines=size_of(transfer.user), done_lines=0)
    part = path.with_suffix(f".{transfer.attempts}.part")
    done = 0
    try:
        with part.open("wb") as file:
            for batch in _batches(lines_of(transfer.user)):
                file.writelines(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in batch)
                done += len(batch)
                claim.keep(done_lines=done)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    claim.end(Status.DONE, total_lines=done)


def _batches(rows: Iterable[Each]) -> Iterator[list[Each]]:
    each = iter(rows)
    while batch := list(islice(each, AT_ONCE)):
        yield batch


# --- judging ----------------------------------------------------------------------------------------------------


def _judge(claim: Claim, file: BinaryIO) -> int:
    """How many lines there are, if all of them may be written; otherwise BadLine."""
    user, entities, others, total = claim.transfer.user, set[bytes](), set[bytes](), 0
    for batch in _batches(read_lines(file)):
        total += len(batch)
        if total > MOST_LINES:
            raise BadLine(batch[-1].number, f"An import has at most {MOST_LINES:,} lines.")
        for line in batch:
            ids = entities if line.kind == "entity" else others
            if line.id and line.id.bytes in ids:
                raise BadLine(line.number, "_id: It stands in the file twice.")
            if line.id:
                ids.add(line.id.bytes)
        _check_ids(batch, user)
        claim.keep()
    for batch in _batches(read_lines(file, entities=False)):
        _check_ends(batch, user, entities)
        claim.keep()
    if not total:
        raise BadLine(0, "There is no line in it.")
    return total


def _check_ids(batch: list[Line], user: Any) -> None:
    """Ids that are there must be the user's own and not deleted."""
    for kind, (model, owner) in ROWS.items():
        asked = {line.id: line.number for line in batch if line.kind == kind and line.id}
        has_deleted = kind in ("entity", "connection")
        columns = ("pk", owner, "deleted_at") if has_deleted else ("pk", owner)
        rows = model._default_manager.filter(pk__in=asked).values_list(*columns) if asked else ()
        faults = [
            (asked[pk], "_id: This id is taken." if owner_id != user.pk else "_id: What has this id was deleted.")
            for pk, owner_id, *deleted_at in rows
            if owner_id != user.pk or any(deleted_at)
        ]
        if faults:
            raise BadLine(*min(faults))


def _check_ends(batch: list[Line], user: Any, imported: set[bytes]) -> None:
    """Every end must be in the file or be seen by the user; where it has to be their own, be that."""
    elsewhere = {key for line in batch for _, key in line.names() if key.bytes not in imported}
    seen = dict(Entity.objects.visible_to(user).filter(pk__in=elsewhere).values_list("pk", "owner_id"))
    for line in batch:
        for name, key in line.names():
            if key.bytes in imported:
                continue
            if key not in seen:
                raise BadLine(line.number, f"{WIRE[name]}: There is no such entity.")
            if name == OWN[line.kind] and seen[key] != user.pk and not user.is_staff:
                raise BadLine(line.number, f"{WIRE[name]}: It must be an entity of your own.")


# --- writing ----------------------------------------------------------------------------------------------------


def _write(claim: Claim, batch: list[Line]) -> None:
    _write_entities(claim.transfer, [line for line in batch if line.kind == "entity"])
    made: dict[str, list[Any]] = {"connection": [], "event": [], "tag": []}
    for line in batch:
        if line.kind in made:
            made[line.kind].append(ROWS[line.kind][0](**_fields(claim.transfer, line)))
    Connection.objects.bulk_create(made["connection"], ignore_conflicts=True)
    Event.objects.bulk_create(made["event"], ignore_conflicts=True)
    _write_tags(made["tag"])


def _fields(transfer: GraphTransfer, line: Line) -> dict[str, Any]:
    """The columns of a line's row; what it does not say has the model's default."""
    values = {name: value for name, value in line.values.items() if value is not None}
    return values | {"id": line.id or _made_id(transfer, line, "row")}


def _made_id(transfer: GraphTransfer, line: Line, what: str) -> UUID:
    """The same id whenever this line of this transfer is written."""
    return uuid5(transfer.pk, f"{line.number}:{what}")


def _write_entities(transfer: GraphTransfer, lines: list[Line]) -> None:
    """What create_entity writes for one: the entity, its owner's `owns`, and the event of its birth."""
    given = [line.id for line in lines if line.id]
    owners = dict(Entity.objects.filter(pk__in=given).values_list("pk", "owner_id")) if given else {}
    there = set(owners)
    # Judged already; but two may import the same file at once, and the ids belong to whoever wrote them first.
    for line in lines:
        if line.id in there and owners[line.id] != transfer.user_id:
            raise BadLine(line.number, "_id: This id is taken.")
    owner_id, entities, owned, births = transfer.user_id, [], [], []
    for line in lines:
        if line.id in there:
            continue
        entity = Entity(owner_id=owner_id, **_fields(transfer, line))
        entities.append(entity)
        owned.append(
            Connection(
                id=_made_id(transfer, line, "owns"),
                from_entity_id=owner_id,
                to_entity_id=entity.pk,
                relationship_type=ConnectionType.OWNS,
                is_kept=True,
            )
        )
        births.append(
            Event(
                id=_made_id(transfer, line, "birth"),
                type=birth_of(entity.type),
                actor_id=owner_id,
                target_id=entity.pk,
                metadata={"action": "imported"},
            )
        )
    Entity.objects.bulk_create(entities)
    Connection.objects.bulk_create(owned, ignore_conflicts=True)
    Event.objects.bulk_create(births, ignore_conflicts=True)


def _write_tags(tags: list[Tag]) -> None:
    if not tags:
        return
    ends = {tag.entity_id for tag in tags}
    there = set(Tag.objects.filter(entity__in=ends).values_list("entity_id", "key", "value"))
    new = {(tag.entity_id, tag.key, tag.value): tag for tag in tags}
    for key in there & new.keys():
        del new[key]
    Tag.objects.bulk_create(new.values(), ignore_conflicts=True)
    seen = Entity.objects.filter(pk__in=ends, deleted_at=None, is_private=False, status__in=PUBLIC)
    everybodys = set(seen.values_list("pk", flat=True))
    count_tag_use([tag.value for tag in new.values() if tag.entity_id in everybodys])


# --- sweeping ---------------------------------------------------------------------------------------------------


def waiting_transfers() -> list[UUID]:
    """Those that nobody works at: never begun, or left by a worker that is gone."""
    return list(GraphTransfer.objects.waiting().order_by("created_at", "id").values_list("pk", flat=True)[:20])


def forget_old_transfers() -> None:
    """Remove what ended KEPT_FOR ago, and files that belong to no transfer."""
    ended = GraphTransfer.objects.filter(finished_at__lt=now() - KEPT_FOR)
    for transfer in ended:
        file_of(transfer).unlink(missing_ok=True)
    ended.delete()
    kept = set(GraphTransfer.objects.values_list("path", flat=True))
    latest = (now() - ORPHANED_AFTER).timestamp()
    for path in folder().glob("*"):
        if path.name not in kept and path.stat().st_mtime < latest:
            path.unlink(missing_ok=True)
