"""Lines of a sale: prices without taxes there, with them here; a period stands in the line's note.

Tryton knows no period of a line, so `per month` in its note says that it is paid again. It rounds the
amounts of lines; here a line's quantity times its price is exact, so where rounding spoils that, a line
says its quantity in its label. What is left over between the lines and Tryton's total becomes a line of its
own.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

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
    digits = (document.get("currency") or {}).get("digits", _DIGITS)
    smallest = Decimal(1).scaleb(-int(digits))
    for found in document.get("lines") or ():
        if found.get("type") != "line":
            continue
        rate = _rate(found)
        if rate is None:
            faults.append(ODD_TAX)
        if read_period(found.get("note") or "") is None:
            faults.append(NO_PERIOD % {"field": "note", "text": found["note"].strip()})
        lines.append(_line(found, rate or Decimal(0), smallest))
    left = _decimal(document.get("total_amount")) - sum(
        (Decimal(line.quantity) * Decimal(line.price) for line in lines), Decimal(0)
    )
    if left and lines and not faults:
        lines.append(QuoteLine(ROUNDING, "1", show_price(left)))
    return tuple(lines), tuple(faults)


def spell_line(line: QuoteLine, *, unit: int | None, product: Json | None) -> Json:
    """Spell a line for Tryton, which computes nothing by itself: unit, price and taxes are given."""
    taxes = _taxes(product)
    rate = sum((_decimal(tax.get("rate")) for tax in taxes), Decimal(0))
    price = (Decimal(line.price) / (1 + rate)).quantize(Decimal(1).scaleb(-PRICE_DECIMALS))
    spelled: Json = {
        "type": "line",
        "description": line.label,
        "quantity": float(line.quantity),
        "unit_price": spell_decimal(str(price)),
        "note": spell_period(line.per) or None,
    }
    if product is not None:
        spelled |= {"product": product["id"], "taxes": [["add", [tax["id"] for tax in taxes]]]}
    return spelled if unit is None else spelled | {"unit": unit}


def _line(found: Json, rate: Decimal, smallest: Decimal) -> QuoteLine:
    """Return a line whose quantity times its price is its amount, to the currency's `smallest` coin.

    If no price gives that, it is one of the whole amount.
    """
    quantity = read_text(found.get("quantity")) or "0"
    unit, product = found.get("unit") or {}, found.get("product") or {}
    label, symbol = found.get("description") or product.get("name") or "", unit.get("symbol") or ""
    exact = _decimal(found.get("unit_price")) * (1 + rate)
    amount = (_decimal(found.get("amount")) * (1 + rate)).quantize(smallest, ROUND_HALF_EVEN)
    per = read_period(found.get("note") or "") or ""
    line = line_of(label.strip(), quantity, exact, amount, unit=symbol, per=per)
    return replace(line, named_elsewhere=not found.get("description"))


def _rate(found: Json) -> Decimal | None:
    """Return the sum of a line's taxes, as a part of one; None if one is no percentage."""
    taxes: Sequence[Json] = found.get("taxes") or ()
    if any(tax.get("type") != "percentage" for tax in taxes):
        return None
    return sum((_decimal(tax.get("rate")) for tax in taxes), Decimal(0))


def _taxes(product: Json | None) -> list[Json]:
    category = ((product or {}).get("template") or {}).get("account_category") or {}
    return [tax for tax in category.get("customer_taxes") or () if tax.get("type") == "percentage"]


def _decimal(value: object) -> Decimal:
    return Decimal(read_text(value) or "0")
