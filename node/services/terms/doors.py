"""Doors: what an owner lets in of terms about data, read for the decision or the page that needs it.

Rules that hold here:

- There is a door where the owner is the customer, and nowhere else.
- A maximum for a category is that of the wish as the owner cast it: what the other side calls it is theirs.
- What a business says in public is looked up for terms alone: without any nothing is compared with it.
"""

from collections.abc import Iterable, Mapping

from node.core.linter import TermsFlag, lint
from node.core.negotiations import Counterpart, Negotiation
from node.core.residence import country_of
from node.core.rings import categories_of, load_rings
from node.core.term_settings import TermSettings
from node.core.terms_door import TermsDoor, standing, standing_flags, view_flag
from node.services.terms.keeping import load
from node.storage import agreements, intentions, profiles
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.cache import load_documents
from node.storage.session import Session
from protocol.actors import accepted_entries
from protocol.agreements import read_agreement
from protocol.drafts import Draft
from protocol.intentions import read_intention
from protocol.negotiation import Party
from protocol.rosters import RosterEntry
from protocol.strictjson import Document
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class DoorCaller:
    """Who comes to the door, about which intention (its IRI), and whether with terms about data."""

    peer: Counterpart
    intention: str
    with_terms: bool


def door_of(session: Session, negotiation: Negotiation, draft: Draft | None = None) -> TermsDoor | None:
    """Return what our owner lets in from the other end of a negotiation; None where that is the customer.

    `draft` are the terms that come, if none stand yet or others.
    """
    if not negotiation.is_customers:
        return None
    return doors_of(session, negotiation.actor, {"": caller(negotiation, draft)})[""]


def caller(negotiation: Negotiation, draft: Draft | None = None) -> DoorCaller:
    """Return who comes to the door in a negotiation: with what stands there, if not with other terms."""
    thread, about = negotiation.thread, negotiation.intention
    if about is not None:
        intention = about.iri
    elif negotiation.amended is not None:
        intention = negotiation.amended.intention
    else:
        intention = "" if thread is None else thread.intention
    brought = draft or (None if thread is None else standing(negotiation))
    return DoorCaller(negotiation.peer, intention, brought is not None and brought.terms is not None)


def flags_of(
    session: Session, actor: str, negotiations: Iterable[Negotiation]
) -> Mapping[str, list[Document]]:
    """Show the flags of what stands, by the negotiation, each loaded with what it would amend.

    Those in which our owner is no customer have none.
    """
    ours = {each.id: each for each in negotiations if each.is_customers}
    doors = doors_of(session, actor, {id: caller(each) for id, each in ours.items()})
    return {id: [*map(view_flag, standing_flags(ours[id], door))] for id, door in doors.items()}


def flags_of_agreements(
    session: Session, actor: str, rows: Iterable[AgreementRow], peers: Mapping[str, Counterpart]
) -> Mapping[str, list[Document]]:
    """Show the flags of what was agreed, by the agreement, beside what it replaces; as `flags_of`.

    What our owner has still to sign is looked at as it comes to the door. What is signed is shown by what it
    says and as the linter has it: what our owner refuses today, or allows at most, was no question then.

    `peers` are the other ends by their ids.
    """
    ours = {row.id: row for row in rows if row.own}
    callers = {
        id: DoorCaller(peers[row.peer], row.intention, "terms" in row.document) for id, row in ours.items()
    }
    replaced = {row.supersedes for row in ours.values() if row.supersedes}
    found = agreements.agreements_by_iri(session, actor, replaced) if replaced else []
    before = {row.iri: _agreed(row) for row in found}
    doors = doors_of(session, actor, callers)
    return {
        id: [*map(view_flag, _flags_of_agreement(row, doors[id], before.get(row.supersedes or "")))]
        for id, row in ours.items()
    }


def _flags_of_agreement(row: AgreementRow, door: TermsDoor, replaced: Draft | None) -> tuple[TermsFlag, ...]:
    draft, at = _agreed(row), row.concluded_at
    follows = () if replaced is None else (replaced,)
    if row.state is AgreementState.ACCEPTED and row.role is Party.OFFERER:
        return door.flags(draft, at=at, follows=follows)
    return lint(draft, None, None, at=at, country=door.country, follows=follows)


def _agreed(row: AgreementRow) -> Draft:
    return read_agreement(row.document, currency=row.currency).draft


def doors_of(
    session: Session,
    actor: str,
    callers: Mapping[str, DoorCaller],
    *,
    settings: TermSettings | None = None,
) -> Mapping[str, TermsDoor]:
    """Return the door of an actor, who is the customer, for each of some who come.

    `settings` are other than those that the actor has.
    """
    if not callers:
        return {}
    settings = settings or load(session, actor)
    categories = _categories(session, actor, settings, callers.values())
    published = _published(session, callers.values())
    country = _country(session, actor) if any(one.with_terms for one in callers.values()) else ""
    return {
        key: TermsDoor(
            allowance=settings.allowance(business=one.peer.id, categories=categories.get(one.intention, ())),
            severities=settings.severities,
            beyond=settings.beyond,
            requires=settings.requires,
            published=published.get(one.peer.address),
            country=country,
        )
        for key, one in callers.items()
    }


def _country(session: Session, actor: str) -> str:
    """Return where our owner lives, by their profile: "" if it does not say so."""
    row = profiles.load_profile(session, actor)
    return "" if row is None else country_of(row.document)


def _published(session: Session, callers: Iterable[DoorCaller]) -> dict[str, tuple[RosterEntry, ...]]:
    """Return what businesses (by address) say in public that they accept, as last heard, if they do."""
    asked = {each.peer.address for each in callers if each.with_terms}
    # Whoever says it has the word in the document, as a key of ours or within the IRI of one's own for it.
    documents = load_documents(session, asked, naming="accepts") if asked else {}
    said = {iri: accepted_entries(document) for iri, document in documents.items()}
    return {iri: entries for iri, entries in said.items() if entries is not None}


def _categories(
    session: Session, actor: str, settings: TermSettings, callers: Iterable[DoorCaller]
) -> dict[str, tuple[str, ...]]:
    """Return the categories of intentions by their IRIs, if a maximum hangs on them."""
    if not settings.by_category:
        return {}
    rows = intentions.intentions_by_iri(session, actor, {each.intention for each in callers})
    return {
        row.iri: categories_of(read_intention(row.document), load_rings(row.private.get("rings")))
        for row in rows
    }
