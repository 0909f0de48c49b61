"""Two cores: what runs is what was asked for, all of it, and the sources bear to be compiled."""

import ast
import os
from collections import Counter
from importlib import import_module
from importlib.machinery import ExtensionFileLoader
from pathlib import Path

import pytest

import hatch_build
from node.web.api.node import running_core

ROOT = Path(__file__).parents[2]
IS_COMPILED = os.environ.get("CORE", "pure") == "compiled"  # as `make CORE=compiled` says
MODULES = sorted(ROOT / path for path in hatch_build.modules(ROOT))


def test_the_node_says_which_core_runs() -> None:
    assert running_core() == ("compiled" if IS_COMPILED else "pure Python")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_module_runs_as_it_was_asked_for(path: Path) -> None:
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    assert isinstance(module.__loader__, ExtensionFileLoader) == IS_COMPILED


def test_all_that_is_pure_is_compiled() -> None:
    folders = ("protocol", "node/core")
    pure = {
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if path.name != "__init__.py"
    }
    assert set(MODULES) == pure - {ROOT / hatch_build.BY_MYPYC}


def caught_twice(source: str) -> list[str]:
    """Return the names by which one function catches two errors."""
    found = []
    for function in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)):
        names = Counter(
            node.name for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) and node.name
        )
        found += [name for name, times in names.items() if times > 1]
    return found


def test_a_function_names_each_error_that_it_catches_anew() -> None:
    """Compiled, a generator has one type for a name: a second error of another kind is a TypeError."""
    assert caught_twice("def f():\n try: ...\n except A as e: ...\n except B as e: ...") == ["e"]
    assert {
        path.name: names for path in MODULES if (names := caught_twice(path.read_text(encoding="utf-8")))
    } == {}
