"""A survey: all that is to stand in the CRM beside what stands there, without writing anything.

It goes by pages. First the CRM says what it holds: of each record that is a thing of ours a word and two
digests stay in memory, of any other nothing, however many there are. Then our own things are gone through,
each with what was seen of it. A plan says the same as what a sync would do, since both ask the same
functions.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import field
from functools import partial
from typing import Any, Final

from node.core.crm_merging import (
    PRICE,
    FieldFate,
    FieldVerdict,
    Linking,
    WantedRecord,
    compare,
    digest_of,
    match_by,
    next_step,
    to_upsert,
)
from node.core.records import CrmRecord, RecordChange, RecordKind
from node.crm.port import CrmRefused
from node.crm.reconciling import MADE_ONCE, Reconciler
from node.services.crm.wanting import Thing, ThingsPlace, some_things, wanted
from node.storage import crm as tables
from node.storage.session import Session
from protocol.values import dataclass

SHOWN: Final = 100  # records of a plan, and addresses of a difference: what a person reads
MOST_PAGES: Final = 20_000  # of changes: four million records
LONGEST_SECONDS: Final = 300.0  # for saying what there is; whoever asked waits for it, and nothing goes on
_SAME_SHOWN: Final = 10  # records that say they are one thing: two are as bad as a thousand
_ENDLESS: Final = "The CRM has more pages of changes than can be looked at in five minutes."
_DONE: Final = ("create", "update", "quarantine")
_SURVEYED: Final = frozenset(
    {RecordKind.CUSTOMER, RecordKind.OPPORTUNITY, RecordKind.QUOTATION, RecordKind.FILE}
)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One thing: what it is to be, its record (None for none or several), and what becomes of it."""

    wanted: WantedRecord
    record: CrmRecord | None
    verdicts: list[FieldVerdict]
    ignored: bool = False

    @property
    def action(self) -> str:
        """What a sync would do where there is one record, or none."""
        if self.ignored:
            return "left"
        if self.record is None:
            return "create"
        writes = to_upsert(self.wanted, self.verdicts, self.record, {}) is not None
        moves = next_step(self.record.state, self.wanted.aim) is not None
        return "update" if writes or moves else "same"

    @property
    def digests(self) -> tuple[str, str]:
        """What is to stand there, and what does."""
        ours = {each.field.target: _expected(each) for each in self.verdicts}
        theirs = {each.field.target: each.theirs or "" for each in self.verdicts}
        return digest_of(ours), digest_of(theirs)


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """What stays of a record of the CRM that is a thing of ours."""

    crm_id: str
    action: str
    ours: str
    theirs: str
    moves: bool  # whether it is to be brought to another state


@dataclass(frozen=True, slots=True)
class Found:
    """One thing of ours, what a sync would do, and the records that were seen of it."""

    thing: Thing
    action: str
    seen: tuple[SeenRecord, ...]
    ours: str  # the digest of what is to stand there


Judged = tuple[Thing, str, Surveyed | None, bool]
"""What a record of the CRM is here, its id there, what would become of it (None if it was deleted, or cannot
be read), and whether it cannot be read."""


@dataclass(slots=True)
class Survey:
    """A look at a whole CRM; `look` first, then `walk` through what is ours."""

    reconciler: Reconciler
    _seen: dict[Thing, tuple[SeenRecord, ...]] = field(default_factory=dict)
    _unreadable: set[Thing] = field(default_factory=set)
    _shown: dict[tuple[RecordKind, str], Surveyed] = field(default_factory=dict)  # by the id there

    async def look(self) -> None:
        """Look at all that stands in the CRM.

        Raises: CrmUnavailable, CrmDenied; CrmRefused for one that never comes to an end.
        """
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                await self._look()
        except TimeoutError:
            raise CrmRefused(_ENDLESS) from None

    async def _look(self) -> None:
        cursor, more, seen = "", True, set[int]()
        while more:
            page = await self.reconciler.crm.changes(cursor)
            judged = await self.reconciler.store.read(partial(self._judge, changes=page.changes))
            for thing, id, surveyed, is_unreadable in judged:
                self._note(thing, id, surveyed)
                (self._unreadable.add if is_unreadable else self._unreadable.discard)(thing)
            seen.add(hash(cursor))
            if page.more and hash(page.cursor) in seen:
                raise CrmRefused("The CRM gives the same page of changes again and again.")
            if page.more and len(seen) >= MOST_PAGES:
                raise CrmRefused(_ENDLESS)
            cursor, more = page.cursor, page.more

    def _judge(self, session: Session, changes: Iterable[RecordChange]) -> list[Judged]:
        """Return which things of ours some records are, and what would become of each."""
        found = list[Judged]()
        for change in changes:
            record, kind = change.record, change.kind
            if kind not in _SURVEYED or kind not in self.reconciler.described.kinds:
                continue
            actor = self.reconciler.acting.iri
            row = tables.load_record_at(session, actor, kind, change.id)
            external_id = row.external_id if row is not None else record.external_id if record else ""
            if external_id and record is None:
                found.append(((kind, external_id), change.id, None, bool(change.fault)))
            elif external_id:
                surveyed = self._compare(session, (kind, external_id), record)
                found += [] if surveyed is None else [((kind, external_id), change.id, surveyed, False)]
        return found

    def _compare(self, session: Session, thing: Thing, record: CrmRecord | None) -> Surveyed | None:
        """Compare a thing with a record; None if it is nothing that is to stand in the CRM."""
        acting = self.reconciler.acting
        aim = wanted(session, acting, *thing, {})
        if aim is None:
            return None
        known = tables.load_record(session, acting.iri, *thing)
        verdicts = compare(aim, self.reconciler.mapping, record, None if known is None else known.base)
        stays_away = known is not None and (known.ignored or (record is None and thing[0] in MADE_ONCE))
        return Surveyed(aim, record, verdicts, ignored=stays_away)

    def _note(self, thing: Thing, crm_id: str, surveyed: Surveyed | None) -> None:
        """Keep what was seen of a record last; it may be told again, or as deleted."""
        others = tuple(each for each in self._seen.get(thing, ()) if each.crm_id != crm_id)
        self._shown.pop((thing[0], crm_id), None)
        if surveyed is None:
            self._seen[thing] = others
            return
        assert surveyed.record is not None  # noqa: S101 - what is noted was seen
        ours, theirs = surveyed.digests
        moves = next_step(surveyed.record.state, surveyed.wanted.aim) is not None
        sighting = SeenRecord(crm_id, surveyed.action, ours, ours if theirs == ours else theirs, moves)
        if len(others) < _SAME_SHOWN:
            self._seen[thing] = (*others, sighting)
        if surveyed.action == "update" and len(self._shown) < SHOWN:
            self._shown[thing[0], crm_id] = surveyed

    # --- our side

    async def walk(self) -> AsyncIterator[Found]:
        """Go through all that is to stand in the CRM, what others belong to first."""
        read, customers = self.reconciler.store.read, set[Thing]()
        place: ThingsPlace | None = ThingsPlace()
        while place is not None:
            things, place = await read(partial(some_things, acting=self.reconciler.acting, place=place))
            new = [thing for thing in dict.fromkeys(things) if thing not in customers]
            customers.update(thing for thing in new if thing[0] is RecordKind.CUSTOMER)
            for found in await read(partial(self._find, things=new)):
                yield found

    def _find(self, session: Session, things: Iterable[Thing]) -> list[Found]:
        found = []
        for thing in things:
            if thing[0] not in self.reconciler.described.kinds or self._is_written(session, thing):
                continue
            seen = self._seen.get(thing, ())
            if not seen and thing in self._unreadable:
                found.append(Found(thing, "unreadable", (), ""))
                continue
            if match_by(len(seen)) is Linking.LINK:
                found.append(Found(thing, seen[0].action, seen, seen[0].ours))
                continue
            surveyed = self._compare(session, thing, None)
            if surveyed is not None:
                several = seen and not surveyed.ignored
                action = "quarantine" if several else surveyed.action
                found.append(Found(thing, action, seen, surveyed.digests[0]))
        return found

    def _is_written(self, session: Session, thing: Thing) -> bool:
        """Tell whether a thing is a note that was written: it is made once, and not looked at again."""
        actor, (kind, external_id) = self.reconciler.acting.iri, thing
        return kind is RecordKind.NOTE and tables.load_record(session, actor, kind, external_id) is not None

    async def surveyed(self, found: Found) -> Surveyed | None:
        """Return one thing field by field, as it was seen; None for a change behind the first."""
        if found.action == "update":
            return self._shown.get((found.thing[0], found.seen[0].crm_id))
        return await self.reconciler.store.read(partial(self._compare, thing=found.thing, record=None))


def is_to_do(found: Found) -> bool:
    """Tell whether a sync would do something."""
    return found.action in _DONE


def _expected(verdict: FieldVerdict) -> str:
    """Return what is to stand in a field: what was left to the CRM, but for a price."""
    is_left = verdict.verdict is FieldFate.KEEP and verdict.field.target != PRICE
    return (verdict.theirs if is_left else verdict.ours) or ""


# --- what is shown of it -----------------------------------------------------------------------------


async def show_plan(survey: Survey) -> dict[str, Any]:
    """Show what a sync would do, field by field, of the first records it would write."""
    counted, items = dict[str, int](), list[dict[str, Any]]()
    async for found in survey.walk():
        counted[found.action] = counted.get(found.action, 0) + 1
        if is_to_do(found) and len(items) < SHOWN:
            surveyed = await survey.surveyed(found)
            items += [] if surveyed is None else [_show_item(surveyed, found.action)]
    return {"actions": counted, "items": items}


def _show_item(each: Surveyed, action: str) -> dict[str, Any]:
    record = each.record
    return {
        "kind": each.wanted.kind.value,
        "external_id": each.wanted.external_id,
        "crm_id": None if record is None else record.id,
        "action": action,
        "state": None if record is None else record.state.value or None,
        "aim": each.wanted.aim.value or None,
        "fields": [
            _show_field(verdict) for verdict in each.verdicts if verdict.verdict is not FieldFate.SAME
        ],
    }


def _show_field(verdict: FieldVerdict) -> dict[str, Any]:
    field = verdict.field
    return {
        "from": list(field.sources),
        "to": field.target,
        "owner": field.owner.value,
        "purpose": field.purpose,
        "verdict": verdict.verdict.value,
        "ours": verdict.ours,
        "theirs": verdict.theirs,
    }
