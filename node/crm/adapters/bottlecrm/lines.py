"""Lines of an estimate: prices without taxes there, with them here; the period is a line's description.

BottleCRM charges one tax on the whole estimate, takes a discount off the whole, and rounds. So a line's price
has the tax in it, the discount becomes a line of its own, and so does what is left over between the lines and
the total. The other way round it keeps two decimals and no price below zero: what has more is one line of the
whole amount, and what is less than nothing is the discount.
"""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from node.core.crm_sayings import NO_PERIOD
from node.crm.adapters.bottlecrm.rest import Json
from node.crm.port import CrmRefused, QuoteLine
from node.crm.sums import line_of, read_period, show_price, spell_period

ROUNDING: Final = "Rounding"
DISCOUNT: Final = "Discount"

_CENT: Final = Decimal("0.01")
_MOST_DIGITS: Final = 18  # before the point, or of zeros behind it
_LABEL_CHARACTERS: Final = 255
_ODD_LINE: Final = "A line comes to more than two decimals, which BottleCRM does not keep."


def read_lines(document: Json) -> tuple[tuple[QuoteLine, ...], tuple[str, ...]]:
    """Return an estimate's lines, which add up to its total, and sentences on what cannot be read of them.

    Raises:
        LookupError, TypeError, ValueError, ArithmeticError: it is none of BottleCRM's.
    """
    factor = 1 + _decimal(document["tax_rate"]) / 100
    lines = [_line(found, factor) for found in document["line_items"]]
    if discount := _decimal(document["discount_amount"]):
        amount = (-discount * factor).quantize(_CENT, ROUND_HALF_EVEN)
        lines.append(QuoteLine(DISCOUNT, "1", show_price(amount)))
    left = _decimal(document["total_amount"]) - sum(map(_amount, lines), Decimal(0))
    if left and lines:
        lines.append(QuoteLine(ROUNDING, "1", show_price(left)))
    said = [str(found["description"] or "").strip() for found in document["line_items"]]
    faults = [
        NO_PERIOD % {"field": "description", "text": each} for each in said if read_period(each) is None
    ]
    return tuple(lines), tuple(faults)


def spell_lines(lines: tuple[QuoteLine, ...]) -> Json:
    """Spell lines for BottleCRM, and what they are less by together.

    Raises:
        CrmRefused: an amount has more decimals than BottleCRM.
    """
    try:
        less = -sum((_amount(line) for line in lines if _amount(line) < 0), Decimal(0))
        spelled = [_spell(line) for line in lines if _amount(line) >= 0]
    except InvalidOperation:
        raise CrmRefused("A line's quantity or price is no number.", field="lines") from None
    values: Json = {"line_items": spelled}
    return values | ({"discount_type": "FIXED", "discount_value": _money(less)} if less else {})


def _line(found: Json, factor: Decimal) -> QuoteLine:
    quantity, net = _decimal(found["quantity"]), _decimal(found["net_amount"])
    said = (found["description"] or "").strip()
    per = read_period(said) or ""
    amount = (net * factor).quantize(_CENT, ROUND_HALF_EVEN)
    named = (found["name"] or found.get("product_name") or "").strip()
    label = named or ("" if per else said)
    exact = net * factor / quantity if quantity else amount
    return line_of(label, f"{quantity.normalize():f}", exact, amount, unit="", per=per)


def _spell(line: QuoteLine) -> Json:
    quantity, price = Decimal(line.quantity), Decimal(line.price)
    label = line.label
    if not (quantity > 0 and _fits(quantity) and _fits(price)):
        label = " ".join(word for word in (line.quantity, line.unit, label) if word)
        quantity, price = Decimal(1), _amount(line)
    return {
        "name": label[:_LABEL_CHARACTERS],
        "description": spell_period(line.per),
        "quantity": f"{quantity:f}",
        "unit_price": _money(price),
    }


def _decimal(value: str) -> Decimal:
    """Return a number; one of a thousand digits, as two signs of an exponent make it, would fill the memory.

    Raises:
        TypeError, ValueError, ArithmeticError: it is none of BottleCRM's.
    """
    number = Decimal(value)
    if not number.is_finite() or (number and abs(number.adjusted()) > _MOST_DIGITS):
        raise ValueError("no amount")
    return number


def _money(amount: Decimal) -> str:
    if not _fits(amount):
        raise CrmRefused(_ODD_LINE, field="lines")
    return f"{amount:.2f}"


def _fits(number: Decimal) -> bool:
    return number == number.quantize(_CENT)


def _amount(line: QuoteLine) -> Decimal:
    return Decimal(line.quantity) * Decimal(line.price)
