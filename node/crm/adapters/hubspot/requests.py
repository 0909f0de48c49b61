"""HubSpot's HTTP: records read and written in batches, found by a unique property, searched, and associated.

What HubSpot says no to it says as JSON with a category. A batch of which a part went wrong is answered with
207 and a list of errors, in which what is missing, or belongs to nothing, stands as well. Searching is
allowed five times a second and is behind by some moments, so it serves for what has changed and nothing else.

Sources: HubSpot's API reference, CRM objects v3, associations v4, properties v3, pipelines v3, files v3, and
its usage guidelines.
"""

import asyncio
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from node.crm.adapters.hubspot.layouts import ID, STATE
from node.crm.client import CrmClient
from node.crm.foreign import read_date, reading
from node.crm.port import CrmDenied, CrmMissing, CrmRefused, CrmStale, CrmUnavailable

Json = dict[str, Any]

ODD: Final = "The CRM answers what HubSpot does not: is the address right?"
LIMIT_BATCH: Final = 100  # inputs of one request

_SEARCHES: Final = 4  # a second; HubSpot allows five, to all programs of the account together
_SECOND: Final = 1.0
_ROUNDS: Final = 20  # of associations: 10,000 lines of one quote
_SOON: Final = timedelta(seconds=10)  # the window of its limits
_LATER: Final = timedelta(hours=1)  # the day ends at midnight of the account, which we do not know
_NOT_THERE: Final = frozenset({"OBJECT_NOT_FOUND"})
_OURS: Final[Mapping[str, Json]] = {
    ID: {"label": "Freehold", "description": "What this is in Freehold: an address.", "hasUniqueValue": True},
    STATE: {
        "label": "Freehold: state",
        "description": "confirmed or cancelled, once it is.",
        "hasUniqueValue": False,
    },
}
_GROUP: Final = {"name": "freehold", "label": "Freehold"}


class HubspotApi:
    """Speaks with one account of HubSpot."""

    def __init__(self, client: CrmClient) -> None:
        self._client = client
        self._searched: deque[float] = deque(maxlen=_SEARCHES)
        self._has: set[tuple[str, str]] = set()
        self._stages: Json = {}
        self.answered_at: datetime | None = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: Sequence[tuple[str, str]] = (),
        form: tuple[bytes, str] | None = None,
    ) -> Json:
        """Make a request; return its JSON, an empty object where there is none.

        Raises: as `CrmClient.call`; `retry_after` is given wherever a limit was met.
        """
        try:
            answer = await self._client.call(method, path, body=body, query=query, form=form)
        except CrmUnavailable as error:
            raise _limited(error) from None
        self.answered_at = read_date(answer.headers.get("Date", ""))
        with reading(ODD):
            if answer.document is not None and not isinstance(answer.document, dict):
                raise TypeError("no object")
            return answer.document or {}

    async def read_many(
        self, object: str, ids: Sequence[str], properties: Sequence[str], *, by: str = ""
    ) -> list[Json]:
        """Return the records of some ids, or with some values of a unique property; those that there are."""
        found: list[Json] = []
        for some in _chunks(ids):
            body: Json = {"inputs": [{"id": id} for id in some], "properties": [*properties]}
            body |= {"idProperty": by} if by else {}
            document = await self.call("POST", f"crm/v3/objects/{object}/batch/read", body=body)
            found += self._results(document, _NOT_THERE)
        return found

    async def associated(self, object: str, other: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """Return which records of another type belong to some, by id, in order."""
        found: dict[str, list[str]] = {id: [] for id in ids}
        path, inputs = f"crm/v4/associations/{object}/{other}/batch/read", [{"id": id} for id in ids]
        for _ in range(_ROUNDS):
            following: list[Json] = []
            for some in _chunks(inputs):
                for each in self._results(await self.call("POST", path, body={"inputs": some}), _NOT_THERE):
                    with reading(ODD):
                        id = str(each["from"]["id"])
                        found[id] += [str(int(to["toObjectId"])) for to in each["to"]]
                        after = (each.get("paging") or {}).get("next", {}).get("after")
                        following += [{"id": id, "after": str(after)}] if after else []
            inputs = following
            if not inputs:
                return {id: sorted(set(others), key=int) for id, others in found.items()}
        raise CrmUnavailable(f"A record of HubSpot's {object} has more {other} than can be read.")

    async def associate(self, object: str, id: str, other: str, other_id: str) -> None:
        """Have a record belong to another one."""
        path = f"crm/v4/objects/{object}/{id}/associations/default/{other}/{quote(other_id, safe='')}"
        await self.call("PUT", path)

    async def search(
        self, object: str, filters: Sequence[Json], sort: str, properties: Sequence[str], limit: int
    ) -> list[Json]:
        """Return the first records that fit, in ascending order; as often as HubSpot allows it."""
        if len(self._searched) == _SEARCHES:
            await asyncio.sleep(max(0.0, self._searched[0] + _SECOND - time.monotonic()))
        self._searched.append(time.monotonic())
        body: Json = {
            "filterGroups": [{"filters": [*filters]}],
            "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
            "properties": [*properties],
            "limit": limit,
        }
        found = self._results(await self.call("POST", f"crm/v3/objects/{object}/search", body=body), ())
        if len(found) > limit:
            raise CrmUnavailable(ODD)
        return found

    async def upsert(self, object: str, value: str, properties: Json) -> Json:
        """Make the record with a value of the unique property, or write into the one that has it."""
        return _only(await self.upsert_many(object, {value: properties}))

    async def upsert_many(self, object: str, properties: Mapping[str, Json]) -> list[Json]:
        """Make the records with some values of the unique property, or write into those that have them."""
        found: list[Json] = []
        inputs = [{"id": value, "idProperty": ID, "properties": each} for value, each in properties.items()]
        for some in _chunks(inputs):
            path = f"crm/v3/objects/{object}/batch/upsert"
            found += self._results(await self.call("POST", path, body={"inputs": some}), ())
        return found

    async def make(self, object: str, properties: Json) -> Json:
        """Make a record."""
        return _only([await self.call("POST", f"crm/v3/objects/{object}", body={"properties": properties})])

    async def write(self, object: str, id: str, properties: Json) -> None:
        """Write into a record.

        Raises: CrmMissing.
        """
        await self.call("PATCH", f"crm/v3/objects/{object}/{id}", body={"properties": properties})

    async def archive(self, object: str, id: str) -> None:
        """Delete a record; people can restore it for 90 days."""
        await self.call("DELETE", f"crm/v3/objects/{object}/{id}")

    async def has(self, object: str, name: str) -> bool:
        """Tell whether a type of object has a property of ours.

        Raises:
            CrmDenied: it has one of this name that is none of ours.
        """
        if (object, name) in self._has:
            return True
        try:
            found = await self.call("GET", f"crm/v3/properties/{object}/{name}")
        except CrmMissing:
            return False
        if _OURS[name]["hasUniqueValue"] and found.get("hasUniqueValue") is not True:
            raise CrmDenied(
                f"The property {name} of HubSpot's {object} is not unique: remove it, and try again."
            )
        self._has.add((object, name))
        return True

    async def ensure(self, object: str, name: str) -> None:
        """Have a type of object have a property of ours."""
        if await self.has(object, name):
            return
        with suppress(CrmStale):  # it is there
            await self.call("POST", f"crm/v3/properties/{object}/groups", body=_GROUP)
        typed = {"type": "string", "fieldType": "text", "groupName": _GROUP["name"]}
        await self.call("POST", f"crm/v3/properties/{object}", body={"name": name, **typed, **_OURS[name]})
        self._has.add((object, name))

    async def stages(self) -> Json:
        """Return the stages of deals by id: their pipeline, place, and whether they are won, lost or open."""
        if not self._stages:
            for pipeline in self._results(await self.call("GET", "crm/v3/pipelines/deals"), ()):
                with reading(ODD):
                    for stage in pipeline["stages"]:
                        self._stages[str(stage["id"])] = {
                            "pipeline": str(pipeline["id"]),
                            "place": (int(pipeline["displayOrder"]), int(stage["displayOrder"])),
                            "ends": _ends(stage["metadata"]),
                        }
        return self._stages

    def _results(self, document: Json, harmless: Collection[str]) -> list[Json]:
        """Return the results of a list or a batch, whose errors are all harmless."""
        with reading(ODD):
            errors = [
                error for error in document.get("errors") or () if error.get("category") not in harmless
            ]
            results = document["results"]
            if not all(isinstance(result, dict) for result in results):
                raise TypeError("no object")
        if errors:
            said = self._client.said(str(errors[0].get("message") or "").encode())
            raise CrmRefused("HubSpot refuses a part of this.", said=said)
        return [*results]


def _ends(metadata: Json) -> str:
    if str(metadata.get("isClosed")).lower() != "true":
        return "open"
    return "won" if float(metadata["probability"]) == 1 else "lost"


def _limited(error: CrmUnavailable) -> CrmUnavailable:
    """Return an error with when to try again, where a limit was met."""
    policy = error.document.get("policyName")
    if policy is None:
        return error
    if policy == "DAILY":
        detail, wait = "HubSpot's limit of requests for today is used up.", _LATER
    else:
        detail, wait = "HubSpot's limit of requests is used up for some seconds.", _SOON
    return CrmUnavailable(detail, said=error.said, retry_after=error.retry_after or wait)


def _only(found: list[Json]) -> Json:
    if len(found) != 1:
        raise CrmUnavailable(ODD)
    return found[0]


def _chunks(items: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), LIMIT_BATCH):
        yield [*items[start : start + LIMIT_BATCH]]
