"""A shop's price list: its items, loaded edition by edition and found by what they are.

Rules: `stock` counts what stands on the shelf (None: not counted), `held` what open offers were promised of
it (`node.storage.stock`), both in millionths of the item's unit. An edition is the number of the entry with
the list's first part; an item is never set by an older edition than its own. Searches are bounded, or walk
the items on sale by price; what they find is a superset, and `node.core.matching` decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from node.core.assortments import Keys, Search, Sought, keys_by_property, millionths, property_key
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import PAGE_LIMIT, Page, Table
from protocol.values import dataclass

TABLES = (
    Declared("item_properties", TableKind.PROJECTION),
    Declared("items", TableKind.PROJECTION),
)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One line of an actor's price list; `document` is the item as `node.core.pricelists` renders it."""

    actor: str
    sku: str
    name: str
    document: dict[str, Any]
    price_millionths: int
    currency: str
    stock: int | None
    lead_days: int
    edition: int = 0
    held: int = 0

    @property
    def available(self) -> int | None:
        """What can still be promised, in millionths; None if it is not counted."""
        return None if self.stock is None else max(0, self.stock - self.held)


@dataclass(frozen=True, slots=True)
class PriceCursor:
    """Where a walk by price has come to: behind this item."""

    price_millionths: int
    sku: str


CHEAPEST = PriceCursor(-1, "")
"""Before every item: no price is below zero."""

_ITEMS = Table(ItemRow, "items", key=("actor", "sku"))
_COLUMNS = ", ".join(f"items.{column}" for column in _ITEMS.columns)
# As the index `items_on_sale` has it, word for word: SQLite uses it for nothing else.
_ON_SALE = "(stock IS NULL OR stock > held)"
_IN_QUESTION = "currency = ? AND lead_days <= ? AND (stock IS NULL OR stock - held >= ?)"


def read_item(actor: str, document: Mapping[str, Any], *, edition: int = 0) -> ItemRow:
    """Make the row of an item from the document of it that `node.core.pricelists` renders."""
    return ItemRow(
        actor=actor,
        sku=document["sku"],
        name=document["name"],
        document=dict(document),
        price_millionths=millionths(Fraction(document["price"])),
        currency=document["currency"],
        stock=None if document["stock"] is None else millionths(Fraction(document["stock"])),
        lead_days=document["lead_days"],
        edition=edition,
    )


# --- loading ------------------------------------------------------------------------------------------------


def set_items(session: Session, items: Sequence[ItemRow]) -> None:
    """Add items or replace those with their article number; what is held of them stays held."""
    for item in items:
        known = session.one("SELECT id, edition FROM items WHERE actor = ? AND sku = ?", item.actor, item.sku)
        if known is None:
            _ITEMS.insert(session, item)
        elif known[1] > item.edition:
            continue
        else:
            _replace(session, known[0], item)
        _index(session, item)


def _replace(session: Session, id: int, item: ItemRow) -> None:
    session.run("DELETE FROM item_properties WHERE item = ?", id)
    held = value(session, "SELECT held FROM items WHERE id = ?", id)
    _ITEMS.save(session, replace(item, held=held))


def drop_items(session: Session, actor: str, *, before: int, limit: int) -> int:
    """Drop the first items, by article number, of editions before this one; return how many there were.

    An item that is promised stays with nothing on the shelf, until the offers settle and another list comes.
    """
    found = session.all(
        "SELECT id, held FROM items WHERE actor = ? AND edition < ? ORDER BY edition, sku LIMIT ? + 0",
        actor,
        before,
        limit,
    )
    for id, held in found:
        session.run("DELETE FROM item_properties WHERE item = ?", id)
        if held:
            session.run("UPDATE items SET stock = 0, edition = ? WHERE id = ?", before, id)
        else:
            session.run("DELETE FROM items WHERE id = ?", id)
    return len(found)


def count_older(session: Session, actor: str, edition: int, *, limit: int) -> int:
    """Count an actor's items of editions before this one, up to a limit."""
    statement = "SELECT count(*) FROM (SELECT 1 FROM items WHERE actor = ? AND edition < ? LIMIT ? + 0)"
    return int(value(session, statement, actor, edition, limit))


def _index(session: Session, item: ItemRow) -> None:
    id = value(session, "SELECT id FROM items WHERE actor = ? AND sku = ?", item.actor, item.sku)
    for property, keys in keys_by_property(item.actor, item.document).items():
        _add_key(session, id, property, keys)


def _add_key(session: Session, item: int, property: int, keys: Keys) -> None:
    statement = "INSERT INTO item_properties (item, property, word, millionths) VALUES (?, ?, ?, ?)"
    session.run(statement, item, property, keys.word, keys.millionths)


# --- reading ------------------------------------------------------------------------------------------------


def load_item(session: Session, actor: str, sku: str) -> ItemRow | None:
    """Return an item of an actor's price list."""
    return _ITEMS.load(session, actor, sku)


def has_more_items(session: Session, actor: str, than: int) -> bool:
    """Tell whether an actor's list has more items than this, which is what at most is looked at."""
    statement = "SELECT 1 FROM items WHERE actor = ? ORDER BY sku LIMIT 1 OFFSET ?"
    return session.one(statement, actor, max(0, than)) is not None


def list_items(session: Session, actor: str, *, after: str = "", limit: int = PAGE_LIMIT) -> Page[ItemRow]:
    """List an actor's price list by article number, behind `after`; the next cursor is the last one."""
    size = max(1, min(limit, PAGE_LIMIT))
    rows = _ITEMS.all(session, "actor = ? AND sku > ? ORDER BY sku LIMIT ? + 0", actor, after, size + 1)
    return Page(rows[:size], rows[size - 1].sku if len(rows) > size else None)


# --- searching ----------------------------------------------------------------------------------------------


def count_having(session: Session, actor: str, sought: Sought, *, limit: int) -> int:
    """Count an actor's items that have a property so, up to a limit."""
    property = property_key(actor, sought.name, sought.unit)
    condition, values = _condition(sought)
    statement = (
        f"SELECT count(*) FROM (SELECT 1 FROM item_properties WHERE property = ? AND {condition} LIMIT ? + 0)"
    )
    return int(value(session, statement, property, *values, limit))


def items_having(
    session: Session, actor: str, sought: Sought, search: Search, *, limit: int
) -> list[ItemRow]:
    """Return the items in question that have a property so; at most `limit` have it (`count_having`)."""
    those, values = _having(actor, sought, search, limit)
    return [_ITEMS.decode(row) for row in session.all(f"SELECT {_COLUMNS} {those}", *values)]


def has_item_having(session: Session, actor: str, sought: Sought, search: Search, *, limit: int) -> bool:
    """Tell whether one of the first `limit` items that have a property so is in question; none is read."""
    those, values = _having(actor, sought, search, limit)
    return session.one(f"SELECT 1 {those} LIMIT 1", *values) is not None


def _having(actor: str, sought: Sought, search: Search, limit: int) -> tuple[str, list[Any]]:
    property = property_key(actor, sought.name, sought.unit)
    condition, values = _condition(sought)
    having = f"SELECT item FROM item_properties WHERE property = ? AND {condition} LIMIT ? + 0"
    musts, wanted = _musts(actor, search)
    those = f"FROM items WHERE id IN ({having}) AND {_IN_QUESTION}{musts}"
    return those, [property, *values, limit, *_bounds(search), *wanted]


def next_on_sale(
    session: Session, actor: str, search: Search, *, after: PriceCursor, limit: int, wishes: int = 0
) -> tuple[list[ItemRow], PriceCursor | None]:
    """Look at the next `limit` items on sale, the cheapest first, then by article number.

    Return those in question that have every must and so many of the wishes, and the place behind which to go
    on, None behind the last. So many are looked at, whatever is wanted: it costs the same for each wish.
    """
    on_sale = f"actor = ? AND {_ON_SALE} AND currency = ? AND (price_millionths, sku) > (?, ?)"
    ordered = "ORDER BY price_millionths, sku LIMIT"
    place = (actor, search.currency, after.price_millionths, after.sku)
    last = session.one(
        f"SELECT price_millionths, sku FROM items WHERE {on_sale} {ordered} 1 OFFSET ?", *place, limit - 1
    )
    musts, values = _musts(actor, search)
    met, wanted = _met(actor, search) if wishes else ("", [])
    statement = (
        f"SELECT {_COLUMNS} FROM (SELECT id AS next FROM items WHERE {on_sale} {ordered} ? + 0) "
        f"CROSS JOIN items ON items.id = next WHERE {_IN_QUESTION}{musts}{met}"
    )
    enough = [*wanted, wishes] if wishes else []
    found = session.all(statement, *place, limit, *_bounds(search), *values, *enough)
    return [_ITEMS.decode(row) for row in found], None if last is None else PriceCursor(*last)


def _musts(actor: str, search: Search) -> tuple[str, list[Any]]:
    """Return the conditions that an item has all that it must have, each begun with AND, and their values."""
    conditions = [_has(actor, must) for must in search.musts]
    return "".join(f" AND {condition}" for condition, _ in conditions), _values(conditions)


def _met(actor: str, search: Search) -> tuple[str, list[Any]]:
    """Return the condition, begun with AND, that an item meets so many of the wishes, and its values."""
    conditions = [_has(actor, wish) for wish in search.wishes]
    return f" AND ({' + '.join(condition for condition, _ in conditions) or '0'}) >= ?", _values(conditions)


def _has(actor: str, sought: Sought) -> tuple[str, list[Any]]:
    """Return the condition that an item has a property so, and its values.

    The sign keeps an index of numbers out of it, in which SQLite would look, for each item, at all numbers
    between the two.
    """
    condition, values = _condition(sought)
    having = f"item_properties WHERE item_properties.item = items.id AND property = ? AND +{condition}"
    return f"EXISTS (SELECT 1 FROM {having})", [property_key(actor, sought.name, sought.unit), *values]


def _values(conditions: Sequence[tuple[str, list[Any]]]) -> list[Any]:
    return [value for _, values in conditions for value in values]


def _bounds(search: Search) -> tuple[str, int, int]:
    return search.currency, search.lead_days, search.millionths


def _condition(sought: Sought) -> tuple[str, tuple[Any, ...]]:
    if sought.words:
        return f"word IN ({', '.join('?' * len(sought.words))})", sought.words
    return "millionths BETWEEN ? AND ?", (sought.least, sought.most)
