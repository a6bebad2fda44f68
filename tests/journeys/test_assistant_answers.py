"""Clients write, and the assistant answers in a tree as `make run` starts it: web, workers, clock, and the sandbox's platform."""

import json
import signal
import subprocess
import sys
import time

import httpx
import pytest

from conversations.gateways.phrases import LANGUAGES
from tests.factories.platforms import PAGE, message, messenger, signed
from tests.trees import HOUSE, eventually, own_services, started, stranger

QUESTION = "Are returns free?"
KNOWN = "Returns are free within 30 days. The shop in Oslo opens at ten."
ANSWER = "Returns are free within 30 days.\n\nSource: shop.txt"
LINE = LANGUAGES["en"].hand_over
CONNECT = """
import django; django.setup()
from django.conf import settings
from accounts.models import User
from conversations.verbs.platform_accounts import connect_account, set_answers_by_ai
owner = User.objects.get(email="vera@example.com")
account = connect_account(platform="facebook", external_id="101", name="Olive & Oak", by=owner)
set_answers_by_ai(account_id=account.pk, answers_by_ai=True, by=owner)
print(settings.META_APP_SECRET)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    with own_services() as services:
        yield stranger(services, tmp_path_factory.mktemp("assistant"))


@pytest.fixture
def shop(environment):
    with started(environment) as tree, httpx.Client(base_url=f"http://localhost:{tree.port}", timeout=120) as api:
        yield Shop(api, environment)
        assert tree.end(signal.SIGTERM)[0] == 0


class Shop:
    """Somebody without a subscription, one file that they have uploaded, and an account that the assistant answers for."""

    def __init__(self, api, environment):
        self.api, self.written = api, 0
        person = {"username": "vera", "email": "vera@example.com", "password": "a quiet colonnade 8"}
        token = api.post("/api/v1/auth/register", json=person).json()["data"]["access_token"]
        api.headers["Authorization"] = f"Bearer {token}"
        told = {**environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "-c", CONNECT]
        self.secret = subprocess.run(command, cwd=HOUSE, env=told, capture_output=True, text=True, check=True).stdout
        api.post("/api/knowledge/upload", files={"file": ("shop.txt", KNOWN)}, data={"file_type": "txt"})
        eventually(self.knows, "the file is read")

    def knows(self):
        return self.api.get("/api/knowledge/search", params={"q": QUESTION}).json()["passages"]

    def hears(self, client, text):
        """What Meta's webhook brings of somebody new; the conversation's id. Not by its place: Meta's clock has whole seconds."""
        self.written += 1
        before = {row["id"] for row in self.conversations()}
        event = message(mid=f"m_{self.written}", text=text, client=client, page=PAGE, at=int(time.time()))
        body = json.dumps(messenger(event)).encode()
        answer = self.api.post("/webhooks/facebook", content=body, headers=signed(body, self.secret.strip()))
        assert answer.json() == {"success": True, "received": True}
        (begun,) = {row["id"] for row in self.conversations()} - before
        return begun

    def conversations(self):
        return self.api.get("/api/conversations").json()["conversations"]

    def said(self, conversation):
        """(who, what, how it stands)"""
        rows = self.api.get(f"/api/conversations/{conversation}/messages").json()["messages"]
        return [(row["sender_type"], row["content"], row["delivery_status"]) for row in rows]

    def answered(self, conversation):
        """All that was said when the answer has left; and how the conversation then stands."""
        eventually(lambda: self.said(conversation)[-1][::2] == ("ai", "sent"), "an answer leaves")
        status = self.api.get(f"/api/conversations/{conversation}").json()["conversation"]["status"]
        return self.said(conversation), status

    def told(self):
        return [one["title"] for one in self.api.get("/api/v1/notifications").json()["data"]["notifications"]]


class TestAssistant:
    def test_answers_keeps_quiet_and_hands_over(self, shop):
        asked = ("client", QUESTION, "received")

        began = time.monotonic()
        first = shop.hears("7101", QUESTION)
        assert shop.answered(first) == ([asked, ("ai", ANSWER, "sent")], "active")
        assert time.monotonic() - began > 2, "it waits for more"

        # A person is faster than it; what is asked after that is answered first, so its time is over.
        silenced = shop.hears("7102", QUESTION)
        reply = {"conversation_id": silenced, "content": "They are.", "sender_type": "user"}
        assert shop.api.post("/api/messages", json=reply).status_code == 201
        assert shop.answered(shop.hears("7103", QUESTION)) == ([asked, ("ai", ANSWER, "sent")], "active")
        assert [who for who, _, _ in shop.said(silenced)] == ["client", "user"]

        # What no file answers waits for a person, who is told; the line costs no answer.
        unknown = shop.hears("7104", "Do you sell guitars?")
        said, status = shop.answered(unknown)
        assert (said[-1], status) == (("ai", LINE, "sent"), "pending")
        assert shop.told() == ["A client waits for your answer"]

        # Three answers a day are free.
        assert shop.answered(shop.hears("7105", QUESTION)) == ([asked, ("ai", ANSWER, "sent")], "active")
        assert shop.answered(shop.hears("7106", QUESTION)) == ([asked, ("ai", LINE, "sent")], "pending")
        assert shop.told()[0] == "Your assistant has given all of today's answers"
        refused = shop.api.post(f"/api/conversations/{first}/draft", json={})
        assert (refused.status_code, refused.json()["error"]["details"]["reason"]) == (403, "limit_reached")
