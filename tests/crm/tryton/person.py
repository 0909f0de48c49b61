"""Somebody at Tryton's own screen, who works for the business beside the node."""

import json
import re
import urllib.parse
import urllib.request
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from typing import Any, Final

from node.crm.port import RecordKind
from tests.crm.tryton.environment import DATABASE, LOGIN, PASSWORD
from tests.crm.tryton.server import TrytonServer

MODELS: Final = {
    RecordKind.CUSTOMER: "party.party",
    RecordKind.OPPORTUNITY: "sale.opportunity",
    RecordKind.QUOTATION: "sale.sale",
    RecordKind.NOTE: "ir.note",
    RecordKind.FILE: "ir.attachment",
}

_NOTED: Final = re.compile(r"\[Freehold: (\S+)\]\s*\Z")
_NAMED: Final = re.compile(r"(?:\A|\s)((?:https?://|urn:)\S+)\Z")
"""What a note of ours, and what a reference of ours, ends in; people read it there."""


def pack(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode()


def decimal(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}


class TrytonPerson:
    """What a person does there, in the words of Tryton's clients."""

    def __init__(self, server: TrytonServer) -> None:
        self._server = server

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Make a request; `d`, `f` and the like as Tryton has them."""
        asked = {"d": pack(query.pop("d"))} | query if "d" in query else query
        request = urllib.request.Request(
            f"{self._server.origin}/{DATABASE}/rest/model/{path}?{urllib.parse.urlencode(asked, doseq=True)}",
            None if body is None else json.dumps(body).encode(),
            {
                "Authorization": f"bearer {self._server.key}",
                "X-Tryton-Context": pack({"company": 1}),
                "Content-Type": "application/json",
            },
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def search(self, model: str, domain: list[Any], *fields: str) -> Any:
        """Return the records of a domain."""
        return self.ask("GET", model, d=domain, f=list(fields))

    def external_ids(self) -> dict[str, list[str]]:
        """Return what stands there of ours, kind by kind, as it can be seen on the screen."""
        return {
            "customer": self._ends("party.identifier", "code", _NAMED),
            "opportunity": self._ends("sale.opportunity", "reference", _NAMED),
            "quotation": self._ends("sale.sale", "reference", _NAMED),
            "note": self._ends("ir.note", "message", _NOTED),
            "file": self._ends("ir.attachment", "description", _NAMED),
        }

    def _ends(self, model: str, field: str, named: re.Pattern[str]) -> list[str]:
        said = [named.search(each[field] or "") for each in self.search(model, [], field)]
        return [each[1] for each in said if each is not None]

    def press(self, model: str, id: str, *buttons: str) -> None:
        """Press buttons of a record, one after the other."""
        for button in buttons:
            self.ask("POST", f"{model}/{id}/{button}", {})

    def replace(self, party: str, by: str) -> None:
        """Have one party take the place of another: a wizard, which a key does not open."""
        headers = {"Content-Type": "application/json"}

        def call(path: str, method: str, *words: Any) -> Any:
            body = json.dumps({"method": method, "params": words}).encode()
            request = urllib.request.Request(f"{self._server.origin}/{DATABASE}/{path}", body, headers)
            with urllib.request.urlopen(request, timeout=60) as answer:
                if cookies := answer.headers.get_all("Set-Cookie"):
                    headers["Cookie"] = "; ".join(each.partition(";")[0] for each in cookies)
                return json.load(answer)

        call("session/login", "login", LOGIN, {"password": PASSWORD})
        session, *_ = call("rpc/", "wizard.party.replace.create", {})
        asked = {"ask": {"source": int(party), "destination": int(by)}}
        call("rpc/", "wizard.party.replace.execute", session, asked, "replace", {})

    async def change(self, kind: RecordKind, id: str, field: str, text: str) -> None:
        values: Any = {field: text}
        if kind is RecordKind.CUSTOMER and field == "street":
            (address,) = self.search("party.address", [["party", "=", int(id)]])
            values = {"addresses": [["write", [address["id"]], values]]}
        self.ask("PUT", f"{MODELS[kind]}/{id}", values)

    async def remove(self, kind: RecordKind, id: str) -> None:
        if kind is RecordKind.OPPORTUNITY:
            self.press(MODELS[kind], id, "cancel")
        self.ask("DELETE", f"{MODELS[kind]}/{id}")

    async def duplicate(self, kind: RecordKind, id: str) -> None:
        (found, *_) = self.search("party.identifier", [["party", "=", int(id)]], "code")
        self.ask("POST", MODELS[kind], {"identifiers": [["create", [{"code": found["code"]}]]]})

    async def write_quotation(self, *, customer: str, opportunity: str) -> str:
        return self.quotation(customer, opportunity, {"note": "per month"})

    def quotation(self, customer: str, opportunity: str, *lines: dict[str, Any]) -> str:
        """Write a draft, each line two of Fibre at 19.90 EUR unless it says otherwise."""
        (address, *_) = self.search("party.address", [["party", "=", int(customer)]])
        (wish,) = self.search("sale.opportunity", [["id", "=", int(opportunity)]], "description")
        today = datetime.now(UTC).date()
        line = {"type": "line", "description": "Fibre", "quantity": 2, "unit_price": decimal("19.90")}
        sale = {
            "party": int(customer),
            "origin": f"sale.opportunity,{opportunity}",
            "description": wish["description"],
            "currency": 1,
            "invoice_address": address["id"],
            "quotation_date": {
                "__class__": "date",
                "year": today.year,
                "month": today.month,
                "day": today.day,
            },
            "quotation_validity": {
                "__class__": "timedelta",
                "seconds": (date(2031, 1, 31) - today).total_seconds(),
            },
            "lines": [["create", [line | each for each in lines]]],
        }
        return str(self.ask("POST", MODELS[RecordKind.QUOTATION], sale)["id"])
