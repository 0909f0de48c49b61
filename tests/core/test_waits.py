"""Why something waits: the one reason that everything else waits for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from node.core.waits import QueueStanding, Wait, why_waiting

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SOON, LATER = NOW + timedelta(minutes=5), NOW + timedelta(hours=1)
ALL = QueueStanding(held_until=SOON, behind=True, aside=True, tried=True, due_at=SOON, rests_until=LATER)

FREE = QueueStanding(held_until=None, behind=False, aside=False, tried=False, due_at=NOW, rests_until=None)


@pytest.mark.parametrize(
    ("standing", "why", "due_at"),
    [
        (ALL, Wait.HELD, SOON),
        (replace(ALL, held_until=NOW), Wait.BEHIND, None),
        (replace(ALL, held_until=None, behind=False), Wait.PAUSED, SOON),
        (replace(ALL, held_until=None, behind=False, aside=False), Wait.RESTS, LATER),
        (replace(ALL, held_until=None, behind=False, aside=False, rests_until=NOW), Wait.AGAIN, SOON),
        (replace(ALL, held_until=None, behind=False, aside=False, rests_until=None), Wait.AGAIN, SOON),
        (FREE, Wait.NEXT, NOW),
    ],
)
def test_one_reason_is_said(standing: QueueStanding, why: Wait, due_at: datetime | None) -> None:
    assert why_waiting(standing, now=NOW) == (why, due_at)
