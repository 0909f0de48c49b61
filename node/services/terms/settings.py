"""What an owner has set about terms: the most allowed, what is not taken, and what a business accepts.

Rules that hold here:

- The settings are one document, set as a whole; what is left out is as at first.
- A business is named by its address and kept by its id here: it stays who it is when it moves.
- Of all that only what a business accepts is public: it stands in the actor's document, which changes at
  once, and followers are told by an `Update`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from node.core import codes
from node.core.entries import Direction, Entry
from node.core.term_settings import TermSettings, read_term_settings, render_term_settings
from node.services.acting import Acting
from node.services.ledger.chapters import Reading
from node.services.ledger.recording import note, publish
from node.services.people.actors import update
from node.storage import peers
from node.storage.session import Session
from node.storage.term_settings import TermSettingsRow, load_term_settings, save_term_settings
from protocol.errors import Unprocessable
from protocol.vocabulary import PUBLIC

SET: Final = "terms.set"


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


def load(session: Session, actor: str) -> TermSettings:
    """Return what an actor has set about terms; what holds at first, if it never did."""
    row = load_term_settings(session, actor)
    return TermSettings() if row is None else read_term_settings(row.document)


def published_at(session: Session, actors: Iterable[str]) -> datetime | None:
    """Return when any of these actors last changed what it accepts; None if none ever said that."""
    rows = [load_term_settings(session, actor) for actor in actors]
    return max((row.accepted_at for row in rows if row is not None and row.accepted_at), default=None)


def project(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Set what an actor has set about terms; what went out tells of another list of what it accepts."""
    before = load_term_settings(session, entry.actor)
    kept = None if before is None else before.accepted_at
    accepted_at = entry.at if entry.direction is Direction.OUT else kept
    save_term_settings(
        session, TermSettingsRow(entry.actor, dict(entry.decision["settings"]), entry.at, accepted_at)
    )


def _known(session: Session, acting: Acting, settings: TermSettings) -> TermSettings:
    """Return settings with businesses by their ids, which must be known here."""
    known = peers.peers_at(session, acting.iri, {*settings.by_business})
    if known.keys() != settings.by_business.keys():
        raise Unprocessable(codes.TERM_SETTINGS, "No business is known here at this address.")
    named = {known[address].id: entry for address, entry in settings.by_business.items()}
    return replace(settings, by_business=named)
