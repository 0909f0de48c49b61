"""What a price list would make of the one there is: compared item by item, so that none need be taken first.

Rules that hold here:

- Nothing here changes anything, and what is kept is bounded, however long both lists are.
- Prices are compared only in one currency and one unit.
- What looks odd may well be meant: it is named for a person to look at, and is no mistake.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any, Final

from node.core.items import Item, render_item
from node.core.likeness import called, wanted_by
from node.core.matching import Rule, candidates
from protocol.caseless import caseless
from protocol.intentions import Intention
from protocol.values import dataclass

FIRST: Final = 10  # changes of each kind that are shown: enough to see whether it is the right file
LIMIT_ODD: Final = 100  # odd changes that are shown; whoever has more has the wrong file, or the wrong column
_FIELDS: Final = (
    "name",
    "price",
    "currency",
    "unit",
    "stock",
    "lead_days",
    "properties",
    "category",
    "words",
)
_AT_ONCE: Final = 200  # items among which one for a wish is looked for before the next are
_TENFOLD: Final = 10
_PERCENT: Final = Decimal("0.1")


class Odd(StrEnum):
    """Why a change looks odd."""

    CURRENCY = "currency"  # another than before
    UNIT = "unit"  # sold in another than before
    TENFOLD = "tenfold"  # at least ten times the price, or at most a tenth: a digit or a mark too many or few
    HALF = "half"  # the price changes by more than half
    RENAMED = "renamed"  # the article number stands for something that shares no word with what it was
    VANISHED = "vanished"  # neither the article number nor the name is on the list any more


class Kind(StrEnum):
    """What becomes of an item; a price that changes is a change, too."""

    ADDED = "added"
    CHANGED = "changed"
    GONE = "gone"
    UP = "up"
    DOWN = "down"
    RESTOCKED = (
        "restocked"  # more of it in stock than there are: delivered since, or sold since the list was made
    )


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item as it is and as it would be; None where it is not on that list."""

    before: Item | None
    after: Item | None
    odd: tuple[Odd, ...] = ()

    @property
    def kinds(self) -> list[Kind]:
        """What becomes of the item, and of its price."""
        if self.before is None:
            return [Kind.ADDED]
        if self.after is None:
            return [Kind.GONE]
        kinds = [Kind.CHANGED]
        if self.is_comparable and self.before.price != self.after.price:
            kinds.append(Kind.UP if self.after.price > self.before.price else Kind.DOWN)
        if self.before.unit == self.after.unit and self.after.stock > self.before.stock:
            kinds.append(Kind.RESTOCKED)
        return kinds

    @property
    def changed(self) -> list[str]:
        """The fields of an item that is on both lists and differ, by their names."""
        if self.before is None or self.after is None:
            return []
        return [name for name in _FIELDS if getattr(self.before, name) != getattr(self.after, name)]

    @property
    def one(self) -> Item:
        """The item as it would be, or as it was if it goes."""
        one = self.after or self.before
        assert one is not None  # noqa: S101 - a change has a side
        return one

    @property
    def is_comparable(self) -> bool:
        """Whether both prices are there, of the same unit in the same currency."""
        before, after = self.before, self.after
        return (
            before is not None
            and after is not None
            and (before.currency, before.unit) == (after.currency, after.unit)
        )

    @property
    def is_priced_anew(self) -> bool:
        """Whether an offer made from now on would cost something else, or could not be made."""
        before, after = self.before, self.after
        return before is not None and (after is None or not self.is_comparable or before.price != after.price)


class Relisting:
    """A comparison under way: items of the list there is are looked at in any order, then the rest is new."""

    __slots__ = (
        "_adds",
        "_counts",
        "_first",
        "_gone",
        "_names",
        "_odd",
        "_odd_count",
        "_rest",
        "_vanished",
        "unchanged",
    )

    def __init__(self, items: Sequence[Item], *, adds: bool) -> None:
        """Begin with the items of the new list; with `adds` what it leaves out stays."""
        self._rest = {item.sku: item for item in items}
        self._adds = adds
        self._names = frozenset(caseless(item.name) for item in items)
        self._counts: Counter[Kind] = Counter()
        self._first: dict[Kind, list[ItemChange]] = {kind: [] for kind in Kind}
        self._odd: list[ItemChange] = []
        self._gone: list[ItemChange] = []  # the odd ones that are on the new list no more
        self._odd_count = 0
        self._vanished = 0
        self.unchanged = 0

    def look(self, listed: Iterable[Item]) -> list[ItemChange]:
        """Compare items of the list there is, each once, and return those that change."""
        found: list[ItemChange] = []
        for before in listed:
            after = self._rest.pop(before.sku, None)
            if before == after or (after is None and self._adds):
                self.unchanged += 1
            else:
                found.append(ItemChange(before, after, self._odd_in(before, after)))
        self._note(found)
        return found

    def add_rest(self) -> list[ItemChange]:
        """Take what no item was found for as new; call once all of the list there is has been looked at."""
        found = [ItemChange(None, item) for item in self._rest.values()]
        self._note(found)
        return found

    def _note(self, found: Sequence[ItemChange]) -> None:
        for change in found:
            self._odd_count += bool(change.odd)
            self._vanished += Odd.VANISHED in change.odd
            kept = self._gone if change.after is None else self._odd
            if change.odd and len(kept) < LIMIT_ODD:
                kept.append(change)
            for kind in change.kinds:
                self._counts[kind] += 1
                if len(self._first[kind]) < FIRST:
                    self._first[kind].append(change)

    def _odd_in(self, before: Item, after: Item | None) -> tuple[Odd, ...]:
        if after is not None:
            return tuple(_oddities(before, after))
        return () if caseless(before.name) in self._names else (Odd.VANISHED,)

    def view(self) -> dict[str, Any]:
        """Show what would change: how many items in which way, the first of each, and what looks odd."""
        kinds = {
            kind.value: {"count": self._counts[kind], "first": [view_change(each) for each in first]}
            for kind, first in self._first.items()
        }
        first_odd = [*self._odd, *self._gone][:LIMIT_ODD]  # a wrong price is seen before what goes
        odd = {
            "count": self._odd_count,
            "vanished": self._vanished,
            "first": [view_change(each) for each in first_odd],
        }
        return {"unchanged": self.unchanged, **kinds, "odd": odd}


def view_change(change: ItemChange) -> dict[str, Any]:
    """Show what becomes of one item: which fields of it change, and by how many `percent` its price.

    `percent` is null where nobody can say.
    """
    before, after = change.before, change.after
    return {
        "sku": change.one.sku,
        "name": change.one.name,
        "before": None if before is None else _view(before),
        "after": None if after is None else _view(after),
        "changed": change.changed,
        "percent": _percent(change),
        "odd": [odd.value for odd in change.odd],
    }


def _view(item: Item) -> dict[str, Any]:
    """Show an item without its properties, which may be many."""
    return {"unit": item.unit} | {
        name: value for name, value in render_item(item).items() if name != "properties"
    }


def _percent(change: ItemChange) -> str | None:
    before, after = change.before, change.after
    if before is None or after is None or not change.is_comparable:
        return None
    return str(((after.price / before.price - 1) * 100).quantize(_PERCENT, ROUND_HALF_EVEN))


def _oddities(before: Item, after: Item) -> Iterator[Odd]:
    if before.currency != after.currency:
        yield Odd.CURRENCY
    elif before.unit != after.unit:
        yield Odd.UNIT
    else:
        low, high = sorted((before.price, after.price))
        if high >= low * _TENFOLD:
            yield Odd.TENFOLD
        elif abs(after.price - before.price) * 2 > before.price:
            yield Odd.HALF
    if _words(before).isdisjoint(_words(after)):
        yield Odd.RENAMED


def _words(item: Item) -> frozenset[str]:
    return frozenset(caseless(item.name).split())


# --- what it would do to wishes --------------------------------------------------------------------------


def by_kind(items: Iterable[Item], rule: Rule) -> Mapping[str, Sequence[Item]]:
    """Return items by each thing that they are, as a wish names it: by category, and by what they are called.

    All items without a category are of the rule's.
    """
    found: dict[str, list[Item]] = {}
    for item in items:
        kinds = {item.category or rule.category, *(each.kind for each in called(item.name, item.words))}
        for kind in kinds:
            found.setdefault(kind, []).append(item)
    return found


def fits(intention: Intention, items: Mapping[str, Sequence[Item]], rule: Rule, *, now: datetime) -> bool:
    """Tell whether the rule would offer one of the items (`by_kind`) for an intention."""
    wanted = wanted_by(intention.name)
    kinds = {rule.category or intention.category, None if wanted is None else wanted.kind}
    for kind in kinds:
        some = items.get(kind, ()) if kind else ()
        for start in range(0, len(some), _AT_ONCE):
            if candidates(intention, some[start : start + _AT_ONCE], rule, now=now):
                return True
    return False
