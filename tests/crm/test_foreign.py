"""When a CRM answered: by whichever clock it says so, looks of now and of before can be compared."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from node.crm.foreign import read_date

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 -0000",
    ],
)
def test_a_date_without_a_zone_is_of_utc(date: str) -> None:
    assert read_date(date) == MOMENT


def test_a_date_of_another_zone_is_that_moment() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=2)))
    assert read_date("Sun, 06 Nov 1994 10:49:37 +0200") == there


@pytest.mark.parametrize(
    "date", ["", "soon", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +9999"]
)
def test_what_is_no_date_says_nothing(date: str) -> None:
    assert read_date(date) is None
