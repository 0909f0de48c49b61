"""Foreseeing: what other settings of terms about data would change, before they are kept.

Rules that hold here:

- Looking writes nothing. What is looked at are the newest offers that stand, and no more of them than a page
  shows: whoever makes many offers makes this no dearer.
- What was refused before is not kept, so that nothing can be said of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypedDict

from node.core.negotiations import Negotiation
from node.core.passages import passage
from node.core.term_settings import TermSettings, lowers_protection, read_term_settings
from node.services.acting import Acting
from node.services.negotiations.loading import load_many, to_agreed
from node.services.negotiations.showing import Named, show_peer
from node.services.terms.doors import caller, doors_of
from node.services.terms.keeping import load
from node.services.terms.settings import changed, show_these
from node.storage import agreements, offers
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.negotiation import Party, State

LOOKED_AT: Final = 100  # offers that stand


class PassageShown(TypedDict):
    """An offer that stands, of whom, and how far it gets (`node.core.passages`) with each of the settings."""

    id: str
    name: str
    peer: Named
    before: str
    after: str


class ForeseenShown(TypedDict):
    """Whether some changes of the settings let in more, how these would read, and what gets another passage.

    `more` is whether there are offers that were not looked at.
    """

    widened: bool
    settings: dict[str, Any]
    offers: list[PassageShown]
    more: bool


def foresee(session: Session, acting: Acting, changes: Mapping[str, Any]) -> ForeseenShown:
    """Show what some changes of the settings would bring about.

    Raises:
        Unprocessable: as `settings.change`.
    """
    before = load(session, acting.iri)
    after = read_term_settings(changed(session, acting, changes))
    listed = offers.list_offers(session, acting.iri, state=State.OFFERED, role=Party.OFFEREE, limit=LOOKED_AT)
    standing = [*_standing(session, acting.iri, listed.items)]
    return {
        "widened": lowers_protection(before, after),
        "settings": show_these(session, acting, after),
        "offers": [*_otherwise(session, acting.iri, standing, before, after)],
        "more": listed.next is not None,
    }


def _standing(session: Session, actor: str, rows: Sequence[OfferRow]) -> Iterator[Negotiation]:
    """Yield negotiations in which our owner is the customer, each with what it would amend."""
    loaded = load_many(session, actor, rows).values()
    iris = {each.begun.amends for each in loaded if each.begun.amends is not None}
    amended = {row.iri: row for row in agreements.agreements_by_iri(session, actor, iris)} if iris else {}
    for each in loaded:
        whole = replace(each, amended=to_agreed(amended.get(each.begun.amends or "")))
        if whole.is_customers:
            yield whole


def _otherwise(
    session: Session,
    actor: str,
    negotiations: list[Negotiation],
    before: TermSettings,
    after: TermSettings,
) -> Iterator[PassageShown]:
    callers = {each.id: caller(each) for each in negotiations}
    then, now = (doors_of(session, actor, callers, settings=each) for each in (before, after))
    for each in negotiations:
        was, is_ = passage(each, then[each.id]), passage(each, now[each.id])
        if was is not is_:
            yield {
                "id": each.id,
                "name": each.begun.draft.name,
                "peer": show_peer(each.peer),
                "before": was.value,
                "after": is_.value,
            }
