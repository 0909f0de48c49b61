"""Why an offer came to nothing: of what a hostile node says, and of each state in which one can end."""

from datetime import UTC, datetime

import pytest

from node.core.linter import FLAGS
from node.core.losses import (
    MOST_REASONS,
    LossFacts,
    LossReason,
    days_looked_back,
    is_lost,
    known_reasons,
    reason_of,
)
from protocol.negotiation import State

ENDS = [state for state in State if is_lost(state)]


def test_of_a_refusal_only_codes_and_flags_of_ours_are_kept() -> None:
    assert known_reasons(()) == ()
    assert known_reasons(("terms-refused", "tracking", "beware", "tracking")) == ("terms-refused", "tracking")
    assert known_reasons(("<b>", "tracking")) == ("tracking",)
    assert known_reasons(("tracking",)) == ()  # a flag is no code
    assert len(known_reasons(("terms-refused", *(flag.code for flag in FLAGS)))) <= MOST_REASONS


def test_what_is_under_way_or_was_agreed_is_not_lost() -> None:
    assert {*State} - {*ENDS} == {
        *(State.NONE, State.OFFERED, State.COUNTERED, State.ACCEPTED),
        *(State.CONCLUDED, State.SUPERSEDED, State.ENDING, State.ENDED),
    }


@pytest.mark.parametrize("state", ENDS)
def test_each_end_has_a_reason_of_its_own(state: State) -> None:
    others = [reason_of(other, LossFacts()) for other in ENDS if other is not state]
    assert reason_of(state, LossFacts()) not in others


@pytest.mark.parametrize(
    ("state", "facts", "reason"),
    [
        (State.REFUSED, LossFacts(codes=("terms-required",), status=422), LossReason.TERMS),
        (State.REFUSED, LossFacts(codes=("intention-closed",), status=409), LossReason.WISH_OVER),
        (State.REFUSED, LossFacts(codes=("sum-mismatch",), status=422), LossReason.NOT_TAKEN),
        (State.REFUSED, LossFacts(status=410), LossReason.UNDELIVERED),
        (State.REJECTED, LossFacts(worded=True, chosen=True, wish_over=True), LossReason.DECLINED),
        (State.REJECTED, LossFacts(chosen=True, wish_over=True), LossReason.CHOSEN),
        (State.EXPIRED, LossFacts(undelivered=True, wish_over=True), LossReason.UNDELIVERED),
        (State.EXPIRED, LossFacts(wish_over=True), LossReason.WISH_OVER),
        (State.WITHDRAWN, LossFacts(unsent=True), LossReason.UNDELIVERED),
        (State.LAPSED, LossFacts(wish_over=True), LossReason.LAPSED),
    ],
)
def test_what_is_known_says_why(state: State, facts: LossFacts, reason: LossReason) -> None:
    assert reason_of(state, facts) is reason


def test_a_quarter_is_looked_back_in_whole_days() -> None:
    days = days_looked_back(datetime(2026, 3, 1, 23, 59, tzinfo=UTC))
    assert (len(days), days[0].isoformat(), days[-1].isoformat()) == (90, "2025-12-02", "2026-03-01")
