"""An authenticator in software: makes passkeys and signs with them, rightly or as a test wants it.

It does what a telephone does for a browser (WebAuthn Level 3 §6, §7): ES256, no attestation.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def as_text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def as_bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


@dataclass
class Authenticator:
    """One device with one passkey; what it says can be bent."""

    credential: bytes = b"credential-of-a-phone"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    signatures: int = 0
    counts: bool = True
    flags: int = PRESENT | VERIFIED

    def create(self, options: str, origin: str, **bent: Any) -> str:
        """Make a passkey as a page asks; return what the browser sends, as JSON."""
        asked = json.loads(options)
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        data = self._data(bent.get("host", asked["rp"]["id"]), ATTESTED)
        data += bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(public)
        response = {
            "clientDataJSON": self._client("webauthn.create", asked, origin, bent),
            "attestationObject": as_text(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._said(response)

    def get(self, options: str, origin: str, **bent: Any) -> str:
        """Sign as a page asks; return what the browser sends, as JSON."""
        asked = json.loads(options)
        if self.counts:
            self.signatures += 1
        data = self._data(bent.get("host", asked["rpId"]), 0)
        client = self._client("webauthn.get", asked, origin, bent)
        signature = self.key.sign(data + sha256(as_bytes(client)).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": client,
            "authenticatorData": as_text(data),
            "signature": as_text(bent.get("signature", signature)),
            "userHandle": as_text(b"somebody"),
        }
        return self._said(response)

    def _data(self, host: str, more: int) -> bytes:
        flags = bytes([self.flags | more])
        return sha256(host.encode()).digest() + flags + self.signatures.to_bytes(4, "big")

    def _client(self, type: str, asked: dict[str, Any], origin: str, bent: dict[str, Any]) -> str:
        said = {
            "type": bent.get("type", type),
            "challenge": bent.get("challenge", asked["challenge"]),
            "origin": origin,
            "crossOrigin": False,
        }
        return as_text(json.dumps(said).encode())

    def _said(self, response: dict[str, str]) -> str:
        id = as_text(self.credential)
        said = {
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
        return json.dumps(said)
