"""What webhooks are sent of an event, and when one is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core import codes
from node.core.retries import Fate, Outcome, RetryDecision
from node.core.webhooks import (
    DELAYS,
    JITTER,
    KINDS,
    TYPE_PREFIX,
    WINDOW,
    decide,
    ends_hook,
    event_id,
    read_kinds,
    read_overlap,
    render_event,
)
from protocol.errors import Unprocessable
from tests.whole import LEDGER

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
BUSY = Outcome(503, "The webhook answered 503.", answered=True)


def tried(
    outcome: Outcome, *, attempts: int = 0, age: timedelta = timedelta(), jitter: float = 0.0
) -> RetryDecision:
    return decide(outcome, attempts=attempts, created_at=NOW - age, now=NOW, jitter=jitter)


def test_every_kind_is_one_that_an_entry_has_and_an_event_may_tell() -> None:
    assert set(LEDGER.told) >= KINDS
    private = {"profile", "profile.published", "rule", "pricelist", "key.rotated", "quota.spent", "peer.key"}
    assert not KINDS & private


def test_whatever_changes_a_wish_may_be_told() -> None:
    changes = {kind for kind in LEDGER.projectors if kind.startswith("intention.")} - {"intention.told"}
    assert changes <= KINDS


def test_kinds_are_read_once_each() -> None:
    assert read_kinds(["offer", "accept", "offer"]) == ("accept", "offer")
    assert read_kinds([]) == ()
    for word in ("Offer", "", "profile", "*"):
        with pytest.raises(Unprocessable) as caught:
            read_kinds([word])
        assert caught.value.code == codes.WEBHOOK_EVENT


@pytest.mark.parametrize(("hours", "overlap"), [(None, 24), (0, 0), (168, 168)])
def test_a_secret_overlaps_for_a_day_or_as_long_as_is_said(hours: int | None, overlap: int) -> None:
    assert read_overlap(hours) == timedelta(hours=overlap)


@pytest.mark.parametrize("hours", [-1, 169, 2**53 - 1])
def test_no_secret_overlaps_for_longer_than_a_week(hours: int) -> None:
    with pytest.raises(Unprocessable, match=codes.WEBHOOK_OVERLAP):
        read_overlap(hours)


def test_an_event_has_one_id_for_ever() -> None:
    assert event_id(bytes(32)) == "evt_" + "0" * 26
    assert event_id(bytes([1]) + bytes(31)) != event_id(bytes(32))
    assert event_id(b"\xff" * 16 + bytes(16)) == event_id(b"\xff" * 32)


def event(**told: object) -> dict[str, object]:
    return render_event(
        id="evt_1",
        source="https://node.example/actors/ada",
        origin="https://node.example",
        kind="offer",
        at=NOW,
        direction="in",
        place=7,
        told=told,
    )


def test_an_event_says_what_happened_to_which_thing_and_where_to_read_it() -> None:
    assert event(offer="of_1", intention="int_1", own=True, event=None, party=["x"]) == {
        "specversion": "1.0",
        "id": "evt_1",
        "source": "https://node.example/actors/ada",
        "type": TYPE_PREFIX + "offer",
        "time": "2026-03-14T12:00:00.000000Z",
        "datacontenttype": "application/json",
        "subject": "of_1",
        "data": {
            "kind": "offer",
            "direction": "in",
            "place": 7,
            "offer": "of_1",
            "intention": "int_1",
            "own": True,
            "read": "https://node.example/api/v1/offers/of_1",
        },
    }


def test_the_thing_is_the_nearest() -> None:
    assert event(agreement="agr_1", offer="of_1")["subject"] == "agr_1"
    assert event(intention="int_1")["subject"] == "int_1"
    assert "subject" not in event(offer=1)


def test_what_arrives_has_arrived() -> None:
    for status in (200, 204, 299):
        assert tried(Outcome(status, "")).fate is Fate.DELIVERED


def test_gone_is_gone_and_hopeless_is_refused() -> None:
    assert tried(Outcome(410, "gone")).fate is Fate.GONE
    assert tried(Outcome(None, "no such webhook", hopeless=True)).fate is Fate.REFUSED


@pytest.mark.parametrize("status", [None, 199, 301, 400, 401, 404, 429, 500, 503])
def test_all_else_is_tried_again(status: int | None) -> None:
    decision = tried(Outcome(status, "why"))
    assert (decision.fate, decision.attempts, decision.status) == (Fate.QUEUED, 1, status)


def test_the_waits_are_those_of_the_standard() -> None:
    waits = []
    for attempts in range(len(DELAYS)):
        due_at = tried(BUSY, attempts=attempts).due_at
        assert due_at is not None
        waits.append((due_at - NOW).total_seconds())
    assert waits == [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    last = tried(BUSY, attempts=len(DELAYS))
    assert (last.fate, last.attempts) == (Fate.EXPIRED, 10)
    assert last.detail == "given up after 10 attempts; last: The webhook answered 503."


@given(st.floats(0, 1, exclude_max=True), st.integers(0, len(DELAYS) - 1))
def test_chance_only_lengthens_a_wait_and_not_by_much(jitter: float, attempts: int) -> None:
    due_at = tried(BUSY, attempts=attempts, jitter=jitter).due_at
    assert due_at is not None
    assert DELAYS[attempts] <= due_at - NOW <= DELAYS[attempts] * (1 + JITTER)


def test_a_receiver_may_ask_for_more_and_never_for_less() -> None:
    assert tried(Outcome(429, "", timedelta(hours=1))).due_at == NOW + timedelta(hours=1)
    assert tried(Outcome(429, "", timedelta(seconds=1)), attempts=8).due_at == NOW + timedelta(hours=24)


def test_nothing_is_tried_beyond_the_window() -> None:
    assert tried(BUSY, age=WINDOW - timedelta(hours=1), attempts=8).due_at == NOW + timedelta(hours=1)
    assert tried(BUSY, age=WINDOW, attempts=1).fate is Fate.EXPIRED


def test_a_webhook_ends_when_it_is_gone_or_took_nothing() -> None:
    def ends(fate: Fate, arrived_at: datetime | None) -> bool:
        return ends_hook(RetryDecision(fate, 1, None, ""), created_at=NOW, arrived_at=arrived_at)

    before, after = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
    assert [ends(Fate.GONE, moment) for moment in (None, before, after)] == [True, True, True]
    assert [ends(Fate.EXPIRED, moment) for moment in (None, before, after)] == [True, True, False]
    assert not ends(Fate.REFUSED, None)
