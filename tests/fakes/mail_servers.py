"""An SMTP and an IMAP server on this machine, for one mailbox."""

import base64

from tests.fakes.talkers import Talker

USER, PASSWORD = "ada@example.test", "the right one"


class SmtpHouse(Talker):
    """`misbehaves`: greets_wrong, no_starttls, no_auth, hangs_up, drips, floods, already_in or names_itself."""

    def __init__(self, *, at_once=False, misbehaves=""):
        super().__init__(at_once=at_once)
        self.misbehaves = misbehaves

    def talk(self, c):
        if self.misbehaves == "drips":
            while not self.ended.wait(0.1):
                c.send(b"2")
        elif self.misbehaves == "floods":
            while not self.ended.is_set():
                c.say("220-" + "x" * 500)
        elif self.misbehaves == "hangs_up":
            return
        c.say(
            "554 go away, said by 10.9.8.7" if self.misbehaves == "greets_wrong" else "220 mx.example.test ESMTP ready"
        )
        while (line := c.listen()) is not None and self.reply(c, line):
            pass

    def reply(self, c, line):
        verb, _, rest = line.partition(" ")
        if verb.upper() == "EHLO":
            c.say("250-mx.example.test", *self.offers(c), "250 SIZE 1000000")
        elif verb.upper() == "STARTTLS":
            c.say("220 go ahead")
            c.secure()
        elif verb.upper() == "AUTH":
            c.say(self.judge(rest))
        elif verb.upper() == "QUIT":
            c.say("221 bye")
            return False
        else:
            c.say("250 OK")
        return True

    def offers(self, c):
        starttls = [] if c.is_secure or self.misbehaves == "no_starttls" else ["250-STARTTLS"]
        return starttls + ([] if self.misbehaves == "no_auth" else ["250-AUTH PLAIN"])

    def judge(self, rest):
        if self.misbehaves == "already_in":
            return "503 5.5.1 you are in already"
        given = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
        return "235 2.7.0 accepted" if given == [USER, PASSWORD] else "535 5.7.8 bad credentials for 10.9.8.7"


class ImapHouse(Talker):
    """`misbehaves`: no_starttls, no_inbox, hangs_up, announces or not_imap."""

    def __init__(self, *, at_once=False, misbehaves="", messages=12):
        super().__init__(at_once=at_once)
        self.misbehaves, self.messages = misbehaves, messages

    def talk(self, c):
        if self.misbehaves == "hangs_up":
            return
        if self.misbehaves == "announces":
            c.say("* CAPABILITY IMAP4rev1 {2000000000}")
        c.say("HTTP/1.1 400 Bad request" if self.misbehaves == "not_imap" else "* OK ready")
        while (line := c.listen()) is not None and self.reply(c, *line.split(" ", 2)):
            pass

    def reply(self, c, tag, verb, rest=""):
        verb = verb.upper()
        if verb == "CAPABILITY":
            starttls = "" if c.is_secure or self.misbehaves == "no_starttls" else " STARTTLS"
            c.say(f"* CAPABILITY IMAP4rev1{starttls} AUTH=PLAIN", f"{tag} OK done")
        elif verb == "STARTTLS":
            c.say(f"{tag} OK go ahead")
            c.secure()
        elif verb == "LOGIN":
            is_right = rest == f'"{USER}" "{PASSWORD}"'
            c.say(f"{tag} OK welcome" if is_right else f"{tag} NO [AUTHENTICATIONFAILED] not at 10.9.8.7")
        elif verb == "EXAMINE":
            c.say(
                *(
                    [f"{tag} NO none"]
                    if self.misbehaves == "no_inbox"
                    else [f"* {self.messages} EXISTS", f"{tag} OK done"]
                )
            )
        else:
            c.say(f"{tag} OK done")
        return verb != "LOGOUT"


def used_by(settings, *, smtp=(), imap=()):
    """Have mail servers on their ports reached, here."""
    settings.INTEGRATION_NETWORKS = ["127.0.0.0/8"]
    settings.SMTP_PORTS = {house.port: "tls" if house.at_once else "starttls" for house in smtp}
    settings.IMAP_PORTS = {house.port: "tls" if house.at_once else "starttls" for house in imap}
