"""Mail servers that people name: signed in to, nothing sent, and never listened to longer than a test may take."""

import socket
import time
from contextlib import ExitStack

import pytest

from config import addresses
from conversations.gateways.integrations import ask, connections
from conversations.gateways.integrations.results import TestResult
from tests.fakes.certificates import certificate_for
from tests.fakes.mail_servers import PASSWORD, USER, ImapHouse, SmtpHouse, used_by

NAME = "mail.example.test"


@pytest.fixture(autouse=True)
def _known_here(monkeypatch):
    """The servers' name leads here, and their certificate is trusted."""

    numbers = addresses.resolve

    def resolve(name):
        return ["127.0.0.1"] if name in (NAME, "other.example.test") else numbers(name)

    monkeypatch.setattr(addresses, "resolve", resolve)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_for(NAME)))


@pytest.fixture
def standing(settings):
    """standing(smtp, imap): both answer now; the config that names them."""
    with ExitStack() as stack:

        def stand(smtp, imap=None, **more):
            used_by(settings, smtp=[smtp], imap=[imap] if imap else [])
            stack.enter_context(smtp.standing())
            config = {
                "smtp_host": NAME,
                "smtp_port": smtp.port,
                "username": USER,
                "password": PASSWORD,
                "from_email": USER,
            }
            if imap:
                stack.enter_context(imap.standing())
                config |= {"imap_host": NAME, "imap_port": imap.port}
            return config | more

        yield stand


class TestSending:
    @pytest.mark.parametrize("at_once", [False, True])
    def test_signs_in_encrypted_and_sends_nothing(self, standing, at_once):
        house = SmtpHouse(at_once=at_once)
        assert ask("email", standing(house)) == TestResult(
            connected=True,
            message="Signed in to mail.example.test. Nothing was sent.",
            details={"smtp_greeting": "mx.example.test ESMTP ready"},
        )
        verbs = [line.split()[0].upper() for line in house.heard]
        begun = ["EHLO"] if at_once else ["EHLO", "STARTTLS", "EHLO"]
        assert verbs == [*begun, "AUTH", "NOOP", "QUIT"]
        assert house.heard[0].split()[1] == "localhost"  # not this machine's own name

    def test_warns_where_the_password_travels_openly(self, standing):
        result = ask("email", standing(SmtpHouse(), use_tls=False))
        assert (result.connected, result.warning) == (True, "The password travels without encryption.")

    def test_never_connects_a_made_up_password(self, standing):
        assert ask("email", standing(SmtpHouse(), password="made up")) == TestResult(
            connected=False,
            code="auth_failed",
            message="The server did not accept the user name and password.",
            details={"part": "smtp"},
        )

    @pytest.mark.parametrize(
        ("misbehaves", "code"),
        [
            ("no_starttls", "starttls_missing"),
            ("no_auth", "auth_unsupported"),
            ("greets_wrong", "unexpected_answer"),
            ("hangs_up", "connection_lost"),
            ("already_in", "unexpected_answer"),
            ("floods", "connection_lost"),
        ],
    )
    def test_names_what_failed(self, standing, misbehaves, code):
        house = SmtpHouse(misbehaves=misbehaves)
        result = ask("email", standing(house))
        assert (result.connected, result.code, result.details) == (False, code, {"part": "smtp"})
        assert "10.9.8.7" not in result.message
        sent = [line for line in house.heard if line.upper().startswith("AUTH")]
        assert bool(sent) is (misbehaves == "already_in")

    def test_is_not_held_by_a_server_that_says_a_byte_now_and_then(self, standing, monkeypatch):
        monkeypatch.setattr("conversations.gateways.integrations.email.ALL_SECONDS", 0.5)
        began = time.monotonic()
        assert ask("email", standing(SmtpHouse(misbehaves="drips"))).code == "timeout"
        assert 0.4 < time.monotonic() - began < 3

    def test_does_not_trust_a_certificate_of_another_host(self, standing):
        for house in (SmtpHouse(), SmtpHouse(at_once=True)):
            result = ask("email", standing(house, smtp_host="other.example.test"))
            assert result.code == "certificate_invalid"
            assert not [line for line in house.heard if line.upper().startswith("AUTH")]

    def test_does_not_trust_a_certificate_that_nobody_signed(self, standing, monkeypatch):
        monkeypatch.delenv("SSL_CERT_FILE")
        assert ask("email", standing(SmtpHouse())).code == "certificate_invalid"

    def test_says_where_nothing_listens(self, standing, settings):
        config = standing(SmtpHouse())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            settings.SMTP_PORTS = {free.getsockname()[1]: "starttls"}
            assert ask("email", config | {"smtp_port": free.getsockname()[1]}).code == "connection_refused"

    @pytest.mark.parametrize("given", [{"username": "üser"}, {"password": "pässword"}])
    def test_survives_what_the_protocol_cannot_carry(self, standing, given):
        assert ask("email", standing(SmtpHouse(), **given)).code == "auth_unsupported"


class TestReceiving:
    @pytest.mark.parametrize("at_once", [False, True])
    def test_counts_the_inbox(self, standing, at_once):
        house = ImapHouse(at_once=at_once)
        result = ask("email", standing(SmtpHouse(), house))
        assert (result.connected, result.warning) == (True, "")
        assert result.message == "Signed in to mail.example.test, and to mail.example.test. Nothing was sent."
        assert result.details == {"smtp_greeting": "mx.example.test ESMTP ready", "inbox_messages": 12}
        assert not [line for line in house.heard if " SELECT " in line or " STORE " in line]

    def test_signs_in_as_somebody_else_where_that_is_given(self, standing):
        config = standing(SmtpHouse(), ImapHouse(), imap_username='b"o\\b', imap_password="another")
        result = ask("email", config)
        assert (result.code, result.details) == ("auth_failed", {"part": "imap"})

    @pytest.mark.parametrize(
        ("misbehaves", "code"),
        [
            ("no_starttls", "starttls_missing"),
            ("no_inbox", "no_inbox"),
            ("hangs_up", "connection_lost"),
            ("announces", "connection_lost"),
            ("not_imap", "unexpected_answer"),
        ],
    )
    def test_names_what_failed(self, standing, misbehaves, code):
        result = ask("email", standing(SmtpHouse(), ImapHouse(misbehaves=misbehaves)))
        assert (result.connected, result.code, result.details) == (False, code, {"part": "imap"})
        assert "10.9.8.7" not in result.message

    def test_warns_where_the_password_travels_openly(self, standing):
        result = ask("email", standing(SmtpHouse(), ImapHouse(misbehaves="no_starttls"), imap_use_ssl=False))
        assert (result.connected, result.warning) == (True, "The password travels without encryption.")

    def test_says_that_a_made_up_password_is_wrong(self, standing):
        result = ask("email", standing(SmtpHouse(), ImapHouse(), imap_password="made up"))
        assert (result.code, result.message) == ("auth_failed", "The server did not accept the user name and password.")


class TestInside:
    """Nothing is connected to before every address of the name was looked at."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "169.254.169.254", "::ffff:127.0.0.1", NAME])
    @pytest.mark.parametrize("part", ["smtp", "imap"])
    def test_is_not_reached(self, standing, settings, monkeypatch, host, part):
        smtp, imap = SmtpHouse(), ImapHouse()
        config = standing(smtp, imap)
        settings.INTEGRATION_NETWORKS = []
        if part == "imap":  # the SMTP server is on the internet
            monkeypatch.setattr("conversations.gateways.integrations.email.sending", lambda config, cut: {})
        connected = []
        monkeypatch.setattr(connections.socket, "create_connection", lambda *given, **_: connected.append(given))
        result = ask("email", config | {f"{part}_host": host})
        assert (result.code, result.details, connected) == ("not_public", {"part": part}, [])

    def test_no_other_port_is_reached(self, standing):
        result = ask("email", standing(SmtpHouse(), smtp_port=22))
        assert result.code == "port_not_allowed"
