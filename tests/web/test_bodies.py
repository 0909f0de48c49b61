"""How large bodies may be together, and which media types are ActivityStreams."""

import time
from contextlib import ExitStack, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.edge.bodies import Budget, is_activity_type
from node.web.edge.problems import Refusal

# --- how much ----------------------------------------------------------------------------------------


ONE, BESIDE, ELSEWHERE = "192.0.2.1", "192.0.2.2", "198.51.100.1"


def test_a_budget_is_shared_and_returned() -> None:
    budget = Budget(100)
    with budget.hold(ONE) as one, budget.hold(ONE) as other:
        one.grow_to(60)
        one.grow_to(40)
        other.grow_to(40)
        assert budget.held_bytes == 100
        with pytest.raises(Refusal) as refused:
            other.grow_to(41)
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
    assert budget.held_bytes == 0


@pytest.mark.parametrize("newcomer", [BESIDE, ELSEWHERE])
def test_who_holds_most_gives_way_with_the_oldest_body(newcomer: str) -> None:
    budget, gone = Budget(100), list[str]()
    with budget.hold(ONE) as old, budget.hold(ONE) as young, budget.hold(newcomer) as small:
        old.when_gone(lambda: gone.append("old"))
        young.when_gone(lambda: gone.append("young"))
        old.grow_to(50)
        young.grow_to(50)
        small.grow_to(30)
        assert gone == ["old"]
        assert (old.gone, young.gone) == (True, False)
        assert budget.held_bytes == 80
        with pytest.raises(Refusal):
            small.grow_to(60)  # it would hold more than the other
    assert budget.held_bytes == 0


def test_a_network_of_many_addresses_is_one_that_holds_much() -> None:
    budget = Budget(100)
    with ExitStack() as stack:
        for number in range(10):
            stack.enter_context(budget.hold(f"192.0.2.{number}")).grow_to(10)
        stack.enter_context(budget.hold(ELSEWHERE)).grow_to(40)
        assert budget.held_bytes == 100
        with pytest.raises(Refusal):
            stack.enter_context(budget.hold("192.0.2.77")).grow_to(20)


def test_the_owner_is_not_counted() -> None:
    budget = Budget(100)
    with budget.hold(ONE) as stranger, budget.hold("") as owner:
        stranger.grow_to(100)
        owner.grow_to(1_000)
        assert budget.held_bytes == 100


@given(
    st.lists(st.tuples(st.sampled_from((ONE, BESIDE, ELSEWHERE)), st.lists(st.integers(0, 60), max_size=6)))
)
def test_a_budget_always_comes_back_whole(bodies: list[tuple[str, list[int]]]) -> None:
    budget = Budget(100)
    with ExitStack() as stack:
        for address, sizes in bodies:
            share = stack.enter_context(budget.hold(address))
            for size in sizes:
                with suppress(Refusal):
                    if not share.gone:
                        share.grow_to(size)
                assert 0 <= budget.held_bytes <= 100
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
        'application/ld+json; profile=""',
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
    began = time.thread_time()
    is_activity_type(value)
    assert time.thread_time() - began < 0.2
