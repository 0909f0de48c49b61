"""The short form of what takes minutes; `python -m tests.attacks.strain` is the long one."""

import pytest

from tests.attacks.strain import play


@pytest.mark.slow
def test_a_node_under_strain_goes_on() -> None:
    assert play(rate=300, seconds=1.5, host_count=500, refusal_count=100) == []
