"""Mail: whether somebody may send by their SMTP server and read by their IMAP server. It signs in, and sends nothing."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings

from config.addresses import Checked, Refused, checked
from conversations.gateways.integrations.connections import ALL_SECONDS, Cut, explained
from conversations.gateways.integrations.mail_clients import CheckedIMAP, CheckedSMTP
from conversations.gateways.integrations.results import Failed, TestResult, said
from conversations.gateways.integrations.sandbox import Sandbox

AT_ONCE = "tls"
SIGNED_IN = 235
NO_STARTTLS = ("starttls_missing", "The server offers no encryption on this port, so that the password was not sent.")
NO_AUTH = ("auth_unsupported", "The server offers no sign-in that is known here on this port.")
WRONG = ("auth_failed", "The server did not accept the user name and password.")
NOT_ASCII = (
    "auth_unsupported",
    "This kind of server takes user names and passwords of plain letters, digits and signs only.",
)
ODD = ("unexpected_answer", "The server did not answer as a mail server does. Check the port.")
OPEN = "The password travels without encryption."
SMTP_WORDS: tuple[tuple[type[Exception], tuple[str, str]], ...] = (
    (smtplib.SMTPAuthenticationError, WRONG),
    (smtplib.SMTPResponseException, ODD),
    (smtplib.SMTPException, NO_AUTH),
    (UnicodeError, NOT_ASCII),
    (ValueError, ODD),
)
"""What the library raises, in the order in which it is looked for."""

sandbox = Sandbox(
    secrets=("password", "imap_password"), code="auth_failed", details={"smtp_greeting": "sandbox", "inbox_messages": 0}
)


def test(config: Mapping[str, Any]) -> TestResult:
    try:
        with Cut(ALL_SECONDS).running() as cut:
            details = sending(config, cut) | (receiving(config, cut) if config.get("imap_host") else {})
    except Failed as failure:
        return failure.result
    received = f", and to {config['imap_host']}" if config.get("imap_host") else ""
    is_open = not is_encrypted(config, "use_tls") or (received and not is_encrypted(config, "imap_use_ssl"))
    return TestResult(
        connected=True,
        message=f"Signed in to {config['smtp_host']}{received}. Nothing was sent.",
        details=details,
        warning=OPEN if is_open else "",
    )


def is_encrypted(config: Mapping[str, Any], name: str) -> bool:
    table, port = (
        (settings.SMTP_PORTS, config["smtp_port"]) if name == "use_tls" else (settings.IMAP_PORTS, imap_port(config))
    )
    return bool(config.get(name, True)) or table.get(port) == AT_ONCE


def imap_port(config: Mapping[str, Any]) -> int:
    """Where none is named, the one where TLS begins at once."""
    return int(config.get("imap_port") or next(port for port, way in settings.IMAP_PORTS.items() if way == AT_ONCE))


def place_of(host: str, port: int, ports: Mapping[int, str], part: str) -> Checked:
    try:
        return checked(host, port, ports=ports)
    except Refused as refusal:
        raise Failed(refusal.code, refusal.message, part=part) from None


# --- sending -------------------------------------------------------------------------------------------------------


def sending(config: Mapping[str, Any], cut: Cut) -> dict[str, Any]:
    to = place_of(config["smtp_host"], config["smtp_port"], settings.SMTP_PORTS, "smtp")
    is_secure = settings.SMTP_PORTS[to.port] == AT_ONCE
    with explained(cut, part="smtp"), in_our_words_of_smtp():
        server = CheckedSMTP(to, cut, is_secure=is_secure)
        try:
            code, greeting = server.connect(to.name, to.port)
            if code != 220:
                raise Failed(*ODD, part="smtp")
            if not is_secure and config.get("use_tls", True):
                server.starttls(context=ssl.create_default_context())
            if server.login(config["username"], config["password"])[0] != SIGNED_IN:
                raise Failed(*ODD, part="smtp")
            if server.noop()[0] != 250:
                raise Failed(*ODD, part="smtp")
            with suppress(OSError):
                server.quit()
        finally:
            server.close()
    return {"smtp_greeting": said(greeting)}


@contextmanager
def in_our_words_of_smtp() -> Iterator[None]:
    """The library's exceptions are OSErrors too; what it says of a connection that ended is what lies under it."""
    try:
        yield
    except ssl.SSLError:  # some of which are ValueErrors
        raise
    except smtplib.SMTPServerDisconnected as error:
        under = error.__context__
        raise under if isinstance(under, OSError) else ConnectionResetError from None
    except (smtplib.SMTPException, ValueError) as error:
        raise Failed(*words_of_smtp(error), part="smtp") from None


def words_of_smtp(error: Exception) -> tuple[str, str]:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NO_STARTTLS if "STARTTLS" in str(error) else NO_AUTH
    return next(words for kind, words in SMTP_WORDS if isinstance(error, kind))


# --- receiving -----------------------------------------------------------------------------------------------------


def receiving(config: Mapping[str, Any], cut: Cut) -> dict[str, Any]:
    to = place_of(config["imap_host"], imap_port(config), settings.IMAP_PORTS, "imap")
    is_secure = settings.IMAP_PORTS[to.port] == AT_ONCE
    username = config.get("imap_username") or config["username"]
    password = config.get("imap_password") or config["password"]
    with explained(cut, part="imap"), in_our_words_of_imap():
        server = CheckedIMAP(to, cut, is_secure=is_secure)
        try:
            if not is_secure and config.get("imap_use_ssl", True):
                if "STARTTLS" not in server.capabilities:
                    raise Failed(*NO_STARTTLS, part="imap")
                server.starttls(ssl_context=ssl.create_default_context())
            sign_in(server, username, password)
            count = messages_in_inbox(server)
            with suppress(OSError, imaplib.IMAP4.error):
                server.logout()
        finally:
            with suppress(OSError):
                server.shutdown()
    return {"inbox_messages": count}


def sign_in(server: CheckedIMAP, username: str, password: str) -> None:
    try:
        server.login(quoted(username), password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        raise Failed(*WRONG, part="imap") from None


def quoted(text: str) -> str:
    """The library quotes the password alone."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def messages_in_inbox(server: CheckedIMAP) -> int:
    status, answer = server.select("INBOX", readonly=True)
    if status != "OK" or not answer or not answer[0]:
        raise Failed("no_inbox", "The server let you in, and did not open the inbox.", part="imap")
    return int(answer[0])


@contextmanager
def in_our_words_of_imap() -> Iterator[None]:
    try:
        yield
    except ssl.SSLError:
        raise
    except imaplib.IMAP4.abort as error:
        if "unexpected response" in str(error):
            raise Failed(*ODD, part="imap") from None
        under = error.__context__
        raise under if isinstance(under, OSError) else ConnectionResetError from None
    except imaplib.IMAP4.error:
        raise Failed(*ODD, part="imap") from None
    except UnicodeError:
        raise Failed(*NOT_ASCII, part="imap") from None
    except ValueError:
        raise Failed(*ODD, part="imap") from None
