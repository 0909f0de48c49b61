"""HubSpot, played: what its public documentation says it answers, and no more. It was never HubSpot.

It holds objects by type, the unique properties, associations, pipelines and files. Its search is of an index
that is behind until `index` is called, counts requests by the second, and gives at most 10,000 results.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from node.crm.adapters.hubspot.layouts import ID
from node.crm.port import RecordKind

TOKEN: Final = "pat-eu1-played"
OBJECTS: Final = {
    RecordKind.CUSTOMER: "contacts",
    RecordKind.OPPORTUNITY: "deals",
    RecordKind.QUOTATION: "quotes",
    RecordKind.NOTE: "notes",
    RecordKind.FILE: "notes",
}
DATED: Final = {"contacts": "lastmodifieddate"}
KNOWN: Final = {
    "contacts": "firstname lastname email phone mobilephone website company address zip city country",
    "deals": "dealname description closedate closed_lost_reason amount pipeline dealstage",
    "quotes": "hs_title hs_comments hs_quote_number hs_quote_amount hs_status hs_currency hs_expiration_date",
    "notes": "hs_note_body hs_timestamp hs_attachment_ids",
    "line_items": "name quantity price amount recurringbillingfrequency hs_recurring_billing_period "
    "hs_recurring_billing_number_of_payments hs_tax_rate_group_id",
}
NEEDED: Final = {  # when a record is made: one of each
    "contacts": [{"email", "firstname", "lastname"}],
    "quotes": [{"hs_title"}, {"hs_expiration_date"}],
    "notes": [{"hs_timestamp"}],
}
PIPELINES: Final = {  # the second of an account comes first in the list
    "renewals": (1, {"renewlost": ("true", "0.0"), "renewal": ("false", "0.5"), "renewed": ("true", "1.0")}),
    "default": (
        0,
        {
            "appointmentscheduled": ("false", "0.2"),
            "contractsent": ("false", "0.9"),
            "closedwon": ("true", "1.0"),
            "closedlost": ("true", "0.0"),
        },
    ),
}
MOST: Final = 10_000
Json = dict[str, Any]
Answer = tuple[int, Json | None]


class PlayedError(Exception):
    """An answer that is an error, as HubSpot spells one."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        said = {"status": "error", "message": message, "category": category}
        self.document: Json = said | {"correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf"} | more


def missing() -> PlayedError:
    return PlayedError(404, "OBJECT_NOT_FOUND", "resource not found")


class Hubspot:
    """The account and, past the port, somebody who works in it."""

    def __init__(self) -> None:
        self.objects: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        self.archived: dict[str, Json] = {}  # what people could restore
        self.properties: dict[str, Json] = {}
        self.links: set[tuple[str, str, str, str]] = set()
        self.files: dict[str, bytes] = {}
        self.erased: list[str] = []
        self.calls: list[str] = []
        self.answers: list[web.Response] = []  # what it answers instead, first come first served
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.behind: set[str] = set()  # ids that the index of the search does not have yet
        self._ids = itertools.count(101)
        self._searches: list[datetime] = []

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.calls.append(f"{request.method} {request.path}")
        content = await request.read()
        if self.answers:
            return self.answers.pop(0)
        try:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise PlayedError(401, "INVALID_AUTHENTICATION", "The access token is invalid.")
            if request.content_type == "multipart/form-data":
                status, document = self.upload(content)
            else:
                body = await request.json() if content else {}
                status, document = self.do(request.method, request.path.strip("/"), body, dict(request.query))
        except PlayedError as error:
            status, document = error.status, error.document
        return web.Response(status=204) if document is None else web.json_response(document, status=status)

    def do(self, method: str, path: str, body: Json, query: dict[str, str]) -> Answer:
        for asked, pattern, name in ROUTES:
            if asked == method and (found := re.fullmatch(pattern, path)):
                answer: Answer = getattr(self, name)(body, *found.groups())
                return answer
        raise missing()

    # --- objects ----------------------------------------------------------------------------------------

    def one(self, object: str, id: str) -> Json:
        if id not in self.objects[object]:
            raise missing()
        return self.objects[object][id]

    def keep(self, object: str, id: str, given: Json) -> Json:
        """Write properties, if all of them are known and none is somebody else's unique value."""
        known = {
            *KNOWN[object].split(),
            *(name for type, name in map(_split, self.properties) if type == object),
        }
        for name, value in given.items():
            if name not in known:
                raise PlayedError(400, "VALIDATION_ERROR", f'Property "{name}" does not exist')
            unique = name == "email" or self.properties.get(f"{object}/{name}", {}).get("hasUniqueValue")
            others = (each for each in self.objects[object].values() if each["id"] != id)
            if unique and value and any(each["properties"].get(name) == value for each in others):
                raise PlayedError(409, "CONFLICT", f"Another record has {name} {value}. Existing ID: 1")
        before = self.objects[object].get(id, {"id": id, "properties": {}})
        after = before["properties"] | {name: value or None for name, value in given.items()}
        self.objects[object][id] = before | {"properties": after}
        self.touch(object, id)
        return self.objects[object][id]

    def touch(self, object: str, id: str) -> None:
        moment = self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.objects[object][id]["properties"][DATED.get(object, "hs_lastmodifieddate")] = moment

    def shown(self, record: Json, names: list[str]) -> Json:
        return {
            "id": record["id"],
            "properties": {name: record["properties"].get(name) for name in names}
            | {"hs_object_id": record["id"]},
            "createdAt": "2026-01-01T00:00:00Z",
            "archived": False,
        }

    def list(self, body: Json, object: str) -> Answer:
        return 200, {"results": []}

    def read(self, body: Json, object: str) -> Answer:
        assert len(body["inputs"]) <= 100
        by = body.get("idProperty")
        if by and f"{object}/{by}" not in self.properties:
            raise PlayedError(400, "VALIDATION_ERROR", f"{by} is no unique property")
        found, lost = [], []
        for each in body["inputs"]:
            some = [one for one in self.objects[object].values() if one["properties"].get(by) == each["id"]]
            some = (
                some
                if by
                else [self.objects[object][each["id"]]]
                if each["id"] in self.objects[object]
                else []
            )
            found += [self.shown(one, body["properties"]) for one in some]
            lost += [] if some else [each["id"]]
        return _batch(found, [missing().document | {"context": {"ids": lost}}] if lost else [])

    def need(self, object: str, properties: Json) -> None:
        given = {name for name, value in properties.items() if value}
        for names in NEEDED.get(object, ()):
            if not names & given:
                raise PlayedError(400, "VALIDATION_ERROR", f"One of {sorted(names)} is required.")

    def create(self, body: Json, object: str) -> Answer:
        self.need(object, body["properties"])
        made = self.keep(object, str(next(self._ids)), body["properties"])
        return 201, self.shown(made, [*body["properties"]])

    def upsert(self, body: Json, object: str) -> Answer:
        """All of it or nothing."""
        assert len(body["inputs"]) <= 100
        before = dict(self.objects[object])
        try:
            return _batch([self.upsert_one(object, **each) for each in body["inputs"]], [])
        except PlayedError:
            self.objects[object] = before
            raise

    def upsert_one(self, object: str, id: str, idProperty: str, properties: Json) -> Json:  # noqa: N803
        same = [one for one in self.objects[object].values() if one["properties"].get(idProperty) == id]
        if not same:
            self.need(object, properties)
        place = same[0]["id"] if same else str(next(self._ids))
        made = self.keep(object, place, {**properties, idProperty: id})
        return self.shown(made, []) | {"new": not same}

    def update(self, body: Json, object: str, id: str) -> Answer:
        record = self.one(object, id)
        out = record["properties"].get("hs_status") in {"APPROVAL_NOT_NEEDED", "APPROVED"}
        if out and not {*body["properties"]} <= {"hs_status", "freehold_id", "freehold_state"}:
            raise PlayedError(400, "VALIDATION_ERROR", "A published quote cannot be edited.")
        return 200, self.shown(self.keep(object, id, body["properties"]), [])

    def archive(self, body: Json, object: str, id: str) -> Answer:
        if id in self.objects[object]:  # deleting again is no error
            self.archived[id] = self.objects[object].pop(id)
        return 204, None

    def erase(self, body: Json) -> Answer:
        self.one("contacts", body["objectId"])
        self.erased.append(body["objectId"])
        del self.objects["contacts"][body["objectId"]]
        return 204, None

    # --- the search -------------------------------------------------------------------------------------

    def search(self, body: Json, object: str) -> Answer:
        now = self.now()
        self._searches = [each for each in self._searches if now - each < timedelta(seconds=1)]
        if len(self._searches) >= 5:
            said = {"errorType": "RATE_LIMIT", "policyName": "SECONDLY"}
            raise PlayedError(429, "RATE_LIMITS", "You have reached your secondly limit.", **said)
        self._searches.append(now)
        start = int(body.get("after", "0"))
        if start + body["limit"] > MOST or body["limit"] > 200 or len(body["sorts"]) > 1:
            raise PlayedError(400, "VALIDATION_ERROR", "There was a problem with the request.")
        (group,), (sort,) = body["filterGroups"], body["sorts"]
        some = [one for one in self.objects[object].values() if one["id"] not in self.behind]
        found = [one for one in some if all(_fits(one, each) for each in group["filters"])]
        found.sort(key=lambda one: _value(one, sort["propertyName"]))
        page = [self.shown(one, body["properties"]) for one in found[start : start + body["limit"]]]
        more = (
            {"paging": {"next": {"after": str(start + len(page))}}} if start + len(page) < len(found) else {}
        )
        return 200, {"total": len(found), "results": page} | more

    # --- properties, pipelines, associations, files -----------------------------------------------------

    def property(self, body: Json, object: str, name: str) -> Answer:
        if f"{object}/{name}" not in self.properties:
            raise missing()
        return 200, self.properties[f"{object}/{name}"]

    def define(self, body: Json, object: str) -> Answer:
        self.properties[f"{object}/{body['name']}"] = body
        return 201, body

    def group(self, body: Json, object: str) -> Answer:
        raise PlayedError(409, "OBJECT_ALREADY_EXISTS", "The group is there.")

    def pipelines(self, body: Json) -> Answer:
        results = [
            {
                "id": pipeline,
                "label": pipeline,
                "displayOrder": order,
                "stages": [
                    {"id": id, "displayOrder": place, "metadata": {"isClosed": closed, "probability": likely}}
                    for place, (id, (closed, likely)) in enumerate(stages.items())
                ],
            }
            for pipeline, (order, stages) in PIPELINES.items()
        ]
        return 200, {"results": results}

    def associations(self, body: Json, object: str, other: str) -> Answer:
        found, lost = [], []
        for each in body["inputs"]:
            to = [b for a, id, o, b in self.links if (a, id, o) == (object, each["id"], other)]
            if to:
                types = [{"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None}]
                ends = [{"toObjectId": int(id), "associationTypes": types} for id in to]
                found.append({"from": {"id": each["id"]}, "to": ends})
            else:
                sub = "crm.associations.NO_ASSOCIATIONS_FOUND"
                lost.append(
                    PlayedError(404, "OBJECT_NOT_FOUND", "Nothing is associated.", subCategory=sub).document
                )
        return _batch(found, lost)

    def associate(self, body: Json, object: str, id: str, other: str, other_id: str) -> Answer:
        self.one(object, id)
        self.one(other, other_id)
        self.links |= {(object, id, other, other_id), (other, other_id, object, id)}
        self.touch(object, id)
        return 200, {"status": "COMPLETE", "results": []}

    def upload(self, content: bytes) -> Answer:
        assert b'name="options"\r\n\r\n{"access":"PRIVATE"}\r\n' in content
        assert b'name="folderPath"\r\n\r\n/freehold\r\n' in content
        (held,) = re.findall(
            rb'name="file"; filename="[\w.-]+"\r\n\r\n(.*)\r\n--[0-9a-f]+--\r\n', content, re.DOTALL
        )
        id = str(next(self._ids))
        self.files[id] = held
        return 201, {"id": id, "access": "PRIVATE"}

    def remove_file(self, body: Json, id: str) -> Answer:
        del self.files[id]
        return 204, None

    # --- somebody at its screen -------------------------------------------------------------------------

    def add(self, object: str, **properties: str) -> str:
        id = str(next(self._ids))
        self.keep(object, id, properties)
        return id

    def join(self, object: str, id: str, other: str, other_id: str) -> None:
        self.associate({}, object, id, other, other_id)

    async def change(self, kind: RecordKind, id: str, field: str, text: str) -> None:
        self.keep(OBJECTS[kind], id, {field: text})

    async def remove(self, kind: RecordKind, id: str) -> None:
        self.archive({}, OBJECTS[kind], id)

    async def duplicate(self, kind: RecordKind, id: str) -> None:
        """Try to: what is unique is not made twice."""
        self.add(OBJECTS[kind], **{ID: self.one(OBJECTS[kind], id)["properties"][ID]})

    async def write_quotation(self, *, customer: str, opportunity: str) -> str:
        id = self.add(
            "quotes", hs_title="Fibre", hs_status="DRAFT", hs_currency="EUR", hs_expiration_date="2031-01-31"
        )
        line = self.add(
            "line_items", name="Fibre", quantity="2", price="19.9", recurringbillingfrequency="monthly"
        )
        self.join("quotes", id, "contacts", customer)
        self.join("quotes", id, "deals", opportunity)
        self.join("quotes", id, "line_items", line)
        return id


ROUTES: Final = (
    ("GET", r"crm/v3/objects/(\w+)", "list"),
    ("POST", r"crm/v3/objects/(\w+)", "create"),
    ("POST", r"crm/v3/objects/(\w+)/batch/read", "read"),
    ("POST", r"crm/v3/objects/(\w+)/batch/upsert", "upsert"),
    ("POST", r"crm/v3/objects/(\w+)/search", "search"),
    ("POST", r"crm/v3/objects/contacts/gdpr-delete", "erase"),
    ("PATCH", r"crm/v3/objects/(\w+)/(\d+)", "update"),
    ("DELETE", r"crm/v3/objects/(\w+)/(\d+)", "archive"),
    ("GET", r"crm/v3/properties/(\w+)/(\w+)", "property"),
    ("POST", r"crm/v3/properties/(\w+)", "define"),
    ("POST", r"crm/v3/properties/(\w+)/groups", "group"),
    ("GET", r"crm/v3/pipelines/deals", "pipelines"),
    ("POST", r"crm/v4/associations/(\w+)/(\w+)/batch/read", "associations"),
    ("PUT", r"crm/v4/objects/(\w+)/(\d+)/associations/default/(\w+)/(\d+)", "associate"),
    ("DELETE", r"files/v3/files/(\d+)/gdpr-delete", "remove_file"),
)


def _split(key: str) -> tuple[str, str]:
    object, _, name = key.partition("/")
    return object, name


def _batch(results: list[Json], errors: list[Json]) -> Answer:
    document: Json = {"status": "COMPLETE", "results": results}
    return (207, document | {"numErrors": len(errors), "errors": errors}) if errors else (200, document)


def _value(record: Json, name: str) -> int:
    if name == "hs_object_id":
        return int(record["id"])
    moment = datetime.fromisoformat(record["properties"][name])
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _fits(record: Json, filter: Json) -> bool:
    value, wanted = _value(record, filter["propertyName"]), int(filter["value"])
    return {"EQ": value == wanted, "GTE": value >= wanted, "GT": value > wanted}[filter["operator"]]
