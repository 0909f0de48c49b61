"""Items: what a business sells, one line of its price list each.

`node.core.pricelists` reads them; that is more to load than the rest of a shop, so who reads none has none.
"""

from decimal import Decimal
from typing import Any, Final

from protocol.decimals import decimal_string
from protocol.prices import amount_string
from protocol.specifications import Property, find
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME, UNIT_ONE

LIMIT_TOTAL: Final = 1_000_000  # of all that a shop has: it answers quickly from so many


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a business sells.

    Args:
        sku: the business's own name for it.
        name: what the customer reads.
        price: for one `unit` of it, in major units of `currency`.
        currency: three letters.
        stock: how many units there are.
        lead_days: days until it can be delivered.
        properties: what it is like.
        unit: in what it is sold and counted.
        category: what kind of thing it is, as an address; "" if that is not said.
        words: what it is called beside its name, phrase by phrase.
    """

    sku: str
    name: str
    price: Decimal
    currency: str
    stock: Decimal
    lead_days: int
    properties: tuple[Property, ...] = ()
    unit: str = UNIT_ONE
    category: str = ""
    words: tuple[str, ...] = ()

    @property
    def offered(self) -> tuple[Property, ...]:
        """What an offer says of it: its properties, and in how many days it is delivered."""
        if find(self.properties, LEAD_TIME) is not None:
            return self.properties
        return (*self.properties, Property(LEAD_TIME, str(self.lead_days), "d"))


def render_item(item: Item) -> dict[str, Any]:
    """Return an item as JSON: as the API shows it, as it is stored, and as `read_item` reads it back."""
    document: dict[str, Any] = {
        "sku": item.sku,
        "name": item.name,
        "price": amount_string(item.price, currency=item.currency),
        "currency": item.currency,
        "stock": render_count(item.stock),
        "lead_days": item.lead_days,
        "properties": [_render_property(stated) for stated in item.properties],
    }
    if item.unit != UNIT_ONE:
        document["unit"] = item.unit
    if item.category:
        document["category"] = item.category
    if item.words:
        document["words"] = [*item.words]
    return document


def render_count(count: Decimal) -> int | str:
    """Return how many there are of something as JSON: a whole number, or decimal text."""
    return str(decimal_string(count)) if count % 1 else int(count)


def _render_property(stated: Property) -> dict[str, str]:
    rendered = {"property": stated.name, "value": stated.value}
    return rendered | {"unit": stated.unit} if stated.unit else rendered
