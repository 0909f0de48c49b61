"""One name, one thing: who reads a class's name knows which class is meant."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]


def public_classes(path: Path) -> list[str]:
    """Return the public classes that a module defines, and its names for types."""
    found = []
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        match statement:
            case ast.ClassDef(name=name):
                found.append(name)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                found.append(name)
    return [name for name in found if not name.startswith("_")]


def test_no_two_public_classes_share_a_name() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted([*ROOT.glob("node/**/*.py"), *ROOT.glob("protocol/**/*.py")]):
        for name in public_classes(path):
            places[name].append(path.relative_to(ROOT).as_posix())
    assert len(places) > 200
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
