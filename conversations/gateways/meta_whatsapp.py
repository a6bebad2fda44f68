"""WhatsApp: entry[].changes[].value in our spelling. Source: messaging-design.md §1, "Shapes"."""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

from conversations.gateways.meta_events import (
    Attachment,
    ClientAddress,
    ClientMessage,
    Echo,
    Incoming,
    Reaction,
    Receipt,
)
from conversations.gateways.meta_messaging import placeholder
from conversations.gateways.meta_values import (
    LONGEST_ACCOUNT,
    LONGEST_CLIENT,
    cleaned,
    id_of,
    message_id_of,
    moment_of,
    one_line,
    part,
    parts,
)

logger = logging.getLogger(__name__)
PLATFORM = "whatsapp"
FILES = ("image", "video", "audio", "voice", "document", "sticker")
STATUSES = ("sent", "delivered", "read", "failed")
QUIET = ("system", "request_welcome", "ephemeral")
"""Said by WhatsApp itself, about the chat."""
Value = dict[str, Any]


def read_whatsapp_entry(platform: str, entry: Value, at: dt.datetime) -> Iterator[Incoming]:
    for change in parts(entry, "changes"):
        value = change.get("value")
        account_id = id_of(part(value, "metadata", "phone_number_id"), longest=LONGEST_ACCOUNT)
        if not isinstance(value, dict) or not account_id:
            continue
        for message in parts(value, "messages"):
            yield from _of_message(message, value, account_id, at)
        for message in parts(value, "message_echoes"):
            yield from _of_echo(message, account_id, at)
        for status in parts(value, "statuses"):
            yield from _of_status(status, account_id)
        for trouble in parts(value, "errors"):
            logger.warning("WhatsApp reports trouble: %s", id_of(trouble.get("code"), longest=20) or "without a code")


def _of_message(message: Value, value: Value, account_id: str, at: dt.datetime) -> Iterator[Incoming]:
    client, name = client_of(message, parts(value, "contacts"))
    kind = message.get("type")
    about: dict[str, Any] = {"platform": PLATFORM, "account_id": account_id, "client": client}
    if not client or kind in QUIET:
        return
    if kind == "reaction":
        emoji = one_line(part(message, "reaction", "emoji"), longest=16)
        if key := message_id_of(part(message, "reaction", "message_id")):
            yield Reaction(**about, external_id=key, emoji=emoji)
    elif key := message_id_of(message.get("id")):
        sent_at = moment_of(message.get("timestamp"), at=at)
        yield ClientMessage(**about, external_id=key, sent_at=sent_at, client_name=name, **words_of(message))


def _of_echo(message: Value, account_id: str, at: dt.datetime) -> Iterator[Incoming]:
    """Written in the WhatsApp Business app on a phone; the client is who it went to."""
    client = addresses(message.get("to"), message.get("to_user_id"))
    key = message_id_of(message.get("id"))
    if client and key and message.get("type") not in ("reaction", *QUIET):
        sent_at = moment_of(message.get("timestamp"), at=at)
        yield Echo(
            platform=PLATFORM,
            account_id=account_id,
            client=client,
            external_id=key,
            sent_at=sent_at,
            **words_of(message),
        )


def _of_status(status: Value, account_id: str) -> Iterator[Incoming]:
    key, word = message_id_of(status.get("id")), status.get("status")
    if not key or word not in (*STATUSES, "played"):
        return
    trouble = next(iter(parts(status, "errors")), {})
    yield Receipt(
        platform=PLATFORM,
        account_id=account_id,
        client=addresses(status.get("recipient_id"), status.get("recipient_user_id")),
        status="read" if word == "played" else str(word),
        external_ids=(key,),
        error_code=id_of(trouble.get("code"), longest=20) if word == "failed" else "",
    )


def client_of(message: Value, contacts: list[Value]) -> tuple[tuple[ClientAddress, ...], str]:
    """All names of the client that the payload holds, a number first, and what they call themselves.

    A user with a username has no number; the contact beside the message may hold both.
    """
    number, user = id_of(message.get("from")), id_of(message.get("from_user_id"))
    contact = next((one for one in contacts if _is_same(one, number, user)), None)
    if contact is None and not (number or user) and len(contacts) == 1:
        contact = contacts[0]
    contact = contact or {}
    name = one_line(part(contact, "profile", "name")) or one_line(part(contact, "profile", "username"))
    return addresses(number or contact.get("wa_id"), user or contact.get("user_id")), name


def _is_same(contact: Value, number: str, user: str) -> bool:
    return bool(number and id_of(contact.get("wa_id")) == number) or bool(
        user and id_of(contact.get("user_id")) == user
    )


def addresses(number: Any, user: Any) -> tuple[ClientAddress, ...]:
    found = (("wa_id", id_of(number, longest=LONGEST_CLIENT)), ("bsuid", id_of(user, longest=LONGEST_CLIENT)))
    return tuple(ClientAddress(kind, value) for kind, value in found if value)


def words_of(message: Value) -> dict[str, Any]:
    kind = message.get("type") if isinstance(message.get("type"), str) else ""
    about: Any = message.get(kind) if kind else None
    text, payload = _text_of(message, kind or "", about), ""
    files: tuple[Attachment, ...] = ()
    if kind in FILES:
        files = (_file_of(kind or "file", about),)
    if kind in ("button", "interactive"):
        reply = _reply_of(about)
        payload = cleaned(part(about, "payload") or part(reply, "id"), longest=1000)
    is_known = bool(text.strip()) or bool(files)
    named = one_line(kind, longest=40) if kind not in ("", "unsupported", "text") else ""
    return {
        "text": text if text.strip() else placeholder([named] if named else []),
        "kind": _kind_of(kind or "", is_known=is_known),
        "payload": payload,
        "attachments": files,
        "reply_to": message_id_of(part(message, "context", "id")),
        "is_placeholder": not text.strip(),
    }


def _kind_of(kind: str, *, is_known: bool) -> str:
    if not is_known:
        return "unsupported"
    if kind in FILES:
        return "media"
    return {"button": "postback", "interactive": "postback"}.get(kind, kind if kind in TEXTS else "text")


def _reply_of(about: Any) -> Any:
    return part(about, "button_reply") or part(about, "list_reply") or part(about, "nfm_reply")


def _place(about: Any) -> str:
    named = [one_line(part(about, key)) for key in ("name", "address")]
    spot = [part(about, key) for key in ("latitude", "longitude")]
    if all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) <= 180 for one in spot):
        named.append(f"{spot[0]:.6f}, {spot[1]:.6f}")
    told = ", ".join(one for one in named if one)
    return f"[location] {told}" if told else ""


def _contacts(about: Any) -> str:
    names = [one_line(part(one, "name", "formatted_name")) for one in parts({"all": about}, "all")[:20]]
    told = ", ".join(one for one in names if one)
    return f"[contacts] {told}" if told else ""


def _order(about: Any) -> str:
    count = len(parts(about, "product_items"))
    text = one_line(part(about, "text"), longest=1000)
    return f"[order] {count} item{'' if count == 1 else 's'}{': ' + text if text else ''}" if count else ""


TEXTS = {"location": _place, "contacts": _contacts, "order": _order}


def _text_of(message: Value, kind: str, about: Any) -> str:
    if kind in TEXTS:
        return TEXTS[kind](about)
    if kind == "interactive":
        reply = _reply_of(about)
        return cleaned(part(reply, "title") or part(reply, "body"))
    name = {"text": "body", "button": "text"}.get(kind, "caption")
    return cleaned(part(about, name))


def _file_of(kind: str, about: Any) -> Attachment:
    return Attachment(
        kind=kind,
        media_id=id_of(part(about, "id"), longest=128),
        name=one_line(part(about, "filename")),
        mime_type=one_line(part(about, "mime_type"), longest=100),
    )
