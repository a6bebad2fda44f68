"""Copies of what clients sent along: the platforms keep it for some minutes, days at best. Source: messaging-design.md §1.

The delivery of what was received is the row of the job: `next_try_at` says when its files are fetched, None when there is nothing
more to fetch. A file's place is in the message's metadata: `key`, `size_bytes` and `content_type` once it is here, `problem` where it
never will be. What is copied is only ever handed out to be saved.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.timezone import now

from config.errors import NotFound
from config.ids import lookup_id, new_id
from conversations.facts import ClientFilesNamed
from conversations.gateways.client_media import NotFetched, fetch
from conversations.models import ClientThread, Delivery, Message
from conversations.verbs.client_identities import lock
from conversations.verbs.message_changes import remove_files, save_change
from conversations.verbs.platform_addresses import address_of
from ontology.changes import publish
from ontology.gateways import object_storage
from ontology.verbs.contents import remove_unnamed
from ontology.verbs.signatures import recognise
from ontology.verbs.uploads import clean_name

FOLDER = "clients"
MOST_TRIES = 5
LEASE = dt.timedelta(minutes=10)
SWEPT_FOR = dt.timedelta(hours=6)
BATCH = 200
DONE = (Delivery.Status.RECEIVED, Delivery.Status.SENT, Delivery.Status.DELIVERED, Delivery.Status.READ)


def wait_for_files(delivery: Delivery) -> None:
    """Note that files came along, where some did. In the transaction that keeps the message."""
    if any(is_to_fetch(one) for one in delivery.message.metadata.get("attachments", [])):
        Delivery.objects.filter(pk=delivery.pk).update(next_try_at=now())
        publish(ClientFilesNamed(message_id=delivery.pk))


def is_to_fetch(attachment: dict[str, Any]) -> bool:
    is_done = attachment.get("key") or attachment.get("problem") or attachment.get("is_link_only")
    return not is_done and bool(attachment.get("url") or attachment.get("media_id"))


def copy_files(*, message_id: Any) -> int:
    """One try for all files of a message that are not here yet; how many came. Safe at any time."""
    delivery = _claim(lookup_id(message_id))
    if delivery is None:
        return 0
    found = {
        place: _copy(delivery, one)
        for place, one in enumerate(delivery.message.metadata.get("attachments", []))
        if is_to_fetch(one)
    }
    _keep(delivery, found)
    return sum("key" in one for one in found.values())


def _claim(message_id: UUID) -> Delivery | None:
    moment = now()
    free = Q(lease_until=None) | Q(lease_until__lt=moment)
    due = Delivery.objects.filter(free, pk=message_id, status__in=DONE, next_try_at__lte=moment)
    if not due.update(lease_until=moment + LEASE, attempts=F("attempts") + 1):
        return None
    return Delivery.objects.select_related("message", "account").get(pk=message_id)


def _copy(delivery: Delivery, one: dict[str, Any]) -> dict[str, Any]:
    """What is to be noted of the file; nothing where it is worth another try."""
    most = settings.UPLOAD_BYTES["client_media"]
    try:
        content = fetch(
            address_of(delivery.account),
            url=one.get("url", ""),
            media_id=one.get("media_id", ""),
            most_bytes=most,
        )
    except NotFetched as failure:
        is_last = delivery.attempts >= MOST_TRIES
        return {"problem": failure.reason} if failure.reason != "away" or is_last else {}
    content_type = recognise(content, name=one.get("name", ""))
    key = f"{FOLDER}/{delivery.pk.hex}-{new_id().hex}"
    size = content.getbuffer().nbytes
    object_storage.put(key=key, content=content, content_type=content_type)
    return {"key": key, "size_bytes": size, "content_type": content_type}


@transaction.atomic
def _keep(delivery: Delivery, found: dict[int, dict[str, Any]]) -> None:
    thread = ClientThread.objects.get(pk=delivery.message.conversation_id)
    conversation = lock(thread)
    message = conversation.messages.get(pk=delivery.pk)
    files = message.metadata.get("attachments", [])
    if message.metadata.get("deleted") or len(files) <= max(found, default=-1):
        # Taken back meanwhile: nothing of it may stay.
        gone = [one["key"] for one in found.values() if "key" in one]
        transaction.on_commit(lambda: remove_files(gone))
        files = []
    elif any(found.values()):
        files = [{**one, **found.get(place, {})} for place, one in enumerate(files)]
        message.metadata = {**message.metadata, "attachments": files}
        save_change(message, thread, "files_kept")
    is_more = any(is_to_fetch(one) for one in files)
    again = now() + dt.timedelta(minutes=2**delivery.attempts) if is_more else None
    Delivery.objects.filter(pk=delivery.pk).update(next_try_at=again, lease_until=None)


def files_to_sweep() -> list[UUID]:
    """Messages of the last hours whose files wait. By the key, which sorts by birth: nobody looks through all that ever came."""
    born = UUID(int=int((now() - SWEPT_FOR).timestamp() * 1000) << 80)
    free = Q(lease_until=None) | Q(lease_until__lt=now())
    rows = Delivery.objects.filter(free, pk__gte=born, status__in=DONE, next_try_at__lte=now())
    return list(rows.values_list("pk", flat=True)[:BATCH])


def sweep_contents() -> int:
    """Remove copies that no message names: of messages that were erased or taken back. How many there were."""
    return remove_unnamed(_named_among, folder=FOLDER)


def _named_among(keys: list[str]) -> set[str]:
    owners = {lookup_id(key.removeprefix(f"{FOLDER}/").partition("-")[0]) for key in keys}
    rows = Message.objects.filter(pk__in=owners).values_list("metadata", flat=True)
    return {one["key"] for metadata in rows for one in metadata.get("attachments", []) if one.get("key")}


def find_file(*, message_id: Any, place: int, by: Any) -> dict[str, Any]:
    """A copied file of a message that `by` may see, with a `name` to save it under; NotFound for any other."""
    message = Message.objects.visible_to(by).filter(pk=lookup_id(message_id)).first()
    files = message.metadata.get("attachments", []) if message else []
    if not 0 <= place < len(files) or not files[place].get("key"):
        raise NotFound("File not found")
    return {**files[place], "name": clean_name(files[place].get("name") or f"{files[place]['kind']}-{place + 1}")}
