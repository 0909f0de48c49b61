"""An office program, played: what the example adapter of the documentation speaks with.

`python -m tests.crm.office PORT KEY` answers on PORT of this machine.
"""

import asyncio
import sys
from typing import Any

from aiohttp import web

from docs.example_adapter import FIELDS
from tests.crm.connector import Connector, Record, reply


class Office(Connector):
    """The program and, past the port, somebody who works in it."""

    prefix = ""
    fields = FIELDS

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    async def answer(self, request: web.BaseRequest) -> web.Response:
        if self.answers:
            return self.answers.pop(0)
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return reply({"error": "no such key"}, 401)
        parts = request.path.strip("/").split("/")
        body = await request.json() if request.can_read_body else {}
        try:
            return reply(self.do(request.method, parts, dict(request.query), body))
        except LookupError:
            return reply({"error": "no such record"}, 404)
        except ValueError as error:
            return reply({"error": "no"}, int(str(error)))

    def do(self, method: str, parts: list[str], query: dict[str, str], body: Any) -> object:
        kind, id = parts[0], "".join(parts[1:2])
        match method, len(parts):
            case "GET", 1 if kind == "changes":
                return self.tell(int(query["since"]), int(query["limit"]))
            case "GET", 1:
                found = self.on_find({"kind": kind, "external_id": query["reference"]})["records"]
                return [spelled(record) for record in found]
            case "POST", 1:
                return self.put(kind, "", body)
            case "GET", 2:
                return spelled(self.records[id])
            case "PUT", 2:
                return self.put(kind, id, body)
            case "DELETE", 2:
                self.on_act({"kind": kind, "id": id, "verb": "forget"} if self.records[id] else {})
                return {}
            case _:
                return spelled(self.on_act({"kind": kind, "id": id, "verb": parts[2]})["record"])

    def tell(self, since: int, limit: int) -> Record:
        some = self.log[since : since + limit]
        told = [[kind, int(id), spelled(self.records.get(id))] for kind, id in some]
        last = since + len(some)
        return {"changes": told, "last": last, "more": last < len(self.log)}

    def put(self, kind: str, id: str, body: Record) -> object:
        links = {other: str(linked) for other, linked in body["links"].items()}
        terms = {"currency": "", "valid_until": "", "lines": None} | body | {"links": links}
        version = str(body["version"]) if id else ""
        known = {"kind": kind, "id": id, "external_id": body["reference"], "base_version": version}
        return spelled(self.on_upsert(terms | known)["record"])


def spelled(record: Record | None) -> Record | None:
    if record is None:
        return None
    terms = {name: record.get(name, "") for name in ("state", "currency", "valid_until")}
    return terms | {
        "id": int(record["id"]),
        "version": int(record["version"]),
        "reference": record["external_id"],
        "fields": record["fields"],
        "links": {kind: int(id) for kind, id in record["links"].items()},
        "lines": record["lines"],
    }


async def serve(port: int, key: str) -> None:
    server = web.ServerRunner(web.Server(Office(key).answer))
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", port).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
