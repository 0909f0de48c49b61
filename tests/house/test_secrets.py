"""What lets somebody in stands in no `repr`: values get into logs and traces in ways that nobody wrote."""

import ast
from pathlib import Path
from typing import Final

from tests.house.sources import nodes, sources

SECRET: Final = frozenset({"auth", "config", "form_token", "password", "private", "secret", "token"})
TYPES: Final = frozenset({"bytes", "str", "dict[str, Any]"})


def shown(path: Path) -> list[str]:
    """Return the members of dataclasses that hold a secret and are in their `repr`."""
    found = []
    for statement in nodes(path):
        if not isinstance(statement, ast.ClassDef) or not any(map(is_dataclass, statement.decorator_list)):
            continue
        for member in statement.body:
            match member:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value) if name in SECRET:
                    hidden = value is not None and "repr=False" in ast.unparse(value)
                    if ast.unparse(kind) in TYPES and not hidden:
                        found.append(f"{statement.name}.{name}")
    return found


def is_dataclass(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).startswith("dataclass(")


def test_no_secret_is_in_a_repr() -> None:
    assert [member for path in sources("node", "protocol") for member in shown(path)] == []


def test_a_secret_in_a_repr_is_found(tmp_path: Path) -> None:
    source = tmp_path / "door.py"
    source.write_text(
        "@dataclass(frozen=True)\nclass Door:\n    secret: str\n    token: str = field(repr=False)\n"
    )
    assert shown(source) == ["Door.secret"]
