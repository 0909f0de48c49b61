"""Tryton 8.2 as a CRM, over its REST: parties, opportunities, sales, notes and attachments.

Its modules `sale_opportunity` and `sale` have to be active, and the key is that of a user application of
the kind `rest`. Parties are customers, by an identifier; sales are quotations and orders.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from node.core.crm_sayings import NO_COMPANY, NO_EMPLOYEE, NO_NOTES, NO_PRODUCT, NOT_HERE, NOT_LET_IN
from node.crm.adapter import CrmAccount, CrmAdapter
from node.crm.adapters.tryton.layouts import LAYOUTS
from node.crm.adapters.tryton.looks import look
from node.crm.adapters.tryton.moves import act
from node.crm.adapters.tryton.records import read_record
from node.crm.adapters.tryton.rest import TrytonRest
from node.crm.adapters.tryton.writes import TrytonDesk
from node.crm.client import CrmClient
from node.crm.port import (
    ChangesPage,
    Crm,
    CrmDenied,
    CrmDescription,
    CrmError,
    CrmHealth,
    CrmMissing,
    CrmRecord,
    CrmRefused,
    CrmUnavailable,
    RecordKind,
    RecordVerb,
    Upsert,
    Upserted,
    one_by_one,
)

_TITLE: Final = "Tryton"


class Tryton:
    """One database of a Tryton."""

    def __init__(self, desk: TrytonDesk) -> None:
        self._desk = desk

    async def describe(self) -> CrmDescription:
        """Say which kinds and fields there are: those of Tryton's own modules."""
        kinds = {kind: layout.described for kind, layout in LAYOUTS.items()}
        return CrmDescription(title=_TITLE, kinds=kinds)

    async def changes(self, cursor: str) -> ChangesPage:
        """Return what changed since the cursor."""
        return await look(self._desk.rest, cursor)

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record, or the party that took its place."""
        record = read_record(kind, await self._desk.document(kind, id))
        return record if record.id == id else replace(record, in_place_of=id)

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
        """Write several records, one after the other: Tryton's REST takes one at a time."""
        return await one_by_one(self, writes)

    async def health(self) -> CrmHealth:
        """Say whose Tryton it is.

        Raises:
            CrmUnavailable: it has no such database, or nothing that an option names.
        """
        try:
            found = await self._desk.rest.preferences(anew=True)
        except (CrmMissing, CrmRefused) as error:
            raise CrmUnavailable(NOT_HERE, said=error.said) from None
        except CrmDenied as error:
            raise CrmDenied(NOT_LET_IN, said=error.said) from None
        if self._desk.rest.named_company not in (None, found.get("company")):
            raise CrmUnavailable(NO_COMPANY)
        if self._desk.employee and await self._desk.find_employee() is None:
            raise CrmUnavailable(NO_EMPLOYEE)
        if self._desk.product and await self._desk.find_product() is None:
            raise CrmUnavailable(NO_PRODUCT)
        detail = "" if await self._desk.rest.is_administrator() else NO_NOTES
        return CrmHealth(f"{_TITLE}: {found.get('company.rec_name') or 'no company'}", detail)


@asynccontextmanager
async def _opened(account: CrmAccount) -> AsyncIterator[Crm]:
    options = account.options
    database, company = options.get("database", ""), options.get("company", "")
    if not database:
        raise ValueError("Tryton needs the name of its database.")
    if company and not (company.isascii() and company.isdigit()):
        raise ValueError("The company is its number in Tryton.")
    async with CrmClient.of(account, headers={"Authorization": f"bearer {account.secret}"}) as client:
        rest = TrytonRest(client, database, int(company) if company else None)
        yield Tryton(TrytonDesk(rest, account.clock, options.get("employee", ""), options.get("product", "")))


ADAPTER: Final = CrmAdapter(
    title=_TITLE,
    tried="with a Tryton 8.2 that is *run*",
    address="where Tryton answers, without the name of the database",
    options={
        "database": "the name of the database",
        "company?": "the number of the company; that of the key's user if it is not given",
        "employee?": "who looks after new opportunities, by name; else the key's user, or the only employee",
        "product?": "the code of the product that a line of ours stands for where it names none",
    },
    opens=_opened,
)
