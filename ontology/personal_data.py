"""What the graph holds of people, and what becomes of it (config/personal_data.py)."""

from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.timezone import now

from config.personal_data import Person, declare, table
from ontology.models import (
    Change,
    CloudFile,
    Comment,
    Connection,
    Entity,
    Event,
    FileVersion,
    GraphTransfer,
    Like,
    LiveStream,
    Post,
    ShareLink,
    Tag,
    TagName,
    TagSpelling,
    Track,
)


def naming(person: Person) -> QuerySet[Any]:
    """What was published by them or about them and their things: an id of theirs stands in its topics or its payload."""
    rows = Change.objects.filter(created_at__lt=person.until)
    words = rows.annotate(said=Cast("payload", TextField()), heard=Cast("topics", TextField()))
    by_id = words.filter(Q(said__contains=str(person.id)) | Q(heard__contains=str(person.id)))
    things = {str(key) for key in Entity.objects.filter(owner=person.id).values_list("pk", flat=True)}
    topics = rows.values_list("pk", "topics").iterator(chunk_size=5_000)
    of_things = [key for key, heard in topics if any(topic.rpartition(":")[2] in things for topic in heard)]
    return Change.objects.filter(Q(pk__in=by_id.values("pk")) | Q(pk__in=of_things))


def a_name_for_nobody(row: Entity) -> str:
    """`Someone who left` for the account itself, `Erased` for what it owned"""
    return "Someone who left" if row.pk == row.owner_id else "Erased"


def the_moment(row: Entity) -> Any:
    """the moment of the erasure, where it was not deleted before"""
    return row.deleted_at or now()


declare(
    "ontology",
    table(Change, found=naming, not_personal="id kind created_at", withheld="topics payload"),
    table(
        Event,
        of="actor__owner",
        exported="id type actor_id target_id timestamp metadata is_private",
        not_personal="is_kept",
    ),
    table(
        Connection,
        of="from_entity__owner",
        exported="id from_entity_id to_entity_id relationship_type metadata is_private created_at deleted_at",
        not_personal="is_kept",
    ),
    table(Like, of="user", exported="id user_id entity_id created_at"),
    table(Comment, of="author", exported="id author_id entity_id content at_ms created_at deleted_at"),
    table(
        Post,
        of="author",
        exported="id author_id content image image_alt track_id like_count comment_count created_at updated_at edited_at "
        "deleted_at",
        not_personal="heat",
    ),
    table(
        ShareLink,
        of="file__owner",
        exported="id file_id permissions download_count created_at expires_at revoked_at",
        withheld="token_hash",
    ),
    table(
        FileVersion,
        of="file__owner",
        exported="id file_id version storage_key content_type size_bytes sha256 created_at",
    ),
    # What they held lies in the store until sweep_contents finds that no row names it any more.
    table(
        CloudFile,
        of="owner",
        exported="id owner_id name content_type size_bytes sha256 storage_key version created_at updated_at deleted_at",
    ),
    table(TagSpelling, not_personal="id tag_id letters"),
    table(TagName, not_personal="name plain uses"),
    # Files of imports and exports go with forget_old_transfers, a week after their end or once no row names them.
    table(
        GraphTransfer,
        of="user",
        exported="id user_id kind status total_lines done_lines failed_line error created_at finished_at",
        not_personal="path attempts attempts_before lease_until",
    ),
    table(
        LiveStream,
        of="owner",
        exported="id owner_id title description category tags status is_live started_at ended_at recording_id created_at "
        "updated_at deleted_at",
        not_personal="key_version ingest_id heard_at viewer_count",
    ),
    table(
        Track,
        of="owner",
        exported="id owner_id title artist description genre status file file_name format size_bytes sha256 duration_ms cover "
        "like_count comment_count play_count created_at updated_at deleted_at",
        not_personal="waveform waveform_status lease_until attempts",
    ),
    table(Tag, of="entity__owner", exported="id entity_id key value created_at"),
    table(
        Entity,
        of="owner",
        stays="Other people's history and purchases point at it; it is deleted for every reader and says nothing any more.",
        exported="id type name properties status is_private owner_id created_at updated_at deleted_at",
        not_personal="is_kept",
        anonymised={"name": a_name_for_nobody, "properties": {}, "is_private": True, "deleted_at": the_moment},
    ),
)
