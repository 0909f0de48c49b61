"""Which delivery goes next, with a clock that stands still."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from node.core.retries import Circuit
from node.delivery.lanes import (
    IN_FLIGHT,
    IN_FLIGHT_PER_NEIGHBOURHOOD,
    IN_FLIGHT_PER_ORIGIN,
    WAITING_PER_ORIGIN,
    Lanes,
)
from node.delivery.parcels import Parcel
from tests.delivery.conftest import START
from tests.delivery.rows import make_row


def parcel(number: int, host: str = "a.example") -> Parcel:
    return Parcel((make_row(f"dlv_{host}_{number}", f"https://{host}/actors/{number}"),))


def fill(lanes: Lanes, host: str, count: int) -> int:
    return sum(lanes.add(parcel(number, host), START) for number in range(count))


def take_all(lanes: Lanes) -> list[Parcel]:
    taken = []
    while (one := lanes.take(START)) is not None:
        taken.append(one)
    return taken


def test_one_origin_gets_its_share_and_no_more() -> None:
    lanes = Lanes()
    fill(lanes, "a.example", 20)
    taken = take_all(lanes)
    assert len(taken) == lanes.in_flight == IN_FLIGHT_PER_ORIGIN
    lanes.answered(taken[0])
    assert len(take_all(lanes)) == 1


def test_many_origins_share_what_may_be_in_flight() -> None:
    lanes = Lanes()
    for number in range(20):
        fill(lanes, f"h{number}.example", 10)
    taken = take_all(lanes)
    assert len(taken) == IN_FLIGHT
    shares = Counter(one.origin for one in taken)
    assert len(shares) == 20
    assert set(shares.values()) == {3, 4}  # in turn, so no origin is more than one ahead


def test_do_19_slow_names_of_one_domain_keep_nobody_else_waiting() -> None:
    lanes = Lanes()
    for number in range(200):
        fill(lanes, f"h{number}.slow.example", 2)
    assert len(take_all(lanes)) == IN_FLIGHT_PER_NEIGHBOURHOOD
    fill(lanes, "quick.example", 2)
    assert [one.origin for one in take_all(lanes)] == ["https://quick.example"] * 2


def test_neighbours_have_their_turn_as_others_are_answered() -> None:
    lanes = Lanes()
    for number in range(100):
        fill(lanes, f"h{number}.slow.example", 2)
    for number in range(40, 60):  # these rest, and hold up none that comes behind them
        lanes.release(lanes.clear(f"https://h{number}.slow.example"))
    flying, sent = take_all(lanes), Counter[str]()
    while flying:
        one = flying.pop(0)
        sent[one.origin] += 1
        lanes.answered(one)
        lanes.release(one.rows)
        flying += take_all(lanes)
        assert len(flying) == min(IN_FLIGHT_PER_NEIGHBOURHOOD, lanes.waiting + len(flying))
    assert sum(sent.values()) == 160
    assert lanes.waiting == len(lanes) == 0


def test_a_slow_origin_keeps_nobody_else_waiting() -> None:
    lanes = Lanes()
    fill(lanes, "slow.example", 100)
    take_all(lanes)
    fill(lanes, "quick.example", 2)
    assert [one.origin for one in take_all(lanes)] == ["https://quick.example"] * 2


def test_a_lane_is_bounded() -> None:
    lanes = Lanes()
    assert fill(lanes, "a.example", WAITING_PER_ORIGIN + 10) == WAITING_PER_ORIGIN
    assert lanes.waiting == len(lanes) == WAITING_PER_ORIGIN
    assert f"dlv_a.example_{WAITING_PER_ORIGIN}" not in lanes.held()


def test_a_delivery_is_held_until_it_is_settled() -> None:
    lanes = Lanes()
    one = parcel(1)
    lanes.add(one, START)
    assert one.rows[0].id in lanes.held()
    lanes.take(START)
    assert one.rows[0].id in lanes.held()
    lanes.answered(one)
    assert one.rows[0].id in lanes.held()
    lanes.release(one.rows)
    assert one.rows[0].id not in lanes.held()


def test_a_resting_origin_takes_nothing_in() -> None:
    lanes = Lanes()
    lanes.note("https://a.example", Circuit(5, START + timedelta(seconds=1)))
    assert fill(lanes, "a.example", 3) == 0
    assert len(lanes) == 0


def test_an_origin_back_from_its_rest_is_probed_with_one() -> None:
    lanes = Lanes()
    lanes.note("https://a.example", Circuit(5, START))
    fill(lanes, "a.example", 20)
    (probe,) = take_all(lanes)
    lanes.answered(probe)
    assert len(take_all(lanes)) == 1
    lanes.note("https://a.example", Circuit())
    assert take_all(lanes) == []  # its lane is called when the probe is answered
    lanes.answered(parcel(1))
    assert len(take_all(lanes)) == IN_FLIGHT_PER_ORIGIN


def test_clearing_a_lane_returns_what_waited() -> None:
    lanes = Lanes()
    fill(lanes, "a.example", 12)
    flying = take_all(lanes)
    rows = lanes.clear("https://a.example")
    assert [row.id for row in rows] == [f"dlv_a.example_{number}" for number in range(8, 12)]
    assert all(row.id in lanes.held() for row in rows)
    for one in flying:
        lanes.answered(one)
    assert take_all(lanes) == []
    assert lanes.clear("https://a.example") == lanes.clear("https://never.example") == []


def test_a_lane_cleared_before_its_turn_gives_nothing() -> None:
    lanes = Lanes()
    fill(lanes, "a.example", 3)
    lanes.clear("https://a.example")
    assert lanes.take(START) is None
    assert fill(lanes, "a.example", 3) == 3
    assert len(take_all(lanes)) == 3


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["add", "take", "answer", "clear", "trip", "heal"]),
            st.integers(min_value=0, max_value=3),
        ),
        max_size=200,
    )
)
def test_the_counts_hold_whatever_happens(steps: list[tuple[str, int]]) -> None:
    lanes = Lanes()
    flying: list[Parcel] = []
    waiting: dict[str, int] = Counter()
    for number, (step, host) in enumerate(steps):
        origin = f"https://h{host}.example"
        if step == "add" and lanes.add(parcel(number, f"h{host}.example"), START):
            waiting[origin] += 1
        elif step == "take" and (one := lanes.take(START)) is not None:
            flying.append(one)
            waiting[one.origin] -= 1
        elif step == "answer" and flying:
            one = flying.pop(host % len(flying))
            lanes.answered(one)
            lanes.release(one.rows)
        elif step == "clear":
            lanes.release(lanes.clear(origin))
            waiting[origin] = 0
        elif step in ("trip", "heal"):
            lanes.note(origin, Circuit(5, START + timedelta(seconds=1)) if step == "trip" else Circuit())
        assert lanes.in_flight == len(flying)
        assert lanes.waiting == sum(waiting.values())
        assert len(lanes) == lanes.in_flight + lanes.waiting
        assert all(count <= IN_FLIGHT_PER_ORIGIN for count in Counter(one.origin for one in flying).values())
    for host in range(4):
        lanes.note(f"https://h{host}.example", Circuit())
    flying += take_all(lanes)
    while flying:
        lanes.answered(flying.pop())
        flying += take_all(lanes)
    assert lanes.waiting == 0  # nothing is stuck: whatever waits is sent when the rest is answered
