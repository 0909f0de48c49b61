"""When notices are told: quiet hours, digests, gathering, and what others may cost."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from node.core.notices import (
    DEFAULT_TIMING,
    FURTHEST,
    LONGEST_REST,
    MOST_A_DAY,
    MOST_FROM_ANYBODY,
    SPACING,
    NoticeKind,
    NoticeSettings,
    Telling,
    Timing,
    free_at,
    in_reach,
    is_spent,
    next_at,
    next_digest,
    quiet_end,
    recent,
    rest,
    timing_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)  # 12:00 in Berlin
NIGHT = NoticeSettings(zone="Europe/Berlin")  # from 22:00 to 7:00, the digest at 18:00


def at(text: str) -> datetime:
    """Return an instant of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- timing ------------------------------------------------------------------------------------------


def test_what_the_owner_says_of_a_kind_counts_and_else_what_holds_at_first() -> None:
    settings = NoticeSettings(timing={NoticeKind.OFFER: Timing.NOT})
    assert timing_of(NoticeKind.OFFER, settings) is Timing.NOT
    assert timing_of(NoticeKind.COUNTER, settings) is DEFAULT_TIMING[NoticeKind.COUNTER] is Timing.NOW
    assert timing_of(NoticeKind.WISH, settings) is Timing.DIGEST


def test_what_is_about_the_owners_own_safety_cannot_be_switched_off() -> None:
    settings = NoticeSettings(timing=dict.fromkeys(NoticeKind, Timing.NOT))
    assert timing_of(NoticeKind.SECURITY, settings) is Timing.NOW


# --- quiet hours -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-04 19:59:59", None),
        ("2026-05-04 20:00", "2026-05-05 05:00"),  # 22:00 in Berlin
        ("2026-05-04 23:30", "2026-05-05 05:00"),
        ("2026-05-05 04:59:59", "2026-05-05 05:00"),
        ("2026-05-05 05:00", None),
    ],
)
def test_quiet_hours_lie_around_midnight_on_the_owners_clock(now: str, until: str | None) -> None:
    assert quiet_end(NIGHT, zone=BERLIN, now=at(now)) == (until and at(until))


def test_quiet_hours_may_lie_within_a_day() -> None:
    siesta = NoticeSettings(quiet_from=time(12), quiet_until=time(14))
    assert quiet_end(siesta, zone=BERLIN, now=NOON) == at("2026-05-04 12:00")
    assert quiet_end(siesta, zone=BERLIN, now=NOON + timedelta(hours=2)) is None


@pytest.mark.parametrize(
    "settings",
    [
        NoticeSettings(quiet_from=None),
        NoticeSettings(quiet_until=None),
        NoticeSettings(quiet_from=time(7), quiet_until=time(7)),
    ],
)
def test_without_two_different_times_no_hour_is_quiet(settings: NoticeSettings) -> None:
    assert quiet_end(settings, zone=BERLIN, now=at("2026-05-04 23:00")) is None


# --- clocks that are set -----------------------------------------------------------------------------


def test_a_night_in_which_the_clock_is_set_forward_is_an_hour_shorter() -> None:
    before = at("2026-03-28 21:00")  # 22:00; on the 29th clocks in Berlin go from 2:00 to 3:00
    assert quiet_end(NIGHT, zone=BERLIN, now=before) == at("2026-03-29 05:00")


def test_a_night_in_which_the_clock_is_set_back_is_an_hour_longer() -> None:
    before = at("2026-10-24 20:00")  # 22:00; on the 25th clocks go from 3:00 back to 2:00
    assert quiet_end(NIGHT, zone=BERLIN, now=before) == at("2026-10-25 06:00")


def test_a_time_that_the_clock_passes_over_is_due_when_it_would_have_been() -> None:
    half_past_two = next_at(time(2, 30), zone=BERLIN, now=at("2026-03-28 22:00"))
    assert half_past_two == at("2026-03-29 01:30")  # 3:30, an hour and a half behind 1:00
    assert next_at(time(2, 30), zone=BERLIN, now=half_past_two) == at("2026-03-30 00:30")


def test_a_time_that_comes_twice_is_shown_twice() -> None:
    first = next_at(time(2, 30), zone=BERLIN, now=at("2026-10-24 22:00"))
    second = next_at(time(2, 30), zone=BERLIN, now=first)
    third = next_at(time(2, 30), zone=BERLIN, now=second)
    assert [first, second, third] == [
        at("2026-10-25 00:30"),
        at("2026-10-25 01:30"),
        at("2026-10-26 01:30"),
    ]


def test_quiet_hours_that_end_in_an_hour_that_comes_twice_end_ahead_of_whoever_asks() -> None:
    settings = NoticeSettings(quiet_from=time(22), quiet_until=time(2, 30))
    again_ten_past_two = at("2026-10-25 01:10")
    assert quiet_end(settings, zone=BERLIN, now=again_ten_past_two) == at("2026-10-25 01:30")


# --- the digest --------------------------------------------------------------------------------------


def test_the_digest_is_due_every_day_at_its_time() -> None:
    evening = next_digest(NIGHT, zone=BERLIN, now=NOON)
    assert evening == at("2026-05-04 16:00")
    assert next_digest(NIGHT, zone=BERLIN, now=evening) == at("2026-05-05 16:00")


def test_a_digest_does_not_break_into_quiet_hours() -> None:
    late = NoticeSettings(digest_at=time(23))
    assert next_digest(late, zone=BERLIN, now=NOON) == at("2026-05-05 05:00")


# --- what others may cost ----------------------------------------------------------------------------


def test_of_one_kind_there_is_one_message_in_ten_minutes() -> None:
    told = [Telling(NOON, NoticeKind.OFFER)]
    assert free_at(NoticeKind.OFFER, told, now=NOON) == NOON + SPACING
    assert free_at(NoticeKind.OFFER, told, now=NOON + SPACING) == NOON + SPACING
    assert free_at(NoticeKind.COUNTER, told, now=NOON) == NOON
    assert timedelta(hours=1) / SPACING == 6


def test_a_day_has_room_for_so_many_messages_about_others() -> None:
    told = [Telling(NOON - timedelta(minutes=n), NoticeKind.ANSWER) for n in range(MOST_A_DAY)]
    assert is_spent(NoticeKind.MESSAGE, told, now=NOON)
    assert is_spent(NoticeKind.TO_SIGN, told, now=NOON)
    assert not is_spent(NoticeKind.MESSAGE, told[1:], now=NOON)
    assert not is_spent(NoticeKind.MESSAGE, told, now=NOON + timedelta(days=1))


def test_what_anybody_may_send_leaves_half_of_a_day_to_what_has_a_deadline() -> None:
    told = [Telling(NOON, NoticeKind.MESSAGE)] * MOST_FROM_ANYBODY
    assert is_spent(NoticeKind.OFFER, told, now=NOON)
    assert not is_spent(NoticeKind.OFFER, told[1:], now=NOON)
    assert not is_spent(NoticeKind.TO_SIGN, told, now=NOON)


def test_what_was_told_by_a_clock_that_was_ahead_counts_for_nothing() -> None:
    told = [Telling(NOON + timedelta(days=400), NoticeKind.OFFER)] * MOST_A_DAY
    assert free_at(NoticeKind.OFFER, told, now=NOON) == NOON
    assert not is_spent(NoticeKind.OFFER, told, now=NOON)
    assert recent(told, now=NOON) == ()
    assert in_reach(NOON + FURTHEST, now=NOON) == NOON + FURTHEST
    assert in_reach(NOON + timedelta(days=400), now=NOON) == NOON


def test_nobody_uses_up_what_the_owners_own_safety_is_told_with() -> None:
    told = [Telling(NOON, NoticeKind.OFFER)] * MOST_A_DAY
    assert not is_spent(NoticeKind.SECURITY, told, now=NOON)
    own = [Telling(NOON, NoticeKind.SECURITY)] * MOST_A_DAY
    assert not is_spent(NoticeKind.OFFER, own, now=NOON)


def test_what_was_told_a_day_ago_counts_no_more() -> None:
    old, new = Telling(NOON - timedelta(days=1), None), Telling(NOON - timedelta(hours=23), None)
    assert recent([old, new], now=NOON) == (new,)


def test_an_address_that_takes_nothing_rests_for_longer_and_longer() -> None:
    assert [rest(failures) for failures in (1, 2, 3)] == [timedelta(minutes=n) for n in (1, 2, 4)]
    assert rest(7) == rest(10_000) == LONGEST_REST
