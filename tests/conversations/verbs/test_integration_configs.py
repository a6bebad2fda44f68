"""What is refused of a config, and that the one declaration says the same in the schema, the rule and the mask."""

import json
import re

import pytest

from config.errors import Invalid
from conversations.models import Integration
from conversations.models.integration_settings import MASK
from conversations.models.integration_types import TYPES
from conversations.verbs.integration_configs import checked_config
from conversations.verbs.integrations import create_integration
from tests.factories.integrations import CONFIGS, EMAIL, POSTGRESQL, SLACK

pytestmark = pytest.mark.django_db


def faults(of, type="slack", user=None):
    with pytest.raises(Invalid) as refused:
        create_integration(user_id=user.pk, type=type, config=of, by=user)
    assert not Integration.objects.exists()
    return refused.value.details["config"]


class TestWhatIsRefused:
    @pytest.mark.parametrize("config", [None, [], "xoxb-", 3, True])
    def test_what_is_no_object(self, user, config):
        assert faults(config, user=user) == ["Must be an object."]

    @pytest.mark.parametrize(
        ("given", "fault"),
        [
            (
                {"bot_token": "xoxp-1"},
                {"bot_token": ["This does not look right. Slack Bot User OAuth Token (starts with xoxb-)."]},
            ),
            ({"bot_token": "xoxb-a\nb"}, {"bot_token": ["Must be one line of text."]}),
            ({"bot_token": "xoxb-\x00"}, {"bot_token": ["Must be one line of text."]}),
            ({"bot_token": "xoxb-\ud83d"}, {"bot_token": ["Must be one line of text."]}),
            ({"bot_token": "xoxb-" + "a" * 251}, {"bot_token": ["Must have at most 255 characters."]}),
            ({"bot_token": 7}, {"bot_token": ["Must be a text."]}),
            ({"bot_token": None}, {"bot_token": ["Must be a text."]}),
            ({"bot_token": ""}, {"bot_token": ["This field may not be blank."]}),
            ({"bot_token": MASK}, {"bot_token": ["Give the secret itself."]}),
            ({"channel_id": "D1"}, {"channel_id": ["This does not look right. Slack Channel ID (starts with C)."]}),
            ({"sandbox": "true"}, {"sandbox": ["Must be true or false."]}),
            ({"team": "x", "extra": 1}, {"team": ["Unknown field."], "extra": ["Unknown field."]}),
        ],
    )
    def test_of_slack(self, user, given, fault):
        assert faults(SLACK | given, user=user) == fault

    @pytest.mark.parametrize("type", CONFIGS)
    def test_what_lacks_a_required_field(self, user, type):
        needed = [setting.name for setting in TYPES[type].settings if setting.is_required]
        assert faults({}, type, user) == {name: ["This field is required."] for name in needed}

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"smtp_port": 22}, "smtp_port"),
            ({"smtp_port": "587"}, "smtp_port"),
            ({"smtp_port": 587.0}, "smtp_port"),
            ({"smtp_port": True}, "smtp_port"),
            ({"from_email": "ada"}, "from_email"),
            ({"smtp_host": "a,b"}, "smtp_host"),
            ({"smtp_host": "/run/socket"}, "smtp_host"),
            ({"use_tls": 1}, "use_tls"),
            ({"imap_port": 993}, "imap_port"),
            ({"imap_host": "x", "imap_port": 5}, "imap_port"),
        ],
    )
    def test_of_email(self, user, given, field):
        assert list(faults(EMAIL | given, "email", user)) == [field]

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"host": "a.invalid,127.0.0.1"}, "host"),
            ({"host": "/var/run/postgresql"}, "host"),
            ({"host": "@x"}, "host"),
            ({"port": 1023}, "port"),
            ({"port": 65536}, "port"),
            ({"database": "host=/tmp"}, "database"),
            ({"database": "postgres://x"}, "database"),
            ({"sslmode": "prefer"}, "sslmode"),
            ({"service": "x"}, "service"),
            ({"passfile": "/etc/passwd"}, "passfile"),
            ({"sslkey": "/etc/key"}, "sslkey"),
            ({"options": "-c x=y"}, "options"),
            ({"dsn": "host=x"}, "dsn"),
        ],
    )
    def test_of_postgresql(self, user, given, field):
        assert list(faults(POSTGRESQL | given, "postgresql", user)) == [field]


@pytest.mark.parametrize("type", CONFIGS)
class TestSchemas:
    def test_hold_what_is_taken(self, type):
        schema, config = TYPES[type].schema(), CONFIGS[type]
        assert json.loads(json.dumps(schema)) == schema
        assert set(schema["required"]) <= set(config) <= set(schema["properties"])
        assert checked_config(TYPES[type], config) == config
        for name, value in config.items():
            about = schema["properties"][name]
            assert value in about.get("enum", [value])
            assert re.search(about.get("pattern", ""), str(value))

    def test_mark_every_secret(self, type):
        for name, about in TYPES[type].schema()["properties"].items():
            is_secret = TYPES[type].masked({name: "x"}) == {name: MASK}
            assert (about.get("secret", False), about.get("writeOnly", False)) == (is_secret, is_secret)
            assert {"type", "title", "description"} <= set(about)
