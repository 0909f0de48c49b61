"""What is over, how and when; what is a day and what a moment."""

from datetime import UTC, datetime

import pytest

from node.core.dates import DateKind, over

EARLY, LATE = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("leaves_at", "ends_at", "found"),
    [
        (None, None, None),
        (None, LATE, (DateKind.ENDS, LATE)),
        (EARLY, None, (DateKind.LEAVES, EARLY)),
        (EARLY, LATE, (DateKind.LEAVES, EARLY)),
        (LATE, LATE, (DateKind.LEAVES, LATE)),
        (LATE, EARLY, (DateKind.ENDS, EARLY)),
    ],
)
def test_the_first_end_is_the_end(
    leaves_at: datetime | None, ends_at: datetime | None, found: tuple[DateKind, datetime] | None
) -> None:
    assert over(leaves_at=leaves_at, ends_at=ends_at) == found


def test_agreements_end_with_a_day() -> None:
    assert [kind for kind in DateKind if kind.takes_a_day] == [
        DateKind.NOTICE,
        DateKind.LEAVES,
        DateKind.ENDS,
    ]
