"""Run the catalogue from a shell: `python -m tests.attacks [GROUP or NUMBER ...] [--node DATA] [--json]`.

Without `--node` it starts nodes of its own. With it, what is played against an ordinary node is played
against the one that runs with this data folder, which is to be a development node on loopback; cases that
need a node of another kind, or to turn its clock, still get nodes of their own.

Exit codes: 0 all held, 1 something did not, 2 usage.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.attacks.cases import Case, run
from tests.attacks.catalogue import GROUPS, chosen
from tests.attacks.nodes import GivenNode
from tests.attacks.world import Realm


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is chosen, and say what did not hold."""
    options = _parse(arguments)
    try:
        cases = chosen(*options.what)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    given = None if options.node is None else GivenNode(options.node)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder, Realm(Path(folder), given=given) as realm:
        findings = {case.name: _tell(case, _tried(case, realm), quiet=options.json) for case in cases}
    broken = {name: found for name, found in findings.items() if found}
    if options.json:
        print(json.dumps({"cases": len(findings), "broken": broken}))
    else:
        print(f"{len(findings)} cases, {len(broken)} did not hold, {time.monotonic() - began:.0f} s")
    return 1 if broken else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    groups = ", ".join(f"{group} ({title})" for group, title in GROUPS.items())
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description="Attack a node.")
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"a group or a number; groups: {groups}")
    parser.add_argument("--node", type=Path, metavar="DATA", help="data folder of a running development node")
    parser.add_argument("--json", action="store_true", help="one JSON object at the end")
    return parser.parse_args(arguments)


def _tried(case: Case, realm: Realm) -> list[str]:
    try:
        return run(case, realm)
    except Exception as error:  # one scene that falls apart must not end the play
        return [f"the scene falls apart: {type(error).__name__}: {error}"]


def _tell(case: Case, found: list[str], *, quiet: bool) -> list[str]:
    if not quiet:
        print(f"{'✗' if found else '✓'} {case.name}")
        for sentence in found:
            print(f"    {sentence}")
    return found


if __name__ == "__main__":
    raise SystemExit(main())
