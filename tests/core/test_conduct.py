"""How long half of what one waited for took."""

from datetime import timedelta

import pytest

from node.core.conduct import within

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3_600, 86_400))


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        ([], None),
        ([-5 * SECOND], MINUTE),  # the other's clock was ahead
        ([3 * SECOND, 9 * DAY], MINUTE),
        ([90 * SECOND], 2 * MINUTE),
        ([9 * DAY, 61 * MINUTE, 2 * MINUTE], 2 * HOUR),
        ([30 * HOUR], 30 * HOUR),
        ([49 * HOUR], 3 * DAY),
    ],
)
def test_half_of_them_took_so_long_at_most(waits: list[timedelta], said: timedelta | None) -> None:
    assert within(waits) == said
