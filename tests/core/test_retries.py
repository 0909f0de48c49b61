"""The retry policy and the circuit breaker: the DL group of the attack catalogue, as values."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.retries import (
    FIRST_REST,
    LONGEST_DELAY,
    LONGEST_REST,
    LONGEST_WISH,
    SHORTEST_DELAY,
    TRIP_AFTER,
    WINDOW,
    Circuit,
    Fate,
    Gate,
    Outcome,
    RetryDecision,
    after,
    blames_origin,
    decide,
    delay_before,
    read_retry_after,
)

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
JITTERS = st.floats(min_value=0, max_value=1, exclude_max=True)


def decided(
    outcome: Outcome, *, attempts: int = 0, age: timedelta = timedelta(0), jitter: float = 0.5
) -> RetryDecision:
    return decide(outcome, attempts=attempts, created_at=NOW - age, now=NOW, jitter=jitter)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_delivers(status: int) -> None:
    assert decided(Outcome(status, "accepted")) == RetryDecision(Fate.DELIVERED, 1, status, "accepted")


@pytest.mark.parametrize(
    "status",
    [pytest.param(one, id=f"DL-02 {one}") for one in (400, 402, 403, 405, 409, 413, 415, 422, 451)],
)
def test_a_client_error_is_final(status: int) -> None:
    assert decided(Outcome(status, "no"), attempts=3) == RetryDecision(Fate.REFUSED, 4, status, "no")


@pytest.mark.parametrize("status", [pytest.param(one, id=f"DL-02 {one}") for one in (404, 410)])
def test_a_missing_inbox_is_gone(status: int) -> None:
    assert decided(Outcome(status, "not there")).fate is Fate.GONE


@pytest.mark.parametrize("status", [400, 403, 409, 422])
def test_a_refusal_by_a_clock_that_is_behind_waits_until_it_has_come_so_far(status: int) -> None:
    early = Outcome(status, "early", wait=timedelta(hours=2), early=True)
    assert decided(early) == RetryDecision(Fate.QUEUED, 1, status, "early", NOW + timedelta(hours=2))
    assert not blames_origin(early)


def test_an_offer_to_a_paused_wish_makes_way_and_is_sent_again_as_its_peer_says() -> None:
    paused = Outcome(409, "paused", wait=timedelta(hours=24), paused=True)
    due_at = NOW + timedelta(hours=24)
    assert decided(paused) == RetryDecision(Fate.QUEUED, 1, 409, "paused", due_at, aside=True)
    assert not blames_origin(paused)


def test_a_pause_that_outlasts_the_window_is_a_refusal() -> None:
    last = decided(Outcome(409, "paused", paused=True), age=WINDOW)
    assert last == RetryDecision(Fate.REFUSED, 1, 409, "the pause lasted seven days; last: paused")


def test_an_address_where_nobody_lives_says_nothing_of_the_others() -> None:
    outcome = Outcome(None, "knows no such document", answered=True)
    assert decided(outcome).fate is Fate.QUEUED
    assert not blames_origin(outcome)
    assert after(Circuit(TRIP_AFTER - 1), outcome, now=NOW, jitter=0.5) == Circuit()


@pytest.mark.parametrize(
    "status",
    [
        pytest.param(one, id=f"DL-01 {one or 'no answer'}")
        for one in (None, 401, 408, 421, 425, 429, 500, 502, 503, 599, 301, 307, 308)
    ],
)
def test_what_may_pass_is_tried_again(status: int | None) -> None:
    decision = decided(Outcome(status, "later"), attempts=2)
    assert (decision.fate, decision.attempts, decision.status) == (Fate.QUEUED, 3, status)
    assert decision.due_at is not None
    assert decision.due_at > NOW


def test_an_address_that_can_never_be_sent_to_is_refused_at_once() -> None:
    outcome = Outcome(None, "the inbox address is not https", hopeless=True)
    assert decided(outcome).fate is Fate.REFUSED
    assert not blames_origin(outcome)


@pytest.mark.parametrize(
    ("attempt", "ceiling_seconds"),
    [(2, 5), (3, 10), (4, 20), (10, 1_280), (14, 20_480), (15, 21_600), (999, 21_600)],
)
def test_the_wait_doubles_up_to_six_hours(attempt: int, ceiling_seconds: int) -> None:
    assert delay_before(attempt, 0.5) == timedelta(seconds=ceiling_seconds) / 2


def test_a_draw_of_nothing_still_waits_a_second() -> None:
    assert delay_before(2, 0.0) == SHORTEST_DELAY


@given(attempt=st.integers(min_value=2, max_value=10**9), jitter=JITTERS)
def test_the_wait_stays_within_its_bounds(attempt: int, jitter: float) -> None:
    assert SHORTEST_DELAY <= delay_before(attempt, jitter) <= LONGEST_DELAY


def test_a_peer_may_lengthen_the_wait() -> None:
    assert decided(Outcome(503, "", timedelta(minutes=10))).due_at == NOW + timedelta(minutes=10)


def test_a_peer_cannot_shorten_the_wait() -> None:
    waits = [
        decided(Outcome(503, "", wait), attempts=8).due_at
        for wait in (None, timedelta(0), timedelta(seconds=1))
    ]
    assert waits[0] == waits[1] == waits[2]


def test_the_last_attempt_falls_on_the_end_of_the_window() -> None:
    almost = WINDOW - timedelta(seconds=3)
    assert decided(Outcome(503, ""), attempts=20, age=almost, jitter=0.9).due_at == NOW + timedelta(seconds=3)


def test_after_the_window_a_delivery_expires_with_its_last_error() -> None:
    decision = decided(Outcome(503, "503 Service Unavailable"), attempts=20, age=WINDOW)
    assert decision == RetryDecision(
        Fate.EXPIRED, 21, 503, "given up after seven days; last: 503 Service Unavailable", None
    )


def test_success_after_the_window_is_still_success() -> None:
    assert decided(Outcome(202, ""), age=WINDOW * 2).fate is Fate.DELIVERED


@given(
    status=st.none() | st.integers(min_value=100, max_value=999),
    attempts=st.integers(min_value=0, max_value=1_000),
    age=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
    wait=st.none() | st.timedeltas(min_value=timedelta(0), max_value=LONGEST_WISH),
    jitter=JITTERS,
)
def test_a_delivery_is_due_in_the_window_or_ended(
    status: int | None, attempts: int, age: timedelta, wait: timedelta | None, jitter: float
) -> None:
    decision = decided(Outcome(status, "x", wait), attempts=attempts, age=age, jitter=jitter)
    assert (decision.due_at is not None) == (decision.fate is Fate.QUEUED)
    if decision.due_at is not None:
        assert NOW < decision.due_at <= NOW - age + WINDOW


@given(seed=st.integers(min_value=0))
def test_a_dead_peer_is_given_up_on_after_a_bounded_number_of_attempts(seed: int) -> None:
    chance = Random(seed)
    now, attempts, decision = NOW, 0, decided(Outcome(None, ""))
    for _ in range(1_000):
        decision = decide(
            Outcome(None, ""), attempts=attempts, created_at=NOW, now=now, jitter=chance.random()
        )
        if decision.due_at is None:
            break
        now, attempts = decision.due_at, decision.attempts
    assert decision.fate is Fate.EXPIRED
    assert now == NOW + WINDOW
    assert attempts >= 20


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        pytest.param(None, None, id="DL-01 none"),
        pytest.param("120", timedelta(seconds=120), id="DL-01 seconds"),
        pytest.param(" 120 ", timedelta(seconds=120), id="DL-01 spaces"),
        pytest.param("0", timedelta(0), id="DL-01 zero"),
        pytest.param("86401", LONGEST_WISH, id="DL-01 over a day"),
        pytest.param("9999999999", LONGEST_WISH, id="DL-01 ten digits"),
        pytest.param("9" * 5_000, LONGEST_WISH, id="DL-01 huge"),
        pytest.param("-1", None, id="DL-01 negative"),
        pytest.param("1.5", None, id="DL-01 fraction"),
        pytest.param("٣٠", None, id="DL-01 Arabic digits"),
        pytest.param("²", None, id="DL-01 superscript"),
        pytest.param("", None, id="DL-01 empty"),
        pytest.param("soon", None, id="DL-01 garbage"),
        pytest.param("Wed, 99 Oct 2026 07:28:00 GMT", None, id="DL-01 impossible date"),
        pytest.param("Wed, 21 Oct 2026 07:28:00 +99999999999999", None, id="DL-01 impossible zone"),
        pytest.param("Wed, 21 Oct 2015 07:28:00 GMT", None, id="DL-01 date in the past"),
        pytest.param("Sat, 14 Mar 2026 12:00:00 GMT", None, id="DL-01 date now"),
        pytest.param("Sat, 14 Mar 2026 12:00:30 GMT", timedelta(seconds=30), id="DL-01 date"),
        pytest.param(
            "Sat, 14 Mar 2026 12:00:30 -0000", timedelta(seconds=30), id="DL-01 date without a zone"
        ),
        pytest.param("Sat, 14 Mar 2099 12:00:30 GMT", LONGEST_WISH, id="DL-01 date far ahead"),
    ],
)
def test_retry_after_is_read(header: str | None, wait: timedelta | None) -> None:
    assert read_retry_after(header, now=NOW) == wait


@given(text=st.text())
def test_any_retry_after_is_a_bounded_wait_or_nothing(text: str) -> None:
    wait = read_retry_after(text, now=NOW)
    assert wait is None or timedelta(0) <= wait <= LONGEST_WISH


@given(ahead=st.timedeltas(min_value=timedelta(seconds=2), max_value=timedelta(days=3)))
def test_a_date_says_the_same_as_its_distance(ahead: timedelta) -> None:
    moment = (NOW + ahead).replace(microsecond=0)
    wait = read_retry_after(format_datetime(moment, usegmt=True), now=NOW)
    assert wait == min(moment - NOW, LONGEST_WISH)


DOWN, UP = Outcome(503, "503"), Outcome(202, "202")


def tripped(failures: int = TRIP_AFTER, *, jitter: float = 0.0) -> Circuit:
    """Return the circuit after so many failures, each asked when the rest before it was over."""
    circuit, now = Circuit(), NOW
    for _ in range(failures):
        now = circuit.rests_until or now
        circuit = after(circuit, DOWN, now=now, jitter=jitter)
    return circuit


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_failures_of_the_whole_server_count(status: int | None) -> None:
    assert blames_origin(Outcome(status, ""))


@pytest.mark.parametrize("status", [200, 202, 307, 400, 401, 403, 404, 410, 422])
def test_an_answer_to_one_activity_says_that_the_server_is_there(status: int) -> None:
    assert after(Circuit(3), Outcome(status, ""), now=NOW, jitter=0.5) == Circuit()


def test_a_few_failures_change_nothing() -> None:
    circuit = tripped(TRIP_AFTER - 1)
    assert circuit.failures == TRIP_AFTER - 1
    assert circuit.gate(NOW) is Gate.OPEN


def test_failures_in_a_row_let_the_origin_rest_and_then_be_probed() -> None:
    circuit = tripped()
    assert circuit.rests_until == NOW + FIRST_REST / 2
    assert circuit.gate(NOW) is Gate.SHUT
    assert circuit.gate(circuit.rests_until - timedelta(microseconds=1)) is Gate.SHUT
    assert circuit.gate(circuit.rests_until) is Gate.PROBE


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.99])
def test_each_failed_probe_doubles_the_rest_up_to_an_hour(jitter: float) -> None:
    probes = 12
    circuit, rests = tripped(jitter=jitter), []
    for _ in range(probes):
        assert circuit.rests_until is not None
        now = circuit.rests_until
        circuit = after(circuit, DOWN, now=now, jitter=jitter)
        assert circuit.rests_until is not None
        rests.append(circuit.rests_until - now)
    factor = (1 + jitter) / 2
    expected = [min(FIRST_REST * 2**doubling, LONGEST_REST) * factor for doubling in range(1, probes + 1)]
    assert rests == expected


def test_a_successful_probe_closes_the_circuit() -> None:
    circuit = tripped()
    assert circuit.rests_until is not None
    assert after(circuit, UP, now=circuit.rests_until, jitter=0.5) == Circuit()


def test_late_news_of_the_same_outage_does_not_lengthen_the_rest() -> None:
    circuit = tripped()
    assert after(circuit, DOWN, now=NOW + timedelta(seconds=1), jitter=0.5) == circuit


def test_the_origin_rests_as_long_as_it_asks() -> None:
    asked = Outcome(429, "", wait=timedelta(hours=5))
    circuit = after(Circuit(TRIP_AFTER - 1), asked, now=NOW, jitter=0.5)
    assert circuit.rests_until == NOW + timedelta(hours=5)
