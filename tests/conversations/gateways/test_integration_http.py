"""Slack and HubSpot: only what they answered is told, in our words; their clients' own words stay inside."""

import logging
import time

import pytest

from conversations.gateways.integrations import ask, hubspot, slack
from conversations.gateways.integrations.results import TestResult
from tests.fakes.hubspot import ACCOUNT, CONTACTS, HubSpotHouse
from tests.fakes.hubspot import TOKEN as HUBSPOT_TOKEN
from tests.fakes.hubspot import used_by as hubspot_used_by
from tests.fakes.slack import CHANNEL, TOKEN, SlackHouse
from tests.fakes.slack import used_by as slack_used_by

RIGHT = {"bot_token": TOKEN, "channel_id": CHANNEL}


@pytest.fixture(autouse=True)
def _nothing_is_logged(caplog):
    """Neither a token nor what a service wrote."""
    caplog.set_level(logging.INFO)
    yield
    told = caplog.text
    assert not [word for word in (TOKEN, HUBSPOT_TOKEN, "xoxb", "pat-", "10.1.2.3") if word in told]


@pytest.fixture
def slack_house(settings):
    house = SlackHouse()
    slack_used_by(settings, house)
    with house.standing():
        yield house


@pytest.fixture
def hubspot_house(settings):
    house = HubSpotHouse()
    hubspot_used_by(settings, house)
    with house.standing():
        yield house


class TestSlack:
    def test_tells_team_and_channel(self, slack_house):
        assert ask("slack", RIGHT) == TestResult(
            connected=True,
            message="Connected to Your Team, channel your-channel.",
            details={"team_name": "Your Team", "channel_name": "your-channel", "is_member": True},
        )
        assert [asked.path for asked in slack_house.asked] == ["/api/auth.test", "/api/conversations.info"]

    def test_never_connects_a_made_up_token(self, slack_house):
        result = ask("slack", RIGHT | {"bot_token": "xoxb-your-token"})
        assert (result.connected, result.code) == (False, "invalid_auth")
        assert result.message == "Slack did not accept the bot token."
        assert slack_house.count("POST /api/conversations.info") + slack_house.count("GET /api/conversations.info") == 0

    @pytest.mark.parametrize("method", ["auth.test", "conversations.info"])
    @pytest.mark.parametrize(
        ("error", "code"),
        [
            ("invalid_auth", "invalid_auth"),
            ("account_inactive", "account_inactive"),
            ("token_expired", "token_expired"),
            ("token_revoked", "token_revoked"),
            ("missing_scope", "missing_scope"),
            ("channel_not_found", "channel_not_found"),
            ("ratelimited", "rate_limited"),
            ("an_error_of_tomorrow", "unexpected_answer"),
        ],
    )
    def test_names_what_failed(self, slack_house, method, error, code):
        slack_house.refuses[method] = error
        result = ask("slack", RIGHT)
        assert (result.connected, result.code, result.details) == (False, code, {})

    def test_connects_with_a_warning_where_the_bot_is_no_member(self, slack_house):
        slack_house.channel["is_member"] = False
        result = ask("slack", RIGHT)
        assert (result.connected, result.details["is_member"]) == (True, False)
        assert result.warning == "The bot is not in this channel yet: invite it there, or it cannot post."

    def test_connects_with_a_warning_where_the_bot_may_not_post(self, slack_house):
        slack_house.scopes = "channels:read"
        assert ask("slack", RIGHT).warning == "The bot may not post yet: give it the scope chat:write."

    def test_does_not_connect_to_an_archived_channel(self, slack_house):
        slack_house.channel["is_archived"] = True
        assert ask("slack", RIGHT).code == "channel_archived"

    def test_cuts_what_slack_calls_things(self, slack_house):
        slack_house.channel["name"] = "a\nb" + "x" * 1000
        assert ask("slack", RIGHT).details["channel_name"] == "a b" + "x" * 197

    @pytest.mark.parametrize(
        ("kind", "code"),
        [("html", "unreachable"), ("empty", "unexpected_answer"), ("lost", "unreachable")],
    )
    def test_survives_what_is_no_answer(self, slack_house, kind, code):
        slack_house.go_wrong(kind)
        assert ask("slack", RIGHT).code == code

    def test_does_not_wait_for_silence(self, slack_house, monkeypatch):
        monkeypatch.setattr(slack, "SECONDS", 0.3)
        slack_house.go_wrong("silent")
        began = time.monotonic()
        assert ask("slack", RIGHT).code == "unreachable"
        assert time.monotonic() - began < 3

    def test_survives_a_slack_that_is_not_there(self, settings):
        settings.SLACK_API = "http://127.0.0.1:9/api/"
        assert ask("slack", RIGHT).code == "unreachable"


class TestHubSpot:
    def test_tells_the_account(self, hubspot_house):
        assert ask("hubspot", {"access_token": HUBSPOT_TOKEN}) == TestResult(
            connected=True,
            message="Connected to HubSpot account 4711.",
            details={"portal_id": 4711, "account_type": "STANDARD"},
        )
        assert [(asked.path, asked.query) for asked in hubspot_house.asked] == [
            (CONTACTS, {"limit": "1"}),
            (ACCOUNT, {}),
        ]

    def test_never_connects_a_made_up_token(self, hubspot_house):
        result = ask("hubspot", {"access_token": "pat-na1-made-up"})
        assert result == TestResult(
            connected=False, code="invalid_auth", message="HubSpot did not accept the access token."
        )
        assert hubspot_house.count(f"GET {ACCOUNT}") == 0

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (401, "invalid_auth"),
            (403, "missing_scope"),
            (429, "rate_limited"),
            (404, "unexpected_answer"),
            (503, "unreachable"),
            (302, "unexpected_answer"),
        ],
    )
    def test_names_what_failed(self, hubspot_house, status, code):
        hubspot_house.refuses[CONTACTS] = status
        result = ask("hubspot", {"access_token": HUBSPOT_TOKEN})
        assert (result.connected, result.code) == (False, code)
        assert "10.1.2.3" not in result.message

    def test_connects_also_where_the_account_may_not_be_told(self, hubspot_house):
        hubspot_house.refuses[ACCOUNT] = 403
        result = ask("hubspot", {"access_token": HUBSPOT_TOKEN})
        assert (result.connected, result.message, result.details) == (True, "Connected to HubSpot.", {})

    @pytest.mark.parametrize(
        ("kind", "code"), [("html", "unreachable"), ("empty", "unexpected_answer"), ("lost", "unreachable")]
    )
    def test_survives_what_is_no_answer(self, hubspot_house, kind, code):
        hubspot_house.go_wrong(kind)
        assert ask("hubspot", {"access_token": HUBSPOT_TOKEN}).code == code

    def test_does_not_wait_for_silence(self, hubspot_house, monkeypatch):
        monkeypatch.setattr(hubspot, "TIMEOUT", 0.3)
        hubspot_house.go_wrong("silent")
        assert ask("hubspot", {"access_token": HUBSPOT_TOKEN}).code == "unreachable"


CONFIGS = {
    "slack": ({"bot_token": "xoxb-any", "channel_id": "C1"}, "bot_token"),
    "hubspot": ({"access_token": "any"}, "access_token"),
    "email": ({"smtp_host": "mail.example.com", "smtp_port": 587, "username": "a", "password": "b", "from_email": "a@b.c"}, "password"),
    "postgresql": ({"host": "db.example.com", "port": 5432, "database": "d", "username": "u", "password": "p"}, "password"),
}  # fmt: skip


class TestSandboxes:
    @pytest.mark.parametrize("type", CONFIGS)
    def test_answer_where_the_config_says_so_and_say_what_they_are(self, type):
        config, secret = CONFIGS[type]
        result = ask(type, config | {"sandbox": True})
        assert (result.connected, result.details["sandbox"]) == (True, True)
        assert result.message == "The sandbox answered. The service itself was not asked."
        refused = ask(type, config | {"sandbox": True, secret: "xoxb-invalid"})
        assert (refused.connected, refused.details) == (False, {"sandbox": True})
        assert refused.code in ("invalid_auth", "auth_failed")

    def test_do_not_answer_otherwise(self, slack_house):
        assert ask("slack", CONFIGS["slack"][0] | {"sandbox": False}).code == "invalid_auth"


class TestTheCeiling:
    def test_holds_whatever_a_service_does(self, monkeypatch):
        monkeypatch.setattr("conversations.gateways.integrations.SECONDS", 0.05)
        monkeypatch.setattr(slack, "test", lambda config: time.sleep(0.5))
        assert ask("slack", RIGHT).code == "timeout"

    def test_no_exception_leaves_and_none_tells_the_config(self, monkeypatch, caplog):
        def broken(config):
            raise RuntimeError(f"with {config}")

        monkeypatch.setattr(slack, "test", broken)
        assert ask("slack", RIGHT).code == "internal_error"
        assert [record.getMessage() for record in caplog.records] == ["The test of slack failed with RuntimeError"]
