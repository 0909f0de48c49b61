"""Ledgers: by when something that was read has to go."""

from dataclasses import replace
from datetime import timedelta

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


def collecting(**changes: object) -> Permission:
    return replace(COLLECTING, **changes)  # type: ignore[arg-type]


def test_what_is_kept_goes_after_its_days_and_with_the_grant() -> None:
    assert is_stored(GRANT, EMAIL)
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
    assert not is_stored(grant, "http://schema.org/name")
    endless = replace(COLLECTING.limits, days=None, days_after_end=30, until=None)
    assert purge_due(replace(GRANT, permissions=(collecting(limits=endless),)), EMAIL, NOW) is None


def test_what_may_not_be_stored_is_not() -> None:
    used = replace(GRANT, permissions=(collecting(actions=actions().words[USE]),))
    assert not is_stored(used, EMAIL)


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
