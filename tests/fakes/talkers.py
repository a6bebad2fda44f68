"""Servers that talk line by line on this machine: the ground of the mail servers and of PostgreSQL's beginning."""

import contextlib
import socketserver
import ssl
import struct
import threading
from contextlib import contextmanager

from tests.fakes.certificates import certificate_for


class Talker:
    """`talk(conversation)` is one connection; `heard` holds what was said to it. With `at_once` TLS begins with the first byte."""

    name = "mail.example.test"

    def __init__(self, *, at_once=False):
        self.heard, self.at_once, self.ended = [], at_once, threading.Event()
        house = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                conversation = Conversation(self.request, house)
                with contextlib.suppress(OSError, ValueError, struct.error), contextlib.closing(conversation):
                    if house.at_once:
                        conversation.secure()
                    house.talk(conversation)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, block_on_close = True, True, False

            def handle_error(self, *_):
                """Nothing: a client that goes is no failure."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    @contextmanager
    def standing(self):
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            self.ended.set()
            self.server.shutdown()
            self.server.server_close()


class Conversation:
    def __init__(self, connection, house):
        self.connection, self.house, self.is_secure = connection, house, False
        self.file = connection.makefile("rb")

    def secure(self):
        self.file.close()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate_for(self.house.name))
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.file, self.is_secure = self.connection.makefile("rb"), True

    def close(self):
        self.file.close()
        self.connection.close()

    def say(self, *lines):
        self.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def send(self, data):
        self.connection.sendall(data)

    def listen(self):
        """The next line; None where nobody is there any more."""
        line = self.file.readline()
        if not line:
            return None
        text = line.decode().strip()
        self.house.heard.append(text)
        return text
