"""Sockets to servers that people name: to the checked address, never longer than the test may take, failures in our words."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from config.addresses import Checked
from conversations.gateways.integrations.results import Failed

SECONDS = 5.0
ALL_SECONDS = 9.0
MOST_TRIED = 2
"""Addresses of one host."""


class Cut:
    """Ends what is connected when the time is up: a server that says a byte every four seconds never lets a read time out."""

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._held: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def hold(self, descriptor: int) -> None:
        """Also where TLS is put over it later: both ends of a copy are the same connection."""
        self._held.append(socket.socket(fileno=os.dup(descriptor)))

    def _end(self) -> None:
        self.is_over = True
        for connection in list(self._held):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def running(self) -> Iterator["Cut"]:
        self._timer.start()
        try:
            yield self
        finally:
            self._timer.cancel()
            for connection in self._held:
                connection.close()


def connect(to: Checked, cut: Cut) -> socket.socket:
    """OSError where none of its first addresses answers."""
    failure: OSError | None = None
    for address in to.addresses[:MOST_TRIED]:
        try:
            connection = socket.create_connection((address, to.port), timeout=SECONDS)
        except OSError as error:
            failure = error
        else:
            cut.hold(connection.fileno())
            return connection
    raise failure or OSError


@contextmanager
def explained(cut: Cut, **details: str) -> Iterator[None]:
    """Whatever goes wrong between two machines, as Failed; what is cut off half way looks like an odd answer."""
    try:
        yield
    except Failed:
        if cut.is_over:
            raise Failed("timeout", LATE, **details) from None
        raise
    except (OSError, EOFError) as error:
        code, message = ("timeout", LATE) if cut.is_over else words_for(error)
        raise Failed(code, message, **details) from None


LATE = "The server did not answer in time."


def words_for(error: Exception) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate_invalid", "The server's certificate is not valid for this host."
    if isinstance(error, ssl.SSLError):
        return "tls_failed", "No encrypted connection could be agreed on with the server. Check the port."
    if isinstance(error, TimeoutError):
        return "timeout", LATE
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused", "The server refused the connection. Check the host and the port."
    if isinstance(error, ConnectionError | EOFError):
        return "connection_lost", "The server closed the connection. Check the port."
    return "unreachable", "The server could not be reached."
