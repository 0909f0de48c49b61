"""Telling: how the negotiations stand that entries of the journal are about, for who listens to events."""

from collections.abc import Mapping, Sequence

from node.core.drafts import view_total
from node.core.linter import Severity
from node.services.negotiations.loading import read_terms_of
from node.services.negotiations.quarantine import HELD
from node.services.negotiations.showing import show_offers
from node.storage import intentions, offers
from node.storage.journal import Recorded
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.strictjson import Document


def describe(session: Session, items: Sequence[Recorded]) -> Mapping[int, Document]:
    """Return the ids of offer and intention, state and total, as they are now, by the number of the entry.

    With them are the codes of what is odd about terms about data, for who pays, if anything is but notes.
    An entry whose negotiation was erased is left out. One of an offer held back has its intention alone.
    """
    described: dict[int, Document] = {}
    for actor in {item.entry.actor for item in items}:
        about = {
            item.number: item.entry.decision["offer"]
            for item in items
            if item.entry.actor == actor and "offer" in item.entry.decision
        }
        rows = {row.id: row for row in offers.offers_by_id(session, actor, {*about.values()})}
        held = {
            item.number: item.entry.decision["intention"]
            for item in items
            if item.entry.actor == actor and item.entry.kind == HELD
        }
        wanted = {row.intention for row in rows.values()} | {*held.values()}
        ids = {row.iri: row.id for row in intentions.intentions_by_iri(session, actor, wanted)}
        odd = _odd(session, actor, [row for row in rows.values() if row.draft.get("terms")])
        described |= {
            number: _described(rows[id], ids) | odd.get(id, {}) for number, id in about.items() if id in rows
        }
        described |= {number: {"intention": ids.get(iri, iri)} for number, iri in held.items()}
    return described


def _odd(session: Session, actor: str, rows: Sequence[OfferRow]) -> dict[str, Document]:
    """Return the codes of what is odd about these negotiations, with a space between two, by their ids."""
    shown = {each["id"]: each["flags"] for each in show_offers(session, actor, rows)}
    codes = {
        id: " ".join(flag["code"] for flag in flags if flag["severity"] != Severity.NOTE)
        for id, flags in shown.items()
    }
    return {id: {"flags": said} for id, said in codes.items() if said}


def _described(row: OfferRow, intended: Mapping[str, str]) -> Document:
    return {
        "offer": row.id,
        "intention": intended.get(row.intention, row.intention),
        "state": row.state.value,
        "total": view_total(read_terms_of(row)),
        "currency": row.currency,
    }
