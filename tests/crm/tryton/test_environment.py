"""That the Tryton of these tests is there, furnished, and each one's own."""

import json
import urllib.error
import urllib.parse
import urllib.request
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.crm.tryton.environment import DATABASE
from tests.crm.tryton.server import TrytonServer

pytestmark = pytest.mark.slow


def ask(server: TrytonServer, model: str, *fields: str, body: dict[str, Any] | None = None) -> Any:
    context = urlsafe_b64encode(json.dumps({"company": 1}).encode()).decode()
    query = urllib.parse.urlencode([("f", name) for name in fields])
    request = urllib.request.Request(
        f"{server.origin}/{DATABASE}/rest/model/{model}?{query}",
        None if body is None else json.dumps(body).encode(),
        {
            "Authorization": f"bearer {server.key}",
            "X-Tryton-Context": context,
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_it_is_furnished(tryton: TrytonServer) -> None:
    (company,) = ask(tryton, "company.company", "party.name", "currency.code")
    assert (company["party"]["name"], company["currency"]["code"]) == ("Meadow Networks", "EUR")
    (product,) = ask(tryton, "product.product", "code", "template.list_price")
    assert product["code"] == "FIB500"
    assert product["template"]["list_price"] == {"__class__": "Decimal", "decimal": "39.90"}
    (seller,) = ask(tryton, "company.employee", "party.name")
    assert seller["party"]["name"] == "Robin Meadow"


def test_it_takes_its_key_alone(tryton: TrytonServer) -> None:
    stranger = TrytonServer(tryton.folder, tryton.port, "0" * 64)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask(stranger, "party.party")


def test_each_has_what_was_written_to_it_and_no_other(tryton: TrytonServer, tmp_path: Path) -> None:
    other = TrytonServer(tmp_path)
    other.start()
    try:
        made = ask(other, "party.party", body={"name": "Ada"})
        other.stop()
        other.start()
        assert "Ada" in [party["name"] for party in ask(other, "party.party", "name")]
        assert "Ada" not in [party["name"] for party in ask(tryton, "party.party", "name")]
        assert made["id"]
    finally:
        other.close()
