"""Lines of a sale: prices without taxes there, with them here; a period stands in the line's note.

Tryton knows no period of a line, so `per month` in its note says that it is paid again. It rounds the
amounts of lines; here a line's quantity times its price is exact, so where rounding spoils that, a line
says its quantity in its label. What is left over between the lines and Tryton's total becomes a line of its
own. Not every price with taxes is one without them in whole coins: what is written then has such a line in
Tryton, too, and each other line is what its unit price says.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from node.core.crm_quotations import say_lines
from node.core.crm_sayings import NO_PERIOD, ODD_TAX
from node.crm.adapters.tryton.wire import Json, read_text, spell_decimal
from node.crm.port import QuoteLine
from node.crm.sums import PRICE_DECIMALS, line_of, read_period, show_price, spell_period

ROUNDING: Final = "Rounding"
_DIGITS: Final = 2  # of a currency that does not say


def read_lines(document: Json) -> tuple[tuple[QuoteLine, ...], tuple[str, ...]]:
    """Return a sale's lines, and sentences on what of them cannot be read."""
    lines: list[QuoteLine] = []
    faults: list[str] = []
    sold, is_evened = _sold(document)
    smallest = _smallest(document)
    for found in sold:
        rate = _rate(found)
        if rate is None:
            faults.append(ODD_TAX)
        if read_period(found.get("note") or "") is None:
            faults.append(NO_PERIOD % {"field": "note", "text": found["note"].strip()})
        lines.append(_line(found, rate or Decimal(0), smallest, is_evened=is_evened))
    left = _decimal(document.get("total_amount")) - sum(
        (Decimal(line.quantity) * Decimal(line.price) for line in lines), Decimal(0)
    )
    if left and lines and not faults:
        lines.append(QuoteLine(ROUNDING, "1", show_price(left)))
    return tuple(lines), tuple(faults)


def spell_line(
    line: QuoteLine, *, unit: int | None, product: Json | None, before: Json | None = None
) -> Json:
    """Spell a line for Tryton, which computes nothing by itself: unit, price and taxes are given.

    `before` is what `kept_of` says of the line whose place it takes. Taxes that leave no unit price from
    which the line could be read again are left out.
    """
    before = before or {}
    taxes = before["taxes"] if "taxes" in before else _taxes(product)
    price = _without(line, _sum(taxes))
    if taxes and not _is_read_again(line, price, _sum(taxes)):
        taxes, price = [], _without(line, Decimal(0))
    spelled: Json = {
        "type": "line",
        "description": line.label,
        "quantity": float(line.quantity),
        "unit_price": spell_decimal(str(price)),
        "note": spell_period(line.per) or None,
    }
    if taxes:
        spelled["taxes"] = [["add", [tax["id"] for tax in taxes]]]
    if before.get("product"):
        return spelled | {"product": before["product"]["id"], "unit": before["unit"]["id"]}
    if product is not None:
        spelled["product"] = product["id"]
    return spelled if unit is None else spelled | {"unit": unit}


def spell_rounding(lines: Sequence[QuoteLine], document: Json, *, unit: int | None) -> Json | None:
    """Return the line without taxes that has a sale read as `lines`; None if it is so, or none does that."""
    wanted = sum((Decimal(line.quantity) * Decimal(line.price) for line in lines), Decimal(0))
    left = wanted - _decimal(document.get("total_amount"))
    spelled = spell_line(QuoteLine(ROUNDING, "1", show_price(left)), unit=unit, product=None)
    evened = {"lines": [*(document.get("lines") or ()), spelled], "total_amount": spell_decimal(str(wanted))}
    is_even = _said(read_lines(document)[0]) == _said(lines)
    return spelled if not is_even and _said(read_lines(document | evened)[0]) == _said(lines) else None


def counted(line: QuoteLine, document: Json) -> QuoteLine:
    """Return a line of ours with the quantity that its label says: `2 x Shelf` is two of a sale's `Shelf`.

    An offer has the quantity in the label alone, and Tryton delivers by the quantity of a line. A line whose
    amount no price of one gives stays one of that amount.
    """
    sold, is_evened = _sold(document)
    smallest = _smallest(document)
    for found in sold:
        read = _line(found, _rate(found) or Decimal(0), smallest, is_evened=is_evened)
        if Decimal(read.quantity) <= 1:
            continue
        price = (Decimal(line.price) / Decimal(read.quantity)).quantize(Decimal(1).scaleb(-PRICE_DECIMALS))
        each = replace(
            line, label=read.label, quantity=read.quantity, price=show_price(price), unit=read.unit
        )
        rate = _sum(found.get("taxes") or ())
        if say_lines((each,), "") == say_lines((line,), "") and _is_read_again(
            each, _without(each, rate), rate
        ):
            return each
    return line


def kept_of(line: QuoteLine, document: Json | None, *, named: bool) -> Json:
    """Return what a line that takes the place of a sale's lines keeps of them: product, unit and taxes.

    It keeps those of the line of its label. Under another one it keeps the taxes that all lines have in
    common, unless it is `named` like a product, which has its own; where they differ, nobody but a person
    knows which are its.
    """
    sold, is_evened = _sold(document or {})
    smallest = _smallest(document or {})
    for found in sold:
        read = _line(found, _rate(found) or Decimal(0), smallest, is_evened=is_evened)
        if read.label == line.label:
            kept = {"taxes": found.get("taxes") or []}
            is_counted = Decimal(read.quantity) == _decimal(found.get("quantity"))
            whole = {name: found.get(name) for name in ("product", "unit")}
            return kept | whole if is_counted and all(whole.values()) else kept
    if named or len({tuple(tax["id"] for tax in found.get("taxes") or ()) for found in sold}) != 1:
        return {}
    return {"taxes": sold[0].get("taxes") or []}


def _sold(document: Json) -> tuple[list[Json], bool]:
    """Return what a sale sells, without the line that evens it out, and whether it has one."""
    lines = [found for found in document.get("lines") or () if found.get("type") == "line"]
    sold = [found for found in lines if not _is_rounding(found)]
    return (sold, len(sold) < len(lines)) if sold else (lines, False)


def _is_rounding(found: Json) -> bool:
    return found.get("description") == ROUNDING and not any(map(found.get, ("product", "taxes", "note")))


def _smallest(document: Json) -> Decimal:
    digits = (document.get("currency") or {}).get("digits", _DIGITS)
    return Decimal(1).scaleb(-int(digits))


def _said(lines: Sequence[QuoteLine]) -> list[tuple[str, Decimal, str]]:
    return [(line.label, Decimal(line.quantity) * Decimal(line.price), line.per) for line in lines]


def _without(line: QuoteLine, rate: Decimal) -> Decimal:
    return (Decimal(line.price) / (1 + rate)).quantize(Decimal(1).scaleb(-PRICE_DECIMALS))


def _is_read_again(line: QuoteLine, price: Decimal, rate: Decimal) -> bool:
    """Tell whether a unit price without taxes is read as the line again."""
    exact, whole = price * (1 + rate), Decimal(line.price) * Decimal(line.quantity)
    near = (exact * Decimal(line.quantity)).quantize(whole, ROUND_HALF_EVEN)
    read = line_of(line.label, line.quantity, exact, near, unit=line.unit, per=line.per)
    return near == whole and Decimal(read.price) == Decimal(line.price) and read.label == line.label


def _line(found: Json, rate: Decimal, smallest: Decimal, *, is_evened: bool = False) -> QuoteLine:
    """Return a line whose quantity times its price is its amount, to the currency's `smallest` coin.

    If no price gives that, it is one of the whole amount. In a sale that is evened out, the amount is what
    the unit price comes to, and no matter what Tryton has rounded it to.
    """
    quantity = read_text(found.get("quantity")) or "0"
    unit, product = found.get("unit") or {}, found.get("product") or {}
    label, symbol = found.get("description") or product.get("name") or "", unit.get("symbol") or ""
    exact = _decimal(found.get("unit_price")) * (1 + rate)
    whole = exact * Decimal(quantity) if is_evened else _decimal(found.get("amount")) * (1 + rate)
    amount = whole.quantize(smallest, ROUND_HALF_EVEN)
    per = read_period(found.get("note") or "") or ""
    line = line_of(label.strip(), quantity, exact, amount, unit=symbol, per=per)
    return replace(line, named_elsewhere=not found.get("description"))


def _rate(found: Json) -> Decimal | None:
    """Return the sum of a line's taxes, as a part of one; None if one is no percentage."""
    taxes: Sequence[Json] = found.get("taxes") or ()
    if any(tax.get("type") != "percentage" for tax in taxes):
        return None
    return _sum(taxes)


def _sum(taxes: Sequence[Json]) -> Decimal:
    return sum((_decimal(tax.get("rate")) for tax in taxes), Decimal(0))


def _taxes(product: Json | None) -> list[Json]:
    category = ((product or {}).get("template") or {}).get("account_category") or {}
    return [tax for tax in category.get("customer_taxes") or () if tax.get("type") == "percentage"]


def _decimal(value: object) -> Decimal:
    return Decimal(read_text(value) or "0")
