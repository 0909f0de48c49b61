"""Writing records: found, compared, and written where something differs.

HubSpot has no lock: what has changed since it was read is looked at before. A record with an external id is
made by an upsert on the property that HubSpot keeps unique, so two at once make one. A quote that is out is
taken back to a draft while what it says is changed.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from node.crm.adapters.hubspot.layouts import (
    DRAFT,
    HUNG,
    ID,
    LAYOUTS,
    LINE_ITEMS,
    PERIODS,
    PUBLISHED,
    STATE,
    HubspotLayout,
    stored_id,
)
from node.crm.adapters.hubspot.reads import HubspotReader
from node.crm.adapters.hubspot.requests import ODD, Json
from node.crm.foreign import reading
from node.crm.forms import spell_form
from node.crm.port import (
    CrmAmbiguous,
    CrmRecord,
    CrmRefused,
    CrmStale,
    FieldType,
    QuoteLine,
    RecordKind,
    RecordState,
    Upsert,
    Upserted,
)
from node.crm.writable import check_writable, day_of, differing
from protocol.hypertext import render_hypertext

_FOLDER: Final = "/freehold"
_FREQUENCIES: Final = {period: word for word, period in PERIODS.items()}


async def upsert(reader: HubspotReader, write: Upsert) -> Upserted:
    """Write a record.

    Raises: as the port's `upsert`.
    """
    layout = checked(write)
    before = await _before(reader, write)
    if before is None:
        return await _made(reader, layout, write)
    if write.base_version not in {"", before.version}:
        raise CrmStale("The record has changed in HubSpot since it was read.")
    properties = _differing(write, before)
    lines = write.lines if write.lines is not None and write.lines != before.lines else None
    missing = {kind: id for kind, id in write.links.items() if before.links.get(kind) != id}
    if not properties and lines is None and not missing:
        return Upserted(before, created=False)
    await _change(reader, layout, before, properties, lines)
    await _link(reader, layout, before.id, missing)
    return Upserted(await reader.get(write.kind, before.id), created=False)


async def _before(reader: HubspotReader, write: Upsert) -> CrmRecord | None:
    if write.id:
        return await reader.get(write.kind, write.id)
    found = await reader.find(write.kind, write.external_id)
    if len(found) > 1:
        raise CrmAmbiguous("Several records in HubSpot are of the same.", ids=[each.id for each in found])
    return found[0] if found else None


async def _made(reader: HubspotReader, layout: HubspotLayout, write: Upsert) -> Upserted:
    """Make a record; what it belongs to and its lines follow, and are looked for again after a crash."""
    api, properties = reader.api, spelled(write.kind, write.fields, write.currency, write.valid_until)
    if write.kind is RecordKind.OPPORTUNITY:
        properties |= await opening(reader)
    if write.kind is RecordKind.QUOTATION:
        await api.ensure(layout.object, STATE)
        properties |= {"hs_status": DRAFT}
    if write.kind in HUNG:
        properties |= {"hs_timestamp": reader.clock().strftime("%Y-%m-%dT%H:%M:%SZ")}
    if write.content:
        properties |= {"hs_attachment_ids": await _upload(reader, write)}
    if write.external_id:
        await api.ensure(layout.object, ID)
        try:
            made = await api.upsert(layout.object, stored_id(write.kind, write.external_id), properties)
        except CrmStale as error:
            raise CrmRefused("HubSpot has another record of the same e-mail.", said=error.said) from None
    else:
        made = await api.make(layout.object, properties)
    with reading(ODD):
        id = str(int(made["id"]))
    await _link(reader, layout, id, write.links)
    if write.lines:
        await _replace_lines(reader, id, write.lines)
    return Upserted(await reader.get(write.kind, id), created=made.get("new") is not False)


async def opening(reader: HubspotReader) -> Json:
    """Return the stage at which a deal begins: the first that is open, of the first pipeline."""
    for id, stage in sorted((await reader.api.stages()).items(), key=lambda item: item[1]["place"]):
        if stage["ends"] == "open":
            return {"pipeline": stage["pipeline"], "dealstage": id}
    raise CrmRefused("HubSpot has no pipeline of deals with an open stage.")


async def _change(
    reader: HubspotReader,
    layout: HubspotLayout,
    before: CrmRecord,
    properties: Json,
    lines: tuple[QuoteLine, ...] | None,
) -> None:
    """Write into a record; what a quote says is changed while it is a draft."""
    if ID in properties:
        await reader.api.ensure(layout.object, ID)
    said = before.kind is RecordKind.QUOTATION and (lines is not None or bool(properties.keys() - {ID}))
    if said and before.state is RecordState.CONFIRMED:
        raise CrmRefused("The quote is confirmed; what it says cannot be changed any more.")
    again = said and before.state is RecordState.QUOTED
    if again:
        await reader.api.write(layout.object, before.id, {"hs_status": DRAFT})
    if properties:
        try:
            await reader.api.write(layout.object, before.id, properties)
        except CrmStale as error:
            raise CrmRefused("HubSpot has another record with this value.", said=error.said) from None
    if lines is not None:
        await _replace_lines(reader, before.id, lines)
    if again:
        await publish(reader, before.id)


async def publish(reader: HubspotReader, id: str) -> None:
    """Have a quote go out, as far as HubSpot's account lets it."""
    await reader.api.write("quotes", id, {"hs_status": PUBLISHED})


async def _link(
    reader: HubspotReader, layout: HubspotLayout, id: str, links: Mapping[RecordKind, str]
) -> None:
    """Have a record belong to others; a note about a quote hangs on its deal, since a quote has no notes."""
    for kind, other in links.items():
        if kind in layout.links:
            await reader.api.associate(layout.object, id, layout.links[kind], other)
        elif kind is RecordKind.QUOTATION and layout.object == "notes":
            about = (await reader.get(kind, other)).links
            await _link(reader, layout, id, {each: about[each] for each in about if each in layout.links})
        else:
            raise CrmRefused(f"In HubSpot a record of {layout.object} does not belong to a {kind}.")


async def _replace_lines(reader: HubspotReader, quote: str, lines: tuple[QuoteLine, ...]) -> None:
    """Replace the lines of a quote: new ones first, so that it is never without any."""
    old = (await reader.api.associated("quotes", LINE_ITEMS, [quote]))[quote]
    for line in lines:
        with reading(ODD):
            made = str(int((await reader.api.make(LINE_ITEMS, _spelled_line(line)))["id"]))
        await reader.api.associate("quotes", quote, LINE_ITEMS, made)
    for id in old:
        await reader.api.archive(LINE_ITEMS, id)


async def _upload(reader: HubspotReader, write: Upsert) -> str:
    """Keep a file where only who is let in reads it; return its id."""
    name = "".join(
        sign if sign.isalnum() or sign in "._-" else "_" for sign in write.fields.get("hs_note_body", "")
    )
    sent = spell_form(
        [
            ("options", "", b'{"access":"PRIVATE"}'),
            ("folderPath", "", _FOLDER.encode()),
            ("file", name[:100] or "file", write.content),
        ]
    )
    made = await reader.api.call("POST", "files/v3/files", form=sent)
    with reading(ODD):
        return str(int(made["id"]))


def checked(write: Upsert) -> HubspotLayout:
    """Return the layout of a write whose fields and lines can be written.

    Raises: CrmRefused.
    """
    layout = LAYOUTS.get(write.kind)
    check_writable(write, None if layout is None else layout.described, "HubSpot")
    for line in write.lines or ():
        _spelled_line(line)  # before anything is made
    return LAYOUTS[write.kind]


def _differing(write: Upsert, before: CrmRecord) -> Json:
    """Return what of a write is not so already, as properties."""
    left = differing(write, before)
    properties = spelled(write.kind, left.fields, left.currency, left.valid_until)
    if left.external_id:
        properties[ID] = stored_id(write.kind, left.external_id)
    return properties


def spelled(kind: RecordKind, fields: Mapping[str, str], currency: str, valid_until: str) -> Json:
    """Return properties as HubSpot has them: "" blanks one, a note is HTML.

    Raises: CrmRefused.
    """
    types = {field.name: field.type for field in LAYOUTS[kind].fields}
    spelled: Json = {name: _spelled_field(name, value, types[name]) for name, value in fields.items()}
    if currency:
        spelled["hs_currency"] = currency
    if valid_until:
        spelled["hs_expiration_date"] = day_of(valid_until, "valid_until").isoformat()
    return spelled


def _spelled_field(name: str, value: str, type: FieldType) -> str:
    if name == "hs_note_body":
        return render_hypertext(value)
    return day_of(value, name).isoformat() if value and type is FieldType.DATE else value


def _spelled_line(line: QuoteLine) -> Json:
    if line.per and line.per not in _FREQUENCIES:
        raise CrmRefused(f"HubSpot has no period of {line.per} for a line.", field="lines")
    spelled: Json = {"name": line.label, "quantity": line.quantity, "price": str(Decimal(line.price))}
    return spelled | ({"recurringbillingfrequency": _FREQUENCIES[line.per]} if line.per else {})
