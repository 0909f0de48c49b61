"""Somebody who sells, in a Tryton of their own: what pages say in words that one does there is done here."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.crm.tryton.person import TrytonPerson, decimal
from tests.crm.tryton.server import TrytonServer

VALIDITY: Final = {"__class__": "timedelta", "seconds": 30 * 24 * 3_600.0}


class Seller:
    """A Tryton that runs on a port until `leave`, and who sits before it."""

    def __init__(self, folder: Path, port: int) -> None:
        folder.mkdir()
        self._server = TrytonServer(folder, port)
        self._server.start()
        self._person = TrytonPerson(self._server)

    def leave(self) -> None:
        """Stop that Tryton."""
        self._server.stop()

    def do(self, deed: str, what: str) -> None:
        """Do something, to what is called so."""
        deeds: Mapping[str, Callable[[str], None]] = {
            "validates": self._validate,
            "quotes": self._quote,
            "mends": self._mend,
        }
        deeds[deed](what)

    def _validate(self, login: str) -> None:
        """Press *Validate* beside the key that was asked for in somebody's name."""
        asked = self._find("res.user.application", ["state", "=", "requested"], ["user.login", "=", login])
        self._person.press("res.user.application", asked["id"], "validate_")

    def _quote(self, name: str) -> None:
        """Convert the opportunity, fill in a line of the sale, press *Quote*, and forget the validity."""
        self._person.press("sale.opportunity", self._opportunity(name), "convert")
        line = {"type": "line", "description": "Fibre 500", "quantity": 1, "note": "per month"}
        self._write(name, {"lines": [["create", [line | {"unit_price": decimal("39.90")}]]]})

    def _mend(self, name: str) -> None:
        """Take the quotation back, say how long it is valid, and put it out again."""
        self._person.press("sale.sale", self._sale(name), "draft")
        self._write(name, {"quotation_validity": VALIDITY})

    def _write(self, name: str, values: dict[str, Any]) -> None:
        sale = self._sale(name)
        self._person.ask("PUT", f"sale.sale/{sale}", values)
        self._person.press("sale.sale", sale, "quote")

    def _opportunity(self, name: str) -> str:
        return str(self._find("sale.opportunity", ["description", "=", name])["id"])

    def _sale(self, name: str) -> str:
        origin = f"sale.opportunity,{self._opportunity(name)}"
        return str(self._find("sale.sale", ["origin", "=", origin])["id"])

    def _find(self, model: str, *domain: list[Any]) -> Any:
        (found,) = self._person.search(model, [*domain])
        return found
