"""What a shop brings to the ledger: its price list and rule, and how it answers by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from node.core.entries import Direction
from node.core.matching import Match
from node.services.acting import Acting, Residents
from node.services.intentions.pausing import RESUMED, RESUMING
from node.services.intentions.projecting_rings import REFUSED
from node.services.ledger.chapters import Chapter, Clock, Follower, nothing
from node.services.trade import shop, undercutting
from node.services.trade.projecting import (
    project_dropped_items,
    project_dropped_rule,
    project_price_list,
    project_rule,
)
from node.services.trade.reviewing import REVIEWS
from node.storage.journal import Recorded
from node.storage.session import Session
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class _Matched:
    """An intention by its IRI, and what the shop has for it."""

    intention: str
    matches: Sequence[Match]


def _look(session: Session, acting: Acting, recorded: Recorded) -> "_Matched | str | None":
    """Choose what to offer for an intention; or name the offer that was countered."""
    if recorded.entry.direction is not Direction.IN and recorded.entry.kind not in (RESUMED, REFUSED):
        return None
    if recorded.entry.kind == "counter":
        return str(recorded.entry.decision["offer"])
    iri = recorded.entry.decision["intention"]
    matches = shop.choose(session, acting, iri)
    return _Matched(iri, matches) if matches else None


def _answer(session: Session, acting: Acting, found: "_Matched | str") -> None:
    if isinstance(found, str):
        shop.answer_counter_offer(session, acting, found)
    else:
        shop.offer(session, acting, found.intention, found.matches)


def _resumed(session: Session, acting: Acting, recorded: Recorded) -> str | None:
    """Return the intention (its IRI) that takes offers, if one of ours to it was to be undercut meanwhile."""
    iri = str(recorded.entry.decision["intention"])
    return iri if undercutting.late_for(session, acting, iri) else None


def _next_late(session: Session, residents: Residents) -> datetime | None:
    moments = [undercutting.next_late(session, residents.at(handle)) for handle in residents.owners]
    return min((moment for moment in moments if moment is not None), default=None)


def _undercut(session: Session, residents: Residents, now: datetime) -> bool:
    """Lower a few late offers of each shop; tell whether more are late."""
    due = [undercutting.undercut_late(session, residents.at(handle)) for handle in residents.owners]
    return any(moment is not None and moment <= now for moment in due)


CHAPTER: Final = Chapter(
    name="trade",
    projectors={
        "pricelist": project_price_list,
        "pricelist.dropped": project_dropped_items,
        "rule": project_rule,
        "rule.dropped": project_dropped_rule,
    },
    apart={"pricelist": frozenset({"items"})},
    erased={"pricelist": nothing},
    tables=("reservations", "item_properties", "items", "rules"),
    clock=Clock(next_due=_next_late, turn=_undercut),
    followers=(
        Follower(name="shop", kinds=frozenset({*RESUMING, REFUSED, "counter"}), look=_look, act=_answer),
        Follower(name="resumed", kinds=RESUMING, look=_resumed, act=undercutting.undercut_resumed),
        REVIEWS,
    ),
)
