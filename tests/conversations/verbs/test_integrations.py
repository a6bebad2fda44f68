"""Connecting, changing, testing and letting go of services: its owner alone, and no secret leaves the row."""

import io
import zipfile

import pytest

from accounts.models import AuditEntry
from accounts.queries.exports import archive_of
from accounts.verbs.exports import assemble_export, request_export
from config.errors import Conflict, Forbidden, Invalid, NotFound
from conversations.gateways.integrations.results import TestResult
from conversations.models import Integration
from conversations.models.integration_settings import MASK
from conversations.models.integration_types import TYPES
from conversations.queries.integrations import masked_config
from conversations.verbs.integrations import (
    create_integration,
    keep_result,
    remove_integration,
    update_integration,
)
from conversations.verbs.integrations import test_integration as try_integration
from ontology.models import Change
from tests.factories.accounts import UserFactory
from tests.factories.integrations import CONFIGS, EMAIL, SLACK, all_connected, connected, leaks

pytestmark = pytest.mark.django_db


def told(kind="IntegrationChanged"):
    return [change.payload for change in Change.objects.filter(kind=kind).order_by("pk")]


class TestCreate:
    @pytest.mark.parametrize("type", CONFIGS)
    def test_keeps_the_config_and_tells_nothing_of_it(self, user, type):
        row = connected(user, type)
        assert Integration.objects.get().config == CONFIGS[type]
        assert (row.status, row.is_connected, row.tested_at) == ("active", None, None)
        assert told() == [
            {
                "user_id": str(user.pk),
                "what": "created",
                "integration_type": type,
                "status": "active",
                "updated_at": row.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
        ]
        entry = AuditEntry.objects.get(action=f"integration {type} created")
        assert str(entry.resource) == str(user.pk)

    def test_is_refused_a_second_time(self, user):
        connected(user)
        with pytest.raises(Conflict) as refused:
            connected(user, bot_token="xoxb-other")
        assert (refused.value.code, Integration.objects.get().config) == ("integration_exists", SLACK)
        assert len(told()) == 1

    def test_is_for_oneself(self, user, stranger, staff):
        for by in (stranger, staff):
            with pytest.raises(Forbidden):
                create_integration(user_id=user.pk, type="slack", config=SLACK, by=by)
        assert not Integration.objects.exists()

    @pytest.mark.parametrize("type", ["teams", "", None, 3, "Slack"])
    def test_knows_no_other_type(self, user, type):
        with pytest.raises(NotFound):
            create_integration(user_id=user.pk, type=type, config=SLACK, by=user)


class TestMasking:
    @pytest.mark.parametrize("type", CONFIGS)
    def test_shows_of_a_secret_only_that_it_is_there(self, user, type):
        shown = masked_config(connected(user, type))
        secrets = {setting.name for setting in TYPES[type].settings if setting.is_secret}
        assert shown == {name: MASK if name in secrets else value for name, value in CONFIGS[type].items()}
        assert leaks(shown) == []

    def test_covers_every_setting_that_sounds_like_a_secret(self):
        words = ("token", "password", "secret", "key")
        open_ones = [
            setting.name for kind in TYPES.values() for setting in kind.settings
            if any(word in setting.name for word in words) and not setting.is_secret
        ]  # fmt: skip
        assert open_ones == []

    def test_holds_in_facts_the_log_and_the_export(self, user, settings, tmp_path, caplog):
        settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
        all_connected(user)
        export = request_export(user=user)
        assert assemble_export(export_id=export.pk)
        export.refresh_from_db()
        archive = archive_of(export).read_bytes()
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            texts = {name: opened.read(name).decode("utf-8", "replace") for name in opened.namelist()}
        assert any('"hubspot"' in text for text in texts.values())
        kept = [str(entry.__dict__) for entry in AuditEntry.objects.all()]
        assert (
            leaks([*texts.values(), *kept, list(Change.objects.values()), caplog.text, str(Integration.objects.all())])
            == []
        )


class TestUpdate:
    def test_takes_a_whole_config(self, user):
        row = connected(user, "email")
        update_integration(user_id=user.pk, type="email", config=EMAIL | {"username": "bob"}, by=user)
        changed = Integration.objects.get()
        assert (changed.pk, changed.config) == (row.pk, EMAIL | {"username": "bob"})
        assert changed.updated_at > row.updated_at
        assert [fact["what"] for fact in told()] == ["created", "updated"]

    def test_keeps_what_comes_back_masked(self, user):
        connected(user)
        update_integration(
            user_id=user.pk, type="slack", config=SLACK | {"bot_token": MASK, "channel_id": "C2"}, by=user
        )
        assert Integration.objects.get().config == SLACK | {"channel_id": "C2"}

    def test_replaces_a_secret_that_is_given(self, user):
        connected(user)
        update_integration(user_id=user.pk, type="slack", config=SLACK | {"bot_token": "xoxb-new-token"}, by=user)
        assert Integration.objects.get().config["bot_token"] == "xoxb-new-token"

    def test_keeps_no_secret_that_was_never_there(self, user):
        create_integration(user_id=user.pk, type="email", config=EMAIL | {"imap_host": "imap.example.com"}, by=user)
        whole = EMAIL | {"imap_host": "imap.example.com", "imap_password": MASK}
        with pytest.raises(Invalid) as refused:
            update_integration(user_id=user.pk, type="email", config=whole, by=user)
        assert list(refused.value.details["config"]) == ["imap_password"]

    @pytest.mark.parametrize(
        ("type", "elsewhere", "secret"),
        [
            ("email", {"smtp_host": "evil.example.com"}, "password"),
            ("email", {"imap_host": "evil.example.com"}, "password"),
            ("email", {"imap_host": "evil.example.com"}, "imap_password"),
            ("postgresql", {"host": "evil.example.com"}, "password"),
        ],
    )
    def test_sends_no_kept_secret_to_another_host(self, user, type, elsewhere, secret):
        """Otherwise whoever has somebody's session for a minute could have their password sent to themselves."""
        connected(user, type)
        with pytest.raises(Invalid) as refused:
            update_integration(user_id=user.pk, type=type, config=CONFIGS[type] | elsewhere | {secret: MASK}, by=user)
        sentence = "Give the secret itself: none is kept for this host."
        assert refused.value.details["config"] == {secret: [sentence]}
        assert Integration.objects.get().config == CONFIGS[type]

    def test_makes_the_last_test_forgotten(self, user):
        row = connected(user)
        keep_result(row, TestResult(connected=False, code="invalid_auth", message="No."))
        changed = update_integration(user_id=user.pk, type="slack", config=SLACK, by=user)
        assert (changed.status, changed.is_connected, changed.tested_at) == ("active", None, None)
        assert (changed.test_code, changed.test_message) == ("", "")

    def test_is_refused_whole(self, user):
        connected(user)
        with pytest.raises(Invalid):
            update_integration(user_id=user.pk, type="slack", config={"bot_token": MASK}, by=user)
        assert Integration.objects.get().config == SLACK

    def test_is_for_its_owner(self, user, stranger, staff):
        connected(user)
        for by in (stranger, staff):
            with pytest.raises(Forbidden):
                update_integration(user_id=user.pk, type="slack", config=SLACK, by=by)

    def test_and_all_else_of_what_is_absent_is_not_found(self, user):
        for act in (remove_integration, try_integration):
            with pytest.raises(NotFound):
                act(user_id=user.pk, type="slack", by=user)
        with pytest.raises(NotFound):
            update_integration(user_id=user.pk, type="slack", config=SLACK, by=user)


class TestRemove:
    def test_leaves_nothing_but_a_line_in_the_audit(self, user):
        connected(user)
        remove_integration(user_id=user.pk, type="slack", by=user)
        assert not Integration.objects.exists()
        assert [fact["what"] for fact in told()] == ["created", "removed"]
        assert AuditEntry.objects.filter(action="integration slack removed").count() == 1

    def test_is_for_its_owner(self, user, stranger, staff):
        connected(user)
        for by in (stranger, staff):
            with pytest.raises(Forbidden):
                remove_integration(user_id=user.pk, type="slack", by=by)
        assert Integration.objects.exists()


def test_rows_of_others_stay_out_of_sight(user, stranger):
    connected(user)
    connected(UserFactory())
    assert list(Integration.objects.visible_to(stranger)) == []
