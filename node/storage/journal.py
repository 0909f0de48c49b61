"""The journal: every event in order, each actor's entries linked to one chain.

Rules: entries are appended and never changed. `entry` numbers them for the whole file, growing with cause,
perhaps with gaps: it orders what refers to them. `place` numbers an actor's own from 1 without a gap: it is
what others are told. `decision` is kept as the canonical JSON its hash was made from; bodies, and what
decisions keep apart, are payloads under the digests that the hash covers.

The chain shows any edit, deletion, insertion and reordering. It cannot show that its end was cut off: only
somebody who remembers a later head can (peers hold our signed activities, a backup holds a head).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from node.core.entries import (
    APART,
    GENESIS,
    OF,
    Direction,
    Entry,
    chain,
    write_entry,
)
from node.storage.kinds import Declared, TableKind
from node.storage.payloads import keep_payload
from node.storage.session import Session, value
from node.storage.tables import MARKS, chunks
from protocol.values import dataclass

TABLES = (Declared("journal", TableKind.KEPT),)

BATCH = 100  # entries read at once where all are read: 25 MB if every one had the largest body

_ROW = "entry, actor, place, at, direction, kind, peer, subject, decision, document, body, hash, chain"
_APPEND = (
    "INSERT INTO journal (actor, place, at, direction, kind, peer, subject, decision, document, body, hash, "
    "chain) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING entry"
)
_HEAD = "SELECT place, chain FROM journal WHERE actor = ? ORDER BY place DESC LIMIT 1"
READ = (  # a row with its payloads
    f"SELECT {', '.join(f'journal.{name}' for name in _ROW.split(', '))}, documents.bytes, bodies.bytes "
    "FROM journal LEFT JOIN payloads AS documents ON documents.digest = journal.document "
    "LEFT JOIN payloads AS bodies ON bodies.digest = journal.body"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of an actor's chain: its last place and link; place 0 and zero bytes while there is none."""

    place: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it stands in the journal: its number in the file, its place and link in its actor's chain.

    `purged` tells that bytes it came with are gone: then `body` is empty, or what the decision kept apart is
    missing from it.
    """

    number: int
    place: int
    entry: Entry
    hash: bytes
    purged: bool = False


def append(session: Session, entry: Entry) -> int:
    """Add an entry at the end and return its number. Call inside a write."""
    last = head(session, entry.actor)
    place, written = last.place + 1, write_entry(entry)
    ((number,),) = session.all(
        _APPEND,
        entry.actor,
        place,
        written.at,
        str(entry.direction),
        entry.kind,
        entry.peer,
        entry.subject,
        written.decision.decode(),
        written.document_digest,
        written.body_digest,
        written.hash,
        chain(last.hash, place, written.hash),
    )
    if written.body_digest is not None:
        keep_payload(session, written.body_digest, entry.body, entry=number)
    if written.document is not None and written.document_digest is not None:
        keep_payload(session, written.document_digest, written.document, entry=number)
    session.tell(entry.kind, number)
    return int(number)


def head(session: Session, actor: str) -> Head:
    """Return the end of an actor's chain."""
    return Head(*(session.one(_HEAD, actor) or (0, GENESIS)))


def link_at(session: Session, actor: str, place: int) -> bytes | None:
    """Return the link of an actor's chain at a place; None if the chain ends before it."""
    if place == 0:
        return GENESIS
    found = session.one("SELECT chain FROM journal WHERE actor = ? AND place = ?", actor, place)
    return None if found is None else bytes(found[0])


def moment_at(session: Session, actor: str, place: int) -> datetime | None:
    """Return when the entry at a place of an actor's chain was recorded; None if there is none."""
    found = session.one("SELECT at FROM journal WHERE actor = ? AND place = ?", actor, place)
    return None if found is None else datetime.fromisoformat(found[0])


def chained_actors(session: Session) -> list[str]:
    """Return the actors that have entries, sorted; one look into the index for each."""
    found: list[str] = []
    last = ""
    while (last := value(session, "SELECT min(actor) FROM journal WHERE actor > ?", last)) is not None:
        found.append(last)
    return found


def last_number(session: Session) -> int:
    """Return the number of the last entry; 0 while there is none."""
    number = value(session, "SELECT coalesce(max(entry), 0) FROM journal")
    return int(number)


def last_at(session: Session) -> str | None:
    """Return when the last entry was recorded, as it is written; None while there is none."""
    found = session.one("SELECT at FROM journal ORDER BY entry DESC LIMIT 1")
    return None if found is None else str(found[0])


def entries(session: Session, *, after: int = 0) -> Iterator[Recorded]:
    """Yield the entries of all actors in order, behind the number `after`.

    They are read a batch at a time, so a rebuild needs no memory for the whole journal and may write.
    """
    statement = f"{READ} WHERE journal.entry > ? ORDER BY journal.entry LIMIT ? + 0"
    while rows := session.all(statement, after, BATCH):
        for row in rows:
            yield recorded(row)
        after = rows[-1][0]


def entries_of(
    session: Session,
    actor: str,
    *,
    after: int = 0,
    limit: int | None = None,
    kinds: Sequence[str] | None = None,
) -> list[Recorded]:
    """Return an actor's entries in order behind the place `after`, at most `limit`, of `kinds` if given."""
    statement, parameters = f"{READ} WHERE journal.actor = ? AND journal.place > ?", [actor, after]
    if kinds is not None:
        statement += f" AND journal.kind IN ({', '.join('?' * len(kinds))})"
        parameters += kinds
    statement += " ORDER BY journal.place"
    if limit is not None:
        statement += " LIMIT ? + 0"
        parameters.append(limit)
    return [recorded(row) for row in session.all(statement, *parameters)]


def newest_about_notices(
    session: Session, actor: str, kind: str, *, among: int, limit: int
) -> list[Recorded]:
    """Return those of an actor's newest `among` entries of a kind that are about a notice, the newest first.

    They are at most `limit`. Those about other moves, of which a peer may refuse many, are not read.
    """
    latest = "SELECT entry, subject, place FROM journal WHERE actor = ? AND kind = ? ORDER BY place DESC"
    about = "moves.actor = ? AND moves.iri = latest.subject AND moves.event = 'leave'"
    statement = (
        f"SELECT latest.entry FROM ({latest} LIMIT ? + 0) AS latest JOIN moves ON {about} "
        "ORDER BY latest.place DESC LIMIT ? + 0"
    )
    numbers = [number for (number,) in session.all(statement, actor, kind, among, actor, limit)]
    found = load_entries(session, numbers)
    return [found[number] for number in numbers if number in found]


def latest_of(
    session: Session, actor: str, *, kind: str, among: int, about: str | None, most: int
) -> Iterator[Recorded]:
    """Yield the latest `most` of an actor's entries of a kind that are about a peer (its id) or none.

    They are looked for among so many of the kind. The newest comes first, and each is read when it is asked
    for; about others none is.
    """
    latest = "SELECT entry FROM journal WHERE actor = ? AND kind = ? ORDER BY place DESC LIMIT ? + 0"
    whose = "peer IS NULL OR (? IS NOT NULL AND json_extract(decision, '$.peer') = ?)"
    numbers = f"SELECT entry FROM journal WHERE entry IN ({latest}) AND ({whose}) ORDER BY entry DESC"
    for (number,) in session.all(f"{numbers} LIMIT ? + 0", actor, kind, among, about, about, most):
        found = load_entry(session, number)
        if found is not None:
            yield found


def next_numbers(session: Session, actor: str, *, after: int, kinds: Sequence[str], limit: int) -> list[int]:
    """Return the numbers of an actor's next entries of these kinds behind a place, in order, at most `limit`.

    It is a look into an index for each kind, however many entries of others lie between.
    """
    of_kind = "SELECT entry, place FROM journal WHERE actor = ? AND kind = ? AND place > ? ORDER BY place"
    each = f"SELECT entry, place FROM ({of_kind} LIMIT ? + 0)"
    statement = f"{' UNION ALL '.join([each] * len(kinds))} ORDER BY place LIMIT ? + 0"
    asked = [value for kind in kinds for value in (actor, kind, after, limit)]
    return [number for number, _ in session.all(statement, *asked, limit)]


def load_entry(session: Session, number: int) -> Recorded | None:
    """Return the entry with a number."""
    row = session.one(f"{READ} WHERE journal.entry = ?", number)
    return None if row is None else recorded(row)


def load_entries(session: Session, numbers: Sequence[int]) -> dict[int, Recorded]:
    """Return the entries with these numbers by number, as far as they are there."""
    statement = f"{READ} WHERE journal.entry IN {MARKS}"
    rows = [row for some in chunks(numbers) for row in session.all(statement, *some)]
    return {row[0]: recorded(row) for row in rows}


def last_decision(session: Session, actor: str, kind: str) -> tuple[int, dict[str, Any]] | None:
    """Return the number of an actor's last entry of a kind and its decision, without what is kept apart."""
    statement = "SELECT entry, decision FROM journal WHERE actor = ? AND kind = ? ORDER BY place DESC LIMIT 1"
    found = session.one(statement, actor, kind)
    if found is None:
        return None
    decision = orjson.loads(found[1])
    decision.pop(APART, None)
    return int(found[0]), decision


def load_entry_about(session: Session, subject: str, *, direction: Direction) -> Recorded | None:
    """Return the first entry about a subject in this direction, such as the activity with this IRI."""
    condition = "journal.subject = ? AND journal.direction = ? ORDER BY journal.entry LIMIT 1"
    row = session.one(f"{READ} WHERE {condition}", subject, str(direction))
    return None if row is None else recorded(row)


def last_about(session: Session, actor: str, subject: str, *, kind: str) -> Recorded | None:
    """Return an actor's last entry of a kind about a subject, such as the activity with this IRI."""
    place = last_place_about(session, actor, subject, kind=kind)
    row = session.one(f"{READ} WHERE journal.actor = ? AND journal.place = ?", actor, place)
    return None if row is None else recorded(row)


def last_place_about(session: Session, actor: str, subject: str, *, kind: str) -> int:
    """Return the place of an actor's last entry of a kind about a subject; 0 if there is none."""
    statement = "SELECT actor, kind, place FROM journal WHERE subject = ?"
    rows = session.all(statement, subject)  # few, and by subject they are found at once
    return max((place for whose, what, place in rows if (whose, what) == (actor, kind)), default=0)


def entries_with(session: Session, digest: bytes) -> list[Recorded]:
    """Return the entries that came with the bytes of this SHA-256, in order; none if they are not here.

    A body names its activity, so entries with the same body have the same subject.
    """
    first = session.one("SELECT subject FROM payloads JOIN journal USING (entry) WHERE digest = ?", digest)
    if first is None:
        return []
    bodies = session.all(f"{READ} WHERE journal.subject = ? AND journal.body = ?", first[0], digest)
    documents = session.all(f"{READ} WHERE journal.document = ?", digest)
    return [recorded(row) for row in sorted([*bodies, *documents])]


def digests_of(session: Session, number: int) -> list[bytes]:
    """Return the SHA-256 of each payload that an entry (its number) came with, whether it is here or not."""
    row = session.one("SELECT document, body FROM journal WHERE entry = ?", number)
    return [digest for digest in row or () if digest is not None]


def recorded(row: tuple[Any, ...]) -> Recorded:
    """Read a row of the journal with its payloads, as `READ` selects it.

    Raises: ValueError, TypeError: it is no entry.
    """
    number, actor, place, at, direction, kind, peer, subject, text, document, body, _, link, kept, sent = row
    decision = orjson.loads(text)
    apart: dict[str, Any] = {}
    if document is not None:
        del decision[APART]
        apart = {} if kept is None else orjson.loads(kept)
        apart.pop(OF, None)
    entry = Entry(
        at=datetime.fromisoformat(at),
        direction=Direction(direction),
        kind=kind,
        actor=actor,
        peer=peer,
        subject=subject,
        decision=decision | apart,
        body=sent or b"",
        apart=frozenset(apart),
    )
    purged = (document is not None and kept is None) or (body is not None and sent is None)
    return Recorded(number, place, entry, link, purged)
