"""What a peer wrote is looked at through a reader alone: nobody uses the spelling it happened to have."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import calls, nodes, offending, sources, tree

TAKING = sources("node/services", "node/web/federation", "node/core")

# Where a document of a peer lies, as far as one can tell by names.
WRITTEN_BY_PEERS = {"activity", "object", "reading"}

# What gives one meaning to every spelling, or refuses; an activity's `id` has been checked to be a text.
READERS = re.compile(r"kind|one|many|ref|addressees|str|read_\w+")
CHECKED = {"id"}


def documents_in(module: ast.Module) -> set[str]:
    """Return the names of variables that are such a document."""
    return {
        target.id
        for node in ast.walk(module)
        if isinstance(node, ast.Assign) and _is_written_by_a_peer(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_written_by_a_peer(expression: ast.expr, known: set[str]) -> bool:
    if isinstance(expression, ast.Attribute):
        return expression.attr in WRITTEN_BY_PEERS
    return isinstance(expression, ast.Name) and expression.id in known


def looked_at(module: ast.Module, known: set[str]) -> Iterator[ast.expr]:
    """Yield each expression that takes a member out of such a document."""
    for node in ast.walk(module):
        match node:
            case ast.Subscript(value=document, slice=ast.Constant(value=str(member))):
                pass
            case ast.Call(
                func=ast.Attribute(value=document, attr="get"), args=[ast.Constant(value=str(member)), *_]
            ):
                pass
            case _:
                continue
        if member not in CHECKED and _is_written_by_a_peer(document, known):
            yield node


def used_raw(path: Path) -> list[str]:
    """Return where a member is used without a reader around it, or a look whether it is there at all."""
    module, known = tree(path), documents_in(tree(path))
    read = {
        id(argument) for call, name in calls(path) if READERS.fullmatch(name) for argument in call.args
    } | {
        id(node.left)
        for node in nodes(path)
        if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Constant)
        if node.comparators[0].value is None
    }
    return [ast.unparse(node) for node in looked_at(module, known) if id(node) not in read]


def test_nobody_uses_what_a_peer_wrote_as_it_is_spelled() -> None:
    assert offending(TAKING, used_raw) == {}


def test_such_a_use_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "note = received.object\n"
        "a = note.get('context') or received.activity['context']\n"
        "b = ref(note.get('context')) or kind(received.activity['type'])\n"
        "c = received.activity['id'], note['content'] is None, own['content']\n"
    )
    assert used_raw(wrong) == ["note.get('context')", "received.activity['context']"]
