"""One race of each kind; `python -m tests.faults.races` runs a hundred."""

from pathlib import Path

import pytest

from tests.faults.races import run


@pytest.mark.slow
def test_of_twenty_acceptances_at_one_moment_exactly_one_wins(tmp_path: Path) -> None:
    report = run(tmp_path, rounds=5)
    assert report.faults == []
    assert report.outcomes["one offer: accepted"] == 1
    assert report.outcomes["twenty offers: accepted"] == 1
    assert sum(report.told.values()) >= 2 * 19
