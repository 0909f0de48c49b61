"""Doing things to records: stages of deals, an estimate's way, and what is of a person erased.

An estimate goes out by being sent, which mails it where it has its client's address. It is accepted and
declined at its public page alone, so that is where it is done, in the name of its client and with the address
of whose token ours is. From there nothing leads back.
"""

from decimal import Decimal
from typing import Final
from urllib.parse import quote

from node.crm.adapters.bottlecrm.accounts import forget_account
from node.crm.adapters.bottlecrm.attached import attach, detach, detach_all
from node.crm.adapters.bottlecrm.layouts import ATTACHED, ESTIMATES_ALIVE, KEY, LAYOUTS
from node.crm.adapters.bottlecrm.records import is_id, read_record
from node.crm.adapters.bottlecrm.rest import Json, foreign
from node.crm.adapters.bottlecrm.writes import BottleDesk
from node.crm.foreign import text
from node.crm.port import CrmMissing, CrmRecord, CrmRefused, RecordKind, RecordState, RecordVerb, Upsert

_NO_WAY_BACK: Final = "In BottleCRM nothing leads back from an estimate that is accepted or declined."
_WORTH: Final = (
    "BottleCRM lets no deal be won without what it is worth: it has neither an amount nor an estimate."
)
_OPEN_STATES: Final = frozenset({RecordState.DRAFT, RecordState.QUOTED})
_STAGES: Final = {RecordVerb.WIN: "won", RecordVerb.LOSE: "lost", RecordVerb.REOPEN: "open"}
_LEADS_TO: Final = {
    RecordVerb.QUOTE: RecordState.QUOTED,
    RecordVerb.CONFIRM: RecordState.CONFIRMED,
    RecordVerb.CANCEL: RecordState.CANCELLED,
}


async def act(desk: BottleDesk, kind: RecordKind, id: str, verb: RecordVerb, reason: str) -> CrmRecord | None:
    """Do something to a record.

    Raises: as the port's `act`.
    """
    if verb is RecordVerb.FORGET:
        await _forget(desk, kind, id)
        return None
    document = await desk.document(kind, id)
    record = read_record(kind, document)
    if kind is RecordKind.OPPORTUNITY and verb in _STAGES:
        moved = await _to_stage(desk, document, _STAGES[verb])
    elif kind is RecordKind.QUOTATION and verb in _LEADS_TO:
        moved = await _lead(desk, document, record, _LEADS_TO[verb])
    else:
        raise CrmRefused(_NO_WAY_BACK if kind is RecordKind.QUOTATION else f"Nobody can {verb} a {kind}.")
    if moved and reason:
        await _explain(desk, record, reason)
    return read_record(kind, await desk.document(kind, id))


async def _explain(desk: BottleDesk, record: CrmRecord, reason: str) -> None:
    """Keep a reason: no record has a place for it, so it is a note, the same one each time."""
    about = f"urn:freehold:{record.kind}:{record.id}:{record.version}"
    links = {record.kind: record.id}
    note = Upsert(kind=RecordKind.NOTE, external_id=about, fields={"comment": reason}, links=links)
    await attach(desk.rest, note)


# --- deals


async def _to_stage(desk: BottleDesk, document: Json, wanted: str) -> bool:
    """Move a deal to the first stage of a kind in its pipeline; return whether it was not in one."""
    if document.get("stage_kind") == wanted:
        return False
    values: Json = {"stage": await _stage(desk, document, wanted)}
    if wanted != "open" and not document.get("closed_on"):
        values["closed_on"] = desk.clock().astimezone(desk.zone).date().isoformat()
    if wanted == "won" and not document.get("amount"):
        values["amount"] = await _worth(desk, document)
    await desk.rest.write("PATCH", f"{LAYOUTS[RecordKind.OPPORTUNITY].path}{document['id']}/", values)
    return True


async def _stage(desk: BottleDesk, document: Json, wanted: str) -> str:
    path = f"{LAYOUTS[RecordKind.OPPORTUNITY].path}pipelines/"
    with foreign():
        for pipeline in await desk.rest.rows(path, "pipelines"):
            if pipeline["id"] == document["pipeline"]:
                for stage in sorted(pipeline["stages"], key=lambda each: int(each["order"])):
                    if stage["kind"] == wanted:
                        return str(stage["code"])
    raise CrmRefused(f"The deal's pipeline has no stage for deals that are {wanted}.")


async def _worth(desk: BottleDesk, document: Json) -> str:
    """Return the total of a deal's estimate that is out or accepted; the newest, if there are several."""
    layout = LAYOUTS[RecordKind.QUOTATION]
    with foreign():
        account = (document["account"] or {}).get("id") or ""
        rows = await desk.rest.rows(layout.path, layout.rows, [("account", str(account))] if account else [])
        for row in rows:
            mine = (row["opportunity"] or {}).get("id") == document["id"]
            if mine and layout.states.get(row["status"]) in ESTIMATES_ALIVE and Decimal(row["total_amount"]):
                return str(row["total_amount"])
    raise CrmRefused(_WORTH)


# --- estimates


async def _lead(desk: BottleDesk, document: Json, record: CrmRecord, wanted: RecordState) -> bool:
    """Bring an estimate to a state; return whether it was not there."""
    if record.state is wanted:
        return False
    is_draft = record.state is RecordState.DRAFT
    if record.state not in _OPEN_STATES or (is_draft and wanted is RecordState.CONFIRMED):
        raise CrmRefused(f"BottleCRM does not do this to an estimate that is {document.get('status')}.")
    if is_draft:
        if wanted is RecordState.CANCELLED and document.get("client_email"):
            raise CrmRefused("A draft is not declined there without being mailed to its client: delete it.")
        await desk.rest.write("POST", f"{LAYOUTS[record.kind].path}{record.id}/send/", {})
    if wanted is not RecordState.QUOTED:
        await _answer(desk, document, record, wanted)
    return True


async def _answer(desk: BottleDesk, document: Json, record: CrmRecord, wanted: RecordState) -> None:
    """Accept or decline an estimate at its public page."""
    if not document.get("public_link_enabled"):
        raise CrmRefused(
            "The estimate's public link is switched off, and without it BottleCRM takes no answer."
        )
    with foreign():
        public = f"api/public/estimate/{quote(text(document['public_token']), safe='')}"
        signer = {"name": await _client(desk, document, record), "email": await _our_address(desk)}
    if wanted is RecordState.CONFIRMED:
        await desk.rest.write("POST", f"{public}/accept/", signer)
    else:
        await desk.rest.write("POST", f"{public}/decline/", {})


async def _client(desk: BottleDesk, document: Json, record: CrmRecord) -> str:
    """Return who accepts an estimate."""
    if name := str(document.get("client_name") or ""):
        return name
    customer = record.links.get(RecordKind.CUSTOMER, "")
    found = await desk.document(RecordKind.CUSTOMER, customer) if customer else None
    name = "" if found is None else read_record(RecordKind.CUSTOMER, found).fields["name"]
    return name or "The customer"


async def _our_address(desk: BottleDesk) -> str:
    return str((await desk.rest.profile())["user_details"]["email"])


# --- forgetting


async def _forget(desk: BottleDesk, kind: RecordKind, id: str) -> None:
    """Delete a record and all that hangs on it, if it is there; a customer's account is blanked."""
    if kind in ATTACHED:
        return await detach(desk.rest, kind, id)
    if not is_id(id):
        return None
    try:
        whole = await desk.whole(kind, id)
    except CrmMissing:
        return None
    with foreign():
        document = whole[LAYOUTS[kind].one]
        external_id = str((document["custom_fields"] or {}).get(KEY) or "")
    if kind is not RecordKind.QUOTATION:
        await detach_all(desk.rest, kind, id, whole)
    if kind is RecordKind.CUSTOMER:
        await forget_account(desk.rest, external_id)
    await desk.rest.delete(f"{LAYOUTS[kind].path}{id}/")
    return None
