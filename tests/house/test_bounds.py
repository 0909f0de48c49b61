"""The weekly bounds: a ratio outside is told, every bench exists, what is recorded is well inside."""

import math
import re
from pathlib import Path

import pytest

from bench.bounds import BENCHES, BOUNDS, Bound, find_faults, hold

ROOT = Path(__file__).parents[2]
RECORDED = {
    (bench, float(ratio))
    for bench, ratio in re.findall(
        r"^\| `(\w+)`: .*\| ([\d.]+) \|$",
        (ROOT / "bench/README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
}
ONE = Bound("inbox", "rate", 1.0, 0.5, 2.0, "half and twice")


def name_of(bound: Bound) -> str:
    return f"{bound.bench}-{bound.ratio}"


def test_what_is_recorded_is_within_the_bounds() -> None:
    measured = {name: {b.ratio: b.recorded for b in BOUNDS if b.bench == name} for name in BENCHES}
    assert list(find_faults(measured)) == []


@pytest.mark.parametrize("bound", BOUNDS, ids=name_of)
@pytest.mark.parametrize("outside", ["below", "above"])
def test_one_ratio_outside_is_told_and_no_other(bound: Bound, outside: str) -> None:
    measured = {name: {b.ratio: b.recorded for b in BOUNDS if b.bench == name} for name in BENCHES}
    measured[bound.bench][bound.ratio] = bound.least * 0.99 if outside == "below" else bound.most * 1.01
    (fault,) = find_faults(measured)
    assert fault.startswith(f"{bound.bench}, {bound.ratio}: ")
    assert bound.reason in fault


@pytest.mark.parametrize(
    ("ratio", "held"),
    [(0.5, True), (2.0, True), (0.499, False), (2.001, False), (math.nan, False), (math.inf, False)],
)
def test_the_ends_are_inside_and_what_is_no_number_is_not(ratio: float, held: bool) -> None:
    assert (list(find_faults({"inbox": {"rate": ratio}}, [ONE])) == []) is held


def test_a_ratio_that_was_not_measured_or_has_no_bound_is_told() -> None:
    assert list(find_faults({}, [ONE])) == ["inbox, rate: was not measured."]
    assert list(find_faults({"inbox": {"rate": 1.0, "p99": 1.0}}, [ONE])) == ["inbox, p99: has no bound."]


@pytest.mark.parametrize(
    ("ratio", "code", "last"), [(1.0, 0, "All 1 ratios"), (2.5, 1, "inbox, rate: 2.5 is")]
)
def test_the_exit_code_says_whether_all_are_within(
    ratio: float, code: int, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hold({"inbox": lambda: {"rate": ratio}}, [ONE]) == code
    assert capsys.readouterr().out.splitlines()[-1].startswith(last)


def test_every_bench_named_exists_and_has_bounds() -> None:
    assert {bound.bench for bound in BOUNDS} == set(BENCHES)
    for name, compare in BENCHES.items():
        assert (ROOT / "bench" / f"{name}.py").is_file()
        assert compare.__module__ == f"bench.{name}"


@pytest.mark.parametrize("bound", BOUNDS, ids=name_of)
def test_a_bound_leaves_room_for_noise_around_what_the_papers_record(bound: Bound) -> None:
    assert (bound.bench, bound.recorded) in RECORDED
    assert bound.recorded / bound.least >= 1.5
    assert bound.most / bound.recorded >= 1.5
