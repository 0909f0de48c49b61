"""Doing things to records: stages of deals, states of quotes, and what is of a person erased.

A contact is erased for good, by the deletion that HubSpot has for that. Anything else is blanked first and
then deleted, since what is deleted can be restored for 90 days. A file is erased where it lies.
"""

from contextlib import suppress
from typing import Final

from node.crm.adapters.hubspot.layouts import CANCELLED, CONFIRMED, DRAFT, ID, LAYOUTS, LINE_ITEMS, STATE
from node.crm.adapters.hubspot.reads import HubspotReader, is_id
from node.crm.adapters.hubspot.records import kind_of_note
from node.crm.adapters.hubspot.requests import ODD, Json
from node.crm.adapters.hubspot.writes import publish
from node.crm.foreign import reading, text
from node.crm.port import CrmMissing, CrmRecord, CrmRefused, RecordKind, RecordState, RecordVerb
from protocol.hypertext import render_hypertext

_FORGOTTEN: Final = "Forgotten"  # what stands where HubSpot wants something to stand
_NEEDED: Final = frozenset({"dealname", "hs_title"})
_STAGES: Final = {RecordVerb.WIN: "won", RecordVerb.LOSE: "lost", RecordVerb.REOPEN: "open"}
_BEGINS: Final = {
    RecordVerb.WIN: {RecordState.OPEN, RecordState.LOST},
    RecordVerb.LOSE: {RecordState.OPEN},
    RecordVerb.QUOTE: {RecordState.DRAFT},
    RecordVerb.CONFIRM: {RecordState.QUOTED},
    RecordVerb.CANCEL: {RecordState.DRAFT, RecordState.QUOTED, RecordState.CONFIRMED},
}
_ENDS: Final = {
    RecordVerb.WIN: {RecordState.WON},
    RecordVerb.LOSE: {RecordState.LOST},
    RecordVerb.DRAFT: {RecordState.DRAFT},
    RecordVerb.QUOTE: {RecordState.QUOTED},
    RecordVerb.CONFIRM: {RecordState.CONFIRMED},
    RecordVerb.CANCEL: {RecordState.CANCELLED},
    RecordVerb.REOPEN: {RecordState.OPEN, RecordState.QUOTED, RecordState.DRAFT},
}


async def act(
    reader: HubspotReader, kind: RecordKind, id: str, verb: RecordVerb, reason: str
) -> CrmRecord | None:
    """Do something to a record.

    Raises: as the port's `act`.
    """
    if verb is RecordVerb.FORGET:
        await _forget(reader, kind, id)
        return None
    record = await reader.get(kind, id)
    if verb not in LAYOUTS[kind].verbs:
        raise CrmRefused(f"HubSpot cannot {verb} a {kind}.")
    if record.state in _ENDS[verb]:
        return record
    if verb in _BEGINS and record.state not in _BEGINS[verb]:
        raise CrmRefused(f"HubSpot does not {verb} this {kind}: it is {record.state}.")
    if kind is RecordKind.OPPORTUNITY:
        await reader.api.write("deals", id, await _stage(reader, id, verb, reason))
    elif verb is RecordVerb.QUOTE:
        await publish(reader, id)
    elif verb is RecordVerb.DRAFT:
        ours = {} if record.state is RecordState.QUOTED else {STATE: ""}
        await reader.api.write("quotes", id, {"hs_status": DRAFT, **ours})
    else:
        await reader.api.ensure("quotes", STATE)
        word = {RecordVerb.CONFIRM: CONFIRMED, RecordVerb.CANCEL: CANCELLED}.get(verb, "")
        await reader.api.write("quotes", id, {STATE: word})
        await _explain(reader, record, reason)
    return await reader.get(kind, id)


async def _stage(reader: HubspotReader, id: str, verb: RecordVerb, reason: str) -> Json:
    """Return the stage to which a verb leads: the first such one of the deal's own pipeline."""
    pipeline, wanted = await _property(reader, "deals", id, "pipeline"), _STAGES[verb]
    stages = [
        (each["place"], name)
        for name, each in (await reader.api.stages()).items()
        if (each["pipeline"], each["ends"]) == (pipeline, wanted)
    ]
    if not stages:
        raise CrmRefused(f"The pipeline of the deal has no stage at which it is {wanted}.")
    lost = {"closed_lost_reason": reason} if reason and verb is RecordVerb.LOSE else {}
    return {"dealstage": min(stages)[1], **lost}


async def _explain(reader: HubspotReader, record: CrmRecord, reason: str) -> None:
    """Keep a reason: a quote that is out has no place for it, but its deal has notes."""
    deal = record.links.get(RecordKind.OPPORTUNITY)
    if not reason or deal is None:
        return
    at = reader.clock().strftime("%Y-%m-%dT%H:%M:%SZ")
    made = await reader.api.make("notes", {"hs_note_body": render_hypertext(reason), "hs_timestamp": at})
    with reading(ODD):
        note = str(int(made["id"]))
    await reader.api.associate("notes", note, "deals", deal)


async def _forget(reader: HubspotReader, kind: RecordKind, id: str) -> None:
    try:
        record = await reader.get(kind, id)
    except CrmMissing:
        return
    api, layout = reader.api, LAYOUTS[kind]
    match kind:
        case RecordKind.CUSTOMER:
            await api.call("POST", "crm/v3/objects/contacts/gdpr-delete", body={"objectId": id})
            return
        case RecordKind.OPPORTUNITY:
            await _forget_notes(reader, id)
        case RecordKind.QUOTATION:
            await api.write(layout.object, id, {"hs_status": DRAFT})
            for line in (await api.associated(layout.object, LINE_ITEMS, [id]))[id]:
                await api.archive(LINE_ITEMS, line)
        case RecordKind.FILE:
            await _erase_files(reader, id)
    names = [field.name for field in layout.fields if field.writable and record.fields.get(field.name)]
    if names:
        blank = {name: _FORGOTTEN if name in _NEEDED else "" for name in names}
        await api.write(layout.object, id, blank)
    await api.archive(layout.object, id)


async def _forget_notes(reader: HubspotReader, deal: str) -> None:
    """Erase what hangs on a deal, and was said of its customer."""
    notes = (await reader.api.associated("deals", "notes", [deal]))[deal]
    for document in await reader.api.read_many("notes", notes, [ID]):
        with reading(ODD):
            kind, id = kind_of_note(document), str(int(document["id"]))
        await _forget(reader, kind, id)


async def _erase_files(reader: HubspotReader, note: str) -> None:
    named = await _property(reader, "notes", note, "hs_attachment_ids")
    for file in filter(is_id, named.split(";")):
        with suppress(CrmMissing):  # somebody has erased it
            await reader.api.call("DELETE", f"files/v3/files/{file}/gdpr-delete")


async def _property(reader: HubspotReader, object: str, id: str, name: str) -> str:
    """Return one property of a record, "" if there is none.

    Raises: CrmMissing.
    """
    with reading(ODD):
        for document in await reader.api.read_many(object, [id], [name]):
            return text(document["properties"].get(name) or "")
    raise CrmMissing("Somebody deleted the record in HubSpot meanwhile.")
