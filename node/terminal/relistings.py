"""What a price list would change, on the command line: counts, what looks odd, the first of each. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from node.terminal import phrases
from node.terminal.counts import counted
from node.terminal.tables import Column

# Why a change looks odd, as the API says it in one word.
_ODD: Final = {
    "currency": "another currency than before",
    "unit": "sold in another unit than before",
    "tenfold": "tenfold, or a tenth: is it a digit too many or few?",
    "half": "changes by more than half",
    "renamed": "its number stood for something else",
    "vanished": "neither its number nor its name is on the list",
}
_KINDS: Final = ("odd", "added", "changed", "gone")


def _price(item: Mapping[str, Any] | None) -> str:
    """Return the price of one side of a change, with its unit if that does not go without saying."""
    if item is None:
        return ""
    price, unit = phrases.amount(item["price"], item["currency"]), item.get("unit", "one")
    return price if unit == "one" else f"{price} per {unit}"


def _percent(change: Mapping[str, Any]) -> str:
    percent = change.get("percent")
    if percent is None:
        return "gone" if change["after"] is None else "new" if change["before"] is None else ""
    if change["before"]["price"] == change["after"]["price"]:
        return "not the price"
    return f"{percent} %" if percent.startswith("-") else f"+{percent} %"


CHANGES: Final = (
    Column("sku", lambda change: str(change["sku"])),
    Column("name", lambda change: str(change["name"]), long=True),
    Column("now", lambda change: _price(change["before"]), right=True),
    Column("then", lambda change: _price(change["after"]), right=True),
    Column("change", _percent, right=True),
    Column("looks odd", lambda change: "; ".join(_ODD.get(odd, odd) for odd in change["odd"]), long=True),
)


def shown(changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the changes to show in a table, each once: what looks odd first, then the first of each kind."""
    by_sku: dict[str, dict[str, Any]] = {}
    for kind in _KINDS:
        for change in changes[kind]["first"]:
            by_sku.setdefault(change["sku"], change)
    return list(by_sku.values())


def sentences(changes: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a list would change, in sentences of counts."""
    count = {kind: changes[kind]["count"] for kind in (*_KINDS, "up", "down")}
    of_items = (
        f"{count['added']:,} new, {count['changed']:,} changed, {count['gone']:,} gone, "
        f"{changes['unchanged']:,} as before"
    )
    yield f"  Would load {counted(changes['loaded'], 'item')}: {of_items}."
    if count["up"] or count["down"]:
        yield f"  Prices: {count['up']:,} up, {count['down']:,} down."
    if count["odd"]:
        yield f"  {counted(count['odd'], 'change')} to look at: see below."
    yield from _effects(changes["offers"], changes["wishes"])


def _effects(offers: Mapping[str, Any], wishes: Mapping[str, Any] | None) -> Iterator[str]:
    if offers["count"]:
        keep, its = ("keeps", "its") if offers["count"] == 1 else ("keep", "their")
        held = ", ".join(f"{item['count']:,} of {item['name']}" for item in offers["first"])
        standing = counted(offers["count"], "standing offer")
        yield f"  {standing} {keep} {its} price and what is promised: {held}."
    if wishes is not None and wishes["waiting"]:
        wait = "waits" if wishes["waiting"] == 1 else "wait"
        yield (
            f"  {counted(wishes['waiting'], 'intention')} {wait} for an answer; "
            f"there would be something to offer for {wishes['answered']:,}."
        )


def more(changes: Mapping[str, Any], shown: int) -> Iterator[str]:
    """Yield a sentence about the changes of which so many are shown; nothing if those are all."""
    rest = sum(changes[kind]["count"] for kind in ("added", "changed", "gone")) - shown
    if rest > 0:
        yield f"  And {counted(rest, 'more change')}."
