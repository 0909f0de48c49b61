"""Records read whole: with what they belong to, and quotes with their lines."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from node.crm.adapters.hubspot.layouts import ID, LAYOUTS, LINE, LINE_ITEMS, stored_id
from node.crm.adapters.hubspot.records import kind_of_note, read_record, with_lines
from node.crm.adapters.hubspot.requests import ODD, HubspotApi, Json
from node.crm.foreign import reading, record_of, tell
from node.crm.port import CrmMissing, CrmRecord, RecordChange, RecordKind
from protocol.values import dataclass

_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class HubspotReader:
    """Reads from one account."""

    api: HubspotApi
    clock: Callable[[], datetime]

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record.

        Raises: CrmMissing.
        """
        layout = LAYOUTS.get(kind)
        if layout is None or not is_id(id):
            raise CrmMissing(f"There is no such {kind} in HubSpot.")
        records = await self.read(kind, await self.api.read_many(layout.object, [id], layout.asked))
        if len(records) != 1 or records[0].id != id:
            raise CrmMissing(f"There is no such {kind} in HubSpot.")
        return records[0]

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id, by the property that HubSpot keeps unique."""
        layout = LAYOUTS.get(kind)
        if not external_id or layout is None or not await self.api.has(layout.object, ID):
            return ()
        value = stored_id(kind, external_id)
        documents = await self.api.read_many(layout.object, [value], layout.asked, by=ID)
        return tuple(each for each in await self.read(kind, documents) if each.external_id == external_id)

    async def read(self, kind: RecordKind, documents: Sequence[Json]) -> list[CrmRecord]:
        """Return records as the port has them, from what was asked for them.

        Raises:
            CrmUnreadable: one of them cannot be read.
        """
        return [record_of(told) for told in await self.tell(kind, documents)]

    async def tell(self, kind: RecordKind, documents: Sequence[Json]) -> list[RecordChange]:
        """Return what tells of records, each as it is read or that it cannot be."""
        if not documents:
            return []
        layout = LAYOUTS[kind]
        with reading(ODD):
            if kind is RecordKind.FILE or kind is RecordKind.NOTE:
                documents = [each for each in documents if kind_of_note(each) is kind]
            ids = [str(int(document["id"])) for document in documents]
        linked = {
            other: await self.api.associated(layout.object, object, ids)
            for other, object in layout.links.items()
        }
        stages = await self.api.stages() if kind is RecordKind.OPPORTUNITY else {}
        lines = await self._lines(ids) if kind is RecordKind.QUOTATION else None
        told = list[RecordChange]()
        for id, document in zip(ids, documents, strict=True):
            links = {other: found[id] for other, found in linked.items()}
            read = partial(read_record, kind, document, links, stages)
            told.append(tell(kind, id, read if lines is None else partial(_read_quote, read, lines[id])))
        return told

    async def _lines(self, ids: Sequence[str]) -> dict[str, list[Json]]:
        """Return the line items of some quotes, as HubSpot has them."""
        quotes = await self.api.associated("quotes", LINE_ITEMS, ids)
        every = sorted({id for ids in quotes.values() for id in ids}, key=int)
        with reading(ODD):
            items = {str(int(item["id"])): item for item in await self.api.read_many(LINE_ITEMS, every, LINE)}
        return {quote: [items[id] for id in lines if id in items] for quote, lines in quotes.items()}


def _read_quote(read: Callable[[], CrmRecord], items: Sequence[Json]) -> CrmRecord:
    return with_lines(read(), items)


def is_id(id: str) -> bool:
    """Tell whether a text is an id of HubSpot's."""
    return id.isascii() and id.isdecimal() and len(id) <= _DIGITS
