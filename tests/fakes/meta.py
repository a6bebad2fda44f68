"""A stand-in for Meta's Graph API: pages, Instagram accounts and WhatsApp numbers that send and are read, with its errors.

Its own mishaps are Meta's codes: `go_wrong("190")`, `"10:2018278"` (with a subcode), `"131000:500"` (with a status, from 400 on).
"""

import hashlib
import hmac
import json
import re
import secrets

from tests.fakes.stand_in import StandIn

TOKEN, SECRET = "EAAstandin", "the app's secret"


class FakeMeta(StandIn):
    """`accounts`: (platform, name) by id; `sent`: what went out, as (account, whom, text, body); `files`: contents by id;
    `people`: what clients tell of themselves, by id."""

    def __init__(self):
        super().__init__()
        self.accounts, self.sent, self.files, self.people = {}, [], {}, {}
        self.token, self.wants_proof = TOKEN, False

    def has(self, external_id, platform="facebook", name="Olive & Oak"):
        self.accounts[external_id] = (platform, name)
        return self

    def answer(self, asked):
        if asked.path.startswith("/files/") and asked.mishap != "500":
            content = self.files.get(asked.path.removeprefix("/files/"))
            return (404, {}, b"URL signature expired") if content is None else (200, {}, content)
        status, body = self.one(asked)
        return status, {"Content-Type": "application/json"}, json.dumps(body).encode()

    def one(self, asked):
        if asked.mishap == "500":
            return error(500, 1, "An unknown error occurred")
        if asked.mishap and asked.mishap[0].isdigit():
            return self.coded(asked.mishap)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return error(400, 190, "Invalid OAuth access token - Cannot parse access token")
        proof = hmac.new(SECRET.encode(), self.token.encode(), hashlib.sha256).hexdigest()
        if self.wants_proof and asked.query.get("appsecret_proof") != proof:
            return error(400, 100, "API calls from the server require an appsecret_proof argument")
        if asked.path.rpartition("/")[2] in self.files:
            return 200, {
                "id": asked.path.rpartition("/")[2],
                "url": f"{self.base}/files/{asked.path.rpartition('/')[2]}",
            }
        if asked.path.rpartition("/")[2] in self.people:
            wanted = asked.query.get("fields", "").split(",")
            return 200, {
                name: told for name, told in self.people[asked.path.rpartition("/")[2]].items() if name in wanted
            }
        found = re.fullmatch(r"/v\d+\.\d/([^/]+)(/messages)?", asked.path)
        if not found or found[1] not in self.accounts:
            return error(400, 100, "Unsupported request. Object does not exist", subcode=33)
        return self.send(asked, found[1]) if found[2] else self.read(asked, found[1])

    def coded(self, mishap):
        code, _, more = mishap.partition(":")
        is_status = more in ("500", "503", "429")
        return error(int(more) if is_status else 400, int(code), "It went wrong", 0 if is_status else int(more or 0))

    def read(self, asked, key):
        platform, name = self.accounts[key]
        names = {"facebook": "name", "instagram": "username", "whatsapp": "verified_name"}
        told = {"id": key, names[platform]: name, "display_phone_number": "+1 555 000 9999"}
        wanted = asked.query.get("fields", "id").split(",")
        return 200, {name: told[name] for name in ("id", *wanted) if name in told}

    def send(self, asked, key):
        platform, _ = self.accounts[key]
        body = json.loads(asked.body)
        if asked.method != "POST" or (platform == "whatsapp") != (body.get("messaging_product") == "whatsapp"):
            return error(400, 100, "(#100) Invalid parameter")
        if platform == "whatsapp":
            whom, text, mid = body.get("to") or body["recipient"], body["text"]["body"], f"wamid.{secrets.token_hex(8)}"
            answer = {"messaging_product": "whatsapp", "contacts": [{"input": whom}], "messages": [{"id": mid}]}
        else:
            whom, text, mid = body["recipient"]["id"], body["message"]["text"], f"m_{secrets.token_hex(8)}"
            answer = {"recipient_id": whom, "message_id": mid}
        if not whom.isdigit() and not whom.startswith("US."):
            return error(400, 100, "No matching user found", subcode=2018001)
        if len(text) > 4096:
            return error(400, 100, "(#100) Length of param message[text] must be less than or equal to 2000")
        self.sent.append((key, whom, text, body))
        return 200, answer


def error(status, code, message, subcode=0):
    told = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": secrets.token_hex(6)}
    return status, {"error": {**told, **({"error_subcode": subcode} if subcode else {})}}


def used_by(settings, house):
    """Have the platform use this one."""
    settings.META_GRAPH_BASE, settings.META_APP_SECRET, settings.META_IS_SET_UP = house.base, SECRET, True
