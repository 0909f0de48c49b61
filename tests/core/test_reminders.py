"""When the owner is reminded of a date in an agreement."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from node.core.reminders import DATE_AHEAD, LAPSE_AHEAD, last_day, reminded_at
from protocol.agreements import Agreement
from tests.core.test_obligations import obligation

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def agreement(ends_at: datetime | None, notice: str | None) -> Agreement:
    made = obligation().agreement
    return replace(made, draft=replace(made.draft, ends_at=ends_at, notice=notice))


def test_a_reminder_comes_ahead_and_of_what_lasts_briefly_in_its_last_quarter() -> None:
    far, near = NOW + timedelta(days=100), NOW + timedelta(hours=4)
    assert reminded_at(far, since=NOW, ahead=DATE_AHEAD) == far - timedelta(days=14)
    assert reminded_at(near, since=NOW, ahead=LAPSE_AHEAD) == near - timedelta(hours=1)
    assert reminded_at(NOW, since=NOW, ahead=LAPSE_AHEAD) is None


@pytest.mark.parametrize(
    ("ends", "notice", "day"),
    [
        ("2027-06-01", "P1M", "2027-05-01"),
        (
            "2027-03-31",
            "P1M",
            "2027-02-28",
        ),  # a month behind March 1 is April 1
        ("2027-06-01", "P14D", "2027-05-18"),
        ("2027-06-01", None, "2027-06-01"),
        (None, "P1M", None),
        ("2027-06-01", "P9999Y", None),
    ],
)
def test_the_last_day_is_the_one_on_which_notice_ends_it_no_later(
    ends: str | None, notice: str | None, day: str | None
) -> None:
    def at(text: str | None) -> datetime | None:
        return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)

    found = last_day(agreement(at(ends), notice))
    assert found == at(day)
