"""An authenticator with the browser around it, for tests: one P-256 key, user verification, and a way to spoil one thing."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN = "http://localhost:8000"


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """Answers options as `navigator.credentials` would. Keywords spoil the answer:

    `origin`, `party`, `challenge`, `type`, `cross_origin` (client data), `flags`, `counter` (authenticator data),
    `key` (signs with another), `handle`, `credential_id` (whose answer it says it is).
    """

    def __init__(self, counts: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.handle = b""
        self.counter = 0
        self.counts = counts

    def creates(self, options: dict, **spoilt) -> dict:
        self.handle = unbase64url(options["user"]["id"])
        client_data = self._client_data("webauthn.create", options["challenge"], spoilt)
        flags = spoilt.get("flags", USER_PRESENT | USER_VERIFIED | ATTESTED)
        data = self._head(options["rp"]["id"], flags, spoilt) + self._attested(spoilt)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {"attestationObject": base64url(attestation), "transports": ["internal", "hybrid"]}
        return self._answer(spoilt, response | {"clientDataJSON": base64url(client_data)})

    def gets(self, options: dict, **spoilt) -> dict:
        client_data = self._client_data("webauthn.get", options["challenge"], spoilt)
        data = self._head(options["rpId"], spoilt.get("flags", USER_PRESENT | USER_VERIFIED), spoilt)
        signed = data + hashlib.sha256(client_data).digest()
        signature = spoilt.get("key", self.key).sign(signed, ec.ECDSA(SHA256()))
        response = {
            "authenticatorData": base64url(data),
            "clientDataJSON": base64url(client_data),
            "signature": base64url(signature),
            "userHandle": base64url(spoilt.get("handle", self.handle)),
        }
        return self._answer(spoilt, response)

    def _client_data(self, type: str, challenge: str, spoilt: dict) -> bytes:
        said = {
            "type": spoilt.get("type", type),
            "challenge": spoilt.get("challenge", challenge),
            "origin": spoilt.get("origin", ORIGIN),
            "crossOrigin": spoilt.get("cross_origin", False),
        }
        return json.dumps(said).encode()

    def _head(self, party: str, flags: int, spoilt: dict) -> bytes:
        if self.counts:
            self.counter += 1
        counter = spoilt.get("counter", self.counter)
        return (
            hashlib.sha256(spoilt.get("party", party).encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")
        )

    def _attested(self, spoilt: dict) -> bytes:
        point = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        credential_id = spoilt.get("credential_id", self.credential_id)
        return bytes(16) + len(credential_id).to_bytes(2, "big") + credential_id + cose

    def _answer(self, spoilt: dict, response: dict) -> dict:
        credential_id = base64url(spoilt.get("credential_id", self.credential_id))
        return {"id": credential_id, "rawId": credential_id, "type": "public-key", "response": response}
