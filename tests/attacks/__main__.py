"""Play the catalogue for `freehold dev attack`, which is what to type: it makes a table of this.

`python -m tests.attacks [GROUP or NUMBER ...] [--node DATA] [--list]` prints one JSON object a line: the id
and title of an attack, the vector of it that was played, how many seconds that took and what was found wrong,
nothing if it held. The vectors of one attack come one after the other.

Without `--node` it starts nodes of its own. With it, what is played against an ordinary node is played
against the one that runs with this data folder, which is to be a development node on loopback; cases that
need a node of another kind, or to turn its clock, still get nodes of their own. `--list` plays nothing, and
says the title of each vector's group.

Exit codes: 0 all was played, whether or not it held; 2 usage; 6 the node of `--node` no longer answers. An
interrupt ends what was opened in the nodes, and then the play.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.attacks.cases import Case, run
from tests.attacks.catalogue import GROUPS, TITLES, chosen
from tests.attacks.nodes import GivenNode, socket_path
from tests.attacks.wire import exchange
from tests.attacks.world import Realm

BASELINE = "the group's baseline"
FALLS_APART = "the scene falls apart"
_ASKED = b"GET /api/v1/node HTTP/1.1\r\nHost: owner\r\n\r\n"


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
            _say(case, group=GROUPS[case.id[:2]])
        return 0
    return _play(cases, given)


def _play(cases: Sequence[Case], given: GivenNode | None) -> int:
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder, Realm(Path(folder), given=given) as realm:
        for case in cases:
            began = time.monotonic()
            found = _tried(case, realm)
            _say(case, seconds=round(time.monotonic() - began, 4), found=found)
            if found and given is not None and not _answers(given):
                break
        else:
            return 0
    print(f"The node no longer answers, since {case.id} '{case.vector}'.", file=sys.stderr)
    return 6


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


def _answers(node: GivenNode) -> bool:
    try:
        return bool(exchange(socket_path(node), _ASKED).status)
    except OSError:
        return False


def _say(case: Case, **came: Any) -> None:
    title = TITLES.get(case.id, BASELINE)
    print(json.dumps({"id": case.id, "title": title, "vector": case.vector, **came}), flush=True)


def _break_off(_number: int, _frame: object) -> None:
    """End the play at the first interrupt; another one must not disturb what is tidied up then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _break_off)
    raise SystemExit(main())
