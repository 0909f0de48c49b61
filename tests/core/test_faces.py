"""When the picture of a peer is fetched."""

from datetime import UTC, datetime, timedelta

from node.core.faces import EVERY, Course, failed, fetched, named, passed_over

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
LOGO, OTHER = "https://shop.example/logo.png", "https://shop.example/new.png"


def test_a_picture_is_due_when_it_is_named_first_and_not_when_it_is_named_again() -> None:
    course = named(None, LOGO, now=NOW)
    assert course == Course(source=LOGO, due_at=NOW)
    done = fetched(course, now=NOW)
    assert done.due_at is None
    assert named(done, LOGO, now=NOW + 9 * EVERY) is done


def test_another_picture_is_due_a_day_after_the_last_was_asked_for() -> None:
    done = fetched(named(None, LOGO, now=NOW), now=NOW)
    assert named(done, OTHER, now=NOW + timedelta(hours=1)).due_at == NOW + EVERY
    assert named(done, OTHER, now=NOW + 3 * EVERY).due_at == NOW + 3 * EVERY
    assert named(named(None, LOGO, now=NOW), OTHER, now=NOW).due_at == NOW


def test_each_failure_waits_longer_up_to_a_week() -> None:
    course, waits = named(None, LOGO, now=NOW), []
    for _ in range(30):
        course = failed(course, now=NOW)
        assert course.due_at is not None
        waits.append(course.due_at - NOW)
    assert waits[:3] == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
    assert waits[-1] == timedelta(days=7)


def test_a_stranger_is_looked_at_ever_more_seldom_and_then_treated_as_one_just_met() -> None:
    course, waits = named(None, LOGO, now=NOW), []
    for _ in range(30):
        course = passed_over(course, now=NOW)
        assert course.due_at is not None
        waits.append(course.due_at - NOW)
    assert waits[:2] == [timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] == timedelta(days=1)
    assert failed(course, now=NOW).due_at == NOW + timedelta(hours=1)
