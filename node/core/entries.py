"""What the journal remembers: one entry, and the hash that ties it to the entry before.

The rules of the chain: an entry's hash covers its place, all of its members and the hash before it; the body
enters as its SHA-256, so a chain can still be checked after bodies have been moved to colder storage.
Canonical form: RFC 8785 (JCS).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Any

from protocol.canonical import canonicalise

GENESIS = bytes(32)
"""The hash "before" the first entry: as many zero bytes as a SHA-256 has."""


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
    """

    at: datetime
    direction: Direction
    kind: str
    actor: str
    peer: str | None = None
    subject: str | None = None
    decision: Mapping[str, Any] = field(default_factory=dict)
    body: bytes = b""


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


def hash_entry(previous: bytes, sequence: int, entry: Entry) -> bytes:
    """Return SHA-256(previous ‖ JCS of the entry at its place), 32 bytes."""
    members = {
        "sequence": sequence,
        "at": render_instant(entry.at),
        "direction": str(entry.direction),
        "kind": entry.kind,
        "actor": entry.actor,
        "peer": entry.peer,
        "subject": entry.subject,
        "decision": dict(entry.decision),
        "body": sha256(entry.body).hexdigest(),
    }
    return sha256(previous + canonicalise(members)).digest()
