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


async def offer(shop: Node, name: str, amount: str, *, weight: str = "13.2") -> Document:
    """Offer a bike for the newest wish of this name, once it has arrived."""

    def newest() -> Document | None:
        return next((one for one in shop.api.pages("/intentions", state="open") if one["name"] == name), None)

    wish = await seen(newest, f"{name} to arrive")
    terms = {
        "name": "Touring bike Linden",
        "price": [{"kind": "oneOff", "amount": amount, "currency": "EUR", "label": "Bike"}],
        "properties": [{"property": "weight", "value": weight, "unit": "kg"}],
    }
    return shop.api.request("POST", "/offers", {"intention": wish["id"], "terms": terms})
