"""What a shop's rule holds for somebody unknown is a share of the shelf, for a day."""

from datetime import UTC, datetime, timedelta

import pytest

from node.core.matching import Rule
from node.core.promises import may_promise, stands_until
from protocol.decimals import PARTS

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RULE = Rule(currency="EUR", unknown_share_percent=50, unknown_valid_for=timedelta(hours=24))


@pytest.mark.parametrize(
    ("shelf", "wanted", "held", "promised"),
    [
        (10, 5, 0, True),
        (10, 6, 0, False),
        (10, 1, 5, False),
        (10, 2, 3, True),
        (1, 1, 0, True),  # one piece at least, or nobody new could ever buy the last
        (1, 1, 1, False),
        (0, 1, 0, True),  # that there is none is found elsewhere
        (None, 1_000, 9_000, True),  # what is not counted does not run out
        (10, 1, None, False),  # more hold some than anybody counts
        (None, 1, None, True),
    ],
)
def test_a_share_of_the_shelf_is_promised(
    shelf: int | None, wanted: int, held: int | None, promised: bool
) -> None:
    there = None if shelf is None else shelf * PARTS
    promised_already = None if held is None else held * PARTS
    found = may_promise(RULE, shelf=there, wanted=wanted * PARTS, held=promised_already)
    assert found is promised


def test_what_is_unknown_is_promised_for_a_day_however_often_it_is_offered_anew() -> None:
    hour = timedelta(hours=1)
    assert stands_until(RULE, known=True, opened_at=NOON, now=NOON) == NOON + 72 * hour
    assert stands_until(RULE, known=True, opened_at=NOON, now=NOON + 90 * hour) == NOON + 162 * hour
    assert stands_until(RULE, known=False, opened_at=NOON, now=NOON) == NOON + 24 * hour
    assert stands_until(RULE, known=False, opened_at=NOON, now=NOON + 23 * hour) == NOON + 24 * hour
    assert stands_until(RULE, known=False, opened_at=NOON, now=NOON + 24 * hour) is None
