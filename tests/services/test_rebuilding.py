"""What is made anew from the journal is what was there, however numbers were spelled when they came."""

from typing import Any

import pytest

from node.services.intentions import casting
from node.services.ledger import journals
from node.services.negotiations import offers
from tests.services.parties import Party, check_journal, settle
from tests.services.test_negotiation import cast, offer, only, wish
from tests.whole import LEDGER


def price(amount: str) -> list[dict[str, Any]]:
    return [{"kind": "oneOff", "amount": amount, "currency": "EUR", "label": "Bike"}]


@pytest.mark.slow
@pytest.mark.parametrize("amount", ["10", "10.0", "10.00", "1000000", "10.5", "10.50"])
def test_an_amount_has_one_spelling_however_it_was_typed(ada: Party, bikes: Party, amount: str) -> None:
    cast(ada, bikes, limit_price=amount)
    offer(
        bikes, ada, price=price(amount), properties=[{"property": "weight", "value": "15.20", "unit": "kg"}]
    )
    for party in (ada, bikes):
        check_journal(party)
    ada.do(offers.counter, only(ada)["id"], {"price": price("9.5")})
    settle(ada, bikes)
    for party in (ada, bikes):
        check_journal(party)
    bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    settle(ada, bikes)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    for party in (ada, bikes):
        check_journal(party)


def test_a_rebuild_that_comes_out_different_says_where(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    id = only(ada)["id"]
    ada.db.conn.execute("UPDATE offers SET total = '1', rounds = 7")
    ada.db.conn.execute("DELETE FROM moves")
    report = ada.write(lambda db: journals.rebuild(db, LEDGER))
    assert (report["unchanged"], report["different"]) == (False, 3)
    found = {(each["table"], each["column"]) for each in report["differences"]}
    assert found == {("offers", "total"), ("offers", "rounds"), ("moves", None)}
    (row, other) = [each["row"] for each in report["differences"] if each["table"] == "offers"]
    assert row == other == f"{ada.iri} {id}"
    check_journal(ada)


def test_of_many_differences_the_first_are_named(ada: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "DIFFERENCES_NAMED", 2)
    for _ in range(4):
        ada.do(casting.cast, wish() | {"audience": ["public"]})
    ada.db.conn.execute("UPDATE intentions SET state = 'withdrawn'")
    report = ada.write(lambda db: journals.rebuild(db, LEDGER))
    assert (report["different"], len(report["differences"])) == (4, 2)
