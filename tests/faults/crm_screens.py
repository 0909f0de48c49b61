"""CRMs that may be killed, and somebody at the screen of each: a small one with a file, and a real Tryton."""

import http.client
import json
import secrets
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from node.crm.adapters.tryton.records import split_reference
from node.sandbox.nodes import environment, until
from tests.crm.connector import SECRET
from tests.crm.tryton.environment import DATABASE
from tests.crm.tryton.person import TrytonPerson, decimal
from tests.crm.tryton.server import TrytonServer
from tests.ports import steady_port

ROOT: Final = Path(__file__).parents[2]
_KINDS: Final = ("customer", "opportunity", "quotation", "note", "file")
_ORDERS: Final = ("confirmed", "processing", "done")
_LINE: Final = {"label": "Bike", "quantity": "1", "price": "90.00", "unit": "", "per": ""}


class Screen(Protocol):
    """A CRM that may be killed, and whoever works in it; wishes and negotiations go by their addresses.

    Whatever it is asked raises `OSError` or `HTTPException` while it is down.
    """

    @property
    def account(self) -> tuple[str, ...]:
        """What an owner types to connect it."""
        ...

    def start(self) -> None:
        """Start it, and wait until it answers."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def stop(self) -> None:
        """End it."""
        ...

    def opportunities(self) -> list[str]:
        """Return the wishes that are open there."""
        ...

    def quote(self, wish: str) -> None:
        """Write the one quotation of a wish and put it out, unless that is done."""
        ...

    def note(self, negotiation: str, text: str) -> bool:
        """Write a note into a quotation; tell whether it is there yet."""
        ...

    def external_ids(self) -> dict[str, list[str]]:
        """Return what stands there of ours, kind by kind."""
        ...

    def orders(self) -> set[str]:
        """Return the negotiations that are orders there."""
        ...


class SmallCrm:
    """The small durable system in a process (`tests.faults.crm_server`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "crm"
        self._folder.mkdir()
        (self._folder / "key").write_text(SECRET)
        self._port = steady_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def account(self) -> tuple[str, ...]:
        """What an owner types to connect it."""
        return ("webhook", f"http://127.0.0.1:{self._port}/", "--key-file", str(self._folder / "key"))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.crm_server", str(self._folder), str(self._port)],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(self._answers, "the small CRM to answer")

    def _answers(self) -> bool:
        with suppress(OSError):
            self._records()
            return True
        return False

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    stop = kill

    def opportunities(self) -> list[str]:
        """Return the wishes that are open there."""
        return [each["external_id"] for each in self._of("opportunity") if each["state"] == "open"]

    def quote(self, wish: str) -> None:
        """Write the one quotation of a wish; its id is the writer's, so that it is there once."""
        (found,) = [each for each in self._of("opportunity") if each["external_id"] == wish]
        record = {
            "kind": "quotation",
            "id": f"q-{found['id']}",
            "state": "quoted",
            "lines": [_LINE],
            "links": {"customer": found["links"]["customer"], "opportunity": found["id"]},
            "currency": "EUR",
            "valid_until": "2097-01-31",
        }
        self._ask("POST", record)

    def note(self, negotiation: str, text: str) -> bool:
        """Write a note into a quotation; tell whether it is there yet."""
        found = [each["id"] for each in self._of("quotation") if each["external_id"] == negotiation]
        if found:
            links, fields = {"quotation": found[0]}, {"text": text}
            id = f"n-{secrets.token_hex(8)}"
            self._ask("POST", {"kind": "note", "id": id, "links": links, "fields": fields})
        return bool(found)

    def external_ids(self) -> dict[str, list[str]]:
        """Return what stands there of ours, kind by kind."""
        found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
        for record in self._records():
            found[record["kind"]] += [record["external_id"]] if record["external_id"] else []
        return found

    def orders(self) -> set[str]:
        """Return the negotiations that are orders there."""
        return {each["external_id"] for each in self._of("quotation") if each["state"] == "confirmed"}

    def _of(self, kind: str) -> list[Any]:
        return [record for record in self._records() if record["kind"] == kind and record["id"]]

    def _records(self) -> list[Any]:
        return list(self._ask("GET"))

    def _ask(self, method: str, body: object = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        address = f"http://127.0.0.1:{self._port}/screen"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(address, content, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())


class TrytonCrm:
    """A real Tryton on its SQLite."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tryton"
        self._folder.mkdir()
        self._server = TrytonServer(self._folder)
        self._person = TrytonPerson(self._server)

    @property
    def account(self) -> tuple[str, ...]:
        """What an owner types to connect it."""
        key = self._folder / "key"
        key.write_text(self._server.key)
        return ("tryton", self._server.origin, "--key-file", str(key), "--option", f"database={DATABASE}")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._server.start()

    def kill(self) -> None:
        """End it at once."""
        process = self._server.process
        if process is not None:
            process.kill()
            process.wait()

    def stop(self) -> None:
        """End it."""
        self._server.stop()

    def opportunities(self) -> list[str]:
        """Return the wishes that are open there."""
        found = self._person.search("sale.opportunity", [["state", "=", "opportunity"]], "reference")
        return [split_reference(each["reference"] or "")[1] for each in found]

    def quote(self, wish: str) -> None:
        """Write the one quotation of a wish and put it out, unless that is done."""
        person = self._person
        (found,) = person.search("sale.opportunity", [["reference", "like", f"%{wish}"]], "party")
        origin = [["origin", "=", f"sale.opportunity,{found['id']}"]]
        sales = person.search("sale.sale", origin, "state")
        if not sales:
            line = {"quantity": 1, "unit_price": decimal("90.00")}
            person.quotation(str(found["party"]), str(found["id"]), line)
            sales = person.search("sale.sale", origin, "state")
        if sales[0]["state"] == "draft":
            person.press("sale.sale", str(sales[0]["id"]), "quote")

    def note(self, negotiation: str, text: str) -> bool:
        """Write a note into a quotation; tell whether it is there yet."""
        found = self._person.search("sale.sale", [["reference", "like", f"%{negotiation}"]])
        if found:
            self._person.ask("POST", "ir.note", {"resource": f"sale.sale,{found[0]['id']}", "message": text})
        return bool(found)

    def external_ids(self) -> dict[str, list[str]]:
        """Return what stands there of ours, kind by kind."""
        return self._person.external_ids()

    def orders(self) -> set[str]:
        """Return the negotiations that are orders there."""
        found = self._person.search("sale.sale", [["state", "in", [*_ORDERS]]], "reference")
        return {split_reference(each["reference"] or "")[1] for each in found}


AWAY: Final = (OSError, http.client.HTTPException)  # urllib's own errors are OSErrors
"""What is raised while a CRM is down."""
