"""Subjects: what that is called which activities and wishes in a list are about.

A name is a word of whoever wrote it: it is shown as one.
"""

from collections.abc import Collection

from node.services.acting import Acting
from node.storage import intentions, offers
from node.storage.moves import moves_by_iri
from node.storage.session import Session


def names_of(session: Session, acting: Acting, iris: Collection[str]) -> dict[str, str]:
    """Return the name of the negotiation that an activity (IRI) moved, or of the wish with this IRI.

    What is about neither is left out.
    """
    moves = moves_by_iri(session, acting.iri, iris)
    called = offers.names_of(session, acting.iri, {move.offer for move in moves})
    wishes = intentions.names_of(session, acting.iri, iris)
    return {iri: name for iri, (name, _place) in wishes.items() if name} | {
        move.iri: called[move.offer] for move in moves if called.get(move.offer)
    }
