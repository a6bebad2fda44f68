"""How a client's conversation stands, in sentences: whether one may write, until when, what the assistant does."""

import datetime as dt
from typing import Any

from django.utils import timezone

from config.errors import DomainError
from conversations.models import Conversation, PlatformAccount
from conversations.verbs.client_replies import HUMAN_AGENT_ON, person_until

CHANNELS = "/inbox/channels/"
SHUT = {
    "closed": "This conversation is closed",
    "window": "The time to answer is over",
    "account": "Nothing can be sent from this account now",
}


def hindrance(row: dict[str, Any], side: Any) -> str:
    """Why nothing can be sent now: closed, account, window, or nothing."""
    if row["status"] == Conversation.Status.CLOSED:
        return "closed"
    if side is None or side.account is None:
        return ""
    if side.account.status != PlatformAccount.Status.CONNECTED:
        return "account"
    ends = person_until(side.platform, side.client_wrote_at, side.reply_until)
    return "window" if ends is None or timezone.now() >= ends else ""


def may_write(row: dict[str, Any], side: Any) -> tuple[bool, str]:
    found = hindrance(row, side)
    return not found, SHUT.get(found, "")


def until(row: dict[str, Any], side: Any) -> dict[str, Any] | None:
    """Until when one may answer; None where there is no such moment or it is over."""
    if side is None or side.account is None or hindrance(row, side):
        return None
    ends = person_until(side.platform, side.client_wrote_at, side.reply_until)
    if ends is None:
        return None
    local = timezone.localtime(ends)
    return {"at": ends, "words": clock(local), "exact": f"{local.day} {local:%B %Y, %H:%M %Z}"}


def clock(local: dt.datetime) -> str:
    """`14:05` today, `tomorrow, 14:05`, or `24 Nov, 14:05`."""
    today = timezone.localtime().date()
    if local.date() == today:
        return f"{local:%H:%M}"
    if local.date() == today + dt.timedelta(days=1):
        return f"tomorrow, {local:%H:%M}"
    return f"{local.day} {local:%b, %H:%M}"


def notices(row: dict[str, Any], side: Any) -> list[dict[str, Any]]:
    """Banners above the composer."""
    found = hindrance(row, side)
    if found == "closed":
        text = "A new message from the client opens it again, and so can you."
        return [{"tone": "", "icon": "lock", "title": "This conversation is closed.", "text": text}]
    if found == "account":
        return [account_notice(side.account)]
    if found == "window":
        return [window_notice(side)]
    return []


def account_notice(account: PlatformAccount) -> dict[str, Any]:
    is_broken = account.status == PlatformAccount.Status.BROKEN
    title = f"{account} needs attention." if is_broken else f"{account} is disconnected."
    text = account.problem if is_broken else "What was said stays here. Connect the account again to answer."
    return {"tone": "warn", "icon": "warning", "title": title, "text": text, "url": CHANNELS, "link": "To the channels"}


def window_notice(side: Any) -> dict[str, Any]:
    name = side.get_platform_display()
    ends = person_until(side.platform, side.client_wrote_at, side.reply_until)
    if ends is None:
        title, text = f"{name} lets you answer once the client has written.", "Nothing came from them yet."
    else:
        spans = "seven days" if side.platform in HUMAN_AGENT_ON else "24 hours"
        title = f"{name} lets you answer for {spans} after the client wrote."
        text = f"That was over {said_of(ends)}. When they write again, you can answer again."
    return {"tone": "note", "icon": "clock", "title": title, "text": text}


def said_of(moment: dt.datetime) -> str:
    local = timezone.localtime(moment)
    return f"on {local.day} {local:%B at %H:%M}"


def assistant_state(row: dict[str, Any], side: Any) -> dict[str, Any]:
    """What the assistant does in this conversation, and the one thing to press."""
    if side is None or side.account is None:
        return {"tone": "", "state": "off", "text": "Nothing can be sent from here, so it does not answer."}
    if not side.account.answers_by_ai:
        text = f"It does not answer on {side.account}. You can still ask it for a draft."
        return {"tone": "", "state": "off", "text": text, "url": CHANNELS, "link": "Change that"}
    if side.is_ai_paused:
        text = "A person has taken over, so it keeps quiet here."
        return {"tone": "warn", "state": "paused", "text": text, "act": "Let it answer again", "on": "1"}
    text = "It answers what the client asks, from your knowledge files."
    return {"tone": "good", "state": "answers", "text": text, "act": "Pause it here", "on": "0"}


def fault_of(error: DomainError | None) -> dict[str, str]:
    """A refusal for its banner; one of the tier's limits leads to the tiers."""
    if error is None:
        return {"text": "", "url": "", "link": ""}
    url = (error.details or {}).get("upgrade_url", "") if isinstance(error.details, dict) else ""
    text = error.message.removesuffix(f" Choose another tier to go on: {url}") if url else error.message
    return {"text": text, "url": url, "link": "Choose another tier" if url else ""}
