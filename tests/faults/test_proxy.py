"""A few negotiations over the bad network that `python -m tests.faults.proxy` plays a thousand on."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.proxy import run


@pytest.mark.slow
def test_both_ends_agree_whatever_the_network_does(tmp_path: Path) -> None:
    report = run(tmp_path, negotiations=16, share=0.3, brief=timedelta(seconds=4))
    assert report.faults == []
    assert sum(report.dealt.values()) >= 10
    assert report.deliveries["delivered"] >= 40
