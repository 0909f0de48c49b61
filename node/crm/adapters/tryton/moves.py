"""Doing things to records: buttons of Tryton, and what is of a person erased.

Tryton lets an opportunity be won by nothing but an order: confirming its quotation does it, and no button.
A customer whom other records name cannot be deleted there, and is blanked and no longer shown; an order, and
an opportunity that became one, Tryton lets nobody delete or blank.
Tryton keeps the history of opportunities, and a log of who did what, which no program erases over REST.
"""

from typing import Final

from node.crm.adapters.tryton.layouts import ATTACHED, LAYOUTS
from node.crm.adapters.tryton.parties import spell_forgotten
from node.crm.adapters.tryton.records import read_record
from node.crm.adapters.tryton.writes import TrytonDesk
from node.crm.port import CrmMissing, CrmRecord, CrmRefused, RecordKind, RecordVerb

_BY_ORDER: Final = "an opportunity is won there by an order alone."
_OPEN_SALES: Final = ("draft", "quotation")
# What leads to the state in which Tryton lets a record be deleted.
_TO_DELETE: Final = {
    RecordKind.OPPORTUNITY: {
        "lead": ("cancel",),
        "opportunity": ("cancel",),
        "lost": ("lead", "cancel"),
        "cancelled": (),
    },
    RecordKind.QUOTATION: {"draft": ("cancel",), "quotation": ("cancel",), "cancelled": ()},
}


async def act(desk: TrytonDesk, kind: RecordKind, id: str, verb: RecordVerb, reason: str) -> CrmRecord | None:
    """Do something to a record.

    Raises: as the port's `act`.
    """
    if verb is RecordVerb.FORGET:
        return await _forget(desk, kind, id)
    document = await desk.document(kind, id)
    move, state = LAYOUTS[kind].moves.get(verb), document.get("state") or ""
    if move is None:
        raise CrmRefused(f"Tryton cannot {verb} this {kind}: {_BY_ORDER}")
    if state not in move.done:
        if kind is RecordKind.OPPORTUNITY and verb is RecordVerb.LOSE and state == "converted":
            await _cancel_sales(desk, id)
        elif state in move.buttons:
            await _press(desk, kind, id, move.buttons[state])
            if (kind, verb) == (RecordKind.OPPORTUNITY, RecordVerb.REOPEN):
                await desk.make_quotable(document)
        else:
            raise CrmRefused(_why_not(kind, verb, state))
        await _explain(desk, kind, id, reason)
    return read_record(kind, await desk.document(kind, id))


def _why_not(kind: RecordKind, verb: RecordVerb, state: str) -> str:
    if state in ("processing", "done"):
        return "Tryton has begun with the order: it is invoiced or shipped, and ended there by hand."
    return f"Tryton does not {verb} this {kind}: it is {state}."


async def _press(desk: TrytonDesk, kind: RecordKind, id: str, buttons: tuple[str, ...]) -> None:
    for button in buttons:
        await desk.rest.press(LAYOUTS[kind].model, id, button)


async def _cancel_sales(desk: TrytonDesk, opportunity: str) -> None:
    """Cancel the quotations of an opportunity: when none is left, Tryton has it lost."""
    layout = LAYOUTS[RecordKind.QUOTATION]
    origin = f"{LAYOUTS[RecordKind.OPPORTUNITY].model},{opportunity}"
    for sale in await desk.rest.search(layout.model, [["origin", "=", origin]], ["state"]):
        if sale["state"] in _OPEN_SALES:
            await desk.rest.press(layout.model, str(sale["id"]), "cancel")
        elif sale["state"] != "cancelled":
            raise CrmRefused("An order of the opportunity is confirmed: put that back first.")


async def _explain(desk: TrytonDesk, kind: RecordKind, id: str, reason: str) -> None:
    """Keep a reason: an opportunity has a place for it, a sale gets a note."""
    if not reason:
        return
    model = LAYOUTS[kind].model
    if kind is RecordKind.OPPORTUNITY:
        await desk.rest.write(model, id, {"lost_reason": reason})
    else:
        await desk.rest.create(
            LAYOUTS[RecordKind.NOTE].model, {"resource": f"{model},{id}", "message": reason}
        )


async def _forget(desk: TrytonDesk, kind: RecordKind, id: str) -> CrmRecord | None:
    """Erase a record; None if it is gone. A customer whom others name is blanked."""
    try:
        document = await desk.document(kind, id)
    except CrmMissing:
        return None
    ways, state = _TO_DELETE.get(kind), document.get("state") or ""
    if ways is not None and state not in ways:
        raise CrmRefused(f"Tryton neither deletes this {kind} nor lets us blank it: it is {state}.")
    if kind not in ATTACHED:
        await _forget_attached(desk, f"{LAYOUTS[kind].model},{id}")
    await _press(desk, kind, id, () if ways is None else ways[state])
    try:
        await desk.rest.delete(LAYOUTS[kind].model, id)
    except CrmRefused:
        if kind is not RecordKind.CUSTOMER:
            raise
        await desk.rest.write(LAYOUTS[kind].model, id, spell_forgotten(document))
        return read_record(kind, await desk.document(kind, id))
    return None


async def _forget_attached(desk: TrytonDesk, resource: str) -> None:
    for kind in ATTACHED:
        model = LAYOUTS[kind].model
        for found in await desk.rest.search(model, [["resource", "=", resource]], []):
            await desk.rest.delete(model, str(found["id"]))
