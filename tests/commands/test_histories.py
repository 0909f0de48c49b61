"""How a negotiation is told move by move, and how changed terms are shown."""

from datetime import UTC, datetime
from typing import Any

from node.terminal import changes, deals, histories
from tests.commands.test_deals import NOW, OFFER
from tests.protocol.data_terms import TEXT, asked, terms

LINE = {"kind": "oneOff", "amount": "1800.00", "currency": "EUR"}
CARE = {
    "kind": "recurring",
    "amount": "5.00",
    "currency": "EUR",
    "per": "month",
    "count": 12,
    "label": "Care",
}
BEFORE = {"term": "price", "before": OFFER["price"], "after": [LINE]}
TOTAL = {"term": "total", "before": "2249.00", "after": "1800.00"}
TERMS = {"name": "Bike", "price": [LINE], "total": "1800.00", "currency": "EUR"}


def move(event: str, by: str, **members: Any) -> dict[str, Any]:
    at = {"at": "2026-01-31T11:00:00Z", "status": "applied", "digest": "zQmU5JnagnQHN3vj6JyaJ8wH14up6D"}
    return {
        **at,
        "event": event,
        "by": by,
        "terms": None,
        "changes": [],
        "ends_at": None,
        "reason": "",
        **members,
    }


def lines(*moves: dict[str, Any]) -> list[str]:
    return list(histories.history({"moves": moves}, OFFER))


def test_each_round_shows_its_terms_or_what_changed() -> None:
    told = lines(
        move("offer", "offerer", terms=TERMS, ends_at="2026-02-06T12:00:00Z"),
        move("counter", "offeree", terms=TERMS, changes=[BEFORE, TOTAL]),
        move("reoffer", "offerer", terms=TERMS),
        move("reject", "offeree", reason="Too\x1b[2J dear."),
    )
    assert told == [
        r"  2026-01-31 11:00  Velo\x1b[2J Nord offered  zQmU5Jna…up6D",
        "      what   Bike",
        "      price  1,800.00 EUR",
        "      total  1,800.00 EUR",
        "      until  2026-02-06 12:00",
        "  2026-01-31 11:00  You asked for other terms  zQmU5Jna…up6D",
        "      price  2,249.00 EUR → 1,800.00 EUR",
        "      total  2,249.00 EUR → 1,800.00 EUR",
        r"  2026-01-31 11:00  Velo\x1b[2J Nord offered anew  zQmU5Jna…up6D",
        "      terms  just as asked for before",
        "  2026-01-31 11:00  You rejected the offer  zQmU5Jna…up6D",
        r"      said  Too\x1b[2J dear.",
    ]


def test_what_had_no_effect_and_what_nobody_did_is_said_as_such() -> None:
    assert lines(move("withdraw", "offerer", status="void"))[0].endswith("up6D  (without effect)")
    assert lines(move("expire", "clock", digest="")) == ["  2026-01-31 11:00  The offer ran out"]
    refused = "  2026-01-31 11:00  The other side's server refused the offer"
    assert lines(move("refuse", "clock", digest="")) == [refused]
    left = lines(move("leave", "offeree", ends_at="2026-03-01T00:00:00Z"))
    assert left[1] == "      leaves  2026-03-01 00:00"


def test_of_several_lines_those_that_go_and_come_are_shown() -> None:
    both = {"term": "price", "before": [*OFFER["price"], CARE], "after": [LINE, CARE]}
    assert list(changes.changed(both, TERMS, [both])) == [
        ("price", "- 2,249.00 EUR"),
        ("price", "+ 1,800.00 EUR"),
    ]
    gone = {"term": "notice", "before": "P1M", "after": None}
    assert list(changes.changed(gone, TERMS, [gone])) == [("notice", "1 month → nothing")]


def test_what_changes_about_data_is_told_by_its_sentences() -> None:
    before, after = terms(), terms(policy=asked(days=20))
    change = {"term": "terms", "before": before, "after": after}
    told = (
        "Delete: once it may no longer keep data, it deletes the data within {} days and confirms that to "
        "you."
    )
    assert list(changes.changed(change, TERMS, [change])) == [
        ("data", f"- {told.format(30)}"),
        ("data", f"+ {told.format(20)}"),
    ]
    other = change | {"after": terms(plainText=[TEXT | {"edition": "2"}])}
    assert list(changes.changed(other, TERMS, [other])) == [("data", "written anew")]
    new = change | {"before": None}
    assert ("data", "+ the business's own terms") in list(changes.changed(new, TERMS, [new]))


def test_an_amount_keeps_the_currency_it_had() -> None:
    currency = {"term": "currency", "before": "CHF", "after": "EUR"}
    shown = changes.changed_terms({**TERMS, "changes": [TOTAL, currency]})
    assert shown == [("total", "2,249.00 CHF → 1,800.00 EUR")]


def test_an_amendment_is_shown_against_its_agreement() -> None:
    shown = list(deals.describe({**OFFER, "changes": [TOTAL], "amends": "https://x"}, now=NOW))
    assert shown[-2:] == ["  Against the agreement:", "    total  2,249.00 EUR → 1,800.00 EUR"]


def test_a_change_that_begins_later_says_that_nothing_holds_until_then() -> None:
    begins = {"term": "starts_at", "before": None, "after": "2026-12-30T00:00:00Z"}
    change = {
        **OFFER,
        "state": "offered",
        "starts_at": begins["after"],
        "changes": [begins],
        "amends": "https://x",
    }
    said = "  until 2026-12-30 00:00 neither of them holds."

    def tells(at: datetime = NOW, **members: Any) -> bool:
        return said in list(deals.describe({**change, **members}, now=at))

    assert tells()
    assert tells(state="accepted")
    assert not tells(state="rejected")
    assert not tells(changes=[TOTAL]), "it begins as the agreement does"
    assert not tells(datetime(2026, 12, 30, tzinfo=UTC)), "it has begun"


def test_why_is_said_below_the_state() -> None:
    for show in (deals.describe, deals.agreement):
        shown = [
            line.split() for line in show({**OFFER, "state": "rejected", "reason": "Too dear."}, now=NOW)
        ]
        state = next(place for place, line in enumerate(shown) if line[0] == "state")
        assert shown[state + 1] == ["reason", "Too", "dear."]


def test_what_terms_without_a_total_come_to_is_told_as_well() -> None:
    def by_the_hour(amount: str) -> dict[str, Any]:
        hours = {"kind": "unitRate", "amount": amount, "currency": "EUR", "unit": "hour", "estimate": "10"}
        return {"name": "Work", "price": [hours], "total": None, "least": "0.00", "currency": "EUR"}

    before, after = by_the_hour("80.00"), by_the_hour("75.00")
    change = {"term": "price", "before": before["price"], "after": after["price"]}
    told = lines(
        move("offer", "offerer", terms=before),
        move("reoffer", "offerer", terms=by_the_hour("1.00"), status="void"),
        move("counter", "offeree", terms=after, changes=[change]),
        move("reoffer", "offerer", terms=after, changes=[{"term": "notice", "before": None, "after": "P1M"}]),
    )
    assert "      total  about 800.00 EUR → about 750.00 EUR" in told
    assert len([line for line in told if "→ about" in line]) == 1
