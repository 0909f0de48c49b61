"""How large bodies may be together, and which media types are ActivityStreams."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.edge.bodies import Budget, is_activity_type
from node.web.edge.problems import Refusal

# --- how much ----------------------------------------------------------------------------------------


def test_a_budget_is_shared_and_returned() -> None:
    budget = Budget(100)
    with budget.hold() as one, budget.hold() as other:
        one.grow_to(60)
        one.grow_to(40)
        other.grow_to(40)
        assert budget.held_bytes == 100
        with pytest.raises(Refusal) as refused:
            other.grow_to(41)
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
    assert budget.held_bytes == 0


@given(st.lists(st.lists(st.integers(0, 60), max_size=6), max_size=6))
def test_a_budget_always_comes_back_whole(claims: list[list[int]]) -> None:
    budget = Budget(100)
    for sizes in claims:
        try:
            with budget.hold() as claim:
                for size in sizes:
                    claim.grow_to(size)
                    assert budget.held_bytes <= 100
        except Refusal:
            continue
    assert budget.held_bytes == 0


# --- what for ----------------------------------------------------------------------------------------

PROFILE = 'profile="https://www.w3.org/ns/activitystreams"'


@pytest.mark.parametrize(
    "value",
    [
        "application/activity+json",
        "Application/Activity+JSON",
        "application/activity+json; charset=utf-8",
        'application/activity+json;charset="UTF-8"',
        f"application/ld+json; {PROFILE}",
        f"application/ld+json; {PROFILE};charset=utf-8",
        'application/ld+json; profile="https://x.example https://www.w3.org/ns/activitystreams"',
        "application/ld+json;profile=https://www.w3.org/ns/activitystreams",
    ],
)
def test_activitystreams_in_its_spellings(value: str) -> None:
    assert is_activity_type(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "application/json",
        "application/ld+json",
        "application/ld+json; profile=https://www.w3.org/ns/activitystreams2",
        f"application/ld+json; {PROFILE}; {PROFILE}",
        f"text/html; {PROFILE}",
        "application/activity+json; charset=latin-1",
        "application/activity+json;",
        "application/activity+json; charset",
        'application/activity+json; x="unclosed',
        "application/activity+json, text/html",
    ],
)
def test_and_nothing_else(value: str) -> None:
    assert not is_activity_type(value)


@given(st.text(max_size=200))
def test_any_content_type_is_judged(value: str) -> None:
    assert is_activity_type(value) in {True, False}


@pytest.mark.parametrize(
    "value", ["application/activity+json" + ";a=b" * 12_000 + ";", "a;" + " " * 50_000, ";=" * 25_000]
)
def test_do_07_and_judged_quickly(value: str) -> None:
    began = time.perf_counter()
    is_activity_type(value)
    assert time.perf_counter() - began < 0.2
