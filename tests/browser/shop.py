"""What a shop does at its own node, while a customer looks at a page of theirs."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from node.sandbox.nodes import Node, until
from protocol.documents import Document

T = TypeVar("T")


async def seen(look: Callable[[], T | None], what: str) -> T:
    """Wait until there is something to see at a node, while the browser goes on."""
    return await asyncio.to_thread(until, look, what)


async def offer(
    shop: Node, name: str, amount: str, *, weight: str = "13.2", monthly: str | None = None, wish: str = ""
) -> Document:
    """Offer a bike for the newest wish of this name, once it has arrived.

    Where there are others of that name, `wish` is what the customer's node calls it (its id). With care
    `monthly` for a year it can be left, with a month's notice.
    """

    def newest() -> Document | None:
        named = (one for one in shop.api.pages("/intentions", state="open") if one["name"] == name)
        return next((one for one in named if one["iri"].endswith(wish)), None)

    found = await seen(newest, f"{name} to arrive")
    price: list[Document] = [{"kind": "oneOff", "amount": amount, "currency": "EUR", "label": "Bike"}]
    if monthly is not None:
        times = {"kind": "recurring", "per": "month", "count": 12}
        price.append({"amount": monthly, "currency": "EUR", "label": "Care", **times})
    terms = {
        "name": "Touring bike Linden",
        "price": price,
        "properties": [{"property": "weight", "value": weight, "unit": "kg"}],
        **({} if monthly is None else {"notice": "P1M"}),
    }
    return shop.api.request("POST", "/offers", {"intention": found["id"], "terms": terms})
