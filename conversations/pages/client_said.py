"""A client's thread for its page: which side each message stands on, how far it came, what it was built on, what hangs at it."""

from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from conversations.gateways.phrases import LANGUAGES
from conversations.pages.threads import goes_on
from conversations.queries.messages import sender_name

# The assistant ends an answer with these and the files' names; here the names stand below it.
NAMES_FILES = tuple(f"{language.source}: " for language in LANGUAGES.values())
# How far a message of ours came: the drawing, the word, its tone.
TICKS = {
    "pending": ("clock", "Waiting to be sent", ""),
    "sent": ("check", "Sent", ""),
    "delivered": ("ticks", "Delivered", ""),
    "read": ("ticks", "Read", "note"),
    "failed": ("error", "Not sent", "bad"),
}
ICONS = {
    "image": "image",
    "sticker": "image",
    "video": "play",
    "audio": "music",
    "location": "globe",
    "contacts": "user",
}


def said_to_client(
    rows: list[dict[str, Any]], beside: dict[Any, dict[str, Any]], *, client: str, reader_id: Any
) -> list[dict[str, Any]]:
    """For _client_message.html, oldest first."""
    shown: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for row in rows:
        day = timezone.localtime(row["sent_at"]).date()
        is_new_day = before is None or day != timezone.localtime(before["sent_at"]).date()
        follows = not is_new_day and before is not None and before["role"] == row["role"] and goes_on(before, row)
        about = beside.get(row["id"], {})
        metadata = about.get("metadata") or {}
        shown.append(
            {
                "id": row["id"],
                "seq": row["seq"],
                "role": row["role"],
                "by": speaker_of(row, client=client),
                "by_id": row["sender_id"] or row["conversation_id"],
                "text": words_of(row["content"], metadata),
                "at": row["sent_at"],
                "mine": row["sender_id"] is not None and row["sender_id"] == reader_id,
                "follows": follows,
                "day": row["sent_at"] if is_new_day else None,
                **carried(metadata),
                "attachments": attachments_of(row["id"], metadata.get("attachments")),
                **how_far(about),
            }
        )
        before = row
    return shown


def speaker_of(row: dict[str, Any], *, client: str) -> str:
    if row["role"] == "client":
        return client
    if row["role"] == "ai":
        return "Assistant"
    return sender_name(row) or "A colleague"


def carried(metadata: dict[str, Any]) -> dict[str, Any]:
    """What a message carries beside its words, as the channels and the assistant note it in `metadata`."""
    assistant = metadata.get("assistant")
    answered = assistant if isinstance(assistant, dict) else {}
    return {
        "sources": sources_of(answered.get("passages")),
        "hands_over": bool(answered.get("hand_over")),
        "reactions": reactions_of(metadata.get("reactions")),
        "is_edited": bool(metadata.get("edits")),
        "is_deleted": bool(metadata.get("deleted")),
        "is_placeholder": bool(metadata.get("is_placeholder")),
    }


def words_of(content: str, metadata: dict[str, Any]) -> str:
    """What was said, without the closing line of files where `carried` names them."""
    words, _, last = content.rpartition("\n\n")
    return words if words and carried(metadata)["sources"] and last.startswith(NAMES_FILES) else content


def sources_of(passages: Any) -> list[dict[str, Any]]:
    """The files an answer is built on, each once, with the pages: `manual.pdf`, `p. 3, 4`."""
    found: dict[str, list[int]] = {}
    for passage in listed(passages):
        pages = found.setdefault(str(passage.get("file_name") or "a file"), [])
        page = passage.get("page")
        if page and page not in pages:
            pages.append(page)
    return [{"name": name, "pages": ", ".join(map(str, sorted(pages)))} for name, pages in found.items()]


def attachments_of(message_id: Any, given: Any) -> list[dict[str, Any]]:
    return [attachment_of(message_id, place, one) for place, one in enumerate(listed(given))]


def attachment_of(message_id: Any, place: int, one: dict[str, Any]) -> dict[str, Any]:
    """Our copy where there is one, else the platform's address for as long as that holds; only one of the web is a link."""
    kind, url = str(one.get("kind") or "file"), str(one.get("url") or "")
    is_here = bool(one.get("key"))
    return {
        "icon": ICONS.get(kind, "attach"),
        "name": str(one.get("name") or kind.replace("_", " ").capitalize())[:120],
        "url": f"/inbox/files/{message_id}/{place}/" if is_here else url if is_of_the_web(url) else "",
        "is_here": is_here,
        "size": one.get("size_bytes"),
        "problem": str(one.get("problem") or "")[:200],
    }


def is_of_the_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("https", "http")
    except ValueError:
        return False


def reactions_of(given: Any) -> list[str]:
    """One a side, the client's and ours: `{side: emoji}`."""
    return [str(emoji)[:8] for emoji in given.values() if emoji] if isinstance(given, dict) else []


def listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def how_far(about: dict[str, Any]) -> dict[str, Any]:
    status = about.get("delivery__status")
    if status not in TICKS:
        return {"tick": None, "fault": "", "may_retry": False}
    icon, word, tone = TICKS[status]
    is_failed = status == "failed"
    if status == "pending" and about.get("delivery__is_unknown"):
        word = "Sent, not confirmed yet"
    return {
        "tick": {"icon": icon, "word": word, "tone": tone, "status": status},
        "fault": (about.get("delivery__error_text") or "The platform did not take it.") if is_failed else "",
        "may_retry": is_failed,
    }
