"""A small system that answers signed events, played: what somebody writes to connect their own."""

import itertools
import tomllib
from copy import deepcopy
from typing import Any, Final

import orjson
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from node.crm.port import RecordKind
from node.crm.registry import default_mapping

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAGE: Final = 100
FIELDS: Final = {
    kind: sorted({entry["to"] for entry in entries})
    for kind, entries in tomllib.loads(default_mapping("webhook")).items()
    if isinstance(entries, list)
}
BEGINS: Final = {"opportunity": "open", "quotation": "draft"}
# From which states a verb leads where; from where it leads to it does nothing.
MOVES: Final[dict[str, tuple[set[str], str]]] = {
    "quote": ({"draft"}, "quoted"),
    "confirm": ({"quoted"}, "confirmed"),
    "cancel": ({"draft", "quoted", "confirmed"}, "cancelled"),
    "reopen": ({"confirmed"}, "quoted"),
    "draft": ({"quoted", "confirmed", "cancelled"}, "draft"),
    "win": ({"open"}, "won"),
    "lose": ({"open"}, "lost"),
}
Record = dict[str, Any]


class Connector:
    """The system and, past the port, somebody who works in it."""

    prefix = "r"  # of an id
    fields = FIELDS

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.log: list[tuple[str, str]] = []
        self.calls: list[str] = []
        self.ids: set[str] = set()
        self.answers: list[web.Response] = []  # what it answers instead, first come first served
        self.verbs = [*MOVES, "forget"]
        self._numbers = itertools.count(1)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        if self.answers:
            return self.answers.pop(0)
        try:
            event = Webhook(SECRET).verify(body, dict(request.headers))
        except WebhookVerificationError:
            return web.Response(status=401)
        assert event["id"] == request.headers["webhook-id"]
        assert event["id"] not in self.ids
        self.ids.add(event["id"])
        call = event["type"].removeprefix("org.w3id.freehold.crm.")
        self.calls.append(call)
        try:
            return web.json_response(getattr(self, f"on_{call}")(event["data"]))
        except LookupError:
            return web.Response(status=404)
        except ValueError as error:
            return web.Response(status=int(str(error)))

    # --- the calls ------------------------------------------------------------------------------------

    def on_health(self, data: Record) -> Record:
        return {"title": "A system of ours"}

    def on_describe(self, data: Record) -> Record:
        kinds = {
            kind: {
                "fields": [{"name": name} for name in names],
                "verbs": [*self.verbs],
                "versioned": True,
            }
            for kind, names in self.fields.items()
        }
        return {"title": "A system of ours", "kinds": kinds}

    def on_changes(self, data: Record) -> Record:
        cursor = data["cursor"] or "0"
        if not cursor.isdigit():
            raise ValueError(422)
        begin = int(cursor)
        some = self.log[begin : begin + PAGE]
        changes = [{"kind": kind, "id": id, "record": self.records.get(id)} for kind, id in some]
        end = begin + len(some)
        return {"changes": changes, "cursor": str(end), "more": end < len(self.log)}

    def on_get(self, data: Record) -> Record:
        return {"record": self.records[data["id"]]}

    def on_find(self, data: Record) -> Record:
        found = [one for one in self.records.values() if one["kind"] == data["kind"]]
        return {"records": [one for one in found if one["external_id"] == data["external_id"]]}

    def on_upsert(self, data: Record) -> Record:
        if not set(data["fields"]) <= set(self.fields[data["kind"]]):
            raise ValueError(422)
        named = [self.records[data["id"]]] if data["id"] else self.on_find(data)["records"]
        if len(named) > 1:
            return {"ambiguous": [one["id"] for one in named]}
        before = named[0] if named else self.add(data["kind"], data["external_id"])
        if data["base_version"] not in {"", before["version"]}:
            raise ValueError(409)
        after = deepcopy(before) | {"external_id": data["external_id"]}
        after["fields"] |= data["fields"]
        after["links"] |= data["links"]
        after |= {name: data[name] for name in ("currency", "valid_until") if data[name]}
        after |= {} if data["lines"] is None else {"lines": data["lines"]}
        return {"record": self.keep(before, after), "created": not named}

    def on_act(self, data: Record) -> Record:
        if data["verb"] == "forget":
            if self.records.pop(data["id"], None) is not None:
                self.log.append((data["kind"], data["id"]))
            return {"record": None}
        before = self.records[data["id"]]
        begins, ends = MOVES[data["verb"]]
        if before["state"] not in begins | {ends}:
            raise ValueError(422)
        return {"record": self.keep(before, before | {"state": ends})}

    # --- what is kept ---------------------------------------------------------------------------------

    def add(self, kind: str, external_id: str, **members: Any) -> Record:
        id = f"{self.prefix}{next(self._numbers)}"
        made = {
            "kind": kind,
            "id": id,
            "version": "1",
            "external_id": external_id,
            "state": BEGINS.get(kind, ""),
        }
        self.records[id] = {**made, "fields": {}, "links": {}, "lines": [], **members}
        self.log.append((kind, id))
        return self.records[id]

    def keep(self, before: Record, after: Record) -> Record:
        if after != before:
            after = after | {"version": str(int(before["version"]) + 1)}
            self.records[after["id"]] = after
            self.log.append((after["kind"], after["id"]))
        return after

    # --- somebody at its screen -----------------------------------------------------------------------

    async def change(self, kind: RecordKind, id: str, field: str, text: str) -> None:
        before = self.records[id]
        self.keep(before, before | {"fields": before["fields"] | {field: text}})

    async def remove(self, kind: RecordKind, id: str) -> None:
        del self.records[id]
        self.log.append((kind.value, id))

    async def duplicate(self, kind: RecordKind, id: str) -> None:
        one = self.records[id]
        self.add(kind.value, one["external_id"], fields=dict(one["fields"]))

    async def write_quotation(self, *, customer: str, opportunity: str) -> str:
        line = {"label": "Fibre", "quantity": "2", "price": "19.90", "unit": "", "per": "P1M"}
        links = {"customer": customer, "opportunity": opportunity}
        made = self.add("quotation", "", lines=[line], links=links, currency="EUR", valid_until="2031-01-31")
        return str(made["id"])


def reply(document: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(document), content_type="application/json")
