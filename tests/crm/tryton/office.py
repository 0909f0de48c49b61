"""A business that works in Tryton, its node, and a customer's: what each of them does, and what it sees.

The customer acts through its node's owner API, the business's people in Tryton; only connecting, looking and
changing what was agreed are done at the business's node.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from node.sandbox.nodes import Node, until
from protocol.documents import Document
from tests.crm.tryton.environment import DATABASE
from tests.crm.tryton.person import TrytonPerson, decimal
from tests.crm.tryton.server import TrytonServer
from tests.faults.ends import running
from tests.ports import steady_port

SOON: Final = 60.0  # seconds: a look every thirty, and some for a busy machine
MONTHLY: Final = {"note": "per month", "quantity": 1, "unit_price": decimal("39.90")}


class TrytonOffice:
    """The business's people, what they see, and the customer at the other end."""

    def __init__(self, tryton: TrytonServer, customer: Node, business: Node) -> None:
        self.tryton, self.person = tryton, TrytonPerson(tryton)
        self.customer, self.business = customer, business

    # --- what they see

    def see(self, what: str, find: Callable[[], list[Any]]) -> Any:
        """Have the business's node look into Tryton, and wait until something is there."""
        self.business.api.request("POST", "/crm/sync", {})
        return until(find, what, seconds=SOON)[-1]

    def record(self, model: str, *domain: list[Any], fields: tuple[str, ...] = ()) -> Any:
        return self.see(f"{model} with {domain}", lambda: self.person.search(model, [*domain], *fields) or [])

    def opportunity(self, name: str) -> Any:
        found = [["description", "=", name], ["state", "=", "opportunity"]]
        return self.record("sale.opportunity", *found, fields=("party", "comment", "reference"))

    def note(self, sale: str, text: str) -> Any:
        about = [["resource", "=", f"sale.sale,{sale}"], ["message", "like", f"%{text}%"]]
        return self.record("ir.note", *about, fields=("message",))

    def offer(self, wish: str, **members: object) -> Document:
        def find() -> list[Document]:
            offers = self.customer.api.get("/offers")["items"]
            return [each for each in offers if members.items() <= each.items() and each["intention"] == wish]

        found: Document = self.see(f"an offer with {members}", find)
        return found

    # --- what they do

    def wish(self, name: str, **members: object) -> str:
        wish = {"name": name, "currency": "EUR", "audience": [self.business.actor], **members}
        return str(self.customer.api.request("POST", "/intentions", wish)["id"])

    def quote(self, opportunity: Any, **line: Any) -> str:
        """Write a quotation and put it out."""
        sale = self.person.quotation(str(opportunity["party"]), str(opportunity["id"]), MONTHLY | line)
        self.person.press("sale.sale", sale, "quote")
        return sale

    def revise(self, sale: str, amount: str) -> None:
        """Take a quotation back into the draft, give its one line another price, and put it out again."""
        self.person.press("sale.sale", sale, "draft")
        (line,) = self.person.search("sale.line", [["sale", "=", int(sale)]])
        change = {"lines": [["write", [line["id"]], {"unit_price": decimal(amount)}]]}
        self.person.ask("PUT", f"sale.sale/{sale}", change)
        self.person.press("sale.sale", sale, "quote")

    def say(self, sale: str, text: str) -> None:
        """Write a note at a sale."""
        self.person.ask("POST", "ir.note", {"resource": f"sale.sale,{sale}", "message": text})


@contextmanager
def opened(folder: Path, tryton: TrytonServer) -> Iterator[TrytonOffice]:
    """Run the two nodes, and connect the business's with a Tryton that runs, for the time of the block."""
    customer = Node(folder / "ada", "ada", "Ada", "person", steady_port(), host="localhost")
    business = Node(folder / "meadow", "meadow", "Meadow", "organization", steady_port(), host="localhost")
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_text(tryton.key)
    with running(customer, business):
        reached = [tryton.origin, "--key-file", str(key), "--option", f"database={DATABASE}"]
        business.run("crm", "connect", "tryton", *reached)
        yield TrytonOffice(tryton, customer, business)
