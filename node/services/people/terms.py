"""What an owner has set about terms: the most allowed, what is not taken, and what a business accepts.

Rules that hold here:

- The settings are one document, set as a whole; what is left out is as at first.
- A business is named by its address and kept by its id here: it stays who it is when it moves.
- Of all that only what a business accepts is public: it stands in the actor's document, which changes at
  once, and followers are told by an `Update`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from node.core import codes
from node.core.term_settings import TermSettings, read_term_settings, render_term_settings
from node.services.acting import Acting
from node.services.ledger.recording import note, publish
from node.services.people.actors import update
from node.services.terms.keeping import SET, load
from node.storage import peers
from node.storage.session import Session
from protocol.errors import Unprocessable
from protocol.vocabulary import PUBLIC


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show what the acting resident has set about terms; businesses by their addresses."""
    settings = load(session, acting.iri)
    known = peers.peers_by_id(session, acting.iri, {*settings.by_business})
    named = {known[id].address: entry for id, entry in settings.by_business.items() if id in known}
    return render_term_settings(replace(settings, by_business=named))


def set(session: Session, acting: Acting, document: Mapping[str, Any]) -> dict[str, Any]:
    """Set the terms that hold from now on; what is left out is as at first.

    Raises:
        Unprocessable: `term-settings`, `roster-unknown`, or as `read_term_settings`.
    """
    settings, before = _known(session, acting, read_term_settings(document)), load(session, acting.iri)
    if settings.accepts and not acting.owner.is_business:
        raise Unprocessable(codes.TERM_SETTINGS, "Only a business says in public what it accepts.")
    decision = {"settings": render_term_settings(settings)}
    if settings.accepts == before.accepts:
        note(session, acting, SET, decision)
    else:
        accepts = tuple(entry.iri for entry in settings.accepts)
        changed = replace(acting.owner, actor=replace(acting.owner.actor, accepts=accepts))
        activity = update(acting, changed, PUBLIC, f"{acting.iri}/followers")
        publish(session, acting, SET, activity, decision)
    return show(session, acting)


def _known(session: Session, acting: Acting, settings: TermSettings) -> TermSettings:
    """Return settings with businesses by their ids, which must be known here."""
    known = peers.peers_at(session, acting.iri, {*settings.by_business})
    if known.keys() != settings.by_business.keys():
        raise Unprocessable(codes.TERM_SETTINGS, "No business is known here at this address.")
    named = {known[address].id: entry for address, entry in settings.by_business.items()}
    return replace(settings, by_business=named)
