"""Words: what a party said with a move, such as why it rejects, read from the journal. They bind nobody."""

from collections.abc import Collection, Mapping

from node.storage import journal
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.moves import MoveStatus, moves_by_iri, moves_of
from node.storage.session import Session
from protocol import incoming
from protocol.members import read_content
from protocol.negotiation import Event


def load_bodies(session: Session, actor: str, moves: Collection[str]) -> dict[str, bytes]:
    """Return an actor's moves (IRIs) as they went over the wire; the clock's and erased ones are left out."""
    rows = moves_by_iri(session, actor, moves)
    entries = journal.load_entries(session, [row.entry for row in rows])
    bodies = {row.iri: entries[row.entry].entry.body for row in rows if row.entry in entries}
    return {iri: body for iri, body in bodies.items() if body}


def words_in(body: bytes | None) -> str:
    """Return what was said with a move, "" if nothing was or its bytes were erased."""
    return read_content(incoming.read(body).reading) if body else ""


def reasons_of(session: Session, actor: str, rows: Collection[AgreementRow]) -> Mapping[str, str]:
    """Return why the offerer backed out, by negotiation (its id), where it did of these agreements."""
    reneged = {row.offer for row in rows if row.state is AgreementState.RENEGED}
    moves = [
        move
        for move in moves_of(session, reneged)
        if (move.event, move.status) == (Event.RENEGE, MoveStatus.APPLIED)
    ]
    bodies = load_bodies(session, actor, [move.iri for move in moves]) if moves else {}
    return {move.offer: words_in(bodies.get(move.iri)) for move in moves}
