"""Looking for what changed: HubSpot is searched by the date of the last change, one type after the other.

Rules here:

- A page begins where the last one ended, at that very moment and with it: what changes while pages are read
  moves behind, and nothing slips past. HubSpot's own pages (`after`) go by place, end after 10,000 records,
  and would leave out what slides over the edge of one.
- Where a whole page has one moment, as after an import, its records are told by their ids.
- The index is behind by some moments. The cursor stays `OVERLAP` behind HubSpot's clock, and what lies
  between is told again.

What is deleted is in no search; whoever wants it finds it missing.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from node.crm.adapters.hubspot.layouts import LAYOUTS
from node.crm.adapters.hubspot.reads import HubspotReader
from node.crm.adapters.hubspot.records import read_moment
from node.crm.adapters.hubspot.requests import ODD, Json
from node.crm.foreign import reading
from node.crm.port import ChangesPage, CrmRefused, RecordChange, RecordKind

OVERLAP: Final = timedelta(minutes=5)
PAGE: Final = 100  # records: HubSpot gives 200, of which the associations are asked in batches of a hundred

STREAMS: Final = (RecordKind.CUSTOMER, RecordKind.OPPORTUNITY, RecordKind.QUOTATION, RecordKind.NOTE)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR: Final = re.compile(r"(\d)/(\d{1,15})/(\d{1,18})((?:/\d{1,15}){4})", re.ASCII)
_MILLISECOND: Final = timedelta(milliseconds=1)


class SearchPlace(NamedTuple):
    """Where a look is: at which stream and moment, behind which id of that moment, and where each will begin.

    `id` is 0 as long as records are told by their moments, else one more than the last that was told.
    Moments are milliseconds since 1970.
    """

    stream: int
    moment: int
    id: int
    begins: tuple[int, ...]

    def __str__(self) -> str:
        return "/".join(map(str, (self.stream, self.moment, self.id, *self.begins)))


async def look(reader: HubspotReader, cursor: str) -> ChangesPage:
    """Return the changes after a cursor, of one type of object.

    Raises:
        CrmRefused: the cursor is none of these.
    """
    place = _read_cursor(cursor)
    kind = STREAMS[place.stream]
    documents = await _search(reader, kind, place)
    changes = tuple(await _told(reader, kind, documents))
    after = _next(place, documents, kind, _milliseconds(reader.api.answered_at or reader.clock()))
    return ChangesPage(changes, str(after), more=(place.stream, after.stream) != (len(STREAMS) - 1, 0))


async def _search(reader: HubspotReader, kind: RecordKind, place: SearchPlace) -> list[Json]:
    layout, moment = LAYOUTS[kind], str(place.moment)
    if place.id:
        at = {"propertyName": layout.dated, "operator": "EQ", "value": moment}
        behind = {"propertyName": "hs_object_id", "operator": "GT", "value": str(place.id - 1)}
        return await reader.api.search(layout.object, [at, behind], "hs_object_id", layout.asked, PAGE)
    since = {"propertyName": layout.dated, "operator": "GTE", "value": moment}
    return await reader.api.search(layout.object, [since], layout.dated, layout.asked, PAGE)


async def _told(reader: HubspotReader, kind: RecordKind, documents: Sequence[Json]) -> list[RecordChange]:
    if kind is not RecordKind.NOTE:
        return await reader.tell(kind, documents)
    return [
        change for each in (RecordKind.NOTE, RecordKind.FILE) for change in await reader.tell(each, documents)
    ]


@reading(ODD)
def _next(place: SearchPlace, documents: Sequence[Json], kind: RecordKind, now: int) -> SearchPlace:
    """Return where to go on: on the next page of this stream, at the next stream, or at the next look."""
    dated = LAYOUTS[kind].dated
    last = max([place.moment, *(_dated_at(document, dated) for document in documents)])
    if len(documents) == PAGE and place.id:
        return place._replace(id=1 + max(int(document["id"]) for document in documents))
    if len(documents) == PAGE and last > place.moment:
        return place._replace(moment=last)
    if len(documents) == PAGE:  # a page of one moment: by their ids, from the first one
        return place._replace(id=1)
    if place.id:
        return place._replace(moment=place.moment + 1, id=0)
    begins = [*place.begins]
    begins[place.stream] = max(0, min(last, now - OVERLAP // _MILLISECOND))
    stream = (place.stream + 1) % len(STREAMS)
    return SearchPlace(stream, begins[stream], 0, tuple(begins))


def _dated_at(document: Json, dated: str) -> int:
    """Return the moment of a record, 0 where it cannot be read: the others tell where to go on."""
    try:
        return _milliseconds(read_moment(document["properties"][dated]))
    except (LookupError, ValueError, TypeError, ArithmeticError):
        return 0


def _milliseconds(moment: datetime | None) -> int:
    return 0 if moment is None else (moment - _EPOCH) // _MILLISECOND


def _read_cursor(cursor: str) -> SearchPlace:
    if not cursor:
        return SearchPlace(0, 0, 0, (0,) * len(STREAMS))
    found = _CURSOR.fullmatch(cursor)
    if found is None or int(found[1]) >= len(STREAMS):
        raise CrmRefused("The cursor is none of a HubSpot.")
    begins = tuple(int(each) for each in found[4].split("/")[1:])
    return SearchPlace(int(found[1]), int(found[2]), int(found[3]), begins)
