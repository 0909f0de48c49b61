"""One race of each kind; `python -m tests.faults.races` runs a hundred and more."""

from pathlib import Path

import pytest

from tests.faults.races import run


@pytest.mark.slow
def test_of_twenty_acceptances_at_one_moment_exactly_one_wins(tmp_path: Path) -> None:
    report = run(tmp_path, rounds=2, rivals=3)
    assert report.faults == []
    assert report.outcomes == {"one offer: accepted": 1, "twenty offers: accepted": 1}
    assert report.contested.total() == 3
    assert sum(report.told.values()) >= 2 * 19
