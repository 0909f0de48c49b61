"""Fifty customers of what `make torture` does with two thousand."""

from pathlib import Path

import pytest

from tests.faults.crm_crowd import run


@pytest.mark.slow
def test_very_many_customers_come_and_both_sides_change(tmp_path: Path) -> None:
    figures = run(tmp_path, customers=50, tryton=False)
    assert figures.faults == []
    assert figures.conflicts == 1
