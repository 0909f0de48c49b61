"""What docs/data-terms.md says to those who write the other side is what a node reads."""

import re

import pytest

from protocol.errors import Unprocessable
from protocol.policy_reading import read_policy
from protocol.rosters import NAMESPACE, entry_of
from tests.docs import papers
from tests.protocol.data_terms import EMAIL
from tests.protocol.policy_cells import DPV, ODRL
from tests.protocol.policy_drawing import constraint, permission, policy

PAGE = "docs/data-terms.md"


def test_the_names_that_are_told_of_an_entry_are_read_as_it() -> None:
    told = re.findall(r"`(https://[^`]+(?:7012#|agreements/))`", papers.read(PAGE))
    assert len(told) == 3
    assert all(entry_of(f"{name}SD-BASE") is entry_of(f"{NAMESPACE}SD-BASE") for name in told)


@pytest.mark.parametrize("uses", ["3", 3.5, 0, 1_000_001])
def test_a_number_of_uses_is_what_is_told(uses: object) -> None:
    assert "1 to 1,000,000, a number of JSON and no text" in papers.read(PAGE)
    for told in (1, 1_000_000):
        read_policy(limited(told))
    with pytest.raises(Unprocessable, match="malformed-count"):
        read_policy(limited(uses))


def limited(uses: object) -> dict[str, object]:
    often = constraint(f"{ODRL}count", "lteq", uses)
    return policy(permission([f"{DPV}Use"], [EMAIL], ["PaymentManagement"], often))
