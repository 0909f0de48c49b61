"""Faces: the pictures of peers, made anew and small, and what is still to be fetched of them.

Rules: a row for each actor that names a picture, by its address; the picture under its SHA-256. All of it can
be fetched again, so all of it may go: `trim` keeps both bounded. Each change of what is shown tells `NEWS`,
and each picture that an actor names anew tells `NAMED`.
"""

from datetime import datetime
from typing import Final

from node.core.entries import render_instant
from node.core.faces import EVERY, Course
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("faces", TableKind.FORGETTABLE),)
NEWS: Final = "faces"
NAMED: Final = "faces.named"

ROWS_LIMIT: Final = 10_000  # as many as actors are remembered; some 200 bytes each
PICTURES_LIMIT: Final = 2_000  # of 37 KB at most, and some 5 usually: 10 to 75 MB


@dataclass(frozen=True, slots=True)
class FaceRow:
    """The picture of the actor at `address`, or how far it has come with it (`node.core.faces.Course`)."""

    address: str
    source: str
    due_at: datetime | None
    asked_at: datetime | None
    tries: int
    digest: str | None = None
    picture: bytes | None = None

    @property
    def course(self) -> Course:
        """How far it has come."""
        return Course(source=self.source, due_at=self.due_at, asked_at=self.asked_at, tries=self.tries)


_FACES = Table(FaceRow, "faces", key=("address",))
_WITHOUT_PICTURE = "address, source, due_at, asked_at, tries, digest"


def load_face(session: Session, address: str) -> FaceRow | None:
    """Return what is known of an actor's picture, the picture with it."""
    return _FACES.load(session, address)


def load_course(session: Session, address: str) -> Course | None:
    """Return how far it has come with an actor's picture, without reading that."""
    row = session.one(f"SELECT {_WITHOUT_PICTURE} FROM faces WHERE address = ?", address)
    return None if row is None else _FACES.decode((*row, None)).course


def save_face(
    session: Session, address: str, course: Course, *, digest: str | None = None, picture: bytes | None = None
) -> None:
    """Keep how far it has come, with the picture, if there is one."""
    row = FaceRow(address, course.source, course.due_at, course.asked_at, course.tries, digest, picture)
    _FACES.save(session, row)
    session.tell(NAMED if picture is None else NEWS)


def save_course(session: Session, address: str, course: Course) -> None:
    """Keep how far it has come, and leave the picture as it is."""
    due, asked = (at and render_instant(at) for at in (course.due_at, course.asked_at))
    statement = "UPDATE faces SET source = ?, due_at = ?, asked_at = ?, tries = ? WHERE address = ?"
    session.run(statement, course.source, due, asked, course.tries, address)


def forget_face(session: Session, address: str) -> None:
    """Drop an actor's picture."""
    if session.run("DELETE FROM faces WHERE address = ?", address):
        session.tell(NEWS)


def due_faces(session: Session, now: datetime, *, limit: int) -> list[FaceRow]:
    """Return those who are to be looked at now, without their pictures, the longest due first."""
    statement = f"SELECT {_WITHOUT_PICTURE} FROM faces WHERE due_at <= ? ORDER BY due_at LIMIT ? + 0"
    return [_FACES.decode((*row, None)) for row in session.all(statement, render_instant(now), limit)]


def shown_faces(session: Session) -> dict[str, str]:
    """Return the digest of each picture there is by the address of its actor."""
    return dict(session.all("SELECT address, digest FROM faces WHERE digest IS NOT NULL"))


def load_picture(session: Session, digest: str) -> bytes | None:
    """Return the picture with this digest."""
    found = session.one("SELECT picture FROM faces WHERE digest = ? LIMIT 1", digest)
    return None if found is None else found[0]


def is_dealt_with(session: Session, address: str) -> bool:
    """Tell whether anybody here follows who is at this address, or has an offer of theirs or made them one.

    Whom all of them have blocked does not count.
    """
    statement = (
        "SELECT 1 FROM actors CROSS JOIN peers "  # in this order, whatever SQLite thinks of it
        "WHERE peers.actor = actors.iri AND peers.address = ? "
        "AND NOT peers.blocked AND (EXISTS (SELECT 1 FROM offers "
        "WHERE offers.actor = peers.actor AND offers.peer = peers.id) OR EXISTS (SELECT 1 FROM follows "
        "WHERE follows.actor = peers.actor AND follows.peer = peers.id AND follows.direction = 'following')) "
        "LIMIT 1"
    )
    return session.one(statement, address) is not None


def trim(session: Session, now: datetime, *, rows: int = ROWS_LIMIT, pictures: int = PICTURES_LIMIT) -> int:
    """Drop what is over the limits, of pictures those asked for longest ago; return how many.

    A picture that came within a day stays, so that none comes more than once a day.
    """
    over = value(session, "SELECT count(*) FROM faces WHERE digest IS NOT NULL") - pictures
    oldest = (
        "SELECT address FROM faces WHERE digest IS NOT NULL AND asked_at < ? ORDER BY asked_at LIMIT ? + 0"
    )
    dropped = 0
    if over > 0:
        before = render_instant(now - EVERY)
        dropped += session.run(f"DELETE FROM faces WHERE address IN ({oldest})", before, over)
    over = value(session, "SELECT count(*) FROM faces") - rows
    if over > 0:
        latest = "SELECT address FROM faces WHERE digest IS NULL ORDER BY due_at DESC LIMIT ? + 0"
        dropped += session.run(f"DELETE FROM faces WHERE address IN ({latest})", over)
    if dropped:
        session.tell(NEWS)
    return dropped
