"""Ledgers: by when something that was read has to go."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from node.core.ledgers import due_after_last, earlier, is_stored, later, purge_due
from protocol.grants import collects
from protocol.policies import DataPolicy, Duty, DutyKind, Permission
from protocol.registries import STORE, USE, actions, fields
from protocol.times import read_time
from tests.protocol.test_grants import GRANT

NOW = read_time("2026-05-04T12:00:00Z")
EMAIL = "http://schema.org/email"
COLLECTING = next(each for each in GRANT.permissions if collects(each))


def collecting(**changes: Any) -> Permission:
    return replace(COLLECTING, **changes)


def test_what_is_kept_goes_after_its_days_and_with_the_grant() -> None:
    assert is_stored(GRANT, EMAIL, NOW)
    assert purge_due(GRANT, EMAIL, NOW) == NOW + timedelta(days=30)
    late = read_time("2026-07-20T00:00:00Z")
    assert purge_due(GRANT, EMAIL, late) == GRANT.ends_at


def test_the_longest_that_one_permission_gives_counts_and_without_days_only_the_end() -> None:
    stores = actions().words[STORE]
    base = replace(COLLECTING, actions=COLLECTING.actions & ~stores)
    longer = Permission(
        stores, COLLECTING.purposes, fields().words[EMAIL], replace(COLLECTING.limits, days=60, until=None)
    )
    grant = replace(GRANT, permissions=(base, longer))
    assert purge_due(grant, EMAIL, NOW) == NOW + timedelta(days=60)
    assert not is_stored(grant, "http://schema.org/name", NOW)
    endless = replace(COLLECTING.limits, days=None, days_after_end=30, until=None)
    assert purge_due(replace(GRANT, permissions=(collecting(limits=endless),)), EMAIL, NOW) is None


def test_what_is_stored_goes_at_the_moment_up_to_which_it_may_be() -> None:
    base = collecting(actions=COLLECTING.actions & ~actions().words[STORE])

    def storing(days: int | None, until: int | None) -> Permission:
        ends_at = None if until is None else NOW + timedelta(days=until)
        limits = replace(COLLECTING.limits, days=days, until=ends_at, uses=None)
        return Permission(actions().words[STORE], COLLECTING.purposes, fields().words[EMAIL], limits)

    def due(*permissions: Permission) -> timedelta | None:
        found = purge_due(replace(GRANT, permissions=(base, *permissions)), EMAIL, NOW)
        return None if found is None else found - NOW

    end = GRANT.ends_at
    assert end is not None
    assert due(storing(30, 10)) == due(storing(None, 10)) == due(storing(10, 30)) == timedelta(days=10)
    assert due(storing(30, 10), storing(20, None)) == timedelta(days=20)
    assert due(storing(60, 0), storing(5, None)) == timedelta(days=5)  # the one is over
    assert due(storing(None, None), storing(5, 5)) == end - NOW
    assert due(storing(60, 0)) == timedelta(0)


def test_nothing_is_kept_under_a_permission_that_is_over() -> None:
    base = collecting(actions=COLLECTING.actions & ~actions().words[STORE])
    limits = replace(COLLECTING.limits, until=NOW)
    stores = replace(base, actions=actions().words[STORE], limits=limits)
    grant = replace(GRANT, permissions=(base, stores))
    assert is_stored(grant, EMAIL, NOW - timedelta(seconds=1))
    assert not is_stored(grant, EMAIL, NOW)


def test_what_may_not_be_stored_is_not() -> None:
    used = replace(GRANT, permissions=(collecting(actions=actions().words[USE]),))
    assert not is_stored(used, EMAIL, NOW)


@pytest.mark.parametrize(("days", "left"), [(10, 10), (None, 30)])
def test_after_the_last_reading_there_is_time_to_delete_and_never_more_than_there_was(
    days: int | None, left: int
) -> None:
    agreed = DataPolicy(duties=() if days is None else (Duty(DutyKind.DELETE, days),))
    assert due_after_last(agreed, None, NOW) == NOW + timedelta(days=left)
    soon = NOW + timedelta(days=1)
    assert due_after_last(agreed, soon, NOW) == soon


def test_time_ends() -> None:
    assert later(read_time("9999-12-01T00:00:00Z"), 99_999).year == 9999
    assert earlier(None, None) is None
    assert earlier(NOW, None) == earlier(None, NOW) == NOW
