"""A few rounds of what `make torture` does two hundred times."""

from pathlib import Path

import pytest

from tests.faults.kill import run


@pytest.mark.slow
def test_killed_nodes_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    report = run(tmp_path, rounds=6)
    assert report.faults == []
    assert report.acknowledged["intentions"] > 0
    assert report.acknowledged["acceptances"] > 0
