"""Sentences about terms, in the reader's language, and what a price is called line by line."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from node.web.pages.wording import rows, sentences
from node.web.pages.wording.languages import ENGLISH, GERMAN, Language, Reader, reading

HOSTILE = "<script>alert(1)</script>"


def once(amount: str, **more: Any) -> dict[str, Any]:
    return {"kind": "oneOff", "amount": amount, "currency": "EUR", **more}


def again(amount: str, per: str = "month", **more: Any) -> dict[str, Any]:
    return {"kind": "recurring", "amount": amount, "currency": "EUR", "per": per, **more}


def terms(*price: dict[str, Any], total: str | None = "100.00", **more: Any) -> dict[str, Any]:
    return {
        "price": list(price),
        "total": total,
        "least": "50.00",
        "currency": "EUR",
        "properties": [],
        "starts_at": None,
        "ends_at": None,
        "notice": None,
        **more,
    }


def said(offer: dict[str, Any], language: Language = ENGLISH, *, paying: bool = True) -> str:
    with reading(Reader(language=language, now=datetime(2027, 2, 1, tzinfo=UTC))):
        return unescape(re.sub(r"<[^>]*>", "", sentences.would_pay(offer, paying=paying)))


@pytest.mark.parametrize(
    ("state", "english", "german"),
    [
        ("offered", "You would pay €100.00 once.", "Du würdest einmalig 100,00 € zahlen."),
        ("rejected", "You would have paid €100.00 once.", "Du hättest einmalig 100,00 € gezahlt."),
        ("withdrawn", "You would have paid €100.00 once.", "Du hättest einmalig 100,00 € gezahlt."),
        ("reneged", "You would have paid €100.00 once.", "Du hättest einmalig 100,00 € gezahlt."),
        ("void", "You would have paid €100.00 once.", "Du hättest einmalig 100,00 € gezahlt."),
        ("concluded", "You pay €100.00 once.", "Du zahlst einmalig 100,00 €."),
    ],
)
def test_what_came_to_nothing_is_not_told_as_if_it_stood(state: str, english: str, german: str) -> None:
    offer = terms(once("100.00"), pays=True)
    for language, sentence in ((ENGLISH, english), (GERMAN, german)):
        with reading(Reader(language=language, now=datetime(2027, 2, 1, tzinfo=UTC))):
            told = unescape(re.sub(r"<[^>]*>", "", sentences.said_of(offer, state)))
        assert told.replace("\N{NO-BREAK SPACE}", " ") == sentence


RATE = {"kind": "unitRate", "amount": "0.3123", "currency": "EUR", "estimate": "2500"}
END = "2029-02-01T00:00:00Z"


@pytest.mark.parametrize(
    ("offer", "sentence"),
    [
        (terms(once("100.00")), "You would pay €100.00 once."),
        (terms(once("90.00"), once("10.00")), "You would pay €100.00 once."),
        (
            terms(again("24.90", count=24), once("2.40"), total="600.00"),
            "You would pay €24.90 a month for 24 months and €2.40 once, €600.00 in all.",
        ),
        (
            terms(again("1.00", "day", count=1), again("2.00", "week", until=END)),
            "You would pay €1.00 a day for 1 day and €2.00 a week until 1 February 2029, €100.00 in all.",
        ),
        (
            terms(again("30.00", "year"), {**once("5.00"), "kind": "discount"}, total=None, notice="P1M"),
            (
                "You would pay €30.00 a year until it is ended, less €5.00 once, €50.00 at least."
                " You can leave it at any time; notice: 1 month."
            ),
        ),
        (
            terms({**RATE, "unit": "kWh", "per": "year"}, total=None),
            "You would pay €0.3123 for each kWh, about 2,500 a year until it is ended, €50.00 at least.",
        ),
        (
            terms({**RATE, "unit": HOSTILE}, total=None),
            "You would pay €0.3123 for each unit, about 2,500, €50.00 at least.",
        ),
        (
            terms(once("100.00"), starts_at="2027-03-01T00:00:00Z", ends_at=END),
            (
                "You would pay €100.00 once. It begins on Monday 1 March. It ends on 1 February 2029."
                " It cannot be left before it ends."
            ),
        ),
        (
            terms(again("2.00", until=END), ends_at=END, notice="P1Y2M3W4D", properties=[]),
            (
                "You would pay €2.00 a month until 1 February 2029, €100.00 in all."
                " You can leave it at any time; notice: 1 year, 2 months, 3 weeks and 4 days."
            ),
        ),
        (
            terms(once("1.00"), properties=[{"property": "deliveryLeadTime", "value": "1", "unit": "d"}]),
            "You would pay €100.00 once. It is there within 1 day.",
        ),
        (
            terms(once("1.00"), properties=[{"property": "deliveryLeadTime", "value": HOSTILE, "unit": "d"}]),
            "You would pay €100.00 once.",
        ),
    ],
)
def test_a_sentence_says_what_is_signed(offer: dict[str, Any], sentence: str) -> None:
    assert said(offer) == sentence


@pytest.mark.parametrize(
    ("agreed", "paying", "mind"),
    [
        ({}, True, ", but you may change your mind within 14 days."),
        ({"conditions": None}, False, ", but the customer may change their mind within 14 days."),
        (
            {"conditions": {"type": "Conditions", "withdrawalPeriod": "P30D"}},
            True,
            ", but you may change your mind within 30 days.",
        ),
        ({"conditions": {"type": "Conditions", "withdrawalPeriod": "P0D"}}, True, "."),
        (None, True, "."),
    ],
)
def test_what_cannot_be_left_says_who_may_still_withdraw(
    agreed: dict[str, Any] | None, paying: bool, mind: str
) -> None:
    fixed = terms(once("100.00"), ends_at=END, terms=agreed)
    assert said(fixed, paying=paying).endswith(f"It cannot be left before it ends{mind}")


def test_a_sentence_is_german_where_its_reader_is() -> None:
    offer = terms(again("24.90", count=24), once("2.40"), total="600.00", notice="P3M")
    assert said(offer, GERMAN) == (
        "Du würdest 24,90\N{NO-BREAK SPACE}€ im Monat, 24 Monate lang und einmalig 2,40\N{NO-BREAK SPACE}€,"
        " zusammen 600,00\N{NO-BREAK SPACE}€ zahlen. Du kannst jederzeit kündigen; Frist: 3 Monate."
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (once("5.00"), "€5.00"),
        ({**once("5.00"), "kind": "discount"}, "\N{MINUS SIGN}€5.00"),
        (again("5.00"), "€5.00 a month until it is ended"),
        ({**RATE, "unit": "kWh"}, "€0.3123 for each kWh, about 2,500"),
    ],
)
def test_a_line_of_a_price(line: dict[str, Any], text: str) -> None:
    assert re.sub(r"<[^>]*>", "", rows.line_of(line)) == text


@pytest.mark.parametrize(
    ("months", "monthly", "text"),
    [
        (None, None, ""),
        (None, "5.00", "until it is ended"),
        ("1", "5.00", "1 month"),
        ("24", "5.00", "24 months"),
        ("0.49", "5.00", "0.49 months"),
    ],
)
def test_for_how_long_an_offer_binds(months: str | None, monthly: str | None, text: str) -> None:
    assert rows.runs_for({"months": months, "monthly": monthly}) == text
