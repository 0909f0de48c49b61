"""The modules of the product as a test of the house reads them: each is parsed once, whoever asks."""

import ast
from collections.abc import Callable, Collection, Iterable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@cache
def sources(*folders: str) -> tuple[Path, ...]:
    found = tuple(sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")))
    assert found, folders
    return found


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return everything a module is made of, at its top and inside."""
    return tuple(ast.walk(tree(path)))


@cache
def calls(path: Path) -> tuple[tuple[ast.Call, str], ...]:
    """Return each call of a module with the name of what is called, without what it is a member of."""
    found = (node for node in nodes(path) if isinstance(node, ast.Call))
    return tuple((call, _last_name(call.func)) for call in found)


def _last_name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


@cache
def imported(path: Path) -> frozenset[str]:
    """Return each dotted name that a module imports, at its top or inside a function."""
    found = set[str]()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def below(names: Iterable[str], packages: set[str]) -> set[str]:
    """Return those of some dotted names that are one of the packages, or inside one."""
    return {
        name
        for name in names
        if any(name == package or name.startswith(package + ".") for package in packages)
    }


def offending(paths: Iterable[Path], wrong: Callable[[Path], Collection[Any]]) -> dict[str, Collection[Any]]:
    """Return what is wrong with each module, by its name; a module that is as it should be is left out."""
    return {name_of(path): found for path in paths if (found := wrong(path))}
