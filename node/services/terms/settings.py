"""What an owner has set about terms: the most allowed, what is not taken, and what a business accepts.

Rules that hold here:

- The settings are one document that is changed piece by piece: whoever changes one thing overwrites nothing
  of what others have changed.
- A business is named by its address and kept by its id here: it stays who it is when it moves.
- Of all that only what a business accepts is public: it stands in the actor's document, which changes at
  once, and followers are told by an `Update`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from node.core import codes
from node.core.term_settings import (
    TermSettings,
    change_term_settings,
    read_term_settings,
    render_term_settings,
    version_of,
)
from node.services.acting import Acting
from node.services.describing import update
from node.services.ledger.recording import note, publish
from node.services.terms.keeping import SET, load, load_document
from node.storage import peers
from node.storage.session import Session
from protocol.errors import Conflict, Unprocessable
from protocol.strictjson import Document
from protocol.vocabulary import PUBLIC


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show what the acting resident has set about terms; businesses by their addresses."""
    return show_these(session, acting, load(session, acting.iri))


def show_these(session: Session, acting: Acting, settings: TermSettings) -> dict[str, Any]:
    """Show settings; businesses by their addresses."""
    known = peers.peers_by_id(session, acting.iri, {*settings.by_business})
    named = {known[id].address: entry for id, entry in settings.by_business.items() if id in known}
    return render_term_settings(replace(settings, by_business=named))


def names(session: Session, acting: Acting) -> dict[str, str]:
    """Return how those businesses call themselves for whom there is a maximum, by their addresses."""
    known = peers.peers_by_id(session, acting.iri, {*load(session, acting.iri).by_business})
    return {row.address: row.name or row.handle or "" for row in known.values()}


def version(session: Session, acting: Acting) -> str:
    """Return what tells how the settings stand now from how they stood before."""
    return version_of(load_document(session, acting.iri))


def change(
    session: Session, acting: Acting, changes: Mapping[str, Any], *, known: str | None = None
) -> dict[str, Any]:
    """Change some of what is set; what is not named stays, null takes it back to as it was at first.

    With `known`, only if the settings are still of that `version`.

    Raises:
        Unprocessable: `term-settings`, `roster-unknown`, or as `change_term_settings`.
        Conflict: `term-settings-changed`.
    """
    if known is not None and known != version(session, acting):
        raise Conflict(codes.TERM_SETTINGS_CHANGED)
    before, document = load(session, acting.iri), changed(session, acting, changes)
    settings = read_term_settings(document)
    if settings.accepts and not acting.owner.is_business:
        raise Unprocessable(codes.TERM_SETTINGS, "Only a business says in public what it accepts.")
    decision = {"settings": document}
    if settings.accepts == before.accepts:
        note(session, acting, SET, decision)
    else:
        accepts = tuple(entry.iri for entry in settings.accepts)
        actor = replace(acting.owner, actor=replace(acting.owner.actor, accepts=accepts))
        activity = update(acting, actor, PUBLIC, f"{acting.iri}/followers")
        publish(session, acting, SET, activity, decision)
    return show(session, acting)


def changed(session: Session, acting: Acting, changes: Mapping[str, Any]) -> Document:
    """Return what would be kept after some changes.

    Raises:
        Unprocessable: as `change`.
    """
    named = changes.get("businesses")
    by_id = (
        changes if not isinstance(named, dict) else {**changes, "businesses": _ids(session, acting, named)}
    )
    return change_term_settings(load_document(session, acting.iri), by_id)


def _ids(session: Session, acting: Acting, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is set for businesses by their ids, which must be known here."""
    known = peers.peers_at(session, acting.iri, {*named})
    if known.keys() != named.keys():
        raise Unprocessable(codes.TERM_SETTINGS, "No business is known here at this address.")
    return {known[address].id: entry for address, entry in named.items()}
