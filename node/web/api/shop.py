"""A business's shop: its price list, the rule that answers from it, and where its offers stand."""

from functools import partial
from typing import Final

from node.core.losses import LossReason
from node.core.pipeline import Stage
from node.services.ledger.idempotency import Shown
from node.services.terms import templates
from node.services.trade import (
    answering,
    customers,
    losses,
    pipeline,
    pricelists,
    rehearsing,
    setting_up,
    shop,
)
from node.services.trade.pricelists import Loading
from node.services.trade.rehearsing import ListChangesShown
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE, choice, flag, text
from node.web.edge.authentication import Scope
from protocol.strictjson import Document

LIMIT_BYTES: Final = 16_777_216  # 16 MB: a hundred thousand items with their properties


async def load(call: ApiCall) -> Shown | RawResponse:
    """Replace the price list."""
    return await _load(call, adds=False)


async def add(call: ApiCall) -> Shown | RawResponse:
    """Add items to the price list, or replace those with their article numbers."""
    return await _load(call, adds=True)


async def _load(call: ApiCall, *, adds: bool) -> Shown | RawResponse:
    """Take a list in steps, so that nobody waits for the writer meanwhile."""
    content, media_type = call.text, call.request.headers["Content-Type"]
    loading = await call.read(lambda _session: pricelists.read(content, media_type, adds=adds))
    await call.read(lambda session: pricelists.check_total(session, call.acting, loading))
    if not call.query.get("empty"):
        await call.read(lambda session: pricelists.check_emptying(session, call.acting, loading))
    if call.is_tried:
        return await _rehearse(call, loading)
    while not (loading.finished or await call.is_repeated()):
        loading = await call.runtime.store.write(
            partial(pricelists.take, acting=call.acting, loading=loading)
        )
    return await call.write(
        lambda session: {**pricelists.show(session, call.acting), "loaded": len(loading.items)}
    )


async def _rehearse(call: ApiCall, loading: Loading) -> ListChangesShown:
    """Compare a list with the one there is: what is taken in steps cannot be undone as one."""
    rehearsal = rehearsing.begin(loading)
    while await call.read(lambda session: rehearsing.look(session, call.acting, rehearsal)):
        pass
    return rehearsing.show(rehearsal)


async def show_rule(call: ApiCall) -> Document:
    """Show the rule, empty where there is none."""
    return await call.read(lambda session: shop.show_rule(session, call.acting)) or {}


async def set_rule(call: ApiCall) -> Document | RawResponse:
    """Set the rule."""
    return await call.write(lambda session: shop.set_rule(session, call.acting, call.body))


async def set_terms(call: ApiCall) -> Shown | RawResponse:
    """Set what the offers of the shop say about data."""
    return await call.write(lambda session: templates.set(session, call.acting, call.body))


OPERATIONS: Final = (
    Operation(
        name="shop_list_customers",
        method="GET",
        path="/customers",
        handler=Reads(customers.list_all),
        summary="List everybody in the pipeline, the most urgent first.",
        answer="Customers",
    ),
    Operation(
        name="shop_show_customer",
        method="GET",
        path="/customers/{id}",
        handler=Reads(customers.show),
        summary="Show a customer: what is due, what was agreed, what was said.",
        answer="Customer",
        errors=(404,),
    ),
    Operation(
        name="shop_show_setup",
        method="GET",
        path="/setup",
        handler=Reads(setting_up.show),
        summary="Show what of a shop is set up, and what is still to do.",
        answer="SettingUp",
    ),
    Operation(
        name="shop_show",
        method="GET",
        path="/pricelist",
        handler=Reads(pricelists.show),
        summary="Show the price list, by article number, with what is left of each item.",
        query=PAGE,
        answer="PriceList",
    ),
    Operation(
        name="shop_add",
        method="POST",
        path="/pricelist",
        handler=add,
        scope=Scope.WRITE,
        summary="Add items to the price list, or replace those with their article numbers.",
        takes=("text/csv", "application/json"),
        limit_bytes=LIMIT_BYTES,
        answer="PriceList",
        tried="PriceListChanges",
        errors=(409,),
    ),
    Operation(
        name="shop_load",
        method="PUT",
        path="/pricelist",
        handler=load,
        scope=Scope.WRITE,
        summary="Replace the price list, from CSV or JSON.",
        query=(flag("empty", "Whether a list without items may take all that there are away."),),
        takes=("text/csv", "application/json"),
        limit_bytes=LIMIT_BYTES,
        answer="PriceList",
        tried="PriceListChanges",
        errors=(409,),
    ),
    Operation(
        name="shop_show_terms",
        method="GET",
        path="/pricelist/terms",
        handler=Reads(templates.show),
        summary="Show what your offers say about data, what customers see of that, and how many refused it.",
        answer="TermsTemplate",
    ),
    Operation(
        name="shop_set_terms",
        method="PUT",
        path="/pricelist/terms",
        handler=set_terms,
        scope=Scope.WRITE,
        summary="Set what your offers say about data, to all who understand it; what was offered stands.",
        body="NewTermsTemplate",
        answer="TermsTemplate",
        errors=(422,),
    ),
    Operation(
        name="shop_drop_terms",
        method="DELETE",
        path="/pricelist/terms",
        handler=Writes(templates.drop),
        scope=Scope.WRITE,
        summary="Say nothing about data in your offers but what is said by hand.",
        answer="TermsTemplate",
    ),
    Operation(
        name="shop_show_rule",
        method="GET",
        path="/rule",
        handler=show_rule,
        summary="Show how the shop answers intentions by itself; empty if it does not.",
        answer="Rule",
    ),
    Operation(
        name="shop_set_rule",
        method="PUT",
        path="/rule",
        handler=set_rule,
        scope=Scope.WRITE,
        summary="Set how the shop answers intentions by itself.",
        body="NewRule",
        answer="Rule",
    ),
    Operation(
        name="shop_drop_rule",
        method="DELETE",
        path="/rule",
        handler=Writes(shop.drop_rule),
        scope=Scope.WRITE,
        summary="Have no rule: the shop answers nothing by itself any more. What was offered stands.",
        answer="Rule",
    ),
    Operation(
        name="shop_show_pipeline",
        method="GET",
        path="/pipeline",
        handler=Reads(pipeline.show),
        summary="Show what is to be done next about your offers and about intentions without one.",
        query=(
            choice("stage", "Only what stands there; without it, all that is not agreed yet.", *Stage),
            text("search", "Only what has these words in its wish, its place or its customer's names."),
            flag("counts", "Only how much stands where; no items."),
        ),
        answer="Pipeline",
    ),
    Operation(
        name="shop_list_lost",
        method="GET",
        path="/lost",
        handler=Reads(losses.show),
        summary="List your offers that came to nothing in the last 90 days, with why, the newest first.",
        query=(
            choice("reason", "Only what was lost for this.", *LossReason),
            text("customer", "Only what was offered to this customer (its id)."),
            *PAGE,
        ),
        answer="LostOffers",
        errors=(404,),
    ),
    Operation(
        name="shop_show_wish",
        method="GET",
        path="/pipeline/{id}",
        handler=Reads(answering.show),
        summary="Show somebody else's intention with your offers to it, and what they leave unsaid.",
        query=(text("offer", "Which of your offers; without it, the newest."),),
        answer="WishToAnswer",
        errors=(404,),
    ),
)
