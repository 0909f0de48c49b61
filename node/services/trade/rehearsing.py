"""Rehearsing a price list: what it would change, said before any of it is taken.

Rules that hold here:

- It reads only, a page of the list or a wish at a time; whoever loads another list meanwhile sees its own.
- Offers that stand keep what they say, and what they hold stays held: what is counted is how many there are.
- Of wishes only those are looked at that wait for a person, as many as one looks through; whether a stranger
  may be promised so much is found out when it comes to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from typing import Any, TypedDict, cast

from node.core.assortments import from_millionths
from node.core.items import Item
from node.core.matching import Rule
from node.core.relisting import FIRST, Relisting, by_kind, fits
from node.services.acting import Acting
from node.services.trade import shop
from node.services.trade.pricelists import Loading
from node.storage import assortments, stock
from node.storage.assortments import ItemRow
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from protocol.intentions import read_intention
from protocol.values import dataclass


class ChangesShown(TypedDict):
    """Changes of one kind: how many, and the first of them as `node.core.relisting.view_change` shows one."""

    count: int
    first: Sequence[dict[str, Any]]


class OddChangesShown(ChangesShown):
    """What looks odd; `vanished` is how many of them are on the new list neither by number nor by name."""

    vanished: int


class StandingShown(TypedDict):
    """Standing offers of what would change its price or go: how many, and the first items with theirs."""

    count: int
    first: list[dict[str, Any]]


class WaitingShown(TypedDict):
    """Wishes that wait for a person: how many, and how many of them the list and the rule would answer."""

    waiting: int
    answered: int
    first: Sequence[dict[str, str]]


class ListChangesShown(TypedDict):
    """What a list would change; `wishes` is None without a rule, which answers none."""

    loaded: int
    unchanged: int
    added: ChangesShown
    changed: ChangesShown
    gone: ChangesShown
    up: ChangesShown
    down: ChangesShown
    restocked: ChangesShown
    odd: OddChangesShown
    offers: StandingShown
    wishes: WaitingShown | None


@dataclass(slots=True)
class Rehearsal:
    """A rehearsal under way: first the list there is, page by page, then the wishes that wait, one by one.

    Args:
        loading: the list that is rehearsed.
        relisting: what it changes, as far as has been looked.
        page: where the list there is goes on; None behind its end.
        fresh: items with which a wish might be answered that could not be before.
        offers: standing offers that keep what the list changes.
        wishes: none without a rule, and before the end of the list.
    """

    loading: Loading
    relisting: Relisting
    page: str | None = ""
    fresh: list[Item] = field(default_factory=list)
    offers: StandingShown = field(default_factory=lambda: StandingShown(count=0, first=[]))
    wishes: "_Wishes | None" = None


@dataclass(slots=True)
class _Wishes:
    """The wishes that wait: how many there were, those still to look at, and those that would be answered."""

    rule: Rule
    items: Mapping[str, Sequence[Item]]
    count: int
    left: list[IntentionRow]
    answered: list[IntentionRow] = field(default_factory=list)


def begin(loading: Loading) -> Rehearsal:
    """Begin to rehearse a list that has been read."""
    return Rehearsal(loading, Relisting(loading.items, adds=loading.adds))


def look(session: Session, acting: Acting, rehearsal: Rehearsal) -> bool:
    """Look at the next page of the list there is, or at the next wish; tell whether there is more."""
    if rehearsal.page is not None:
        _look_at_page(session, acting, rehearsal, rehearsal.page)
        if rehearsal.page is None:
            rehearsal.wishes = _begin_wishes(session, acting, rehearsal)
    elif rehearsal.wishes is not None:
        _look_at_wish(acting, rehearsal.wishes)
    return rehearsal.page is not None or bool(rehearsal.wishes and rehearsal.wishes.left)


def _look_at_page(session: Session, acting: Acting, rehearsal: Rehearsal, after: str) -> None:
    page = assortments.list_items(session, acting.iri, after=after)
    rehearsal.page = page.next
    held = {row.sku: from_millionths(row.held) for row in page.items}
    changes = rehearsal.relisting.look([_on_shelf(row) for row in page.items])
    rehearsal.fresh += [
        replace(change.after, stock=max(Decimal(0), change.after.stock - held[change.after.sku]))
        for change in changes
        if change.after is not None
    ]
    repriced = [change.one for change in changes if change.is_priced_anew and held[change.one.sku]]
    counts = stock.count_holding(session, acting.iri, [item.sku for item in repriced])
    for item in repriced:
        _add_standing(rehearsal.offers, item, counts[item.sku])


def _on_shelf(row: ItemRow) -> Item:
    """Return an item of the list there is with what stands on the shelf, promised or not."""
    from node.core.pricelists import read_item

    item = read_item(row.document)
    return item if row.stock is None else replace(item, stock=from_millionths(row.stock))


def _add_standing(shown: StandingShown, item: Item, count: int) -> None:
    shown["count"] += count
    if len(shown["first"]) < FIRST:
        shown["first"].append({"sku": item.sku, "name": item.name, "count": count})


def _begin_wishes(session: Session, acting: Acting, rehearsal: Rehearsal) -> _Wishes | None:
    added = rehearsal.relisting.add_rest()
    rule = shop.load_rule(session, acting.iri)
    if rule is None:
        return None
    items = by_kind([*rehearsal.fresh, *(change.one for change in added)], rule)
    rows, _ = shop.waiting(session, acting)
    return _Wishes(rule, items, len(rows), rows)


def _look_at_wish(acting: Acting, wishes: _Wishes) -> None:
    row = wishes.left.pop(0)
    intention = read_intention(row.document)
    if shop.takes_offers(acting, row) and fits(intention, wishes.items, wishes.rule, now=acting.now):
        wishes.answered.append(row)


def show(rehearsal: Rehearsal) -> ListChangesShown:
    """Show what came of a rehearsal."""
    wishes = rehearsal.wishes
    shown = {
        "loaded": len(rehearsal.loading.items),
        **rehearsal.relisting.view(),
        "offers": rehearsal.offers,
        "wishes": None if wishes is None else _show_wishes(wishes),
    }
    return cast("ListChangesShown", shown)


def _show_wishes(wishes: _Wishes) -> WaitingShown:
    first = [{"id": row.id, "name": read_intention(row.document).name} for row in wishes.answered[:FIRST]]
    return {"waiting": wishes.count, "answered": len(wishes.answered), "first": first}
