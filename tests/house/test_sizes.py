"""Files and functions stay small enough to be read in one go."""

import ast
from pathlib import Path

from tests.house.sources import ROOT, name_of, nodes, offending, sources, tree

LIMIT_FILE_LINES = 400
LIMIT_FUNCTION_LINES = 50

SOURCES = [ROOT / "cli.py", *sources("node", "protocol", "schemas")]
NO_NOUNS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


def long_functions(path: Path) -> set[str]:
    return {
        node.name
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno is None or node.end_lineno - node.lineno >= LIMIT_FUNCTION_LINES)
    }


def test_a_file_is_short() -> None:
    lines = {name_of(path): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert {name: count for name, count in lines.items() if count > LIMIT_FILE_LINES} == {}


def test_a_function_is_short() -> None:
    assert offending(SOURCES, long_functions) == {}


def test_a_module_says_what_it_is_for() -> None:
    assert [path for path in SOURCES if not ast.get_docstring(tree(path))] == []


def test_a_module_is_a_noun_of_the_field() -> None:
    assert [path for path in SOURCES if path.stem in NO_NOUNS] == []
