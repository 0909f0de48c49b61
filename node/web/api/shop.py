"""A business's shop: its price list, the rule that answers from it, and where its offers stand."""

from typing import Final

from node.services.trade import shop
from node.web.api.authentication import Scope
from node.web.api.operations import Answer, Call, Operation
from protocol.errors import Malformed
from protocol.strictjson import Document

LIMIT_BYTES: Final = 8_388_608  # 8 MB: ten thousand items with their properties


async def show(call: Call) -> Document:
    """Show the price list."""
    return await call.read(lambda session: shop.show(session, call.acting))


async def load(call: Call) -> Document | Answer:
    """Replace the price list."""
    try:
        text = call.text.decode()
    except UnicodeDecodeError:
        raise Malformed("price-list-format", "The price list is not UTF-8.") from None
    media_type = call.request.content_type
    return await call.write(lambda session: shop.load_price_list(session, call.acting, text, media_type))


async def show_rule(call: Call) -> Document:
    """Show the rule, empty where there is none."""
    return await call.read(lambda session: shop.show_rule(session, call.acting)) or {}


async def set_rule(call: Call) -> Document | Answer:
    """Set the rule."""
    return await call.write(lambda session: shop.set_rule(session, call.acting, call.body))


async def pipeline(call: Call) -> Document:
    """Show where the business's offers stand."""
    return await call.read(lambda session: shop.pipeline(session, call.acting))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/pricelist",
        handler=show,
        summary="Show the price list with what is left of each item.",
        answer="PriceList",
    ),
    Operation(
        method="PUT",
        path="/pricelist",
        handler=load,
        scope=Scope.WRITE,
        summary="Replace the price list, from CSV or JSON.",
        takes=("text/csv", "application/json"),
        limit_bytes=LIMIT_BYTES,
        answer="PriceList",
    ),
    Operation(
        method="GET",
        path="/rule",
        handler=show_rule,
        summary="Show how the shop answers intentions by itself; empty if it does not.",
        answer="Rule",
    ),
    Operation(
        method="PUT",
        path="/rule",
        handler=set_rule,
        scope=Scope.WRITE,
        summary="Set how the shop answers intentions by itself.",
        body="NewRule",
        answer="Rule",
    ),
    Operation(
        method="GET",
        path="/pipeline",
        handler=pipeline,
        summary="Show where your offers stand, and which intentions wait for one.",
        answer="Pipeline",
    ),
)
