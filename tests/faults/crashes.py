"""Let a node die at every point along one negotiation, and see that nothing is lost and nothing done twice.

The story is played once in peace, with its points counted: every commit, every activity sent, every answer to
a peer or an owner, at both nodes, from the first start of an empty folder to the notice that ends the
agreement. Then it is played again for each of them, before and after, with the node killed right there and
started again. Each time it must die there, go on to its end by itself and leave what it left in peace: every
answer that was given still stands, the journals have the same entries, hold, and lead to what is there, both
ends have the same chains and agreements, and neither has refused or logged anything.

    python -m tests.faults.crashes --jobs 2
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from node.sandbox.nodes import MarketError
from tests.faults.ends import verdict
from tests.faults.mortal import Kind, Mortal, Point, Side
from tests.faults.story import Effects, Story

KILLED = -9
TRIES = 8  # commits that come together by chance leave a run with a point less than another


@dataclass(frozen=True, slots=True)
class Death:
    """Which node is to die where, and what it did there in peace."""

    handle: str
    point: Point
    what: str

    def __str__(self) -> str:
        return f"{self.handle}: {self.point} ({self.what})"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one death, or one at each node: whether it was met at all, and what was wrong then."""

    deaths: tuple[Death, ...]
    met: bool
    faults: tuple[str, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.deaths))


@dataclass(frozen=True, slots=True)
class Census:
    """What the story leaves in peace, and the points that it passes."""

    effects: Effects
    deaths: tuple[Death, ...]
    faults: tuple[str, ...]


def census(folder: Path) -> Census:
    """Play the story in peace and count."""
    story = Story(folder)
    with story.keeper.keeping():
        story.play()
        passed = {node.handle: node.passed() for node in story.nodes}
        effects = story.effects()
        faults = story.faults(effects)
    deaths = tuple(
        Death(handle, Point(kind, side, number), what)
        for handle, kinds in passed.items()
        for kind, points in kinds.items()
        for number, what in enumerate(points, start=1)
        for side in Side
    )
    return Census(effects, deaths, (*faults, *story.faults_on_disk(), *map(str, story.keeper.ends)))


def attempt(folder: Path, deaths: Sequence[Death], expected: Effects) -> Trial:
    """Play the story with one death in it, or one at each node."""
    story = Story(folder)
    folder.mkdir(parents=True)
    victims = [next(node for node in story.nodes if node.handle == death.handle) for death in deaths]
    for victim, death in zip(victims, deaths, strict=True):
        victim.die_at(death.point)
    try:
        with story.keeper.keeping():
            story.play()
            for victim in victims:
                victim.live()
            faults = story.faults(expected)
        faults += story.faults_on_disk()
    except MarketError as error:
        faults = [str(error), *(line for victim in victims for line in _last_words(victim))]
    ends = sorted(story.keeper.ends)
    met = ends == sorted((death.handle, KILLED) for death in deaths)
    strange = [f"the processes ended so: {ends}"] if any(code != KILLED for _, code in ends) else []
    return Trial(tuple(deaths), met, (*faults, *strange))


def _last_words(node: Mortal) -> list[str]:
    return node.log.read_text(encoding="utf-8").splitlines()[-3:] if node.log.exists() else []


def insist(folder: Path, death: Death, expected: Effects) -> Trial:
    """Play the story until the death is met, a few times at most."""
    for number in range(TRIES):
        trial = attempt(folder / f"try-{number}", [death], expected)
        if trial.met or trial.faults:
            break
    return trial


def run(folder: Path, deaths: Sequence[Death], expected: Effects, *, jobs: int = 1) -> Iterator[Trial]:
    """Try deaths, `jobs` at a time, and yield what came of each."""
    with ThreadPoolExecutor(jobs) as pool:
        folders = (folder / f"death-{number}" for number in range(len(deaths)))
        yield from pool.map(partial(insist, expected=expected), folders, deaths)


def table(trials: Sequence[Trial]) -> list[str]:
    """Return a line for every kind and side: at how many points a node died, and how often it was wrong."""
    lines = [f"{'':<16} {'points':>7} {'died':>6} {'faults':>7}"]
    for kind in Kind:
        for side in Side:
            mine = [
                trial
                for trial in trials
                for death in trial.deaths
                if (death.point.kind, death.point.side) == (kind, side)
            ]
            died, wrong = (sum(trial.met for trial in mine), sum(bool(trial.faults) for trial in mine))
            lines.append(f"{side} {kind:<{15 - len(side)}} {len(mine):>7} {died:>6} {wrong:>7}")
    return lines


def main() -> int:
    """Try all deaths and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=2, help="pairs of nodes at a time")
    parser.add_argument("--list", action="store_true", help="only list the points")
    parser.add_argument("--match", default="", help="only points whose description contains this")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="freehold-crashes-") as name:
        peace = census(Path(name) / "peace")
        faults = [f"in peace: {fault}" for fault in peace.faults]
        deaths = [death for death in peace.deaths if chosen.match in str(death)]
        faults += [] if deaths else ["there is no such point"]
        if chosen.list:
            print(*deaths, sep="\n")
            return 0
        trials = []
        for trial in run(Path(name), deaths, peace.effects, jobs=chosen.jobs):
            trials.append(trial)
            faults += [f"{trial}: {fault}" for fault in trial.faults]
            if sys.stderr.isatty():
                print(f"\r{len(trials)} of {len(deaths)} ", end="", file=sys.stderr)
    print(*table(trials), sep="\n")
    faults += [f"not met: {trial}" for trial in trials if not trial.met]
    print(f"{len(trials)} deaths in a story of {len(peace.deaths) // len(Side)} points")
    return verdict(faults)


if __name__ == "__main__":
    sys.exit(main())
