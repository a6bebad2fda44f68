"""Slack: whose token this is, and whether it may speak in the channel. Asks `auth.test` and `conversations.info`.

Slack answers 200 also where it refuses, with `ok: false` and an `error`. https://docs.slack.dev/reference/methods/auth.test
"""

import http.client
import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from conversations.gateways.integrations.results import Failed, TestResult, said
from conversations.gateways.integrations.sandbox import Sandbox

SECONDS = 4
SPEAK = "chat:write"
# What the library logs at its quietest is still an answer of Slack's.
quiet = logging.getLogger(f"{__name__}.quiet")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False

REFUSED = "Slack did not accept the bot token."
WORDS: dict[str, tuple[str, str]] = {
    "invalid_auth": ("invalid_auth", REFUSED),
    "not_authed": ("invalid_auth", REFUSED),
    "not_allowed_token_type": ("invalid_auth", "Slack wants the token of a bot here; it starts with xoxb-."),
    "account_inactive": ("account_inactive", "Slack says that this bot was removed from its workspace."),
    "token_revoked": ("token_revoked", "Slack says that this token was revoked."),
    "token_expired": ("token_expired", "Slack says that this token has expired."),
    "missing_scope": ("missing_scope", "The bot lacks a scope. It needs chat:write, channels:read and groups:read."),
    "channel_not_found": (
        "channel_not_found",
        "Slack knows no such channel, or the bot may not see it. Invite the bot to it.",
    ),
    "ratelimited": ("rate_limited", "Slack has been asked too often. Try again in a minute."),
    "access_denied": ("access_denied", "The workspace's rules do not let this bot in."),
}
UNEXPECTED = ("unexpected_answer", "Slack did not answer as expected. Try again later.")
AWAY = ("unreachable", "Slack could not be reached. Try again later.")

sandbox = Sandbox(
    secrets=("bot_token",),
    code="invalid_auth",
    details={"team_name": "Sandbox", "channel_name": "sandbox", "is_member": True},
)


def test(config: Mapping[str, Any]) -> TestResult:
    client = WebClient(
        token=config["bot_token"], base_url=settings.SLACK_API, timeout=SECONDS, retry_handlers=[], logger=quiet
    )
    try:
        who = asked(client.auth_test)
        where = asked(client.conversations_info, channel=config["channel_id"])
        return told(who, where.get("channel"))
    except Failed as failure:
        return failure.result


def asked(method: Any, **given: Any) -> Any:
    """The answer where Slack said `ok`; Failed for every other end."""
    try:
        answer = method(**given)
    except SlackApiError as refusal:
        raise Failed(*reason_of(refusal)) from None
    except (OSError, http.client.HTTPException):
        raise Failed(*AWAY) from None
    except (SlackClientError, ValueError, TypeError, AttributeError):
        raise Failed(*UNEXPECTED) from None
    if answer.get("ok") is not True:
        raise Failed(*UNEXPECTED)
    return answer


def reason_of(refusal: SlackApiError) -> tuple[str, str]:
    answer = refusal.response
    if getattr(answer, "status_code", 200) >= 500:
        return AWAY
    code = answer.get("error") if hasattr(answer, "get") else None
    return WORDS.get(code, UNEXPECTED) if isinstance(code, str) else UNEXPECTED


def told(who: Any, channel: Any) -> TestResult:
    if not isinstance(channel, dict) or not who.get("team"):
        raise Failed(*UNEXPECTED)
    if channel.get("is_archived"):
        raise Failed("channel_archived", "This channel is archived; nothing can be posted to it.")
    is_member = bool(channel.get("is_member"))
    details = {"team_name": said(who.get("team")), "channel_name": said(channel.get("name")), "is_member": is_member}
    message = f"Connected to {details['team_name']}, channel {details['channel_name']}."
    return TestResult(connected=True, message=message, details=details, warning=missing(who, is_member))


def missing(who: Any, is_member: bool) -> str:
    scopes = {name.lower(): value for name, value in who.headers.items()}.get("x-oauth-scopes", SPEAK)
    if SPEAK not in scopes:
        return "The bot may not post yet: give it the scope chat:write."
    return "" if is_member else "The bot is not in this channel yet: invite it there, or it cannot post."
