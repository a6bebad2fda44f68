"""Testing what is connected: only what the service answered is kept, never in a transaction, and not too often."""

import threading

import pytest
from django.db import connection

from accounts.models import AuditEntry
from config.encrypted import put_keys
from config.errors import Conflict, Forbidden, Invalid, Throttled, Unavailable
from config.rotation import new_key
from conversations.gateways.integrations.results import TestResult
from conversations.models import Integration
from conversations.models.integration_settings import MASK
from conversations.queries.integrations import masked_config, one_integration, sandboxed_types
from conversations.verbs import integrations
from conversations.verbs.integrations import (
    keep_result,
    remove_integration,
    update_integration,
)
from conversations.verbs.integrations import test_integration as try_integration
from ontology.models import Change
from tests.factories.integrations import SLACK, connected
from tests.fakes.slack import CHANNEL, TOKEN, SlackHouse, used_by

pytestmark = pytest.mark.django_db


def told(kind="IntegrationChanged"):
    return [change.payload for change in Change.objects.filter(kind=kind).order_by("pk")]


@pytest.fixture
def slack(settings):
    house = SlackHouse()
    used_by(settings, house)
    with house.standing():
        yield house


class TestTest:
    def test_keeps_what_the_service_answered(self, user, slack):
        connected(user, bot_token=TOKEN, channel_id=CHANNEL)
        result = try_integration(user_id=user.pk, type="slack", by=user)
        row = Integration.objects.get()
        assert (result.connected, result.details["team_name"]) == (True, "Your Team")
        assert (row.status, row.is_connected, row.test_code) == ("active", True, "")
        assert row.test_message == "Connected to Your Team, channel your-channel."
        assert told()[-1] | {"updated_at": ""} == {
            "user_id": str(user.pk), "what": "tested", "integration_type": "slack", "status": "active", "updated_at": "",
        }  # fmt: skip

    def test_makes_what_failed_an_error_until_it_connects(self, user, slack):
        connected(user, bot_token=TOKEN, channel_id=CHANNEL)
        slack.refuses["auth.test"] = "token_revoked"
        states = []
        for _ in range(2):
            result = try_integration(user_id=user.pk, type="slack", by=user)
            row = Integration.objects.get()
            states.append((result.connected, row.status, row.is_connected, row.test_code))
            slack.refuses.clear()
        assert states == [(False, "error", False, "token_revoked"), (True, "active", True, "")]
        entries = AuditEntry.objects.filter(action__startswith="integration slack tested").order_by("pk")
        assert [entry.action for entry in entries] == [
            "integration slack tested: error",
            "integration slack tested: active",
        ]

    def test_of_another_config_is_not_kept(self, user):
        row = connected(user)
        update_integration(user_id=user.pk, type="slack", config=SLACK | {"channel_id": "C2"}, by=user)
        keep_result(row, TestResult(connected=False, code="invalid_auth", message="No."))
        kept = Integration.objects.get()
        assert (kept.status, kept.is_connected) == ("active", None)
        assert [fact["what"] for fact in told()] == ["created", "updated"]

    def test_of_what_was_removed_meanwhile_changes_nothing(self, user):
        row = connected(user)
        remove_integration(user_id=user.pk, type="slack", by=user)
        keep_result(row, TestResult(connected=True, message="Yes."))
        assert not Integration.objects.exists()

    def test_may_be_made_six_times_a_minute(self, user, stranger):
        for owner in (user, stranger):
            connected(owner, sandbox=True)
        for _ in range(6):
            assert try_integration(user_id=user.pk, type="slack", by=user).connected
        with pytest.raises(Throttled) as refused:
            try_integration(user_id=user.pk, type="slack", by=user)
        assert refused.value.retry_after == 60
        assert try_integration(user_id=stranger.pk, type="slack", by=stranger).connected

    def test_is_for_its_owner(self, user, stranger, staff, slack):
        connected(user)
        for by in (stranger, staff):
            with pytest.raises(Forbidden):
                try_integration(user_id=user.pk, type="slack", by=by)
        assert slack.asked == []

    def test_of_the_sandbox_asks_nobody_and_says_so(self, user, slack):
        connected(user, sandbox=True)
        result = try_integration(user_id=user.pk, type="slack", by=user)
        assert (result.connected, result.details["sandbox"], slack.asked) == (True, True, [])
        assert sandboxed_types(user_id=user.pk, by=user) == {"slack"}


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_test_holds_no_transaction_while_it_waits(self, user, monkeypatch):
        connected(user)
        seen = []

        def ask(type, config):
            seen.append(connection.in_atomic_block)
            return TestResult(connected=True, message="Yes.")

        monkeypatch.setattr(integrations, "ask", ask)
        try_integration(user_id=user.pk, type="slack", by=user)
        assert seen == [False]

    def test_two_that_connect_the_same_service_make_one(self, user):
        ends, gate = [], threading.Barrier(3)

        def connect():
            gate.wait()
            try:
                connected(user)
                ends.append("created")
            except Conflict:
                ends.append("refused")
            finally:
                connection.close()

        threads = [threading.Thread(target=connect) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(ends) == ["created", "refused", "refused"]
        assert Integration.objects.count() == 1


class TestLostKeys:
    @pytest.fixture(autouse=True)
    def _lose_them(self, user, settings, tmp_path):
        settings.DATA_DIR = tmp_path
        connected(user)
        put_keys((new_key(),))

    def test_are_said_where_the_config_is_needed(self, user):
        row = one_integration(user_id=user.pk, type="slack", by=user)
        with pytest.raises(Unavailable) as refused:
            masked_config(row)
        assert refused.value.code == "unreadable"
        with pytest.raises(Unavailable):
            try_integration(user_id=user.pk, type="slack", by=user)
        assert sandboxed_types(user_id=user.pk, by=user) == set()

    def test_leave_it_to_be_entered_anew_or_removed(self, user):
        with pytest.raises(Invalid):
            update_integration(user_id=user.pk, type="slack", config=SLACK | {"bot_token": MASK}, by=user)
        update_integration(user_id=user.pk, type="slack", config=SLACK, by=user)
        assert Integration.objects.get().config == SLACK
        put_keys((new_key(),))
        remove_integration(user_id=user.pk, type="slack", by=user)
        assert not Integration.objects.exists()
