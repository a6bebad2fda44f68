"""What Dana's sockets hear (dana.txt, "Events from Server"), as Socket.IO packets: `2["event",{...}]`.

More than the document has: `seq`, `sender_id` and `sender_name` of a message; `what` happened beside the thing; and the
events `authenticated`, `auth_error`, `joined`, `left` and `error` that answer a client who asks for no acknowledgement.
"""

from collections.abc import Callable
from typing import Any

import orjson

from conversations.facts import (
    AnnouncementMade,
    ConversationChanged,
    IntegrationChanged,
    MessageSent,
    Notified,
    TaskChanged,
)
from ontology.queries.changes import Heard

Payload = dict[str, Any]

# Every other voice (an advisor, their synthesis, the house itself) is a machine's.
SENDER_TYPES = {"user": "user", "client": "client"}


def packet(event: str, body: Payload) -> bytes:
    return b"2" + orjson.dumps([event, body], default=str)


def message_of(payload: Payload) -> Payload:
    """From the payload of a MessageSent, live or read again."""
    return {
        "id": str(payload["message_id"]),
        "conversation_id": str(payload["conversation_id"]),
        "content": payload["content"],
        "sender_type": SENDER_TYPES.get(payload["role"], "ai"),
        "created_at": payload["sent_at"],
        "seq": payload["seq"],
        "sender_id": str(payload["sender_id"]) if payload["sender_id"] else None,
        "sender_name": payload["sender_name"],
    }


def new_message(payload: Payload) -> bytes:
    return packet("new_message", {"message": message_of(payload)})


def conversation_update(payload: Payload) -> bytes:
    about = {"id": payload["conversation_id"], "status": payload["status"], "updated_at": payload["updated_at"]}
    return packet("conversation_update", {"conversation": about, "what": payload["what"]})


def task_update(payload: Payload) -> bytes:
    names = ("description", "status", "priority", "updated_at")
    task = {"id": payload["task_id"], **{name: payload[name] for name in names}}
    return packet("task_update", {"task": task, "what": payload["what"]})


def integration_update(payload: Payload) -> bytes:
    names = ("integration_type", "status", "updated_at")
    return packet(
        "integration_update", {"integration": {name: payload[name] for name in names}, "what": payload["what"]}
    )


def system_notification(payload: Payload) -> bytes | None:
    """One line: the title, and what is said of it. None for what people did, which the document does not know."""
    if not payload.get("is_system"):
        return None
    return said_by_the_house(payload["title"], payload["text"], payload["kind"], payload["created_at"])


def announcement(payload: Payload) -> bytes:
    return said_by_the_house(payload["title"], payload["content"], payload["type"], payload["starts_at"])


def said_by_the_house(title: str, text: str, kind: str, at: str) -> bytes:
    end = "" if title.endswith((".", "?", "!")) else "."
    message = f"{title}{end} {text}" if text else title
    return packet("system_notification", {"message": message, "type": kind, "timestamp": at})


_PACKETS: dict[str, Callable[[Payload], bytes | None]] = {
    MessageSent.__name__: new_message,
    ConversationChanged.__name__: conversation_update,
    TaskChanged.__name__: task_update,
    IntegrationChanged.__name__: integration_update,
    Notified.__name__: system_notification,
    AnnouncementMade.__name__: announcement,
}


def frame_of(heard: Heard) -> bytes | None:
    """The packet of a change; None where it is for the socket itself or for other doors."""
    make = _PACKETS.get(heard.kind)
    return make(heard.payload) if make else None
