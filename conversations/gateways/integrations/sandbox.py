"""The twin of every service: it answers where a config says `sandbox`, and asks nobody. Every answer says what it is."""

from collections.abc import Mapping
from typing import Any

from conversations.gateways.integrations.results import TestResult

WRONG = "invalid"
"""A secret with this word in it is refused, so that a client can be tried with both answers."""


class Sandbox:
    """`secrets` are looked at for the word, `details` are what the service would show."""

    def __init__(self, *, secrets: tuple[str, ...], code: str, details: Mapping[str, Any]) -> None:
        self.secrets, self.code, self.details = secrets, code, details

    def test(self, config: Mapping[str, Any]) -> TestResult:
        if any(WRONG in str(config.get(name, "")) for name in self.secrets):
            refused = "The sandbox refused the secret. The service itself was not asked."
            return TestResult(connected=False, code=self.code, message=refused, details={"sandbox": True})
        answered = "The sandbox answered. The service itself was not asked."
        return TestResult(connected=True, message=answered, details={**self.details, "sandbox": True})
