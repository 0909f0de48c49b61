"""The port of a CRM: eight calls, the same for all, and how each of them may fail.

An adapter translates and decides nothing: what is written where, whose value wins, and what is an echo is the
bridge's to decide (`node.core`). Rules for adapters, which `tests/crm/contract.py` holds:

- It speaks with the one host that its owner configured, through `node.crm.client` (or with one folder).
- It raises the errors below and no others; what they say is for the owner, and never repeats a secret.
- A call that failed changed nothing, or what it changed is found by its external id when it is made again.
- Every list is bounded: by `LIMIT_PAGE` records, or by the client's limit on bytes.
- It keeps nothing between calls but what it can have again.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Protocol

from node.core.crm_sayings import SAID
from node.core.records import (
    ChangesPage,
    CrmDescription,
    CrmField,
    CrmHealth,
    CrmRecord,
    FieldType,
    KindDescription,
    QuoteLine,
    RecordChange,
    RecordKind,
    RecordState,
    RecordVerb,
    Upsert,
    Upserted,
)

__all__ = [
    "LIMIT_PAGE",
    "ChangesPage",
    "Crm",
    "CrmAmbiguous",
    "CrmDenied",
    "CrmDescription",
    "CrmError",
    "CrmField",
    "CrmHealth",
    "CrmMissing",
    "CrmRecord",
    "CrmRefused",
    "CrmStale",
    "CrmUnavailable",
    "CrmUnreadable",
    "FieldType",
    "KindDescription",
    "QuoteLine",
    "RecordChange",
    "RecordKind",
    "RecordState",
    "RecordVerb",
    "Upsert",
    "Upserted",
    "one_by_one",
]

LIMIT_PAGE: Final = 200  # records of one page of changes: enough for a busy day, small enough to hold


class CrmError(Exception):
    """Something that did not work; `detail` is a sentence for the owner, `said` a little of the CRM's own.

    `document` is the JSON object of a refusal, for its adapter alone; empty if it is none.
    """

    def __init__(self, detail: str, *, said: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.said = said
        self.document: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.detail} {SAID}{self.said}" if self.said else self.detail


class CrmUnavailable(CrmError):
    """It cannot be had now: no answer, too busy, broken, or something else answers in its place.

    The same call is made again later, not before `retry_after` where it says.
    """

    def __init__(self, detail: str, *, said: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(detail, said=said)
        self.retry_after = retry_after


class CrmBroken(CrmUnavailable):
    """It broke over this very request (500): over one thing in it, or over everything."""


class CrmDenied(CrmError):
    """It does not let us in, or not do this: the key is wrong, or may too little. The owner has to act."""


class CrmRefused(CrmError):
    """It understood and does not do it: the same call will never work; `field` names the one at fault."""

    def __init__(self, detail: str, *, said: str = "", field: str = "") -> None:
        super().__init__(detail, said=said)
        self.field = field


class CrmMissing(CrmError):
    """There is no such record, or no longer."""


class CrmUnreadable(CrmError):
    """The record is there and cannot be read; it is of this one alone, and others can."""


class CrmStale(CrmError):
    """The record has changed since `base_version`; nothing was written."""


class CrmAmbiguous(CrmError):
    """Several records have the external id; nothing was written. `ids` are theirs."""

    def __init__(self, detail: str, *, ids: Sequence[str]) -> None:
        super().__init__(detail)
        self.ids = tuple(ids)


class Crm(Protocol):
    """One CRM, spoken with."""

    async def describe(self) -> CrmDescription:
        """Say which kinds and fields there are, and what can be done with them.

        Raises: CrmUnavailable, CrmDenied.
        """
        ...

    async def changes(self, cursor: str) -> ChangesPage:
        """Return what changed since the cursor, ours among it, oldest first; "" is from the beginning.

        Only kinds that `describe` lists are in it. Where the CRM tells changes by time alone, the adapter
        overlaps its looks, so that what was committed late is not missed. A record that cannot be read is
        told with its `fault`, and the cursor goes on behind it.

        Raises: CrmUnavailable, CrmDenied; CrmRefused for a cursor that is none of this adapter's.
        """
        ...

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record; where people had another one take its place, that one, and it says so.

        Raises: CrmMissing, CrmUnreadable, CrmUnavailable, CrmDenied.
        """
        ...

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id: none, one, or several; "" is nobody's.

        Raises: CrmUnreadable: one of them. CrmUnavailable, CrmDenied.
        """
        ...

    async def upsert(self, write: Upsert) -> Upserted:
        """Write a record, a new one if there is none; the same again changes nothing.

        Raises:
            CrmMissing: `write.id` names none.
            CrmAmbiguous: the external id is that of several.
            CrmStale: it has changed since `base_version`.
            CrmRefused: a field is unknown, or it does not take a value.
            CrmUnreadable: as it stands, before the write or after it.
            CrmUnavailable, CrmDenied.
        """
        ...

    async def act(self, kind: RecordKind, id: str, verb: RecordVerb, *, reason: str = "") -> CrmRecord | None:
        """Do something to a record, and return it as it is then; None where it was forgotten whole.

        A record that is there already is left as it is; one that is gone is forgotten already. `reason` is
        kept in the record, where the CRM has a place for it.

        Raises: CrmMissing, CrmUnreadable, CrmUnavailable, CrmDenied; CrmRefused where it cannot be done
            from its state.
        """
        ...

    async def bulk(self, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
        """Write several records, as `upsert`, and return what became of each, in order.

        Raises: CrmUnavailable, CrmDenied: of all of them.
        """
        ...

    async def health(self) -> CrmHealth:
        """Say that the CRM answers and takes our key; it costs one small request.

        Raises: CrmUnavailable, CrmDenied.
        """
        ...


async def one_by_one(crm: Crm, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
    """Write several records into a CRM that takes one at a time: a `bulk` for such.

    Raises: as `bulk`.
    """
    return tuple([await _tried(crm, write) for write in writes])


async def _tried(crm: Crm, write: Upsert) -> Upserted | CrmError:
    try:
        return await crm.upsert(write)
    except (CrmUnavailable, CrmDenied):
        raise
    except CrmError as error:
        return error
