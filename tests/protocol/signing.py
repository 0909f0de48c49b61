"""A valid signed request of each kind, and the ways tests here bend it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from protocol import keys, multibase, signatures
from protocol.keys import PrivateKey
from protocol.signatures import Request, Scheme

VECTORS = Path(__file__).parents[1] / "vectors"
APPENDIX_B: dict[str, Any] = json.loads((VECTORS / "rfc9421" / "appendix-b.json").read_bytes())

NOW = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ORIGIN = "https://node.example"
INBOX = f"{ORIGIN}/actors/ada/inbox"
BUSINESS = "https://business.example/actors/garage"
KEY_ID = f"{BUSINESS}#key-1"
BODY = b'{"type": "Offer"}'

ED25519 = keys.ed25519_from_seed(bytes(range(32)))
RSA = keys.read_private_pem(APPENDIX_B["keys"]["test-key-rsa"]["pems"][1])


def secret_key(multikey: str) -> PrivateKey:
    """Read `secretKeyMultibase` of an Ed25519 Multikey, as published vectors carry it (FEP-521a)."""
    decoded = multibase.decode(multikey, limit_characters=64)
    assert decoded[:2] == b"\x80\x26"
    return keys.ed25519_from_seed(decoded[2:])


def request(*, method: str = "POST", target_uri: str = INBOX, body: bytes = BODY) -> Request:
    headers = [("host", "node.example"), ("content-type", "application/activity+json")]
    return Request(method, target_uri, headers, body)


def signed(
    scheme: Scheme, key: PrivateKey, unsigned: Request | None = None, *, key_id: str = KEY_ID
) -> Request:
    """Sign a request (the usual one unless given) as a peer would who follows the rules."""
    plain = unsigned or request()
    added = signatures.sign(plain, scheme=scheme, key=key, key_id=key_id, now=NOW)
    return with_headers(plain, added)


def with_headers(bent: Request, added: dict[str, str]) -> Request:
    """Set header fields, replacing those of the same names."""
    lowered = {name.lower(): value for name, value in added.items()}
    kept = [(name, value) for name, value in bent.headers if name not in lowered]
    return replace(bent, headers=[*kept, *lowered.items()])


def with_line(bent: Request, name: str, value: str) -> Request:
    """Append a header line, whether or not there is one of that name."""
    return replace(bent, headers=[*bent.headers, (name, value)])


def without(bent: Request, name: str) -> Request:
    return replace(bent, headers=[(kept, value) for kept, value in bent.headers if kept != name])


def header(of: Request, name: str) -> str:
    [value] = [value for found, value in of.headers if found == name]
    return value
