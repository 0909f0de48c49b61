"""Many new contacts made in one request: a deal or a quote takes several, for what it belongs to.

A batch is all or nothing there. What cannot be made together is left to be written one by one, which says of
each what is wrong with it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from node.crm.adapters.hubspot.layouts import ID, LAYOUTS
from node.crm.adapters.hubspot.reads import HubspotReader
from node.crm.adapters.hubspot.writes import checked, spelled
from node.crm.port import CrmRecord, CrmRefused, CrmStale, RecordKind, Upsert, Upserted

_KIND: Final = RecordKind.CUSTOMER


async def make_together(reader: HubspotReader, writes: Sequence[Upsert]) -> dict[str, Upserted]:
    """Make the contacts among some writes that are not there yet; return them by external id.

    Raises: CrmUnavailable, CrmDenied.
    """
    times = Counter(write.external_id for write in writes if write.kind is _KIND)
    properties = {write.external_id: _properties(write) for write in writes if times[write.external_id] == 1}
    wanted = {id: value for id, value in properties.items() if id and value is not None}
    there = await _there(reader, [*wanted])
    new = {id: value for id, value in wanted.items() if id not in there}
    if len(new) < 2:
        return {}
    object = LAYOUTS[_KIND].object
    await reader.api.ensure(object, ID)
    try:
        await reader.api.upsert_many(object, new)
    except (CrmRefused, CrmStale):
        return {}
    made = await _there(reader, [*new])
    return {id: Upserted(record, created=True) for id, record in made.items() if id in new}


def _properties(write: Upsert) -> dict[str, str] | None:
    """Return the properties of a contact that may be made together with others; None if it may not."""
    if write.kind is not _KIND or write.id or write.links:
        return None
    try:
        checked(write)
    except CrmRefused:
        return None
    return spelled(_KIND, write.fields, "", "")


async def _there(reader: HubspotReader, external_ids: Sequence[str]) -> dict[str, CrmRecord]:
    layout = LAYOUTS[_KIND]
    if not external_ids or not await reader.api.has(layout.object, ID):
        return {}
    documents = await reader.api.read_many(layout.object, external_ids, layout.asked, by=ID)
    return {record.external_id: record for record in await reader.read(_KIND, documents)}
