"""What the journal remembers: one entry, its hash, and the chain that ties it to the entry before.

The rules of the chain: an entry's hash covers all of its members and not its place, so that places can be
given later than entries are written; each local actor has a chain of its own, whose links cover the link
before, the place and the entry's hash. A body, and what a decision keeps apart, enter as their SHA-256: a
chain can still be checked after the bytes have gone.
Canonical form: RFC 8785 (JCS).
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from protocol.canonical import canonicalise, write_plain
from protocol.values import dataclass

GENESIS = bytes(32)
"""The link "before" an actor's first entry: as many zero bytes as a SHA-256 has."""

APART = "apart"
"""The member of a written decision that holds the SHA-256 (hexadecimal) of what is kept apart from it."""

OF = "@of"
"""The member of what is kept apart that says which entry it belongs to."""

_PLACE_BYTES = 8
_NO_BODY = sha256().hexdigest()
_DIRECTION = b',"direction":'


class Direction(StrEnum):
    """Which way an entry's body travelled."""

    IN = "in"
    OUT = "out"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event, complete enough to rebuild from it every table of current state.

    `kind` names the projector ("offer", "intention.cast"), `actor` is the local actor's IRI, `peer` the other
    end's, `subject` the IRI of the activity or the id the entry is about. `decision` holds what the node
    decided and cannot be read from `body`; `body` holds the bytes as they went over the wire, or none.
    `body_sha256` is its SHA-256, where that has been computed. `apart` names members of the decision that are
    kept beside the journal, where they can be erased.
    """

    at: datetime
    direction: Direction
    kind: str
    actor: str
    peer: str | None = None
    subject: str | None = None
    decision: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""
    body_sha256: bytes | None = field(default=None, compare=False)
    apart: frozenset[str] = frozenset()


class Written(NamedTuple):
    """An entry as the journal writes it: its decision as canonical text, and what is kept beside it.

    `document` is the canonical JSON of what the decision keeps apart, and `body` the bytes of the wire; each
    with its SHA-256, or None for none.
    """

    at: str
    decision: bytes
    document: bytes | None
    document_digest: bytes | None
    body_digest: bytes | None
    hash: bytes


# A use case writes its own time into every row that it touches.
@lru_cache(maxsize=64)
def render_instant(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with microseconds: 27 characters that sort as the instants do.

    Raises: ValueError for a datetime without a time zone.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def write_entry(entry: Entry) -> Written:
    """Write an entry: each digest and the canonical decision are made once, and the hash from them.

    Raises: ValueError for a decision that has the member `apart` of its own; Local as `canonicalise`.
    """
    at, decision, document = render_instant(entry.at), entry.decision, None
    if APART in decision:
        raise ValueError("no decision has a member of this name")
    if not entry.apart.isdisjoint(decision):
        document = _write_apart(entry, at)
        kept = {name: value for name, value in decision.items() if name not in entry.apart}
        decision = {**kept, APART: sha256(document).hexdigest()}
    text = canonicalise(decision if type(decision) is dict else dict(decision))
    body = entry.body_sha256 or sha256(entry.body).digest() if entry.body else None
    hash = hash_entry(entry, at=at, decision=text, body=body)
    return Written(at, text, document, document and sha256(document).digest(), body, hash)


def _write_apart(entry: Entry, at: str) -> bytes:
    """Write what a decision keeps apart. It says which entry it is of: equal words elsewhere are not it."""
    members = {name: entry.decision[name] for name in entry.apart if name in entry.decision}
    return canonicalise({**members, OF: [at, entry.peer, entry.subject]})


def hash_entry(entry: Entry, *, at: str, decision: bytes, body: bytes | None) -> bytes:
    """Return SHA-256 of the JCS of an entry's members, 32 bytes.

    `at` and `decision` are given as they are written, `body` as the SHA-256 of the bytes, None for none: the
    canonical form is put together from them and not made again.
    """
    members = {
        "actor": entry.actor,
        "at": at,
        "body": _NO_BODY if body is None else body.hex(),
        "direction": str(entry.direction),
        "kind": entry.kind,
        "peer": entry.peer,
        "subject": entry.subject,
    }
    # In order of name the decision stands before the direction. No text can hold `,"direction":` unescaped.
    whole = write_plain(members).replace(_DIRECTION, b',"decision":' + decision + _DIRECTION, 1)
    return sha256(whole).digest()


def chain(previous: bytes, place: int, hash: bytes) -> bytes:
    """Return the link of an actor's chain at a place: SHA-256(previous ‖ place as 8 bytes ‖ entry's hash)."""
    return sha256(previous + place.to_bytes(_PLACE_BYTES, "big") + hash).digest()
