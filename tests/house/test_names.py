"""One name, one thing: who reads a class's name knows which class is meant."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.house.sources import name_of, sources, tree


def public_classes(path: Path) -> list[str]:
    """Return the public classes that a module defines, and its names for types."""
    found = []
    for statement in tree(path).body:
        match statement:
            case ast.ClassDef(name=name):
                found.append(name)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                found.append(name)
    return [name for name in found if not name.startswith("_")]


def test_no_two_public_classes_share_a_name() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sources("node", "protocol"):
        for name in public_classes(path):
            places[name].append(name_of(path))
    assert len(places) > 200
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
