"""What needs the owner, and in which order."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from node.core.attention import Choice, Need, Task, choosing, in_order

NOW = datetime(2027, 2, 2, 17, tzinfo=UTC)


def in_days(days: int) -> datetime:
    return NOW + timedelta(days=days)


def choice(*offers: Choice, deadline: datetime | None = None) -> Task | None:
    return choosing(id="int_1", name="A bike", currency="EUR", deadline=deadline, offers=offers)


def test_a_wish_without_offers_needs_nobody() -> None:
    assert choice(deadline=in_days(1)) is None


def test_offers_are_to_be_decided_on_before_the_first_that_fits_ends() -> None:
    found = choice(
        Choice(Decimal(300), True, in_days(5)),
        Choice(Decimal(200), True, in_days(3)),
        Choice(Decimal(100), False, in_days(1)),
        Choice(None, True, None),
        deadline=in_days(9),
    )
    assert found is not None
    assert (found.need, found.count, found.due) == (Need.CHOOSE, 4, in_days(3))
    assert (found.total, found.currency, found.fits) == (Decimal(200), "EUR", True)


def test_where_none_fits_the_first_to_end_counts() -> None:
    found = choice(Choice(Decimal(100), False, in_days(2)), Choice(Decimal(90), False, in_days(1)))
    assert found is not None
    assert (found.due, found.total, found.fits) == (in_days(1), Decimal(90), False)


@pytest.mark.parametrize(
    ("deadline", "due"), [(None, None), (in_days(2), in_days(2))], ids=["without an end", "with the wish"]
)
def test_it_is_due_with_the_wish_at_the_latest(deadline: datetime | None, due: datetime | None) -> None:
    found = choice(Choice(None, True, None), deadline=deadline)
    assert found is not None
    assert (found.due, found.total) == (due, None)


def test_the_order_is_by_deadline_and_what_has_none_comes_last() -> None:
    never, late, soon, signed = (
        Task(need=Need.CONFIRM_KEY, id="a", name=""),
        Task(need=Need.CHOOSE, id="b", name="", due=in_days(2)),
        Task(need=Need.CHOOSE, id="c", name="", due=in_days(1)),
        Task(need=Need.COUNTERSIGN, id="d", name="", due=in_days(1)),
    )
    assert in_order([never, late, soon, signed]) == [signed, soon, late, never]
