"""`freehold access` and `freehold ledger` at two real nodes: given, read, on record, taken back."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.nodes import Node, Run, until
from tests.services.granting import asked

PROFILE = {
    "name": "Ada Muster",
    "email": "ada@ada.example",
    "address": {"@type": "PostalAddress", "streetAddress": "Gasse 1"},
}


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("profile") / "me.json"
    path.write_text(json.dumps(PROFILE), encoding="utf-8")
    return path


@pytest.fixture
def agreed(ada: Run, velo: Run, business: Node, profile: Path, tmp_path: Path) -> str:
    """Let both agree on terms about data; return the agreement's id at the customer."""
    assert ada("profile", "set", "--file", profile, "--yes").code == 0
    wish = ("--what", "A bell", "--deadline", "in 3 weeks", "--currency", "EUR")
    cast = ada("intention", "cast", *wish, "--to", business.acct, "--yes", "--json").json
    known = until(
        lambda: [each for each in velo("intention", "list", "--json").items if each["iri"] == cast["iri"]],
        "a wish",
    )
    terms = tmp_path / "policy.json"
    terms.write_text(json.dumps(asked()), encoding="utf-8")
    words = ("--price", "20 EUR", "--data-terms", terms, "--yes", "--json")
    assert velo("offer", "make", known[0]["id"], *words).code == 0
    (offer,) = until(lambda: ada("offer", "list", "--intention", cast["id"], "--json").items, "an offer")
    assert ada("offer", "accept", offer["id"], "--yes").code == 0

    def concluded() -> list[Any]:
        found = ada("agreement", "list", "--state", "concluded", "--json").items
        return [each for each in found if each["intention"] == cast["iri"]]

    (agreement,) = until(concluded, "an agreement")
    return str(agreement["id"])


def test_a_fact_is_given_read_and_taken_back(ada: Run, velo: Run, agreed: str) -> None:
    words = ("--field", "email", "--field", "streetAddress", "--purpose", "DeliveryOfGoods")
    tried = ada("access", "give", agreed, *words, "--dry-run")
    assert tried.code == 0
    assert "email, streetAddress" in tried.out
    given = ada("access", "give", agreed, *words, "--uses", 5, "--why", "For the bell.", "--yes", "--json")
    grant = given.json
    assert (grant["fields"], grant["state"]) == (["email", "streetAddress"], "active")

    def got() -> list[Any]:
        return [each for each in velo("ledger", "list", "--json").items if each["value"] is None]

    (email, _) = until(got, "a grant")
    shown = velo("ledger", "list")
    assert "not read" in shown.out
    wet = velo("ledger", "read", email["grant"], "--dry-run")
    assert (wet.code, ada("access", "log", "--json").items) == (0, [])
    obtained = velo("ledger", "read", email["grant"], "--json").json
    assert {fact["field"]: fact["value"] for fact in obtained["facts"]} == {
        "email": "ada@ada.example", "streetAddress": "Gasse 1",
    }  # fmt: skip
    assert "ada@ada.example" in velo("ledger", "list").out
    assert "ada@ada.example" in velo("ledger", "read", email["grant"], "email").out
    assert velo("ledger", "read", email["grant"], "name").code != 0
    log = ada("access", "log", "--grant", grant["id"])
    assert "told, no. 1" in log.out
    assert "2 of 5" in ada("access", "grants").out

    after = ada("access", "revoke", grant["id"], "--yes", "--json").json
    assert after["state"] == "revoked"
    until(lambda: velo("ledger", "list", "--state", "revoked", "--json").items, "the word")
    assert "ada@ada.example" not in velo("ledger", "list").out
    refused = velo("ledger", "read", email["grant"])
    assert refused.code != 0
    assert "revoked" in refused.err
    again = ada("access", "revoke", grant["id"], "--yes")
    assert again.code != 0
    for listed in (("access", "grants"), ("access", "log"), ("ledger", "list")):
        assert {**ada(*listed, "--json").json}.keys() == {"items"}
    assert ada("journal", "verify").code == velo("journal", "verify").code == 0


def test_what_is_not_agreed_is_not_given(ada: Run, agreed: str) -> None:
    wide = ada("access", "give", agreed, "--field", "birthDate", "--purpose", "DeliveryOfGoods", "--yes")
    assert (wide.code != 0, "does not let all of these fields be read" in wide.err) == (True, True)
    none = ada("access", "give", agreed, "--field", "email", "--yes")
    assert "Say for which purpose: AgeVerification, DeliveryOfGoods." in none.err
    odd = ada("access", "give", agreed, "--field", "shoe", "--purpose", "DeliveryOfGoods", "--yes")
    assert "What can be granted is: name," in odd.err
    asked_first = ada(
        "access", "give", agreed, "--purpose", "DeliveryOfGoods", "--until", "10 days", typed="n\n"
    )
    assert asked_first.code != 0
    assert "Let Velo Nord read email, name, streetAddress for DeliveryOfGoods?" in asked_first.err
