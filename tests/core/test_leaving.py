"""Which notice somebody has to know of, where several were given; and which is a change of mind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.deadlines import LATENESS
from node.core.leaving import given_at, is_withdrawal, to_be_known
from protocol.agreements import Agreement
from protocol.conditions import Conditions
from protocol.evidence import SKEW
from protocol.moves import Move
from protocol.negotiation import Event
from protocol.policies import DataPolicy
from protocol.terms import DataTerms
from tests.protocol.market import AGREEMENT, BUSINESS, CUSTOMER, DRAFT


def notice(name: str, *, counts: bool, refused: bool) -> dict[str, object]:
    return {"name": name, "counts": counts, "refused_at": "2026-05-04T12:00:00Z" if refused else None}


VOID, GOOD = notice("void", counts=False, refused=True), notice("good", counts=True, refused=False)


@pytest.mark.parametrize(
    ("state", "notices", "known"),
    [
        ("ending", [VOID, GOOD], "good"),
        ("ended", [GOOD, VOID], "good"),
        ("ended", [VOID], None),  # it ended by itself
        ("concluded", [VOID], "void"),
        ("concluded", [VOID, GOOD], None),  # it is under way
        ("concluded", [], None),
        ("superseded", [VOID], None),
    ],
)
def test_the_notice_to_know_of_is_the_one_that_counts_else_the_last_that_does_not(
    state: str, notices: list[dict[str, object]], known: str | None
) -> None:
    found = to_be_known(state, notices)
    assert (None if found is None else found["name"]) == known


AGREED = datetime(2026, 5, 4, 12, tzinfo=UTC)


@given(
    days=st.integers(1, 400),
    border=st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(seconds=-1)]) | st.timedeltas(),
    under_way=st.timedeltas(timedelta(0), LATENESS),
    skew=st.timedeltas(-SKEW, SKEW),
)
def test_both_ends_find_the_same_of_a_change_of_mind(
    days: int, border: timedelta, under_way: timedelta, skew: timedelta
) -> None:
    """Whoever signs, and whoever takes it within eight days by a clock of their own."""
    terms = DataTerms(CUSTOMER, BUSINESS, DataPolicy(), (), conditions=Conditions(withdrawal_days=days))
    agreement = Agreement(AGREEMENT, replace(DRAFT, terms=terms), published=AGREED)
    signed = AGREED + timedelta(days=days) + max(min(border, timedelta(days=9)), timedelta(days=-days))
    leave = Move(Event.LEAVE, "", CUSTOMER, (BUSINESS,), "", ends_at=signed, published=signed)
    arrives = min(signed + under_way + skew, signed + LATENESS)
    sender, receiver, business = (
        is_withdrawal(agreement, leave, by_customer=by_customer, given_at=given_at(leave, now))
        for by_customer, now in ((True, signed), (True, arrives), (False, signed))
    )
    assert sender == receiver == (signed <= AGREED + timedelta(days=days))
    assert not business
