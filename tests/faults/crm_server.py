"""A small CRM in a process of its own, durable: what it has answered stands in its SQLite file.

It is the system that the adapter for signed events is tested with, and whatever it changes is committed
before it answers. Somebody at its screen speaks with `/screen`: with GET it shows all records, and with POST
it takes one that has an id of its writer's, once.

    python -m tests.faults.crm_server FOLDER PORT
"""

import itertools
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.crm.connector import Connector, Record


class DurableCrm(Connector):
    """The system, with a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, record TEXT)")
        self._db.execute("CREATE TABLE IF NOT EXISTS log (place INTEGER PRIMARY KEY, kind TEXT, id TEXT)")
        found = self._db.execute("SELECT id, record FROM records").fetchall()
        self.records = {id: json.loads(record) for id, record in found}
        self.log = self._db.execute("SELECT kind, id FROM log ORDER BY place").fetchall()
        self._kept = len(self.log)
        self._numbers = itertools.count(self._kept + 1)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer once what changed is durable."""
        try:
            return await super().answer(request)
        finally:
            self._keep()

    async def screen(self, request: web.Request) -> web.Response:
        """Show what stands there, or take what somebody writes."""
        if request.method == "POST":
            self._write(await request.json())
            self._keep()
        return web.json_response([*self.records.values()])

    def _write(self, record: Record) -> None:
        if record["id"] not in self.records:
            made = {"version": "1", "external_id": "", "state": "", "fields": {}, "links": {}, "lines": []}
            self.records[record["id"]] = made | record
            self.log.append((record["kind"], record["id"]))

    def _keep(self) -> None:
        """Commit what changed since this was done last."""
        new = self.log[self._kept :]
        with self._db:
            for kind, id in new:
                self._db.execute("INSERT INTO log (kind, id) VALUES (?, ?)", (kind, id))
                record: Any = self.records.get(id)
                if record is None:
                    self._db.execute("DELETE FROM records WHERE id = ?", (id,))
                else:
                    held = "INSERT OR REPLACE INTO records VALUES (?, ?)"
                    self._db.execute(held, (id, json.dumps(record)))
        self._kept = len(self.log)


def main(folder: str, port: str) -> None:
    """Serve until killed."""
    crm = DurableCrm(Path(folder) / "crm.sqlite")
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/screen", crm.screen)
    app.router.add_route("*", "/{tail:.*}", crm.answer)
    web.run_app(app, host="127.0.0.1", port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
