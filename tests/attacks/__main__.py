"""Play the catalogue for `freehold dev attack`, which is what to type: it makes a table of this.

`python -m tests.attacks [GROUP or NUMBER ...] [--node DATA] [--list]` prints one JSON object a line: the id
and title of an attack, the vector of it that was played, how many seconds that took and what was found wrong,
nothing if it held. The vectors of one attack come one after the other.

Without `--node` it starts nodes of its own. With it, what is played against an ordinary node is played
against the one that runs with this data folder, which is to be a development node on loopback; cases that
need a node of another kind, or to turn its clock, still get nodes of their own. `--list` plays nothing.

Exit codes: 0 all was played, whether or not it held; 2 usage.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.attacks.cases import Case, run
from tests.attacks.catalogue import GROUPS, TITLES, chosen
from tests.attacks.nodes import GivenNode
from tests.attacks.world import Realm

BASELINE = "the group's baseline"
FALLS_APART = "the scene falls apart"


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what is chosen, and say what came of it."""
    options = _parse(arguments)
    try:
        cases = _in_order(chosen(*options.what))
        given = None if options.node is None else GivenNode(options.node)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.list:
        for case in cases:
            _say(case)
        return 0
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder, Realm(Path(folder), given=given) as realm:
        for case in cases:
            began = time.monotonic()
            found = _tried(case, realm)
            _say(case, seconds=round(time.monotonic() - began, 4), found=found)
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description="Attack a node.")
    parser.add_argument("what", nargs="*", metavar="WHAT", help="a group or a number")
    parser.add_argument("--node", type=Path, metavar="DATA", help="data folder of a running development node")
    parser.add_argument("--list", action="store_true", help="play nothing")
    return parser.parse_args(arguments)


def _in_order(cases: Sequence[Case]) -> list[Case]:
    """Put the cases of each number together, number after number as the groups come."""
    groups = list(GROUPS)
    return sorted(cases, key=lambda case: (groups.index(case.id[:2]), case.id))


def _tried(case: Case, realm: Realm) -> list[str]:
    try:
        return run(case, realm)
    except Exception as error:  # one scene that falls apart must not end the play
        return [f"{FALLS_APART}: {type(error).__name__}: {error}"]


def _say(case: Case, **came: Any) -> None:
    title = TITLES.get(case.id, BASELINE)
    print(json.dumps({"id": case.id, "title": title, "vector": case.vector, **came}), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
