"""The library's SMTP and IMAP clients, for servers that people name: they connect to the checked address and compare the
certificate with the name, and a server that talks without end is not listened to without end."""

import imaplib
import smtplib
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from config.addresses import Checked
from conversations.gateways.integrations.connections import SECONDS, Cut, connect

MOST_BYTES = 256 * 1024


class Budget:
    """Bytes that a server may still say; ConnectionError once it has said them."""

    def __init__(self) -> None:
        self.left = MOST_BYTES

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise ConnectionAbortedError("The server said too much")


class Limited:
    """A file of which so much is read."""

    def __init__(self, file: Any, budget: Budget) -> None:
        self._file, self._budget = file, budget

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._file.readline(size)
        self._budget.spend(len(line))
        return line

    def close(self) -> None:
        self._file.close()


def our_name() -> str:
    """What we call ourselves; the library would ask a nameserver for this machine's own name, and tell it."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def secured(connection: socket.socket, to: Checked) -> ssl.SSLSocket:
    return ssl.create_default_context().wrap_socket(connection, server_hostname=to.name)


class CheckedSMTP(smtplib.SMTP):
    def __init__(self, to: Checked, cut: Cut, *, is_secure: bool) -> None:
        """Not connected yet."""
        super().__init__(timeout=SECONDS, local_hostname=our_name())
        self._to, self._cut, self._is_secure, self._budget = to, cut, is_secure, Budget()
        self._host = to.name  # what `starttls` compares the certificate with

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        connection = connect(self._to, self._cut)
        return secured(connection, self._to) if self._is_secure else connection

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = Limited(self.sock.makefile("rb"), self._budget)
        return super().getreply()


class CheckedIMAP(imaplib.IMAP4):
    def __init__(self, to: Checked, cut: Cut, *, is_secure: bool) -> None:
        """Connected, and greeted by the server."""
        self._to, self._cut, self._is_secure, self._budget = to, cut, is_secure, Budget()
        super().__init__(to.name, to.port, timeout=SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        connection = connect(self._to, self._cut)
        return secured(connection, self._to) if self._is_secure else connection

    def read(self, size: int) -> bytes:
        self._budget.spend(size)  # before: the library makes room for as much as the server announces
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._budget.spend(len(line))
        return line
