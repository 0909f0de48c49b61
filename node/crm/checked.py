"""A CRM whose answers have been looked at: whatever an adapter returns is bounded, and is what was asked for.

It stands between every adapter and the bridge, so that an adapter may trust its CRM.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from node.core.crm_reading import OddRecord, check_id, take_fault, take_record, take_title
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
from node.crm.port import LIMIT_PAGE, Crm, CrmError, CrmMissing, CrmUnavailable, CrmUnreadable

LIMIT_CURSOR: Final = 4_194_304  # of a folder with as many rows as it may have
SEVERAL: Final = 20  # records that say they are one thing: two are as bad as a thousand
_ODD: Final = "The CRM answers with a record whose id cannot be kept."
_UNKEPT: Final = (
    "What this record belongs to, or its version, is nothing that can be kept. Nothing is taken from it and "
    "nothing is written to it: look at it in the CRM."
)
_MOST_UNREADABLE: Final = 20  # records of a page, unless most of it can be read
_ILLEGIBLE: Final = (
    "Most of what the CRM tells of cannot be read: it is another kind of CRM, or another version of it."
)
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
            changes = tuple(map(_change, page.changes))
        unreadable = sum(1 for change in changes if change.fault)
        if unreadable > _MOST_UNREADABLE and 2 * unreadable > len(changes):
            raise CrmUnavailable(_ILLEGIBLE)  # no person could decide about each of them
        return replace(page, changes=changes)

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record, or the one that took its place; any other says that it is not there."""
        record = await self._crm.get(kind, id)
        if record.kind is not kind or id not in (record.id, record.in_place_of):
            raise CrmMissing("The CRM answers with another record than the one it was asked for.")
        with _read():
            return _taken(record)

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id; of very many the first."""
        found = await self._crm.find(kind, external_id)
        with _read():
            return tuple(_taken(record) for record in found[:SEVERAL])

    async def upsert(self, write: Upsert) -> Upserted:
        """Write a record."""
        return _upserted(await self._crm.upsert(write))

    async def act(self, kind: RecordKind, id: str, verb: RecordVerb, *, reason: str = "") -> CrmRecord | None:
        """Do something to a record."""
        record = await self._crm.act(kind, id, verb, reason=reason)
        with _read():
            return None if record is None else _taken(record)

    async def bulk(self, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
        """Write several records."""
        done = await self._crm.bulk(writes)
        return tuple(one if isinstance(one, CrmError) else _upserted(one) for one in done)

    async def health(self) -> CrmHealth:
        """Say that the CRM answers and takes our key."""
        health = await self._crm.health()
        return replace(health, title=take_title(health.title), detail=take_fault(health.detail))


@contextmanager
def _read() -> Iterator[None]:
    try:
        yield
    except OddRecord:
        raise CrmUnavailable(_ODD) from None


def _change(change: RecordChange) -> RecordChange:
    if change.record is None and not change.fault:
        return change
    check_id(change.id)
    if change.record is None:
        return replace(change, fault=take_fault(change.fault))
    if (change.record.kind, change.record.id) != (change.kind, change.id):
        raise OddRecord("a change with the record of another")
    try:
        return replace(change, record=_taken(change.record), fault="")
    except CrmUnreadable as error:
        return replace(change, record=None, fault=error.detail)


def _taken(record: CrmRecord) -> CrmRecord:
    """Return a record as it is taken.

    Raises:
        OddRecord: it has no id that can be kept, so nobody could tell which it is.
        CrmUnreadable: something else of it cannot be kept.
    """
    check_id(record.id)
    try:
        return take_record(record)
    except OddRecord:
        raise CrmUnreadable(_UNKEPT) from None


def _upserted(done: Upserted) -> Upserted:
    with _read():
        return replace(done, record=_taken(done.record))
