"""What Meta tells us, as plain values: Messenger, Instagram and WhatsApp in one spelling. Source: messaging-design.md §1.

Nothing here trusts a shape: what cannot be read is left out, and its neighbours are kept. Texts are cleaned, moments clamped
to the time of receipt.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClientAddress:
    """How the platform names a client towards one account: `kind` is psid, igsid, wa_id or bsuid."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came along. `url` (Messenger, Instagram) or `media_id` (WhatsApp) says where it is, for some time."""

    kind: str
    url: str = ""
    media_id: str = ""
    name: str = ""
    mime_type: str = ""
    # Meta's terms: a story that mentions us may not be stored.
    is_link_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One thing that happened. `account_id` is the platform's id of our account; `client` its names of the client, best first."""

    platform: str
    account_id: str
    client: tuple[ClientAddress, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Incoming):
    """Something was said. `kind` is text, postback, media, location, contacts, order, story or unsupported; `reply_to` another
    message's id. `is_placeholder`: nobody wrote `text`, it names what came."""

    external_id: str
    text: str
    sent_at: dt.datetime
    kind: str = "text"
    client_name: str = ""
    reply_to: str = ""
    payload: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_placeholder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMessage(Said):
    """`is_standby`: another app has the thread at the moment, so that it is not for us to answer by ourselves."""

    is_standby: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo(Said):
    """Said by our side of the thread: by a person in the platform's own app, by another app (`app_id`), or by ourselves."""

    app_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Incoming):
    """How far messages of ours came: those named, and all that were sent up to `watermark`. `status` as Delivery's.

    `reaches_back`: what was sent before the named one is as far too.
    """

    status: str
    external_ids: tuple[str, ...] = ()
    watermark: dt.datetime | None = None
    error_code: str = ""
    reaches_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction(Incoming):
    """To a message; an empty `emoji` takes it back. `by` is client or user."""

    external_id: str
    emoji: str
    by: str = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Incoming):
    """The client's new words; `number` counts the edits of this message."""

    external_id: str
    text: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion(Incoming):
    """The client took a message back: its text and its files have to go."""

    external_id: str


Reader = Callable[[str, dict[str, Any], dt.datetime], Iterator[Incoming]]


def read_events(data: Any, *, at: dt.datetime) -> list[Incoming]:
    """All that the body of a webhook tells and we understand, in its order. `at` is the time of receipt."""
    from conversations.gateways.meta_messaging import read_messaging_entry  # noqa: PLC0415 -- made of the shapes above
    from conversations.gateways.meta_whatsapp import read_whatsapp_entry  # noqa: PLC0415 -- made of the shapes above

    readers: dict[str, tuple[str, Reader]] = {
        "page": ("facebook", read_messaging_entry),
        "instagram": ("instagram", read_messaging_entry),
        "whatsapp_business_account": ("whatsapp", read_whatsapp_entry),
    }
    named = data.get("object") if isinstance(data, dict) else None
    platform, reader = readers.get(named if isinstance(named, str) else "", ("", None))
    entries = data.get("entry") if reader else None
    if reader is None or not isinstance(entries, list):
        return []
    return [event for entry in entries if isinstance(entry, dict) for event in reader(platform, entry, at)]
