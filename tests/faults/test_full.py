"""One round of each full disk that `make torture` fills twenty times."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.full import REFUSALS, run


@pytest.mark.slow
@pytest.mark.parametrize("limit", [False, True], ids=["small disk", "size limit"])
def test_a_full_disk_costs_nothing_that_was_promised(limit: bool) -> None:
    # Under pytest's own folder, which is deep when tests run side by side, the path of a socket is too long.
    with TemporaryDirectory(prefix="freehold-full-") as folder:
        figures, faults = run(Path(folder), rounds=1, limit=limit)
    assert faults == []
    assert figures["kept"] > 0
    assert figures["refused"] >= REFUSALS
