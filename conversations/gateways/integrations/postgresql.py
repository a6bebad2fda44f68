"""PostgreSQL: whether a role may connect to a database. It asks for 1 in a session that can write nothing.

Only the keywords below are given, never a connection string: one could name files of ours, a socket, or a list of hosts.
What this machine's own settings would add (certificates, a service, a password file) is switched off.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg

from config.addresses import Checked, Refused, checked
from conversations.gateways.integrations.connections import LATE, MOST_TRIED, Cut
from conversations.gateways.integrations.results import Failed, TestResult
from conversations.gateways.integrations.sandbox import Sandbox

PORTS = range(1024, 65536)
CONNECT_SECONDS, ASK_SECONDS = 4, 3.0
OPTIONS = "-c default_transaction_read_only=on -c statement_timeout=3000"
ODD = ("unexpected_answer", "The server did not answer as PostgreSQL does. Check the port.")
# What libpq and the server write, in their order; only looked at, never shown, as it names inner addresses.
WORDS: tuple[tuple[str, str, str], ...] = (
    ("password authentication failed", "auth_failed", "The server did not accept the user name and password."),
    ("authentication failed", "auth_failed", "The server did not accept the user name and password."),
    ("does not exist", "not_found", "The server knows no such database or role."),
    ("no pg_hba.conf entry", "not_allowed", "The server's rules do not let this role in from here, or not without encryption."),
    ("permission denied for database", "not_allowed", "This role may not connect to the database."),
    ("certificate verify failed", "certificate_invalid", "The server's certificate is not valid for this host."),
    ("server certificate for", "certificate_invalid", "The server's certificate is not valid for this host."),
    ("does not support SSL", "tls_unsupported", "The server offers no encryption. With `disable` the password would travel openly."),
    ("SSL", "tls_failed", "No encrypted connection could be agreed on with the server."),
    ("timeout", "timeout", LATE),
    ("onnection refused", "connection_refused", "The server refused the connection. Check the host and the port."),
    ("too many", "busy", "The server has too many connections at the moment. Try again later."),
    ("remaining connection slots", "busy", "The server has too many connections at the moment. Try again later."),
    ("starting up", "busy", "The server is starting up. Try again in a minute."),
    ("unreachable", "unreachable", "The server could not be reached."),
    ("invalid response", *ODD),
    ("expected authentication request", *ODD),
    ("closed the connection unexpectedly", "connection_lost", "The server closed the connection. Check the port."),
)  # fmt: skip
OTHER = ("not_connected", "The server could not be connected to. Check every field.")
UNASKED = "The server asked for no password: whoever reaches it may come in."
OPEN = "The password travels without encryption."

sandbox = Sandbox(secrets=("password",), code="auth_failed", details={"server_version": "sandbox", "tls": True})


def test(config: Mapping[str, Any]) -> TestResult:
    try:
        to = checked(config["host"], config["port"], ports=PORTS)
        with in_our_words():
            return asked(to, config)
    except Refused as refusal:
        return Failed(refusal.code, refusal.message).result
    except Failed as failure:
        return failure.result


def asked(to: Checked, config: Mapping[str, Any]) -> TestResult:
    with psycopg.connect(**keywords(to, config), autocommit=True) as connection, Cut(ASK_SECONDS).running() as cut:
        cut.hold(connection.fileno())
        if connection.execute("select 1").fetchone() != (1,):
            raise Failed(*ODD)
        told = connection.pgconn
        is_encrypted = bool(told.ssl_in_use)
        version = version_of(connection.info.server_version)
        warning = UNASKED if not told.used_password else "" if is_encrypted else OPEN
        return TestResult(
            connected=True,
            message=f"Connected to PostgreSQL {version}, {'with' if is_encrypted else 'without'} encryption.",
            details={"server_version": version, "tls": is_encrypted},
            warning=warning,
        )


def keywords(to: Checked, config: Mapping[str, Any]) -> dict[str, Any]:
    """`hostaddr` is connected to, `host` is what the certificate is compared with; one of each for every address tried."""
    mode, addresses = config.get("sslmode", "require"), to.addresses[:MOST_TRIED]
    return {
        "host": ",".join(to.name for _ in addresses),
        "hostaddr": ",".join(addresses),
        "port": to.port,
        "dbname": config["database"],
        "user": config["username"],
        "password": config["password"],
        "sslmode": mode,
        "sslrootcert": "system" if mode == "verify-full" else "",
        "sslcertmode": "disable",
        "gssencmode": "disable",
        "passfile": "/dev/null",
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "stoa",
        "options": OPTIONS,
    }


def version_of(number: int) -> str:
    """`150020` is `15.20`."""
    return f"{number // 10_000}.{number % 10_000}"


@contextmanager
def in_our_words() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        text = str(error)
        raise Failed(*next(((code, said) for part, code, said in WORDS if part in text), OTHER)) from None
    except (OSError, ValueError, UnicodeError):
        raise Failed(*OTHER) from None
