"""A council over real processes: answers come one by one, and neither a lost connection nor a killed worker loses one."""

import json
import subprocess
import sys
import threading
import time

import httpx
import pytest

from accounts.models import Session
from accounts.verbs.clients import Client as Origin
from accounts.verbs.sessions import access_token, open_session
from conversations.models import Message
from council.gateways.language_model import SAGE, SEATS, SKEPTIC
from council.models import Deliberation
from ontology.models import Event, EventType
from tests.factories.council import QUESTION, install_default_personas
from tests.live import PATIENCE, ROOT, WebProcess, environment

pytestmark = pytest.mark.django_db(transaction=True)

ENGINE = {"LLM_MODEL": "offline:advisor", "DJANGO_SETTINGS_MODULE": "config.settings", "PACE": "0.008"}


class Worker:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.council_worker"], cwd=ROOT, env=environment(**ENGINE)
        )

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    end = kill


class Follower:
    """Reads a stream in a thread of its own; knows each event and when it came."""

    def __init__(self, client, method, path, **options):
        self.events = []
        self.news = threading.Condition()
        self.response = None
        self.stream = client.stream(method, path, timeout=PATIENCE, **options)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        with self.stream as response:
            self.response = response
            try:
                for line in response.iter_lines():
                    if line.startswith("data: "):
                        text = line.removeprefix("data: ")
                        with self.news:
                            self.events.append(text if text == "[DONE]" else json.loads(text))
                            self.news.notify_all()
            except (httpx.StreamError, httpx.TransportError, OSError, ValueError):
                return

    def wait_for(self, kind, seat=None):
        """The first event of this type (and of this seat)."""
        with self.news:
            found = self.news.wait_for(lambda: self.first(kind, seat), timeout=PATIENCE)
        assert found, f"{kind} {seat or ''} did not come; heard {self.kinds()}"
        return found

    def first(self, kind, seat=None):
        for event in self.events:
            if event == kind or (isinstance(event, dict) and event["type"] == kind and seat in (None, seat_of(event))):
                return event
        return None

    def kinds(self):
        """The types in order, without the deltas."""
        named = [event if event == "[DONE]" else event["type"] for event in self.events]
        return [name for name in named if name != "advisor-delta"]

    def hang_up(self):
        self.response.close()
        self.thread.join(PATIENCE)


def seat_of(event):
    return event.get("advisorId") or event.get("advisor", {}).get("advisorId")


WHOLE = ["metadata", *["advisor-response"] * 3, "synthesis", "[DONE]"]


@pytest.fixture(scope="module")
def web(django_db_setup):
    process = WebProcess(**ENGINE)
    yield process
    process.end()


@pytest.fixture
def worker():
    install_default_personas()
    process = Worker()
    yield process
    process.end()


@pytest.fixture
def client(web, user):
    session = open_session(user=user, style=Session.Style.VEZA, client=Origin())
    headers = {"Authorization": f"Bearer {access_token(session=session)}"}
    with httpx.Client(base_url=f"http://{web.host}", headers=headers, timeout=PATIENCE) as client:
        yield client


def ask(client, **more):
    return Follower(client, "POST", "/api/council?deltas=1", json={"question": QUESTION, **more})


class TestCouncil:
    def test_answers_come_one_by_one_and_outlive_the_connection(self, client, worker):
        asking = ask(client)
        conversation = asking.wait_for("metadata")["conversationId"]
        assert asking.response.headers["x-conversation-id"] == conversation

        asking.wait_for("advisor-response", SAGE)
        saved = client.get(f"/api/council/{conversation}").json()
        second = client.post("/api/council", json={"question": "And?", "conversationId": conversation})
        asking.wait_for("advisor-delta", SKEPTIC)
        asking.hang_up()
        again = Follower(client, "GET", f"/api/council/{conversation}/stream")
        again.wait_for("[DONE]")
        replayed = Follower(client, "GET", f"/api/council/{conversation}/stream")
        replayed.wait_for("[DONE]")

        assert saved["status"] == "running"
        by_seat = {message.get("personaId"): message["status"] for message in saved["messages"]}
        assert (by_seat[SAGE], by_seat.get(SKEPTIC)) in [("done", None), ("done", "streaming")]
        assert (second.status_code, list(second.json())) == (409, ["error"])
        assert asking.kinds() == ["metadata", "advisor-response"]
        assert again.kinds() == WHOLE
        assert replayed.events == again.events
        assert [event["advisor"]["advisorId"] for event in again.events[1:4]] == list(SEATS)
        assert Deliberation.objects.get().attempt == 1

    def test_a_stop_reaches_the_worker_and_who_follows(self, client, worker):
        asking = ask(client)
        conversation = asking.wait_for("metadata")["conversationId"]
        asking.wait_for("advisor-delta", SKEPTIC)

        began = time.monotonic()
        stops = [client.post(f"/api/council/{conversation}/stop") for _ in range(2)]
        asking.wait_for("[DONE]")
        seconds = time.monotonic() - began
        later = client.post(f"/api/council/{conversation}/stop")

        assert [(stop.status_code, stop.json()) for stop in (*stops, later)] == [(200, {"success": True})] * 3
        assert seconds < 5
        assert asking.kinds() == ["metadata", "advisor-response", "error", "[DONE]"]
        assert asking.first("error")["code"] == "stopped"
        said = client.get(f"/api/council/{conversation}").json()
        assert (said["status"], [message["status"] for message in said["messages"]]) == (
            "stopped",
            ["done", "done", "stopped"],
        )
        assert said["messages"][2]["content"]
        goes_on = ask(client, conversationId=conversation)
        goes_on.wait_for("[DONE]")
        assert goes_on.kinds() == WHOLE

    def test_a_killed_worker_is_taken_over_after_the_last_whole_answer(self, client, worker):
        asking = ask(client)
        asking.wait_for("advisor-delta", SKEPTIC)
        worker.kill()
        sage_before = Message.objects.get(advisor_reply__persona=SAGE).content

        heir = Worker()
        try:
            asking.wait_for("[DONE]")
        finally:
            heir.end()

        assert asking.kinds() == WHOLE
        assert Message.objects.get(advisor_reply__persona=SAGE).content == sage_before
        assert Message.objects.filter(role="advisor", status="done").count() == 3
        assert Deliberation.objects.get().attempt == 2
        asked = Event.objects.filter(type=EventType.AGENT_EXECUTED).values_list("metadata__personaId", flat=True)
        assert sorted(asked) == sorted([*SEATS, SKEPTIC])
