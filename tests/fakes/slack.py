"""Slack on this machine, as far as `auth.test` and `conversations.info` go: 200 also where it refuses."""

import json
from urllib.parse import parse_qsl

from tests.fakes.stand_in import StandIn

TOKEN = "xoxb-12345-right"
CHANNEL = "C0123456789"


class SlackHouse(StandIn):
    """`refuses` maps a method to the error it answers; `channel` is what it says of the channel, `scopes` what the bot may."""

    def __init__(self):
        super().__init__()
        self.refuses = {}
        self.scopes = "chat:write,channels:read,groups:read"
        self.channel = {"id": CHANNEL, "name": "your-channel", "is_member": True, "is_archived": False}

    def answer(self, asked):
        method = asked.path.rpartition("/")[2]
        given = {**dict(parse_qsl(asked.body.decode())), **asked.query}
        if method in self.refuses:
            error = self.refuses[method]
            return self.said(429 if error == "ratelimited" else 200, {"ok": False, "error": error})
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.said(200, {"ok": False, "error": "invalid_auth"})
        if method == "auth.test":
            who = {"team": "Your Team", "team_id": "T1", "user": "stoa", "user_id": "U1", "bot_id": "B1"}
            return self.said(200, {"ok": True, "url": "https://your-team.slack.com/", **who})
        if given.get("channel") != CHANNEL:
            return self.said(200, {"ok": False, "error": "channel_not_found"})
        return self.said(200, {"ok": True, "channel": self.channel})

    def said(self, status, body):
        headers = {"Content-Type": "application/json; charset=utf-8", "X-OAuth-Scopes": self.scopes}
        return status, headers, json.dumps(body).encode()


def used_by(settings, house):
    settings.SLACK_API = f"{house.base}/api/"
