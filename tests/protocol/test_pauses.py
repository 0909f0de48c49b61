"""A wish that takes no offers for a while, on the wire."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from protocol.errors import Unprocessable
from protocol.pauses import Pause, read_pause, render_pause

MONDAY = datetime(2026, 5, 18, tzinfo=UTC)


@pytest.mark.parametrize("pause", [None, Pause(), Pause(MONDAY)])
def test_what_is_written_is_read(pause: Pause | None) -> None:
    assert read_pause(render_pause(pause)) == pause


def test_a_pause_is_two_members() -> None:
    assert render_pause(Pause(MONDAY)) == {"paused": True, "resumes": "2026-05-18T00:00:00Z"}
    assert render_pause(Pause()) == {"paused": True}
    assert render_pause(None) == {}


@pytest.mark.parametrize(
    ("document", "pause"),
    [
        ({"paused": False, "resumes": "2026-05-18T00:00:00Z"}, None),
        ({"resumes": "2026-05-18T00:00:00Z"}, None),
        ({"resumes": "soon"}, None),  # of what is not paused nobody asks when it resumes
        ({"paused": {"@value": True}}, Pause()),
        ({"paused": [True], "resumes": {"@value": "2026-05-18T02:00:00+02:00"}}, Pause(MONDAY)),
    ],
)
def test_other_spellings_are_read(document: dict[str, Any], pause: Pause | None) -> None:
    assert read_pause(document) == pause


@pytest.mark.parametrize("paused", ["true", 1, {}, "", "2026-05-18T00:00:00Z"])
def test_paused_is_true_or_false(paused: Any) -> None:
    with pytest.raises(Unprocessable, match="wrong-shape"):
        read_pause({"paused": paused})


def test_when_it_resumes_is_a_time() -> None:
    with pytest.raises(Unprocessable, match="malformed-time"):
        read_pause({"paused": True, "resumes": "soon"})


def test_it_holds_until_its_end_and_without_one_for_good() -> None:
    second = timedelta(seconds=1)
    assert Pause(MONDAY).holds(MONDAY - second)
    assert not Pause(MONDAY).holds(MONDAY)
    assert Pause().holds(MONDAY.replace(year=9999))
