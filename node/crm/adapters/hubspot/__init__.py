"""HubSpot as a CRM: contacts, deals, quotes with their line items, notes, and files on notes.

The key is the access token of a private app. What this knows is HubSpot's public documentation; it was tried
against a server of the tests that plays that, and never against HubSpot itself.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from node.crm.adapter import CrmAccount, CrmAdapter
from node.crm.adapters.hubspot.batches import make_together
from node.crm.adapters.hubspot.layouts import LAYOUTS
from node.crm.adapters.hubspot.looks import look
from node.crm.adapters.hubspot.moves import act
from node.crm.adapters.hubspot.reads import HubspotReader
from node.crm.adapters.hubspot.requests import LIMIT_BATCH, HubspotApi
from node.crm.adapters.hubspot.writes import upsert
from node.crm.client import CrmClient
from node.crm.port import (
    ChangesPage,
    Crm,
    CrmDescription,
    CrmError,
    CrmHealth,
    CrmRecord,
    RecordKind,
    RecordVerb,
    Upsert,
    Upserted,
    one_by_one,
)

_TITLE: Final = "HubSpot"


class Hubspot:
    """One account of HubSpot."""

    def __init__(self, reader: HubspotReader) -> None:
        self._reader = reader

    async def describe(self) -> CrmDescription:
        """Say which kinds and properties there are: those that every account has."""
        kinds = {kind: each.described for kind, each in LAYOUTS.items()}
        return CrmDescription(title=_TITLE, kinds=kinds, bulk=LIMIT_BATCH)

    async def changes(self, cursor: str) -> ChangesPage:
        """Return what changed since the cursor."""
        return await look(self._reader, cursor)

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record."""
        return await self._reader.get(kind, id)

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id."""
        return await self._reader.find(kind, external_id)

    async def upsert(self, write: Upsert) -> Upserted:
        """Write a record."""
        return await upsert(self._reader, write)

    async def act(self, kind: RecordKind, id: str, verb: RecordVerb, *, reason: str = "") -> CrmRecord | None:
        """Do something to a record."""
        return await act(self._reader, kind, id, verb, reason)

    async def bulk(self, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
        """Write several records: new contacts together, and others one by one, each compared before."""
        made = await make_together(self._reader, writes)
        is_made = [write.kind is RecordKind.CUSTOMER and write.external_id in made for write in writes]
        left = [write for write, done in zip(writes, is_made, strict=True) if not done]
        rest = iter(await one_by_one(self, left))
        return tuple(
            [
                made[write.external_id] if done else next(rest)
                for write, done in zip(writes, is_made, strict=True)
            ]
        )

    async def health(self) -> CrmHealth:
        """Say that the key is taken, and lets us see contacts."""
        await self._reader.api.call("GET", "crm/v3/objects/contacts", query=[("limit", "1")])
        return CrmHealth(_TITLE)


@asynccontextmanager
async def _opened(account: CrmAccount) -> AsyncIterator[Crm]:
    async with CrmClient.of(account, headers={"Authorization": f"Bearer {account.secret}"}) as client:
        yield Hubspot(HubspotReader(HubspotApi(client), account.clock))


ADAPTER: Final = CrmAdapter(
    title=_TITLE,
    address="https://api.hubapi.com",
    tried="*played* by a server of the tests after HubSpot's public documentation, never with HubSpot itself",
    opens=_opened,
)
