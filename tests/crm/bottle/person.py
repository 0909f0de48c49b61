"""Somebody at BottleCRM's own screen, who works for the business beside the node."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Final

from node.crm.port import RecordKind
from tests.crm.bottle.server import BottleServer

PATHS: Final = {
    RecordKind.CUSTOMER: "contacts/",
    RecordKind.OPPORTUNITY: "opportunities/",
    RecordKind.QUOTATION: "invoices/estimates/",
}
ROWS: Final = {"contacts/": "results", "opportunities/": "opportunities", "invoices/estimates/": "results"}


class BottlePerson:
    """What a person does there, in the words of BottleCRM's clients."""

    def __init__(self, server: BottleServer) -> None:
        self._server = server

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Make a request below `/api/`."""
        request = urllib.request.Request(
            f"{self._server.origin}/api/{path}?{urllib.parse.urlencode(query)}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self._server.key}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from None
        return json.loads(text) if text else None

    def rows(self, kind: RecordKind, **query: Any) -> Any:
        """Return the records of a kind."""
        path = PATHS[kind]
        return self.ask("GET", path, **({"limit": 200} | query))[ROWS[path]]

    def deal(self, id: str) -> Any:
        """Return a deal with its comments and attachments."""
        return self.ask("GET", f"opportunities/{id}/")

    def estimate(self, id: str) -> Any:
        """Return an estimate whole."""
        return self.ask("GET", f"invoices/estimates/{id}/")["estimate"]

    def say(self, deal: str, text: str) -> None:
        """Write a comment at a deal."""
        self.ask("POST", f"opportunities/{deal}/", {"comment": text})

    def send(self, estimate: str) -> None:
        """Send an estimate."""
        self.ask("POST", f"invoices/estimates/{estimate}/send/", {})

    def answer(self, estimate: str, answer: str) -> None:
        """Accept or decline an estimate at its public page, as whoever has the link can."""
        token = self.estimate(estimate)["public_token"]
        signer = {"name": "Robin", "email": "robin@meadow.example"}
        self.ask("POST", f"public/estimate/{token}/{answer}/", signer)

    def download(self, attachment: str) -> bytes:
        """Return what is in a file."""
        request = urllib.request.Request(
            f"{self._server.origin}/api/attachments/{attachment}/download/",
            headers={"Authorization": f"Bearer {self._server.key}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return bytes(answer.read())

    async def change(self, kind: RecordKind, id: str, field: str, text: str) -> None:
        method = "PUT" if kind is RecordKind.QUOTATION else "PATCH"
        self.ask(method, f"{PATHS[kind]}{id}/", {field: text})

    async def remove(self, kind: RecordKind, id: str) -> None:
        self.ask("DELETE", f"{PATHS[kind]}{id}/")

    async def duplicate(self, kind: RecordKind, id: str) -> None:
        found = self.ask("GET", f"{PATHS[kind]}{id}/")["contact_obj"]
        copied = {name: found[name] for name in ("first_name", "last_name", "custom_fields")}
        self.ask("POST", PATHS[kind], copied)

    async def write_quotation(self, *, customer: str, opportunity: str) -> str:
        return self.quotation(customer, opportunity, {"description": "per month"})

    def quotation(self, customer: str, opportunity: str, *lines: dict[str, Any], **members: Any) -> str:
        """Write a draft, each line two of Fibre at 19.90 EUR unless it says otherwise."""
        contact = self.ask("GET", f"contacts/{customer}/")["contact_obj"]
        line = {"name": "Fibre", "quantity": "2", "unit_price": "19.90"}
        estimate = {
            "title": self.deal(opportunity)["opportunity_obj"]["name"],
            "account_id": contact["account"],
            "contact_id": customer,
            "opportunity_id": opportunity,
            "currency": "EUR",
            "expiry_date": "2031-01-31",
            "line_items": [line | each for each in lines],
        }
        return str(self.ask("POST", "invoices/estimates/", estimate | members)["estimate"]["id"])

    def put_away(self) -> None:
        """Delete what earlier tests have left, what belongs to others first."""
        for kind in reversed(PATHS):
            for row in self.rows(kind):
                self.ask("DELETE", f"{PATHS[kind]}{row['id']}/")
