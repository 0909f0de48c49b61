"""Which terms need a second signature, until when something waits, and who may give it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from node.core import codes
from node.core.cosigning import (
    LONGEST,
    CosignLimit,
    CosignState,
    ends_at,
    is_above,
    judge,
    read_limit,
    state_at,
    view_limit,
)
from protocol.errors import Conflict, Forbidden, ProtocolError, Unprocessable
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.times import Period

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
LIMIT = CosignLimit(Decimal(1000), "EUR")


def terms(amount: str, *, currency: str = "EUR") -> Draft:
    line = PriceLine(kind=PriceLineKind.ONE_OFF, amount=Decimal(amount), currency=currency)
    return Draft(
        "Bike", Quantity(Decimal(1), "one"), "https://a.example/i#1", "https://a.example/i#2", (line,)
    )


@pytest.mark.parametrize(
    ("draft", "above"),
    [
        (terms("1000"), False),
        (terms("1000.01"), True),
        (terms("0.01"), False),
        (terms("1", currency="JPY"), True),  # nothing is converted
    ],
)
def test_what_is_above_a_limit(draft: Draft, *, above: bool) -> None:
    assert is_above(LIMIT, draft) is above


def test_what_has_no_total_is_above() -> None:
    open_ended = replace(
        terms("1"),
        price=(PriceLine(kind=PriceLineKind.RECURRING, amount=Decimal(1), currency="EUR", per=Period.MONTH),),
        starts_at=NOW,
        notice="P1M",
    )
    assert open_ended.total is None
    assert is_above(LIMIT, open_ended)


@pytest.mark.parametrize("amount", ["-1", "much", "", 5.5, None, "1" * 30])
def test_no_limit_is_made_of_something_else(amount: object) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_limit({"amount": amount, "currency": "EUR"})
    assert refused.value.code == codes.COSIGN_LIMIT


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "€€€"])
def test_a_limit_is_in_a_currency(currency: str) -> None:
    with pytest.raises(Unprocessable, match=codes.COSIGN_LIMIT):
        read_limit({"amount": "5", "currency": currency})


def test_a_limit_is_shown_as_it_was_said() -> None:
    for amount in ("0", "1000", "999.95"):
        assert view_limit(read_limit({"amount": amount, "currency": "EUR"})) == {
            "amount": amount,
            "currency": "EUR",
        }


def test_it_waits_as_long_as_it_counts_and_three_days_at_most() -> None:
    sooner, later = NOW + timedelta(hours=1), NOW + timedelta(days=30)
    assert ends_at(NOW, []) == ends_at(NOW, [None, later]) == NOW + LONGEST
    assert ends_at(NOW, [later, sooner, None]) == sooner


def test_what_nobody_signed_in_time_has_fallen_away() -> None:
    assert state_at(CosignState.ASKED, NOW, now=NOW) is CosignState.EXPIRED
    assert state_at(CosignState.ASKED, NOW, now=NOW - timedelta(seconds=1)) is CosignState.ASKED
    assert state_at(CosignState.SIGNED, NOW, now=NOW) is CosignState.SIGNED


@pytest.mark.parametrize(
    ("state", "asked_by", "person", "error", "code"),
    [
        (CosignState.EXPIRED, "ada", "prs_b", Conflict, codes.COSIGN_ENDED),
        (CosignState.DECLINED, "ada", "prs_b", Conflict, codes.COSIGN_ENDED),
        (CosignState.ASKED, "ada", "ada", Forbidden, codes.SAME_PERSON),
        (CosignState.ASKED, "ada", "", Forbidden, codes.PERSON_UNKNOWN),
        (CosignState.ASKED, "", "", Forbidden, codes.PERSON_UNKNOWN),
    ],
)
def test_who_may_not_sign(
    state: CosignState, asked_by: str, person: str, error: type[ProtocolError], code: str
) -> None:
    with pytest.raises(error) as refused:
        judge(state, asked_by=asked_by, person=person)
    assert refused.value.code == code


def test_another_person_signs_and_what_the_node_asks_for_needs_two() -> None:
    assert judge(CosignState.ASKED, asked_by="ada", person="prs_b")
    assert not judge(CosignState.ASKED, asked_by="", person="prs_b")
