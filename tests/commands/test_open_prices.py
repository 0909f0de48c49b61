"""Prices without a fixed total, typed, offered, compared and agreed between two real nodes."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from protocol.documents import Document
from tests.commands.nodes import Node, Ran, Run, until


@pytest.fixture
def wish(ada: Run, velo: Run, business: Node) -> Document:
    """An intention of the customer's that has reached the business; `theirs` is its id over there."""
    words = ("--what", "Internet radio", "--currency", "EUR", "--deadline", "in 3 weeks")
    mine: Document = done(ada("intention", "cast", *words, "--to", business.acct, "--yes", "--json")).json
    theirs: Document = until(lambda: first(velo, "intention", iri=mine["iri"]), "the intention")
    return mine | {"theirs": theirs["id"]}


def done(ran: Ran) -> Ran:
    assert ran.code == 0, ran.out + ran.err
    return ran


def first(at: Run, noun: str, *words: str, **wanted: Any) -> Document | None:
    found = at(noun, "list", *words, "--json").items
    return next((item for item in found if wanted.items() <= item.items()), None)


def offered(ada: Run, velo: Run, wish: Document, *words: str) -> Document:
    """Make an offer and wait until the customer has it."""
    made = done(velo("offer", "make", wish["theirs"], *words, "--yes", "--json")).json
    found: Document = until(lambda: first(ada, "offer", digest=made["digest"]), "the offer")
    return found | {"theirs": made["id"]}


def agreed(ada: Run, offer: Document) -> Document:
    """Accept an offer and wait until both have signed."""
    id = done(ada("offer", "accept", offer["id"], "--yes", "--json")).json["agreement"]
    found: Document = until(lambda: first(ada, "agreement", id=id, state="concluded"), "the countersignature")
    return found


RADIO = ("--price", "Radio: 9.90 EUR/month until ended", "--notice", "3 months", "--starts", "2030-01-01")

CASES = {
    "runs on": (
        RADIO,
        (None, "29.70"),
        "9.90 EUR a month",
        "You pay 9.90 EUR a month until it is ended, 29.70 EUR at least; leave with three months' notice.",
    ),
    "discount": (
        ("--price", "Radio: 99 EUR", "--price", "10% off"),
        ("89.10", None),
        "89.10 EUR",
        "You pay 99.00 EUR once, less 9.90 EUR once, 89.10 EUR in all.",
    ),
    "by the hour": (
        ("--price", "Repair: 80 EUR/hour, about 1,5 hours", "--price", "Parts: 20 EUR"),
        (None, "20.00"),
        "about 140.00 EUR",
        "You pay 80.00 EUR for each hour, about 1.5 (120.00 EUR) and 20.00 EUR once, 20.00 EUR at least.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_offered_accepted_and_proved(
    ada: Run, velo: Run, wish: Document, case: str, tmp_path: Path
) -> None:
    words, (total, least), phrase, sentence = CASES[case]
    offer = offered(ada, velo, wish, *words)
    assert (offer["total"], offer["least"]) == (total, least)
    shown = done(ada("offer", "show", offer["id"])).out
    assert phrase in shown
    assert ("at least" in shown) == (total is None)
    assert phrase in done(ada("offer", "compare", wish["id"])).out

    concluded = agreed(ada, offer)
    assert concluded["plain"].startswith(sentence)
    promised = concluded["document"]["stipulatesReciprocal"]["resourceQuantity"]
    owed = str(least or total)
    assert promised == {"hasUnit": "one", "hasNumericalValue": owed.rstrip("0").rstrip(".")}
    evidence = tmp_path / "evidence.json"
    done(ada("agreement", "export", concluded["id"], "--out", evidence))
    proved = done(velo("agreement", "verify", evidence, "--json")).json
    assert proved["verified"] is True
    assert Decimal(str(proved["least"] or proved["total"])) == Decimal(owed)


def test_what_runs_on_can_be_left(ada: Run, velo: Run, wish: Document) -> None:
    concluded = agreed(ada, offered(ada, velo, wish, *RADIO))
    left = done(ada("agreement", "end", concluded["id"], "--yes", "--json")).json
    assert left["state"] == "ending"


def test_what_runs_on_needs_a_way_out(velo: Run, wish: Document) -> None:
    ran = velo("offer", "make", wish["theirs"], "--price", "9.90 EUR/month until ended", "--yes")
    assert (ran.code, "Add --notice '1 month', or --ends with a date." in ran.err) == (2, True)


def test_a_counter_keeps_the_way_out(ada: Run, velo: Run, wish: Document) -> None:
    offer = offered(ada, velo, wish, *RADIO)
    lower = ("--price", "Radio: 8.90 EUR/month until ended")
    assert (
        done(ada("offer", "counter", offer["id"], *lower, "--yes", "--json")).json["countered"]["notice"]
        == "P3M"
    )


def test_a_counter_asks_for_a_discount_and_is_met(ada: Run, velo: Run, wish: Document) -> None:
    offer = offered(ada, velo, wish, *RADIO)
    lines = ("--price", "Radio: 9.90 EUR/month until ended", "--price", "less 4.90 EUR/month x2")
    done(ada("offer", "counter", offer["id"], *lines, "--yes"))
    countered = until(lambda: first(velo, "offer", id=offer["theirs"], state="countered"), "the counter")
    assert countered["countered"]["least"] == "19.90"
    done(velo("offer", "reoffer", offer["theirs"], "--meet", "--yes"))
    met = until(lambda: first(ada, "offer", id=offer["id"], least="19.90"), "the new offer")
    assert [line["kind"] for line in met["price"]] == ["recurring", "discount"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"kind": "discount", "amount": "9.90", "currency": "EUR", "per": "month"}, ""),
        ({"kind": "discount", "amount": "9.91", "currency": "EUR", "per": "month"}, "discount-too-large"),
        ({"kind": "unitRate", "amount": "1.00", "currency": "EUR", "unit": "hour"}, "malformed-rate"),
    ],
)
def test_the_node_judges_what_a_program_sends(velo: Run, wish: Document, line: Document, code: str) -> None:
    runs_on = {"kind": "recurring", "amount": "9.90", "currency": "EUR", "per": "month"}
    terms = json.dumps({"price": [runs_on, line], "notice": "P1M"}).encode()
    ran = velo("offer", "make", wish["theirs"], "--file", "-", "--yes", "--json", piped=terms)
    assert (ran.code == 0) == (not code), ran.err
    assert not code or code in ran.json["type"]
