"""A code is stated once, means something, is raised, and is never spelt where it is raised."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.web.edge.problems import HINTS
from protocol.codes import MEANINGS

ROOT = Path(__file__).parents[2]
TABLES = ("protocol/codes.py", "node/core/codes.py")
SOURCES = [
    path
    for path in sorted([*ROOT.glob("protocol/**/*.py"), *ROOT.glob("node/**/*.py")])
    if path.relative_to(ROOT).as_posix() not in TABLES
]

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
        for row in ast.parse((ROOT / table).read_text(encoding="utf-8")).body
        if isinstance(row, ast.AnnAssign)
        and isinstance(row.target, ast.Name)
        and isinstance(row.value, ast.Call)
        and ast.unparse(row.value.func) == "state"
    ]


def raised(tree: ast.AST) -> Iterator[str]:
    """Yield the name of each code that is mentioned other than to compare with it or to look it up."""
    match tree:
        case ast.Attribute(value=ast.Name(id="codes" | "wire"), attr=name):
            yield name
        case ast.Compare() | ast.Set():
            return
        case ast.Dict(values=inside):
            for value in inside:
                yield from raised(value)
        case _:
            for child in ast.iter_child_nodes(tree):
                yield from raised(child)


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield each call of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (found for found in ast.walk(tree) if isinstance(found, ast.Call))


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
    found = {name for path in SOURCES for name in raised(ast.parse(path.read_text(encoding="utf-8")))}
    assert {name for table in TABLES for name, _, _ in stated(table)} - found == set()


def test_the_protocol_raises_what_its_own_table_states() -> None:
    """What only the node says stands in the node's table, and the other way round."""
    found = {
        name
        for path in SOURCES
        if path.is_relative_to(ROOT / "protocol")
        for name in raised(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert {name for name, _, _ in stated("protocol/codes.py")} == found


def test_nothing_raises_a_code_that_it_spells_itself() -> None:
    spelt = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SOURCES
        for call in calls(path)
        if RAISED.fullmatch(ast.unparse(call.func).rpartition(".")[2])
        if isinstance(call.args[ast.unparse(call.func).endswith("Refusal")], ast.Constant | ast.JoinedStr)
    ]
    assert spelt == []


def test_only_what_others_say_becomes_a_code_without_being_stated() -> None:
    made = Counter(
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for call in calls(path)
        if ast.unparse(call.func).rpartition(".")[2] == "Code"
    )
    assert made == TOLD


def test_every_hint_is_for_a_code() -> None:
    assert HINTS.keys() - MEANINGS.keys() == set()
