"""What changed in BottleCRM: its newest activities, and a walk through what they do not tell.

BottleCRM tells programs nothing by itself, and most of its records have no moment of their last change. It
lists the fifty newest activities: what contacts and deals have been made, changed and deleted. Where those do
not reach back to the last look, all contacts and deals are read once more, from lists. Neither comments nor
estimates are among activities. So each look also walks on through the deals, some at a time, for what is said
at ours, and through the estimates, the newest of them each time.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import partial
from typing import Final

from node.crm.adapters.bottlecrm.attached import tell_on
from node.crm.adapters.bottlecrm.layouts import LAYOUTS
from node.crm.adapters.bottlecrm.records import is_id, read_record
from node.crm.adapters.bottlecrm.rest import Json, read_moment
from node.crm.adapters.bottlecrm.writes import BottleDesk
from node.crm.foreign import tell
from node.crm.port import (
    LIMIT_PAGE,
    ChangesPage,
    CrmMissing,
    CrmRefused,
    CrmUnreadable,
    RecordChange,
    RecordKind,
)
from protocol.values import dataclass

OVERLAP: Final = timedelta(minutes=1)  # an activity is written after what it tells of
AHEAD: Final = timedelta(days=1)  # of our clock: no server's is farther by mistake alone

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ACTIVITIES: Final = 50  # it gives no more
_ROWS: Final = 100  # of a list at once
_STEP: Final = 20  # deals, and estimates, that a look walks on
_NOTES: Final = 5  # of one deal, the newest: nobody writes more between two looks
_PARTS: Final = 90  # of one deal, the newest
_UNREADABLE: Final = 10  # of one deal: the others, once these are mended
_FORM: Final = "%Y-%m-%dT%H:%M:%S.%f"
_CURSOR: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})/([0-6])/(\d{1,9})/(\d{1,9})", re.ASCII)
_UNSAID: Final = ""  # where a row does not say whether it belongs to a deal, the record itself does
_TOLD: Final = {"Contact": RecordKind.CUSTOMER, "Opportunity": RecordKind.OPPORTUNITY}

Seen = dict[tuple[RecordKind, str], RecordChange]


class LookStage(IntEnum):
    """What a look is at: all there is, one list after the other, and after that what is new."""

    CONTACTS = 0
    DEALS = 1
    PARTS = 2  # what is said and attached at deals that are ours
    ESTIMATES = 3
    NEWS = 4
    CONTACTS_AGAIN = 5  # where news do not reach back
    DEALS_AGAIN = 6


_NEXT: Final = {
    LookStage.CONTACTS: LookStage.DEALS,
    LookStage.DEALS: LookStage.PARTS,
    LookStage.PARTS: LookStage.ESTIMATES,
    LookStage.ESTIMATES: LookStage.NEWS,
    LookStage.CONTACTS_AGAIN: LookStage.DEALS_AGAIN,
    LookStage.DEALS_AGAIN: LookStage.NEWS,
}
_LISTED: Final = {
    LookStage.CONTACTS: RecordKind.CUSTOMER,
    LookStage.CONTACTS_AGAIN: RecordKind.CUSTOMER,
    LookStage.DEALS: RecordKind.OPPORTUNITY,
    LookStage.DEALS_AGAIN: RecordKind.OPPORTUNITY,
}


@dataclass(frozen=True, slots=True)
class LookPlace:
    """Where to go on: since when activities are new, at which row of a list or of deals, which estimate."""

    since: datetime
    stage: LookStage = LookStage.CONTACTS
    row: int = 0
    estimate: int = 0

    def __str__(self) -> str:
        return f"{self.since.strftime(_FORM)}/{self.stage}/{self.row}/{self.estimate}"


async def look(desk: BottleDesk, cursor: str) -> ChangesPage:
    """Return the changes after a cursor.

    Raises:
        CrmRefused: the cursor is none of these.
    """
    if not cursor:
        (since, _) = _reach(await _activities(desk), desk.clock())
        return await _all(desk, LookPlace(since))
    place = _read_cursor(cursor)
    if place.stage is not LookStage.NEWS:
        return await _all(desk, place)
    return await _news(desk, place)


async def _all(desk: BottleDesk, place: LookPlace) -> ChangesPage:
    """Return a part of all that there is."""
    seen: Seen = {}
    match place.stage:
        case LookStage.PARTS:
            row = await _walk_parts(desk, seen, place.row)
        case LookStage.ESTIMATES:
            rows, row = await _walked(desk, RecordKind.QUOTATION, place.row)
            await _tell_estimates(desk, seen, rows)
        case _:
            row = await _list(desk, seen, _LISTED[place.stage], place.row)
    after = replace(place, row=row) if row else replace(place, stage=_NEXT[place.stage], row=0)
    return ChangesPage(tuple(seen.values()), str(after), more=after.stage is not LookStage.NEWS)


async def _list(desk: BottleDesk, seen: Seen, kind: RecordKind, row: int) -> int:
    """Tell of the next contacts or deals, as a list has them; return where to go on, 0 after the last."""
    layout = LAYOUTS[kind]
    rows = await desk.rest.rows(layout.path, layout.rows, [("offset", str(row))], most=_ROWS)
    for each in rows:
        _add(seen, tell(kind, each["id"], partial(read_record, kind, each)))
    return row + len(rows) if len(rows) == _ROWS else 0


async def _news(desk: BottleDesk, place: LookPlace) -> ChangesPage:
    """Return what is new, and what the walk comes by."""
    activities = await _activities(desk)
    newest, oldest = _reach(activities, desk.clock())
    if len(activities) >= _ACTIVITIES and oldest > place.since:
        again = replace(place, since=newest - OVERLAP, stage=LookStage.CONTACTS_AGAIN, row=0)
        return ChangesPage((), str(again), more=True)
    seen: Seen = {}
    for kind, id in _touched(activities, place.since):
        await _tell(desk, seen, kind, id)
    row = await _walk_deals(desk, seen, place.row)
    estimate = await _walk_estimates(desk, seen, place.estimate)
    since = max(place.since, newest - OVERLAP) if activities else place.since
    return ChangesPage(tuple(seen.values()), str(LookPlace(since, LookStage.NEWS, row, estimate)))


async def _activities(desk: BottleDesk) -> list[Json]:
    return await desk.rest.rows("api/activities/", "activities", most=_ACTIVITIES)


def _reach(activities: list[Json], now: datetime) -> tuple[datetime, datetime]:
    """Return the moments of the newest and of the oldest activity.

    One that is yet to come counts for neither: until then nothing else would be new.
    """
    said = [_moment(activity) for activity in activities]
    moments = [each for each in said if each and _BEGINNING <= each <= now + AHEAD] or [_BEGINNING]
    return max(moments), min(moments)


def _moment(activity: Json) -> datetime | None:
    """Return when something was done, None where that cannot be read: then it may be new at each look."""
    try:
        return read_moment(activity["timestamp"])
    except (LookupError, TypeError, ValueError):
        return None


def _touched(activities: list[Json], since: datetime) -> list[tuple[RecordKind, str]]:
    """Return what was made, changed or deleted since, each once, the first of them first."""
    found = {
        (_TOLD[str(activity.get("entity_type"))], str(activity.get("entity_id"))): None
        for activity in reversed(activities)
        if str(activity.get("entity_type")) in _TOLD and (_moment(activity) or since) >= since
    }
    return [(kind, id) for kind, id in found if is_id(id)]


async def _tell(desk: BottleDesk, seen: Seen, kind: RecordKind, id: str) -> None:
    """Tell of a record as it is now, or that it is gone."""
    try:
        document = await desk.document(kind, id)
    except CrmMissing:
        _add(seen, RecordChange(kind=kind, id=id, record=None))
    except CrmRefused as error:  # an answer that says no, with a good status: of this record alone
        _add(seen, RecordChange(kind=kind, id=id, record=None, fault=str(error)))
    else:
        _add(seen, tell(kind, id, partial(read_record, kind, document)))


async def _walk_deals(desk: BottleDesk, seen: Seen, row: int) -> int:
    """Tell what people said at the next deals that are ours; return where to go on."""
    rows, after = await _walked(desk, RecordKind.OPPORTUNITY, row)
    for found in rows:
        told = await _parts(desk, found, RecordKind.NOTE)
        theirs = [one for one in told if one.record is None or not one.record.external_id]
        _add(seen, *_newest(theirs, _NOTES))
    return after


async def _walk_parts(desk: BottleDesk, seen: Seen, row: int) -> int:
    """Tell all that hangs on the next deals that are ours; return where to go on."""
    rows, after = await _walked(desk, RecordKind.OPPORTUNITY, row)
    for number, found in enumerate(rows):
        if len(seen) > LIMIT_PAGE - _PARTS - _UNREADABLE:
            return row + number
        _add(seen, *_newest(await _parts(desk, found, RecordKind.NOTE, RecordKind.FILE), _PARTS))
    return after


async def _parts(desk: BottleDesk, found: Json, *kinds: RecordKind) -> list[RecordChange]:
    """Return what tells of all that hangs on a deal, if that is ours and still there."""
    on, id = RecordKind.OPPORTUNITY, str(found["id"])
    told = tell(on, id, partial(read_record, on, found))
    if told.record is None or not told.record.external_id:
        return [told] if told.fault else []
    try:
        whole = await desk.whole(on, id)
        return [part for kind in kinds for part in tell_on(kind, on, id, whole)]
    except CrmMissing:
        return []
    except (CrmRefused, CrmUnreadable) as error:
        return [RecordChange(kind=on, id=id, record=None, fault=str(error))]


async def _walk_estimates(desk: BottleDesk, seen: Seen, row: int) -> int:
    """Tell of the newest estimates that belong to a deal, and of the next; return where to go on."""
    newest, _ = await _walked(desk, RecordKind.QUOTATION, 0)
    rows, after = await _walked(desk, RecordKind.QUOTATION, max(row, _STEP))
    await _tell_estimates(desk, seen, [*newest, *rows])
    return after


async def _tell_estimates(desk: BottleDesk, seen: Seen, rows: Iterable[Json]) -> None:
    for id in {row["id"]: None for row in rows if row.get("opportunity", _UNSAID) is not None}:
        await _tell(desk, seen, RecordKind.QUOTATION, id)


async def _walked(desk: BottleDesk, kind: RecordKind, row: int) -> tuple[list[Json], int]:
    """Return the next rows of a list, and where to go on: at the beginning after the last."""
    layout = LAYOUTS[kind]
    rows = await desk.rest.rows(layout.path, layout.rows, [("offset", str(row))], most=_STEP)
    return rows, row + len(rows) if len(rows) == _STEP else 0


def _newest(told: Iterable[RecordChange], most: int) -> list[RecordChange]:
    """Return the newest of what hangs on a deal, the first of them first, and what of it cannot be read."""
    each = [*told]
    read = [one for one in each if not one.fault]
    read.sort(key=lambda one: (_changed_at(one) or _BEGINNING, one.id))
    return [*read[-most:], *[one for one in each if one.fault][:_UNREADABLE]]


def _changed_at(told: RecordChange) -> datetime | None:
    return None if told.record is None else told.record.changed_at


def _add(seen: Seen, *told: RecordChange) -> None:
    seen.update({(one.kind, one.id): one for one in told})


def _read_cursor(cursor: str) -> LookPlace:
    found = _CURSOR.fullmatch(cursor)
    try:
        if found is not None:
            since = datetime.strptime(found[1], _FORM).replace(tzinfo=UTC)
            return LookPlace(since, LookStage(int(found[2])), int(found[3]), int(found[4]))
    except ValueError:
        pass
    raise CrmRefused("The cursor is none of a BottleCRM.")
