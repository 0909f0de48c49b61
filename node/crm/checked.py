"""A CRM whose answers have been looked at: whatever an adapter returns is bounded, and is what was asked for.

It stands between every adapter and the bridge, so that an adapter may trust its CRM.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from node.core.crm_reading import OddRecord, take_record, take_title
from node.core.records import (
    ChangesPage,
    CrmDescription,
    CrmHealth,
    CrmRecord,
    RecordChange,
    RecordKind,
    RecordVerb,
    Upsert,
    Upserted,
)
from node.crm.port import LIMIT_PAGE, Crm, CrmError, CrmMissing, CrmUnavailable

LIMIT_CURSOR: Final = 4_194_304  # of a folder with as many rows as it may have
SEVERAL: Final = 20  # records that say they are one thing: two are as bad as a thousand
_ODD: Final = "The CRM answers with a record whose id cannot be kept."
_ENDLESS: Final = "The CRM says where to go on in its changes with more than can be kept."
_CROWDED: Final = (
    f"The CRM's adapter tells of more than {LIMIT_PAGE} changes at once, which is all that it may."
)


class CheckedCrm:
    """The port again, in front of an adapter."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    async def describe(self) -> CrmDescription:
        """Say which kinds and fields there are."""
        described = await self._crm.describe()
        return replace(described, title=take_title(described.title))

    async def changes(self, cursor: str) -> ChangesPage:
        """Return what changed since the cursor."""
        page = await self._crm.changes(cursor)
        if len(page.cursor) > LIMIT_CURSOR:
            raise CrmUnavailable(_ENDLESS)
        if len(page.changes) > LIMIT_PAGE:
            raise CrmUnavailable(_CROWDED)
        with _read():
            return replace(page, changes=tuple(map(_change, page.changes)))

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record; an answer with another one says that this one is not there."""
        record = await self._crm.get(kind, id)
        if (record.kind, record.id) != (kind, id):
            raise CrmMissing("The CRM answers with another record than the one it was asked for.")
        with _read():
            return take_record(record)

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id; of very many the first."""
        found = await self._crm.find(kind, external_id)
        with _read():
            return tuple(take_record(record) for record in found[:SEVERAL])

    async def upsert(self, write: Upsert) -> Upserted:
        """Write a record."""
        return _upserted(await self._crm.upsert(write))

    async def act(self, kind: RecordKind, id: str, verb: RecordVerb, *, reason: str = "") -> CrmRecord | None:
        """Do something to a record."""
        record = await self._crm.act(kind, id, verb, reason=reason)
        with _read():
            return None if record is None else take_record(record)

    async def bulk(self, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
        """Write several records."""
        done = await self._crm.bulk(writes)
        return tuple(one if isinstance(one, CrmError) else _upserted(one) for one in done)

    async def health(self) -> CrmHealth:
        """Say that the CRM answers and takes our key."""
        health = await self._crm.health()
        return replace(health, title=take_title(health.title))


@contextmanager
def _read() -> Iterator[None]:
    try:
        yield
    except OddRecord:
        raise CrmUnavailable(_ODD) from None


def _change(change: RecordChange) -> RecordChange:
    if change.record is None:
        return change
    record = take_record(change.record)
    if (record.kind, record.id) != (change.kind, change.id):
        raise OddRecord("a change with the record of another")
    return replace(change, record=record)


def _upserted(done: Upserted) -> Upserted:
    with _read():
        return replace(done, record=take_record(done.record))
