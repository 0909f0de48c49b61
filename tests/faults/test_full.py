"""One round of each full disk that `make torture` fills twenty times."""

from pathlib import Path

import pytest

from tests.faults.full import REFUSALS, run


@pytest.mark.slow
@pytest.mark.parametrize("limit", [False, True], ids=["small disk", "size limit"])
def test_a_full_disk_costs_nothing_that_was_promised(tmp_path: Path, limit: bool) -> None:
    figures, faults = run(tmp_path, rounds=1, limit=limit)
    assert faults == []
    assert figures["kept"] > 0
    assert figures["refused"] >= REFUSALS
