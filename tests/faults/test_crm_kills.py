"""A few rounds of what `make torture` does fifty times."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.crm_kills import run


@pytest.mark.slow
def test_a_killed_node_and_a_killed_crm_lose_nothing_and_have_nothing_twice() -> None:
    # Under pytest's own folder, which is deep when tests run side by side, the path of a socket is too long.
    with TemporaryDirectory(prefix="freehold-kills-") as folder:
        report = run(Path(folder), rounds=3)
    assert report.faults == []
    assert report.rounds.total() == 3
    assert min(report.done[what] for what in ("wishes", "quoted", "accepted")) > 0
