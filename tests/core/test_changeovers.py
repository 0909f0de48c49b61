"""Whether anything holds between an agreement and a change of it."""

from datetime import timedelta
from typing import Any

import pytest

from node.core.changeovers import neither_holds_until
from protocol.times import read_time

BEGINS = "2026-12-30T00:00:00Z"
CHANGE = {
    "state": "offered",
    "starts_at": BEGINS,
    "changes": [{"term": "starts_at", "before": None, "after": BEGINS}],
}


@pytest.mark.parametrize(
    ("members", "later", "begins"),
    [
        ({}, timedelta(seconds=-1), BEGINS),
        ({"state": "accepted"}, timedelta(seconds=-1), BEGINS),
        ({}, timedelta(0), None),
        ({"state": "rejected"}, timedelta(seconds=-1), None),
        ({"changes": []}, timedelta(seconds=-1), None),
        ({"starts_at": None}, timedelta(seconds=-1), None),
    ],
    ids=["offered", "accepted", "begun", "rejected", "begins as before", "begins at once"],
)
def test_nothing_holds_until_a_change_begins_that_begins_later(
    members: dict[str, Any], later: timedelta, begins: str | None
) -> None:
    assert neither_holds_until(CHANGE | members, read_time(BEGINS) + later) == begins
