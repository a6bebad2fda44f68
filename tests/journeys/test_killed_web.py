"""The web process killed in the middle of a council: the answers that were there are there again, and the rest follows."""

import json
import os
import signal

import httpx
import pytest

from tests.trees import eventually, own_services, started, stranger

SEATS = ["persona_sage", "persona_skeptic", "persona_strategist"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    with own_services() as services:
        yield stranger(services, tmp_path_factory.mktemp("killed-web"), LLM_MODEL="offline:advisor")


def events(response):
    """The JSON objects of an SSE stream as they come; the word [DONE] ends it."""
    for line in response.iter_lines():
        if line == "data: [DONE]":
            return
        if line.startswith("data: "):
            yield json.loads(line[6:])


class TestKilledWeb:
    def test_the_council_goes_on_and_is_followed_again(self, environment):
        with started(environment) as tree, httpx.Client(base_url=f"http://localhost:{tree.port}", timeout=120) as api:
            person = {"username": "vera", "email": "vera@example.com", "password": "a quiet colonnade 8"}
            token = api.post("/api/v1/auth/register", json=person).json()["data"]["access_token"]
            api.headers["Authorization"] = f"Bearer {token}"
            question = {"question": "Should I print the letters or keep them digital?"}
            with api.stream("POST", "/api/council", json=question) as answer:
                coming = events(answer)
                metadata, first = next(coming), next(coming)
                assert (metadata["type"], first["advisor"]["advisorId"]) == ("metadata", "persona_sage")
                conversation = metadata["conversationId"]
                os.kill(tree.children()["web"], signal.SIGKILL)
            eventually(lambda: tree.children().get("web") and tree.answers(), "the web process is there again")

            with api.stream("GET", f"/api/council/{conversation}/stream") as answer:
                told = list(events(answer))

            assert [event["type"] for event in told] == ["metadata", *["advisor-response"] * 3, "synthesis"]
            assert [event["advisor"]["advisorId"] for event in told[1:4]] == SEATS
            assert told[1] == first, "the answer that was there is the same, not a second one"
            saved = api.get(f"/api/council/{conversation}").json()
            assert saved["status"] == "done"
            assert [message["role"] for message in saved["messages"]] == ["user", *["advisor"] * 3, "synthesis"]
            assert tree.end(signal.SIGTERM)[0] == 0
