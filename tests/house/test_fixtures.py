"""What a test finds was set up for its file: which files a worker ran before differs from run to run."""

import ast
from pathlib import Path

from tests.house.sources import ROOT, name_of, nodes

# The market on Fedify and the nodes beside it take seconds to start. Each test there trades in a thing of its
# own name, and what it counts is compared with what was there before, or is done by its file alone.
LASTING = {"tests/interop/fedify/conftest.py"}
LONGER_THAN_A_FILE = {"package", "session"}


def outliving(path: Path) -> list[int]:
    """Return the lines on which a fixture is made to last longer than a file of tests."""
    return [
        node.lineno
        for node in nodes(path)
        if isinstance(node, ast.keyword)
        and node.arg == "scope"
        and isinstance(node.value, ast.Constant)
        and node.value.value in LONGER_THAN_A_FILE
    ]


def test_no_fixture_lasts_longer_than_its_file() -> None:
    tests = [path for path in sorted((ROOT / "tests").rglob("*.py")) if "node_modules" not in path.parts]
    assert {name_of(path) for path in tests if outliving(path)} == LASTING
