"""What a business has to do next: in which order, until when, and how far apart both sides are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from node.core.drafts import opening_draft
from node.core.pipeline import (
    NextStep,
    PointsMet,
    Stage,
    change_in_percent,
    count_stages,
    is_called,
    is_sought,
    is_under_way,
    match_of,
    standing_change,
    standing_offer,
    standing_wish,
    states_at,
    view_standing,
    words_sought,
)
from node.core.threads import Link, Thread
from protocol.intentions import Intention
from protocol.negotiation import Party, State
from protocol.offers import Draft
from protocol.pauses import Pause
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.specifications import Necessity, Property, Specification

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
WISH = Intention(
    iri="https://ada.example/i/1",
    proposer="https://ada.example/",
    name="Bike",
    content="",
    quantity=Quantity(Decimal(1), "one"),
    specifications=tuple(
        Specification(name, necessity=Necessity.MUST, value=value)
        for name, value in (("colour", "red"), ("frame", "steel"), ("brake", "disc"))
    ),
    category=None,
    place=None,
    window_start=None,
    window_end=None,
    deadline=None,
    currency="EUR",
    published=None,
    to=(),
)


def draft(amount: str, currency: str = "EUR", *, per_unit: bool = False) -> Draft:
    line = PriceLine(kind=PriceLineKind.ONE_OFF, amount=Decimal(amount), currency=currency, label="")
    if per_unit:
        line = replace(line, kind=PriceLineKind.UNIT_RATE, unit="h")
    return replace(
        opening_draft(WISH),
        price=(line,),
        properties=(Property("colour", "red"), Property("frame", "carbon")),
    )


def thread(state: State, **members: object) -> Thread:
    link = Link("https://shop.example/o/1", "z1")
    made = Thread(
        negotiation="https://shop.example/n/1",
        peer="pe_1",
        role=Party.OFFERER,
        intention=WISH.iri,
        amends=None,
        state=state,
        head=link,
        standing=link,
        draft=draft("100.00"),
        countered=None,
        agreement=None,
        rounds=1,
        expires_at=LATER,
        opened_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **members)  # type: ignore[arg-type]  # each test names members that there are


@pytest.mark.parametrize(
    ("state", "stage", "step"),
    [
        (State.COUNTERED, Stage.ANSWER, NextStep.ANSWER_COUNTER),
        (State.ACCEPTED, Stage.SIGN, NextStep.COUNTERSIGN),
        (State.OFFERED, Stage.OFFERED, NextStep.WAIT),
        (State.CONCLUDED, Stage.AGREED, NextStep.PERFORM),
        (State.ENDING, Stage.AGREED, NextStep.LEAVE),
    ],
)
def test_each_state_has_a_stage_and_a_step(state: State, stage: Stage, step: NextStep) -> None:
    standing = standing_offer(thread(state), WISH, has_arrived=True)
    assert (standing.stage, standing.step) == (stage, step)
    assert state in states_at(stage)


def test_what_has_not_arrived_is_said() -> None:
    assert standing_offer(thread(State.OFFERED), WISH, has_arrived=False).step is NextStep.REACH
    assert standing_offer(thread(State.COUNTERED), WISH, has_arrived=False).step is NextStep.ANSWER_COUNTER


def test_until_is_the_end_of_what_stands() -> None:
    held = NOW + timedelta(hours=1)
    left = NOW + timedelta(days=30)
    assert standing_offer(thread(State.OFFERED), None, has_arrived=True).until == LATER
    assert standing_offer(thread(State.ACCEPTED, holds_until=held), None, has_arrived=True).until == held
    assert standing_offer(thread(State.ENDING, leaves_at=left), None, has_arrived=True).until == left
    assert standing_offer(thread(State.CONCLUDED), None, has_arrived=True).until is None


def test_what_is_ours_comes_first_and_of_that_what_ends_first() -> None:
    some = [
        standing_offer(thread(State.OFFERED, expires_at=NOW), WISH, has_arrived=True),
        standing_wish(None),
        standing_offer(thread(State.ACCEPTED, holds_until=NOW), WISH, has_arrived=True),
        standing_offer(thread(State.COUNTERED), WISH, has_arrived=True),
    ]
    ordered = sorted(some, key=lambda each: each.order)
    assert [each.step for each in ordered] == ["answer-counter", "offer", "countersign", "wait"]


def test_the_points_of_a_wish_are_counted() -> None:
    assert match_of(WISH, draft("1.00")) == PointsMet(points=3, met=1, missed=1, open=1)
    assert standing_offer(thread(State.OFFERED), None, has_arrived=True).match is None
    shown = view_standing(standing_offer(thread(State.OFFERED), WISH, has_arrived=True))
    assert shown["match"] == {"points": 3, "met": 1, "missed": 1, "open": 1}
    assert view_standing(standing_wish(NOW))["match"] is None


def test_how_far_apart_both_are() -> None:
    asked = standing_offer(thread(State.COUNTERED, countered=draft("96.29")), WISH, has_arrived=True)
    assert view_standing(asked)["asked_percent"] == "-3.7"
    assert change_in_percent(draft("100.00"), draft("96.29", "CHF")) is None
    assert change_in_percent(draft("0.00"), draft("1.00")) is None
    assert change_in_percent(draft("100.00"), draft("1.00", per_unit=True)) is None
    assert change_in_percent(draft("1.00", per_unit=True), draft("1.00")) is None


def test_a_change_that_they_propose_is_ours_to_answer() -> None:
    proposed = standing_change(thread(State.OFFERED, expires_at=NOW))
    assert (proposed.stage, proposed.step, proposed.until) == (Stage.ANSWER, NextStep.ANSWER_CHANGE, NOW)
    assert proposed.match is None


def test_a_paused_wish_is_theirs_to_open_again() -> None:
    standing = standing_wish(NOW, Pause(LATER))
    assert (standing.stage, standing.step, standing.until) == (Stage.OFFERED, NextStep.PAUSED, LATER)
    assert standing_wish(NOW, Pause()).until is None


def test_stages_are_counted_by_state() -> None:
    counts = {"offered": 2, "countered": 1, "concluded": 3, "ending": 1, "rejected": 9}
    assert count_stages(counts, 4) == {"answer": 5, "sign": 0, "offered": 2, "agreed": 4}
    assert count_stages({"offered": 1}, 0, 2)["offered"] == 3
    assert set(states_at(None)) == {State.COUNTERED, State.ACCEPTED, State.OFFERED}
    assert states_at(Stage.AGREED) == [State.CONCLUDED, State.ENDING]
    assert [state for state in State if is_under_way(state)] == [
        State.OFFERED,
        State.COUNTERED,
        State.ACCEPTED,
        State.CONCLUDED,
        State.ENDING,
    ]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", True),
        ("  ", True),
        ("BIKE freib", True),
        ("bike basel", False),
        ("stra\N{LATIN SMALL LETTER SHARP S}e", True),
        ("\N{FULLWIDTH LATIN SMALL LETTER B}ike", True),
        ("bike " * 8 + "basel", True),  # what comes after the words that anybody types is passed over
    ],
)
def test_a_search_wants_each_word_in_one_of_the_texts(search: str, found: bool) -> None:
    assert is_sought(words_sought(search), ["Bike", None, "", "Freiburg, Hauptstrasse"]) is found


@pytest.mark.parametrize(
    ("search", "name", "called"),
    [
        ("Hollandrad 12", "Hollandrad 12", True),
        ("hollandrad 12", "Hollandrad, 12 Zoll", True),
        ("12-Zoll", "Hollandrad 12-Zoll", True),
        ("Hollandrad 12", "Hollandrad 2", False),
        ("Hollandrad 12", "Hollandrad 2 (127)", False),
        ("", "Hollandrad", True),
    ],
)
def test_a_name_has_a_word_whole_or_not(search: str, name: str, called: bool) -> None:
    assert is_called(words_sought(search), name) is called
