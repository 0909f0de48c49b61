"""A code is stated once, means something, is raised, and is never spelt where it is raised."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from node.web.edge.problems import HINTS
from protocol.codes import MEANINGS
from tests.house.sources import ROOT, calls, name_of, sources, tree

TABLES = ("protocol/codes.py", "node/core/codes.py")
SOURCES = [path for path in sources("protocol", "node") if name_of(path) not in TABLES]

# What is raised or answered, and the functions that make it: the code is the first thing they are given, or
# the second behind a status.
RAISED = re.compile(
    r"(Local|Malformed|Unauthenticated|Forbidden|NotFound|Conflict|Gone|TooLarge|Unprocessable|Unreachable"
    r"|Refusal|unavailable|Failure)"
)
# A code that another program said, or that is made from the status that the HTTP library chose.
TOLD = {"node/terminal/failures.py": 1, "node/web/edge/problems.py": 1}


def stated(table: str) -> list[tuple[str, str, str]]:
    """Return name, spelling and meaning of each code of a table, as they stand in its source."""
    return [
        (row.target.id, *(ast.literal_eval(argument) for argument in row.value.args))
        for row in tree(ROOT / table).body
        if isinstance(row, ast.AnnAssign)
        and isinstance(row.target, ast.Name)
        and isinstance(row.value, ast.Call)
        and ast.unparse(row.value.func) == "state"
    ]


def raised(module: ast.Module) -> Iterator[str]:
    """Yield the name of each code that is mentioned other than to compare with it or to look it up."""
    parts: list[ast.AST] = [module]
    for part in parts:  # grows while it is walked
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            if part.value.id in {"codes", "wire"}:
                yield part.attr
        elif isinstance(part, ast.Dict):
            parts += part.values
        elif not isinstance(part, ast.Compare | ast.Set):
            parts += ast.iter_child_nodes(part)


@cache
def raised_in(path: Path) -> frozenset[str]:
    return frozenset(raised(tree(path)))


@pytest.mark.parametrize("table", TABLES)
def test_a_code_is_named_as_it_is_spelt(table: str) -> None:
    rows = stated(table)
    assert len(rows) > 100
    assert rows == sorted(rows, key=lambda row: row[1])
    for name, spelling, meaning in rows:
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", spelling)
        assert name == spelling.upper().replace("-", "_")
        assert re.fullmatch(r"[A-Z\[].+[^.]\.", meaning), spelling


def test_no_code_stands_twice() -> None:
    spellings = Counter(spelling for table in TABLES for _, spelling, _ in stated(table))
    assert [spelling for spelling, times in spellings.items() if times > 1] == []
    assert spellings.keys() <= MEANINGS.keys()


def test_every_code_is_raised() -> None:
    found = {name for path in SOURCES for name in raised_in(path)}
    assert {name for table in TABLES for name, _, _ in stated(table)} - found == set()


def test_the_protocol_raises_what_its_own_table_states() -> None:
    """What only the node says stands in the node's table, and the other way round."""
    within = [path for path in SOURCES if path.is_relative_to(ROOT / "protocol")]
    found = {name for path in within for name in raised_in(path)}
    assert {name for name, _, _ in stated("protocol/codes.py")} == found


def test_nothing_raises_a_code_that_it_spells_itself() -> None:
    spelt = [
        f"{name_of(path)}:{call.lineno}"
        for path in SOURCES
        for call, name in calls(path)
        if RAISED.fullmatch(name)
        if isinstance(call.args[name == "Refusal"], ast.Constant | ast.JoinedStr)
    ]
    assert spelt == []


def test_only_what_others_say_becomes_a_code_without_being_stated() -> None:
    made = Counter(name_of(path) for path in SOURCES for _, name in calls(path) if name == "Code")
    assert made == TOLD


def test_every_hint_is_for_a_code() -> None:
    assert HINTS.keys() - MEANINGS.keys() == set()
