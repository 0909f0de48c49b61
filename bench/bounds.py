"""Hold the ratios of the short benches to bounds: run each once, and fail if one is outside.

The bounds are wide, because machines are noisy and differ: they are there for what makes a node half as fast
or twice as heavy, not for a tenth. One end is where a ratio is much worse than what README.md records, the
other where it is better than can be, so that the bench no longer measures what it says. No ratio has a unit:
each is a figure of ours over the same figure of the other side, in one run.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import fanout, inbox, offer, start, terms


@dataclass(frozen=True, slots=True)
class Bound:
    """What one ratio of a bench may be, both ends included.

    Args:
        bench: its module in this folder.
        ratio: its name in what the bench returns.
        recorded: the ratio in README.md.
        least, most: the ends, and `reason` says why each is where it is.
    """

    bench: str
    ratio: str
    recorded: float
    least: float
    most: float
    reason: str


Bench = Callable[[], Mapping[str, float]]
# Those that need neither Node.js nor a C compiler, and end within a minute: each returns its ratios by name.
BENCHES: Final[Mapping[str, Bench]] = {
    "start": start.compare,
    "inbox": inbox.compare,
    "fanout": fanout.compare,
    "offer": offer.compare,
    "terms": terms.compare,
}
_MORE: Final = "most: {}; least: what is ours comes on top of what the other side does"
BOUNDS: Final = (
    Bound("start", "first answer", 2.1, 1.0, 4.4, _MORE.format("twice, as time that passes is noisy")),
    Bound("start", "processor time", 1.9, 1.0, 3.4, _MORE.format("1.75 times, as it is less noisy")),
    Bound("start", "idle memory", 1.85, 1.0, 2.85, _MORE.format("1.5 times, as memory varies little")),
    Bound("start", "help", 2.3, 1.0, 5.0, _MORE.format("twice, as both are some ms only")),
    Bound(
        "inbox", "rate", 0.062, 0.03, 0.3,
        "least: half, as clients and disks differ; most: verifying two signatures and keeping a row takes"
        " 151 us, all that the empty handler does 44 us: above 44 / 151 nothing was verified",
    ),
    Bound(
        "fanout", "rate", 0.26, 0.13, 1.0,
        "least: half, as all is over within a second; most: the bare client posts the same unsigned",
    ),
    Bound(
        "offer", "processor time", 9.0, 1.0, 18.0,
        "most: twice, as the rounds of one run went from 7 to 14; least: a node does all of the other side",
    ),
    Bound(
        "terms", "processor time", 1.5, 1.0, 2.6,
        "most: 1.7 times, as beside other programs it was 1.8; least: it is read like any other offer",
    ),
)  # fmt: skip


def find_faults(
    measured: Mapping[str, Mapping[str, float]], bounds: Sequence[Bound] = BOUNDS
) -> Iterator[str]:
    """Yield a sentence for each ratio (by bench, by name) that is outside, not measured or has no bound."""
    for bound in bounds:
        ratio = measured.get(bound.bench, {}).get(bound.ratio)
        if ratio is None:
            yield f"{bound.bench}, {bound.ratio}: was not measured."
        elif not bound.least <= ratio <= bound.most:  # so stated, what is not a number is outside
            yield (
                f"{bound.bench}, {bound.ratio}: {ratio:.3g} is not from {bound.least} to {bound.most}"
                f" (recorded: {bound.recorded}; {bound.reason})."
            )
    bounded = {(bound.bench, bound.ratio) for bound in bounds}
    for bench, ratios in measured.items():
        yield from (f"{bench}, {name}: has no bound." for name in ratios if (bench, name) not in bounded)


def hold(benches: Mapping[str, Bench], bounds: Sequence[Bound] = BOUNDS) -> int:
    """Run each bench, print what is outside the bounds, and return the exit code: 0 if nothing is."""
    measured = {}
    for name, compare in benches.items():
        print(f"--- {name}", flush=True)
        measured[name] = compare()
    faults = list(find_faults(measured, bounds))
    print("---", *faults or [f"All {len(bounds)} ratios are within their bounds."], sep="\n")
    return 1 if faults else 0


def main() -> int:
    """Run and print; the exit code says whether every ratio is within its bounds."""
    if not Path("/proc/self/schedstat").exists():
        print("This needs Linux, which says how much time of the processor a thread had.")
        return 1
    return hold(BENCHES)


if __name__ == "__main__":
    sys.exit(main())
