"""Payloads: bytes under their SHA-256, which can be erased while the journal that names them stays whole.

Rules: the same bytes are one row, however many entries name them, and purging them purges them for all: what
has to go is what they say, not who wrote it down. A purge leaves a mark, so that bytes that were erased are
told from bytes that were lost. Whoever holds the journal can still test a guess at short bytes against their
digest; what must be safe from that is never a payload by itself.
"""

from collections.abc import Collection
from datetime import datetime

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("payloads", TableKind.PAYLOAD), Declared("purges", TableKind.KEPT))


@dataclass(frozen=True, slots=True)
class PurgeRow:
    """The mark of a purge: which bytes went, when, and why in a few words of the owner's."""

    digest: bytes
    at: datetime
    why: str


_PURGES = Table(PurgeRow, "purges", key=("digest",))
_KEEP = "INSERT INTO payloads (digest, entry, bytes) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING"


def keep_payload(session: Session, digest: bytes, payload: bytes, *, entry: int) -> None:
    """Keep the bytes that an entry (its number) came with under their SHA-256; again they change nothing.

    Bytes that were purged and come again by a new act are kept again; the mark of the purge stays.
    """
    session.run(_KEEP, digest, entry, payload)


def purge_payload(session: Session, digest: bytes, *, why: str, at: datetime) -> bool:
    """Erase bytes and leave the mark of it; tell whether they were there."""
    erased = session.run("DELETE FROM payloads WHERE digest = ?", digest) > 0
    if erased:
        _PURGES.save(session, PurgeRow(digest, at, why))
    return erased


def count_bytes(session: Session, digests: Collection[bytes]) -> int:
    """Count the bytes of these payloads, as far as they are here."""
    statement = "SELECT coalesce(sum(length(bytes)), 0) FROM payloads WHERE digest = ?"
    return sum(int(value(session, statement, digest)) for digest in digests)


def load_purge(session: Session, digest: bytes) -> PurgeRow | None:
    """Return the mark of the last purge of these bytes."""
    return _PURGES.load(session, digest)


def has_purges(session: Session) -> bool:
    """Tell whether anything was ever purged."""
    return session.one("SELECT 1 FROM purges LIMIT 1") is not None
