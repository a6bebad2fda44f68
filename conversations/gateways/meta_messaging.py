"""Messenger and Instagram: entry[].messaging[] in our spelling. Source: messaging-design.md §1, "Shapes"."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

from conversations.gateways.meta_events import (
    Attachment,
    ClientAddress,
    ClientMessage,
    Deletion,
    Echo,
    Edit,
    Incoming,
    Reaction,
    Receipt,
)
from conversations.gateways.meta_values import (
    LONGEST_ACCOUNT,
    LONGEST_CLIENT,
    address_of,
    cleaned,
    id_of,
    message_id_of,
    moment_of,
    one_line,
    part,
    parts,
)

KINDS = {"facebook": "psid", "instagram": "igsid"}
MOST_ATTACHMENTS = 30
LINKS = ("story_mention", "share", "ig_reel", "reel", "post", "ig_post", "fallback", "template", "location")
"""Attachments that are no file of the client's: what they point at is another's, or a place."""
Event = dict[str, Any]


def read_messaging_entry(platform: str, entry: Event, at: dt.datetime) -> Iterator[Incoming]:
    """The events of one entry. `standby` holds what came while another app has the thread."""
    account_id = id_of(entry.get("id"), longest=LONGEST_ACCOUNT)
    for event in parts(entry, "messaging"):
        yield from _read(platform, account_id, event, at, is_standby=False)
    for event in parts(entry, "standby"):
        yield from _read(platform, account_id, event, at, is_standby=True)
    for change in parts(entry, "changes"):
        # The dashboard's own tests come so; comments on posts have no sender and are not for us.
        value = change.get("value")
        if isinstance(value, dict) and "sender" in value:
            yield from _read(platform, account_id, value, at, is_standby=False)


def _read(platform: str, account_id: str, event: Event, at: dt.datetime, *, is_standby: bool) -> Iterator[Incoming]:
    message = event.get("message")
    is_ours = isinstance(message, dict) and message.get("is_echo") is True
    sender, recipient = part(event, "sender", "id"), part(event, "recipient", "id")
    if id_of(sender) == account_id:
        is_ours = True
    client = id_of(recipient if is_ours else sender, longest=LONGEST_CLIENT)
    if not account_id or not client or client == account_id:
        return
    about: dict[str, Any] = {
        "platform": platform,
        "account_id": account_id,
        "client": (ClientAddress(KINDS[platform], client),),
    }
    sent_at = moment_of(event.get("timestamp"), at=at, per_second=1000)
    if isinstance(message, dict):
        yield from _of_message(message, about, sent_at, is_ours=is_ours, is_standby=is_standby)
    elif isinstance(event.get("postback"), dict):
        yield from _of_postback(event["postback"], about, sent_at, is_standby=is_standby)
    else:
        yield from _of_change(event, about, at, is_ours=is_ours)


def _of_message(
    message: Event, about: dict[str, Any], sent_at: dt.datetime, *, is_ours: bool, is_standby: bool
) -> Iterator[Incoming]:
    key = message_id_of(message.get("mid"))
    if not key:
        return
    if message.get("is_deleted") is True:
        yield Deletion(**about, external_id=key)
        return
    said = {**about, "external_id": key, "sent_at": sent_at, **words_of(message)}
    if is_ours:
        yield Echo(**said, app_id=id_of(message.get("app_id"), longest=64))
    else:
        yield ClientMessage(**said, is_standby=is_standby)


def words_of(message: Event) -> dict[str, Any]:
    """What of a message is kept, whoever said it."""
    files = tuple(attachment_of(one) for one in parts(message, "attachments")[:MOST_ATTACHMENTS])
    story = part(message, "reply_to", "story")
    if isinstance(story, dict):
        files += (Attachment(kind="story", url=address_of(story.get("url")), is_link_only=True),)
    text = cleaned(message.get("text"))
    is_unsupported = message.get("is_unsupported") is True or not (text.strip() or files)
    return {
        "text": text if text.strip() else placeholder([one.kind for one in files]),
        "kind": "text" if text.strip() else "unsupported" if is_unsupported else "media",
        "attachments": files,
        "reply_to": message_id_of(part(message, "reply_to", "mid")),
        "payload": cleaned(part(message, "quick_reply", "payload"), longest=1000),
        "is_placeholder": not text.strip(),
    }


def placeholder(kinds: list[str]) -> str:
    """What stands in the conversation for a message without words."""
    return " ".join(f"[{kind.replace('_', ' ')}]" for kind in kinds) or "[a message that cannot be shown here]"


def attachment_of(given: Event) -> Attachment:
    kind = one_line(given.get("type"), longest=40) or "file"
    return Attachment(
        kind=kind,
        url=address_of(part(given, "payload", "url")) or address_of(given.get("url")),
        name=one_line(given.get("title") or part(given, "payload", "title")),
        is_link_only=kind in LINKS,
    )


def _of_postback(
    postback: Event, about: dict[str, Any], sent_at: dt.datetime, *, is_standby: bool
) -> Iterator[Incoming]:
    """A button that the client pressed. Old ones have no id: the same press is the same digest."""
    payload = cleaned(postback.get("payload"), longest=1000)
    text = cleaned(postback.get("title")) or payload
    key = message_id_of(postback.get("mid"))
    if not key:
        told = f"{about['client'][0].value}:{sent_at.timestamp()}:{payload}:{text}"
        key = "postback:" + hashlib.sha256(told.encode()).hexdigest()
    if text.strip():
        yield ClientMessage(
            **about,
            external_id=key,
            text=text,
            sent_at=sent_at,
            kind="postback",
            payload=payload,
            is_standby=is_standby,
        )


def _of_change(event: Event, about: dict[str, Any], at: dt.datetime, *, is_ours: bool) -> Iterator[Incoming]:
    for status, told in (("delivered", event.get("delivery")), ("read", event.get("read"))):
        if isinstance(told, dict):
            yield _receipt(status, told, about, at)
    reaction, edit = event.get("reaction"), event.get("message_edit")
    if isinstance(reaction, dict) and (key := message_id_of(reaction.get("mid"))):
        is_back = reaction.get("action") == "unreact"
        emoji = one_line(reaction.get("emoji"), longest=16) or one_line(reaction.get("reaction"), longest=16)
        yield Reaction(
            **about, external_id=key, emoji="" if is_back else emoji or "❤", by="user" if is_ours else "client"
        )
    if isinstance(edit, dict) and (key := message_id_of(edit.get("mid"))) and isinstance(edit.get("text"), str):
        number = edit.get("num_edit")
        if not isinstance(number, int) or not 0 < number < 10**6:
            number = 1
        yield Edit(**about, external_id=key, text=cleaned(edit["text"]), number=int(number))


def _receipt(status: str, told: Event, about: dict[str, Any], at: dt.datetime) -> Receipt:
    """Messenger names messages, or all before a moment; Instagram the last one that was read."""
    named = told.get("mids") if isinstance(told.get("mids"), list) else [told.get("mid")]
    keys = (message_id_of(one) for one in (named or [])[:1000])
    watermark = told.get("watermark")
    return Receipt(
        **about,
        status=status,
        external_ids=tuple(dict.fromkeys(key for key in keys if key)),
        watermark=None if watermark is None else watermark_of(watermark, at),
        reaches_back=status == "read" and "mids" not in told,
    )


def watermark_of(value: Any, at: dt.datetime) -> dt.datetime | None:
    """None where it is no moment: the time of receipt would make everything read."""
    try:
        is_moment = not isinstance(value, bool) and 0 < float(value) < 10**14
    except (TypeError, ValueError, OverflowError):
        return None
    return moment_of(value, at=at, per_second=1000) if is_moment else None
