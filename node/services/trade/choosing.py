"""Choosing what to offer for an intention: a few items are looked at, not the whole list.

Rules that hold here:

- The answer is that of `node.core.matching.candidates` over all items; a property test compares both.
- A must that few items have leads straight to them. Otherwise the items on sale are walked by price, and the
  walk ends as soon as nothing behind can be among the best: what is behind costs more, and meets no more
  wishes than are common, because what meets a rare wish is looked at first.
- Whoever wishes says how far that is, and must not have the whole of a long list read for one wish: a walk
  ends after `WALKED` items too, or `READ` that came into question. What may be behind waits for a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Final

from node.core.assortments import Search, Sought, from_millionths, millionths, searches
from node.core.items import Item
from node.core.matching import Match, Rule, candidates
from node.storage import assortments
from node.storage.assortments import CHEAPEST, ItemRow, PriceCursor
from node.storage.session import Session
from protocol.intentions import Intention

FEW: Final = 200  # items looked at one by one without a second thought: some milliseconds
WALKED: Final = 20_000  # items walked past for one wish: some tenths of a second
READ: Final = 1_000  # of these, read and compared: as long again


def best(session: Session, actor: str, intention: Intention, rule: Rule, *, now: datetime) -> list[Match]:
    """Return what to offer for an intention, best first. Reads only."""
    found: dict[str, Item] = {}
    for wanted in searches(intention, rule, now=now):
        for match in _best_of(session, actor, intention, rule, wanted, now):
            found[match.item.sku] = match.item
    return candidates(intention, [*found.values()], rule, now=now)


def _best_of(
    session: Session, actor: str, intention: Intention, rule: Rule, wanted: Search, now: datetime
) -> list[Match]:
    """Return the best of what one search finds."""
    if not all(_count(session, actor, kind) for kind in wanted.kind):
        return []
    count, place = min((_count(session, actor, must), place) for place, must in enumerate(wanted.musts))
    if count < FEW:
        rows = assortments.items_having(session, actor, wanted.musts[place], wanted, limit=FEW)
        return _candidates(intention, rule, rows, now)
    return _walk(session, actor, intention, rule, wanted, now)


def _walk(
    session: Session, actor: str, intention: Intention, rule: Rule, wanted: Search, now: datetime
) -> list[Match]:
    """Look at what meets a rare wish, then at the items on sale from the cheapest on."""
    rare = _rare(session, actor, wanted.wishes)
    common = len(wanted.wishes) - len(rare)
    known = {
        row.sku: row
        for wish in rare
        for row in assortments.items_having(session, actor, wish, wanted, limit=FEW)
    }
    matches = _candidates(intention, rule, known.values(), now)
    place: PriceCursor | None = CHEAPEST
    walked = read = 0
    while place is not None and walked < WALKED and read < READ:
        if _is_settled(matches, rule, place, common=common):
            break
        least = _least(matches, rule, place)
        rows, place = assortments.next_on_sale(session, actor, wanted, after=place, limit=FEW, wishes=least)
        walked, read = walked + FEW, read + len(rows)
        known = {match.item.sku: known[match.item.sku] for match in matches} | {row.sku: row for row in rows}
        matches = _candidates(intention, rule, known.values(), now)
    return matches


def _rare(session: Session, actor: str, wishes: Sequence[Sought]) -> list[Sought]:
    """Return the wishes that few items meet, as long as these are few all together."""
    rare, left = list[Sought](), FEW
    for wish in wishes:
        count = _count(session, actor, wish)
        if count < left:
            rare.append(wish)
            left -= count
    return rare


def _is_settled(matches: Sequence[Match], rule: Rule, place: PriceCursor, *, common: int) -> bool:
    """Tell whether nothing behind a place can be better than the last of the matches."""
    if len(matches) < rule.max_offers_per_intention:
        return False
    met = matches[-1].wishes_met
    return met > common or (met == common and _is_behind(matches[-1], place))


def _least(matches: Sequence[Match], rule: Rule, place: PriceCursor) -> int:
    """Return how many wishes something behind a place must meet to be better than the last of the matches."""
    if len(matches) < rule.max_offers_per_intention:
        return 0
    return matches[-1].wishes_met + _is_behind(matches[-1], place)


def _is_behind(match: Match, place: PriceCursor) -> bool:
    """Tell whether a place is behind a match, so that all that comes from there on costs more."""
    return (millionths(Fraction(match.item.price)), match.item.sku) <= (place.price_millionths, place.sku)


def _candidates(intention: Intention, rule: Rule, rows: Iterable[ItemRow], now: datetime) -> list[Match]:
    return candidates(intention, [to_item(row) for row in rows], rule, now=now)


def to_item(row: ItemRow) -> Item:
    """Return an item with what is left of it."""
    from node.core.pricelists import read_item

    item = read_item(row.document)
    return item if row.available is None else replace(item, stock=from_millionths(row.available))


def _count(session: Session, actor: str, sought: Sought) -> int:
    return assortments.count_having(session, actor, sought, limit=FEW)
