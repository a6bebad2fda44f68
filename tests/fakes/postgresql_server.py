"""The beginning of PostgreSQL's protocol on this machine: greeting, password, one answer. Version 3, without encryption."""

import struct

from tests.fakes.talkers import Talker

USER, PASSWORD, DATABASE = "reader", "the right one", "shop"
NO_TLS, NO_GSS = 80877103, 80877104


def message(kind, body=b""):
    return kind + struct.pack("!I", len(body) + 4) + body


def fault(state, text):
    return message(b"E", b"SFATAL\0VFATAL\0C" + state.encode() + b"\0M" + text.encode() + b"\0\0")


READY = message(b"Z", b"I")
ONE = (
    message(b"T", struct.pack("!H", 1) + b"?column?\0" + struct.pack("!IhIhih", 0, 0, 23, 4, -1, 0))
    + message(b"D", struct.pack("!HI", 1, 1) + b"1")
    + message(b"C", b"SELECT 1\0")
    + READY
)


class PostgresHouse(Talker):
    """`misbehaves`: trusts, not_postgres, hangs_up, silent (asked for 1), full or unwanted. `started` is what a client asked for."""

    def __init__(self, misbehaves=""):
        super().__init__()
        self.misbehaves, self.started, self.asked = misbehaves, {}, []

    def talk(self, c):
        if self.misbehaves == "not_postgres":
            c.say("220 mx.example.test ESMTP ready")
            return
        if self.misbehaves == "hangs_up" or not self.begin(c):
            return
        if (refusal := self.refusal()) or not self.is_let_in(c):
            c.send(refusal or fault("28P01", f'password authentication failed for user "{USER}" at 10.9.8.7'))
            return
        version = message(b"S", b"server_version\x0016.4\0")
        c.send(message(b"R", struct.pack("!I", 0)) + version + READY)
        while (asked := self.next(c)) and asked[0] == b"Q":
            self.asked.append(asked[1].rstrip(b"\0").decode())
            if self.misbehaves == "silent":
                self.ended.wait(20)
            c.send(ONE)

    def begin(self, c):
        """Its start-up words; no encryption is offered."""
        while True:
            length, version = struct.unpack("!II", c.file.read(8))
            if version not in (NO_TLS, NO_GSS):
                words = c.file.read(length - 8).split(b"\0")
                self.started = {k.decode(): v.decode() for k, v in zip(words[::2], words[1::2], strict=False) if k}
                return True
            c.send(b"N")

    def refusal(self):
        texts = {
            "full": ("53300", "sorry, too many clients already"),
            "unwanted": ("28000", 'no pg_hba.conf entry for host "10.9.8.7", user "reader"'),
        }
        if self.started.get("database") != DATABASE:
            return fault("3D000", f'database "{self.started.get("database")}" does not exist')
        return fault(*texts[self.misbehaves]) if self.misbehaves in texts else b""

    def is_let_in(self, c):
        if self.misbehaves == "trusts":
            return True
        c.send(message(b"R", struct.pack("!I", 3)))
        _, given = self.next(c)
        return (self.started["user"], given.rstrip(b"\0").decode()) == (USER, PASSWORD)

    def next(self, c):
        head = c.file.read(5)
        return (head[:1], c.file.read(struct.unpack("!I", head[1:])[0] - 4)) if len(head) == 5 else None


def used_by(settings):
    settings.INTEGRATION_NETWORKS = ["127.0.0.0/8"]
