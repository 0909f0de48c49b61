"""Files and functions stay small enough to be read in one go."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_FILE_LINES = 400
LIMIT_FUNCTION_LINES = 50

SOURCES = sorted(
    path
    for path in (
        ROOT / "cli.py",
        *(found for folder in ("node", "protocol", "schemas") for found in (ROOT / folder).rglob("*.py")),
    )
    if path.exists()
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_is_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LIMIT_FILE_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_function_is_short(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    long = {
        node.name
        for node in functions
        if node.end_lineno is None or node.end_lineno - node.lineno >= LIMIT_FUNCTION_LINES
    }
    assert long == set()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_is_a_noun_of_the_field(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
