"""BottleCRM 1.35 as a CRM, over its REST: contacts, deals, estimates, comments and attachments.

The key is a personal access token of an administrator of the organisation, or of somebody else once an
administrator has made the custom field `freehold` of contacts, accounts, deals and estimates.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from node.crm.adapter import CrmAccount, CrmAdapter
from node.crm.adapters.bottlecrm.attached import read_attached
from node.crm.adapters.bottlecrm.layouts import ATTACHED, LAYOUTS
from node.crm.adapters.bottlecrm.looks import look
from node.crm.adapters.bottlecrm.moves import act
from node.crm.adapters.bottlecrm.records import read_record
from node.crm.adapters.bottlecrm.rest import BottleRest, foreign
from node.crm.adapters.bottlecrm.writes import BottleDesk
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

_TITLE: Final = "BottleCRM"


class Bottle:
    """One organisation of a BottleCRM."""

    def __init__(self, desk: BottleDesk) -> None:
        self._desk = desk

    async def describe(self) -> CrmDescription:
        """Say which kinds and fields there are."""
        kinds = {kind: layout.described for kind, layout in LAYOUTS.items()} | dict(ATTACHED)
        return CrmDescription(title=_TITLE, kinds=kinds)

    async def changes(self, cursor: str) -> ChangesPage:
        """Return what changed since the cursor."""
        return await look(self._desk, cursor)

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record."""
        if kind in ATTACHED:
            return await read_attached(self._desk.rest, kind, id)
        return read_record(kind, await self._desk.document(kind, id))

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id."""
        return await self._desk.find(kind, external_id)

    async def upsert(self, write: Upsert) -> Upserted:
        """Write a record."""
        return await self._desk.upsert(write)

    async def act(self, kind: RecordKind, id: str, verb: RecordVerb, *, reason: str = "") -> CrmRecord | None:
        """Do something to a record."""
        return await act(self._desk, kind, id, verb, reason)

    async def bulk(self, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
        """Write several records, one after the other: BottleCRM takes one at a time."""
        return await one_by_one(self, writes)

    async def health(self) -> CrmHealth:
        """Say whose token it is."""
        profile = await self._desk.rest.profile(anew=True)
        with foreign():
            return CrmHealth(f"{_TITLE}: {profile['user_details']['email']}")


@asynccontextmanager
async def _opened(account: CrmAccount) -> AsyncIterator[Crm]:
    async with CrmClient.of(account, headers={"Authorization": f"Bearer {account.secret}"}) as client:
        yield Bottle(BottleDesk(BottleRest(client), account.clock, account.zone))


ADAPTER: Final = CrmAdapter(
    title=_TITLE,
    tried="with a BottleCRM 1.35 that is *run*",
    address="where BottleCRM's API answers, without `/api`",
    opens=_opened,
)
