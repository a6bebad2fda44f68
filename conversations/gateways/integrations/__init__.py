"""The services that people connect, one file each, all alike: `test` asks the service, `sandbox` is its twin."""

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Thread
from typing import Any

from conversations.gateways.integrations import email, hubspot, postgresql, slack
from conversations.gateways.integrations.results import Service, TestResult

logger = logging.getLogger(__name__)

SECONDS = 10.0
SERVICES: dict[str, Service] = {"slack": slack, "email": email, "hubspot": hubspot, "postgresql": postgresql}
SANDBOXES: dict[str, Service] = {
    "slack": slack.sandbox,
    "email": email.sandbox,
    "hubspot": hubspot.sandbox,
    "postgresql": postgresql.sandbox,
}
LATE = TestResult(connected=False, code="timeout", message="The service did not answer in time. Try again later.")
BROKEN = TestResult(connected=False, code="internal_error", message="The test could not be made. Nothing was changed.")


def ask(type: str, config: Mapping[str, Any]) -> TestResult:
    """The service's answer, or its twin's where the config says `sandbox`. Never an exception, and never longer than 10 s."""
    if config.get("sandbox"):
        return SANDBOXES[type].test(config)
    answer: Future[TestResult] = Future()

    def test() -> None:
        try:
            answer.set_result(SERVICES[type].test(config))
        except Exception as error:  # noqa: BLE001 -- whatever a server makes a library do
            # Its kind alone: its text, and what it passed through, may hold what the config holds.
            logger.error("The test of %s failed with %s", type, error.__class__.__name__)
            answer.set_result(BROKEN)

    Thread(target=test, daemon=True, name=f"test-{type}").start()
    try:
        return answer.result(timeout=SECONDS)
    except TimeoutError:
        return LATE
