"""What an agreement means now, in plain sentences."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from node.core.obligations import (
    Due,
    Obligation,
    leaves_earliest,
    plain_obligation,
    still_due,
    withdraws_until,
)
from protocol.agreements import Agreement
from protocol.drafts import Role
from protocol.jsonld import read
from protocol.negotiation import Party
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.terms import read_data_terms
from protocol.times import Period
from tests.core.test_threads import draft
from tests.protocol.test_terms_on_the_wire import VALID

START = datetime(2026, 1, 15, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)  # the third payment falls due now
MONTHLY = PriceLine(PriceLineKind.RECURRING, Decimal("9.90"), "EUR", per=Period.MONTH, count=12)
LEASED = replace(draft("99"), price=(*draft("99").price, MONTHLY), notice="P1M")
TERMS = (
    "You pay 99.00 EUR once and 9.90 EUR a month for twelve months, 217.80 EUR in all;"
    " leave with one month's notice."
)


def obligation(terms: Draft = LEASED, **members: Any) -> Obligation:
    agreement = Agreement(iri="https://x.example/agreements/agr_1", draft=terms)
    kept: dict[str, Any] = {
        "state": "concluded", "side": Party.OFFEREE, "role": Role.CUSTOMER, "since": START, **members
    }  # fmt: skip
    return Obligation(agreement=agreement, **kept)


def test_what_is_concluded_says_what_is_ahead() -> None:
    assert plain_obligation(obligation(), NOW) == [
        TERMS,
        "89.10 EUR still falls due, in 9 payments.",
        "Leave at the earliest on 15 April 2026.",
    ]
    assert plain_obligation(obligation(draft("99")), NOW) == ["You pay 99.00 EUR."]
    last = datetime(2026, 12, 1, tzinfo=UTC)
    assert plain_obligation(obligation(), last)[1] == "9.90 EUR still falls due, in 1 payment."
    assert plain_obligation(obligation(), last.replace(year=2030))[1] == "Nothing more falls due."


def test_nobody_withdraws_after_the_last_year_there_is() -> None:
    terms = replace(
        LEASED, terms=read_data_terms(read(VALID["acceptance-with-terms"])["result"]["terms"], currency="EUR")
    )
    for made_at, until in ((START, START + timedelta(days=14)), (datetime.max.replace(tzinfo=UTC), None)):
        made = replace(obligation(terms).agreement, published=made_at)
        assert withdraws_until(replace(obligation(terms), agreement=made), START) == until


@pytest.mark.parametrize(
    ("side", "who"),
    [(Party.OFFEREE, "the other side has countersigned"), (Party.OFFERER, "you have countersigned")],
)
def test_what_is_accepted_binds_nobody_yet(side: Party, who: str) -> None:
    accepted = obligation(state="accepted", side=side, holds_until=NOW)
    said = f"Accepted: nothing is owed until {who}, by 15 March 2026 at the latest."
    assert plain_obligation(accepted, START) == [said, f"Then: {TERMS}"]
    assert plain_obligation(replace(accepted, holds_until=None), START)[0].endswith(f"until {who}.")


@pytest.mark.parametrize(
    ("state", "side", "said"),
    [
        (
            "lapsed",
            Party.OFFEREE,
            "Lapsed: it was not countersigned in time. Nobody is bound, and nothing is owed.",
        ),
        (
            "reneged",
            Party.OFFEREE,
            "Backed out: the other side took back the offer. Nobody is bound, and nothing is owed.",
        ),
        (
            "reneged",
            Party.OFFERER,
            "Backed out: you took back the offer. Nobody is bound, and nothing is owed.",
        ),
        (
            "void",
            Party.OFFEREE,
            "Void: the acceptance was undone, or not taken. Nobody is bound, and nothing is owed.",
        ),
        ("superseded", Party.OFFEREE, "An amendment has taken its place; what is owed stands there."),
        ("ended", Party.OFFEREE, "Ended, 20 April 2026. Nothing more falls due."),
    ],
)
def test_what_binds_nobody_any_more_is_said_as_such(state: str, side: Party, said: str) -> None:
    over = obligation(state=state, side=side, leaves_at=datetime(2026, 4, 20, tzinfo=UTC))
    assert plain_obligation(over, NOW) == [said]
    assert still_due(over, NOW) == Due(Decimal(0), 0)
    assert leaves_earliest(over, NOW) is None


def test_after_notice_it_holds_until_the_last_day() -> None:
    leaving = obligation(state="ending", leaves_at=datetime(2026, 5, 15, 12, tzinfo=UTC))
    assert plain_obligation(leaving, NOW) == [
        "Notice was given: it holds until its last day, 15 May 2026. 9.90 EUR still falls due, in 1 payment.",
        f"As agreed: {TERMS}",
    ]
    assert still_due(replace(leaving, leaves_at=datetime(2026, 5, 15, 13, tzinfo=UTC)), NOW) == Due(
        Decimal("19.80"), 2
    )
    assert "Nothing more falls due." in plain_obligation(replace(leaving, leaves_at=NOW), NOW)[0]


def test_what_begins_later_falls_due_then() -> None:
    later = replace(LEASED, starts_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert still_due(obligation(later), NOW) == Due(Decimal("217.80"), 13)
    left_before = obligation(later, state="ending", leaves_at=datetime(2026, 5, 1, tzinfo=UTC))
    assert still_due(left_before, NOW) == Due(Decimal(0), 0)


def test_what_begins_later_says_when() -> None:
    later = replace(LEASED, starts_at=datetime(2026, 6, 1, tzinfo=UTC))
    said = "It begins on 1 June 2026."
    assert plain_obligation(obligation(later), NOW)[1] == said
    leaving = obligation(later, state="ending", leaves_at=datetime(2026, 7, 1, tzinfo=UTC))
    assert plain_obligation(leaving, NOW)[-1] == said
    left_before = obligation(later, state="ending", leaves_at=datetime(2026, 5, 20, tzinfo=UTC))
    assert said not in plain_obligation(left_before, NOW)
    assert said not in plain_obligation(obligation(later), datetime(2026, 6, 1, tzinfo=UTC))


def test_what_nobody_can_know_is_not_guessed() -> None:
    used = PriceLine(PriceLineKind.UNIT_RATE, Decimal("0.30"), "EUR", unit="kWh", estimate=Decimal(100))
    metered = replace(LEASED, price=(MONTHLY, used))
    runs_on = replace(LEASED, price=(replace(MONTHLY, count=None),), ends_at=None)
    for terms in (metered, runs_on):
        assert still_due(obligation(terms), NOW) is None
        unknown = "What still falls due cannot be known beforehand."
        assert plain_obligation(obligation(terms), NOW)[1] == unknown
    assert still_due(obligation(metered, state="ending", leaves_at=NOW), NOW) is None


def test_what_runs_on_falls_due_until_its_last_day() -> None:
    off = PriceLine(PriceLineKind.DISCOUNT, Decimal(5), "EUR", "", Period.MONTH, count=24)
    runs_on = replace(LEASED, price=(replace(MONTHLY, count=None), off), ends_at=None)
    last_day = datetime(2026, 5, 15, 13, tzinfo=UTC)
    leaving = obligation(runs_on, state="ending", leaves_at=last_day)
    assert still_due(leaving, NOW) == Due(Decimal("9.80"), 2)


def test_a_notice_for_a_day_behind_its_own_end_changes_nothing() -> None:
    ends_at = datetime(2026, 5, 15, 13, tzinfo=UTC)
    runs_on = replace(LEASED, price=(replace(MONTHLY, count=None),), ends_at=ends_at)
    late = obligation(runs_on, state="ending", leaves_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert still_due(late, NOW) == Due(Decimal("19.80"), 2)
    assert plain_obligation(late, NOW)[0].startswith(
        "Notice was given: it holds until its last day, 15 May 2026."
    )
    for leaves_at in (late.leaves_at, None):
        over = replace(late, state="ended", leaves_at=leaves_at)
        assert plain_obligation(over, ends_at) == ["Ended, 15 May 2026. Nothing more falls due."]


def test_leaving_takes_a_notice_that_can_be_kept() -> None:
    assert leaves_earliest(obligation(draft("99")), NOW) is None
    assert leaves_earliest(obligation(replace(LEASED, notice="P9000Y")), NOW) is None
    assert leaves_earliest(obligation(), NOW) == datetime(2026, 4, 15, 12, tzinfo=UTC)
