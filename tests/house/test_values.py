"""Values are made by the decorator of the house, which writes their methods late."""

import ast
from pathlib import Path

import pytest

from tests.house.sources import ROOT, imported, name_of, nodes, offending, sources

OURS = ROOT / "protocol" / "values.py"


def early(path: Path) -> set[str]:
    """Return how a module comes by the standard library's decorator."""
    by_attribute = {ast.unparse(node) for node in nodes(path) if isinstance(node, ast.Attribute)}
    return {"dataclasses.dataclass"} & (imported(path) | by_attribute)


def test_every_value_takes_the_decorator_of_the_house() -> None:
    modules = [path for path in sources("node", "protocol") if path != OURS]
    assert offending(modules, early) == {}
    taking = [name_of(path) for path in modules if "protocol.values.dataclass" in imported(path)]
    assert len(taking) > 100


@pytest.mark.parametrize(
    "source",
    [
        "from dataclasses import dataclass, field",
        "import dataclasses\n\n@dataclasses.dataclass\nclass A: ...",
    ],
)
def test_the_standard_librarys_is_found(source: str, tmp_path: Path) -> None:
    module = tmp_path / "value.py"
    module.write_text(source)
    assert early(module) == {"dataclasses.dataclass"}
