"""What the command line says of a notice: who gave it, what became of it, and whether it counts."""

from typing import Any

import pytest

from node.terminal.leavings import listed

GIVEN: dict[str, Any] = {
    "activity": "https://ada.example/activities/1",
    "own": True,
    "at": "2026-05-04T12:00:00Z",
    "leaves_at": "2026-06-04T12:00:00Z",
    "counts": True,
    "delivery": "gone",
    "settled_at": "2026-05-04T12:00:01Z",
    "undelivered_at": None,
    "unanswered_at": None,
    "refused_at": "2026-05-04T12:00:01Z",
    "status": 410,
    "said": "The inbox answered 410 Gone.",
    "objection": None,
    "document": None,
}


def said(**members: Any) -> str:
    return "\n".join(listed([GIVEN | members]))


def test_one_that_was_refused_counts_all_the_same() -> None:
    lines = said()
    for words in ("by you on 2026-05-04", "yes", "410 Gone", "needs nobody's consent", "in another way"):
        assert words in " ".join(lines.split()), words


@pytest.mark.parametrize(
    ("objection", "why"),
    [
        ("notice-too-short", "more than eight days after"),
        ("stale-answer", "does not name the agreement"),
    ],
)
def test_one_that_does_not_says_why_and_what_to_do(objection: str, why: str) -> None:
    lines = " ".join(said(counts=False, objection=objection).split())
    assert "It does not count: " in lines
    assert why in lines
    assert "Give notice anew." in lines


def test_one_that_crossed_a_change_is_not_just_given_anew() -> None:
    lines = " ".join(said(counts=False, objection="illegal-transition").split())
    assert "a change that you accepted" in lines
    assert "See how the agreement stands" in lines
    assert "however long" not in lines


@pytest.mark.parametrize(
    ("unanswered", "means"), [(None, "if it comes within eight days"), ("2026-05-11T12:00:00Z", "It counts:")]
)
def test_one_that_does_not_arrive_says_what_to_do_today(unanswered: str | None, means: str) -> None:
    way = {"delivery": "queued", "undelivered_at": "2026-05-04T19:00:00Z", "refused_at": None, "said": ""}
    lines = " ".join(said(**way, unanswered_at=unanswered).split())
    for words in ("not arrived since 2026-05-04", means, "in another way today", "signed notice"):
        assert words in lines, words
    assert "not arrived" not in said(**{**way, "delivery": "delivered"})


def test_one_that_arrived_says_no_more() -> None:
    lines = said(own=False, delivery=None, refused_at=None, said="")
    assert "by the other side" in lines
    assert "refused" not in lines
