"""Fair copies: the document that will be signed, looked at before, byte for byte.

Rules that hold here:

- What is looked at is what the use case that signs would write, up to there: it reads and decides as it
  always does, and writes nothing ([decision 69] of the docs). So that the write gives the same bytes, its
  time, ids and salt come from a `Paper`, which travels with the form.
- What was written is compared with what was shown in the transaction that wrote it: if they differ in one
  byte, nothing is signed (`unlike-shown`).
- Only the document's own time is that of the paper. What is decided is decided at the time it is decided, and
  the proof says when it was signed.
"""

from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, TypeVar

from node.core import codes
from node.core.entries import Entry
from node.core.identifiers import BITS, write_id
from node.services.acting import Acting
from node.services.negotiations.words import load_bodies
from node.storage.moves import list_moves, load_move
from node.storage.session import Session
from node.storage.unwritten import Unwritten
from protocol import incoming
from protocol.canonical import canonicalise, digest
from protocol.errors import Conflict, Unprocessable
from protocol.times import read_time, render_time
from protocol.values import dataclass

Answer = TypeVar("Answer")

# As long as somebody reads it; a document that says it was written much earlier would be a lie.
_LIFE: Final = timedelta(minutes=15)
_BETWEEN: Final = "~"
_LONGEST_SEED: Final = 60  # characters; ours have 22


@dataclass(frozen=True, slots=True)
class Paper:
    """What a document is written on: its own time, and what its ids and its salt are made from."""

    at: datetime
    seed: str

    def __str__(self) -> str:
        """Write it as a form carries it."""
        return f"{render_time(self.at)}{_BETWEEN}{self.seed}"


@dataclass(frozen=True, slots=True)
class FairCopy:
    """The canonical bytes of a document without its proof, their digest, and the key that signs."""

    body: bytes
    digest: str
    key: str


def new_paper(acting: Acting) -> Paper:
    """Return paper that nothing was written on."""
    return Paper(acting.now.replace(microsecond=0), acting.salt())


def read_paper(text: str) -> Paper:
    """Read paper as a form carried it.

    Raises:
        Conflict: `unlike-shown`, it is none.
    """
    at, _, seed = text.partition(_BETWEEN)
    try:
        moment = read_time(at)
    except Unprocessable:
        raise Conflict(codes.UNLIKE_SHOWN) from None
    if not 0 < len(seed) <= _LONGEST_SEED:
        raise Conflict(codes.UNLIKE_SHOWN)
    return Paper(moment, seed)


def on(session: Session, acting: Acting, paper: Paper) -> Acting:
    """Let an actor write on this paper.

    Raises:
        Conflict: `unlike-shown`, it is too old, not of this time, or something was signed on it.
    """
    if not acting.now - _LIFE <= paper.at <= acting.now:
        raise Conflict(codes.UNLIKE_SHOWN)
    first = _writing(acting, paper).mint("activities", "act")
    if load_move(session, acting.iri, first) is not None:
        raise Conflict(codes.UNLIKE_SHOWN)
    return _writing(acting, paper)


def _writing(acting: Acting, paper: Paper) -> Acting:
    drawn: Counter[str] = Counter()

    def draw(what: str) -> bytes:
        drawn[what] += 1
        return sha256(f"{paper.seed} {acting.iri} {what} {drawn[what]}".encode()).digest()[: BITS // 8]

    return replace(
        acting,
        written_at=paper.at,
        new_id=lambda prefix: write_id(prefix, int.from_bytes(draw(prefix))),
        salt=lambda: urlsafe_b64encode(draw("salt")).rstrip(b"=").decode(),
    )


def unwritten(
    session: Session, acting: Acting, change: Callable[[Session, Acting], Answer]
) -> tuple[Answer, Entry]:
    """Return what a move of ours would answer, and the entry that it would leave; write neither.

    Raises:
        ProtocolError: as the move.
    """
    entries: list[Entry] = []

    def note(_session: Session, entry: Entry, _reading: object) -> int:
        entries.append(entry)
        return 0

    answer = change(Unwritten(session), replace(acting, record=note))
    return answer, entries[-1]


def written(session: Session, acting: Acting, offer: str) -> FairCopy:
    """Return what a move of ours says that was made just now, as it was before it was signed."""
    last = list_moves(session, offer)[-1]
    return copy_of(load_bodies(session, acting.iri, [last.iri])[last.iri])


def copy_of(signed: bytes) -> FairCopy:
    """Return what a move says, by its signed bytes, as it was before it was signed."""
    document = incoming.read(signed).document
    body = canonicalise({name: value for name, value in document.items() if name != "proof"})
    return FairCopy(body, digest(body), document["proof"]["verificationMethod"])


def check_written(session: Session, acting: Acting, offer: str, shown: str) -> None:
    """Check that what was written just now is what was shown, by its digest; call in the same write.

    Raises:
        Conflict: `unlike-shown`; the write is undone with it.
    """
    if written(session, acting, offer).digest != shown:
        raise Conflict(codes.UNLIKE_SHOWN)
