"""What a shell completes beyond commands and flags: ids and accounts, as the running node knows them.

Rules here: whatever goes wrong, nothing is completed and nothing is said: the line is still being typed.
"""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import typer

from node.terminal import phrases
from node.terminal.failures import Failure
from node.terminal.printing import printable

# As many as fit on a screen; whoever types another letter gets others.
_OFFERED: Final = 50

Complete = Callable[[typer.Context, str], list[tuple[str, str]]]
"""Returns what could stand here, each with a word about it, by the context and what is typed of it."""


def ids(collection: str) -> Complete:
    """Return what completes the ids of a collection (an API path), the newest first."""
    return _completing(collection, lambda item: str(item["id"]), _about)


def accounts() -> Complete:
    """Return what completes the accounts of peers."""
    return _completing("/peers", _account, phrases.party)


def _completing(
    collection: str, name: Callable[[dict[str, Any]], str], about: Callable[[dict[str, Any]], str]
) -> Complete:
    def complete(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        try:
            found = [(name(item), printable(about(item))) for item in _known(context, collection)]
        except (Failure, OSError):
            return []
        return [(text, help) for text, help in found if text and text.startswith(incomplete)][:_OFFERED]

    return complete


def _known(context: typer.Context, collection: str) -> Iterator[dict[str, Any]]:
    from node.terminal.call import CommandCall
    from node.terminal.flags import Flags

    data, node, actor = (_typed(context, flag) for flag in ("data", "node", "actor"))
    flags = Flags(data=data, node=node, actor=actor, quiet=True)
    silent = io.StringIO()
    call = CommandCall(flags, stdin=silent, stdout=silent, stderr=silent, environment=os.environ)
    return iter(call.node.pages(collection, limit=10 * _OFFERED))


def _typed(context: typer.Context, flag: str) -> str:
    """Return what was typed for a flag, nearest to the verb first."""
    at: Any = context
    while at is not None:
        if found := at.params.get(flag):
            return str(Path(found).expanduser()) if flag == "data" else str(found)
        at = at.parent
    return ""


def _account(item: dict[str, Any]) -> str:
    from node.terminal.people import account

    return account(item)


def _about(item: dict[str, Any]) -> str:
    """Return what tells one thing from another: its other side, its name, its state."""
    parts = [phrases.party(item.get("peer")), str(item.get("name") or ""), str(item.get("state") or "")]
    return ", ".join(filter(None, parts))
