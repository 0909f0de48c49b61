"""What new terms would change, line by line, for a person to see before a signature. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from node.terminal.drafts import on_the_table
from node.terminal.printing import fields

_DROPPED, _NEW, _KEPT = "-", "+", " "


def of_terms(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show in what the terms of one offer or agreement differ from those of another."""
    return of_lines(on_the_table(before), on_the_table(after))


def of_lines(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines that show what changes between two lists of label and text.

    What is dropped is marked with `-`, what is new with `+`. Of labels under which something changes, what is
    kept is shown, too; the rest is not.
    """
    former, latter = _by_label(before), _by_label(after)
    changed = [label for label in dict.fromkeys([*former, *latter]) if former.get(label) != latter.get(label)]
    if not changed:
        yield "  Nothing changes."
        return
    yield "  This changes (- is dropped, + is new, the rest is kept):"
    yield from fields(
        (label, f"{mark} {text}")
        for label in changed
        for mark, text in _marked(former.get(label, []), latter.get(label, []))
    )


def _marked(was: list[str], becomes: list[str]) -> Iterator[tuple[str, str]]:
    yield from ((_KEPT, text) for text in was if text in becomes)
    yield from ((_DROPPED, text) for text in was if text not in becomes)
    yield from ((_NEW, text) for text in becomes if text not in was)


def _by_label(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for label, text in pairs:
        if text:
            found.setdefault(label, []).append(text)
    return found
