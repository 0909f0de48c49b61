"""A few of the deaths that `make torture` tries one by one."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults.crashes import Death, attempt, census, table
from tests.faults.mortal import Kind, Side

# Two to a story, one at each node; none leaves the other node with more to do than in peace before its own.
CHOSEN = (
    (("ada", Kind.COMMIT, Side.AFTER, "journal accept"), ("bikes", Kind.ANSWER, Side.BEFORE, "inbox: 202")),
    (("ada", Kind.SEND, Side.BEFORE, "Reject"), ("bikes", Kind.COMMIT, Side.BEFORE, "countersign")),
)


def choose(deaths: Sequence[Death], *wanted: tuple[str, Kind, Side, str]) -> list[Death]:
    """Return the last death that fits each."""
    return [
        next(
            death
            for death in reversed(deaths)
            if (death.handle, death.point.kind, death.point.side) == (handle, kind, side)
            and what in death.what
        )
        for handle, kind, side, what in wanted
    ]


@pytest.mark.slow
def test_a_death_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    peace = census(tmp_path / "peace")
    assert peace.faults == ()
    # Seams that no longer fit would leave nothing to die at.
    for kind in Kind:
        assert sum(death.point.kind is kind for death in peace.deaths) >= 2 * 15
    trials = [
        attempt(tmp_path / str(number), choose(peace.deaths, *pair), peace.effects)
        for number, pair in enumerate(CHOSEN)
    ]
    assert [(str(trial), trial.faults) for trial in trials if trial.faults] == []
    assert [str(trial) for trial in trials if not trial.met] == []
    assert len(table(trials)) == 1 + len(Kind) * len(Side)
