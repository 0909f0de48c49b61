"""What new terms would change, as it is shown before a signature."""

from typing import Any

from node.terminal.revisions import of_lines, of_terms

BIKE = {"kind": "oneOff", "amount": "2249.00", "currency": "EUR", "label": "Bike"}
CARE = {
    "kind": "recurring",
    "amount": "5.00",
    "currency": "EUR",
    "label": "Care",
    "per": "month",
    "count": 12,
}
OFFER: dict[str, Any] = {
    "name": "Touring bike",
    "price": [BIKE, CARE],
    "total": "2309.00",
    "currency": "EUR",
    "notice": "P1M",
}


def test_price_lines_are_said_to_be_kept_dropped_or_new() -> None:
    new = {**OFFER, "price": [{**BIKE, "amount": "2100.00"}, CARE], "total": "2160.00"}
    assert list(of_terms(OFFER, new)) == [
        "  This changes (- is dropped, + is new, the rest is kept):",
        "  price    Care: 5.00 EUR a month, 12 times",
        "  price  - Bike: 2,249.00 EUR",
        "  price  + Bike: 2,100.00 EUR",
        "  total  - 2,309.00 EUR",
        "  total  + 2,160.00 EUR",
    ]


def test_a_term_that_goes_and_one_that_comes_are_named() -> None:
    assert list(of_terms(OFFER, {**OFFER, "notice": None, "content": "No rain."}))[1:] == [
        "  notice  - 1 month",
        "  terms   + No rain.",
    ]


def test_that_nothing_changes_is_said() -> None:
    assert list(of_terms(OFFER, dict(OFFER))) == ["  Nothing changes."]
    assert list(of_lines([("place", "")], [])) == ["  Nothing changes."]


def test_nothing_that_a_terminal_would_obey_is_shown() -> None:
    assert list(of_lines([], [("what", "a\x1b[2J")]))[1] == r"  what  + a\x1b[2J"
