"""Accesses: a reading is answered if all holds, and else for the first reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from node.core.accesses import AccessRefusal, GrantStanding, refusal_of
from protocol.grants import GrantState

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
EMAIL = "http://schema.org/email"
GOOD = GrantStanding(
    state=GrantState.ACTIVE,
    starts_at=None,
    ends_at=None,
    is_theirs=True,
    is_pulled=True,
    is_blocked=False,
    is_agreed=True,
    fields=(EMAIL,),
)


@pytest.mark.parametrize("field", [None, EMAIL])
def test_what_holds_is_answered(field: str | None) -> None:
    assert refusal_of(GOOD, field=field, has_query=False, now=NOW) is None
    around = replace(GOOD, starts_at=NOW, ends_at=NOW + timedelta(microseconds=1))
    assert refusal_of(around, field=field, has_query=False, now=NOW) is None


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (None, AccessRefusal.UNKNOWN),
        (replace(GOOD, is_theirs=False), AccessRefusal.NOT_THEIRS),
        (replace(GOOD, is_blocked=True), AccessRefusal.BLOCKED),
        (replace(GOOD, is_pulled=False), AccessRefusal.NOT_PULLED),
        *((replace(GOOD, state=state), AccessRefusal.OVER) for state in GrantState if state != "active"),
        (replace(GOOD, ends_at=NOW), AccessRefusal.OVER),
        (replace(GOOD, starts_at=NOW + timedelta(microseconds=1)), AccessRefusal.NOT_BEGUN),
        (replace(GOOD, is_agreed=False), AccessRefusal.AGREEMENT_OVER),
    ],
)
def test_one_thing_that_does_not_hold_is_enough(standing: GrantStanding | None, code: AccessRefusal) -> None:
    assert refusal_of(standing, field=None, has_query=False, now=NOW) is code


def test_what_is_asked_for_is_a_field_that_was_granted_and_nothing_else() -> None:
    birth = "http://schema.org/birthDate"
    assert refusal_of(GOOD, field=birth, has_query=False, now=NOW) is AccessRefusal.FIELD_NOT_GRANTED
    assert refusal_of(GOOD, field="", has_query=False, now=NOW) is AccessRefusal.FIELD_UNKNOWN
    assert refusal_of(GOOD, field=EMAIL, has_query=True, now=NOW) is AccessRefusal.QUERY
