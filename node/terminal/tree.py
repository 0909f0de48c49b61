"""The command tree as data, for the reference page and for the tests that hold it."""

from collections.abc import Iterator
from typing import Any

import typer

from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class CommandParameter:
    """One argument or option: how it is spelt, what it takes, and what it means."""

    spelling: str
    takes: str
    help: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the words that call it, its help, and what it takes; a `group` is a noun with verbs."""

    words: tuple[str, ...]
    help: str
    group: bool
    arguments: tuple[CommandParameter, ...]
    options: tuple[CommandParameter, ...]

    @property
    def summary(self) -> str:
        """The first sentence of the help."""
        return self.help.partition("\n")[0]


def walk(root: Any, name: str = "freehold") -> Iterator[Command]:
    """Yield `root` (a typer command) and everything under it, depth first, in reading order."""
    yield from _walk(root, typer.Context(root, info_name=name), (name,))


def _walk(command: Any, context: typer.Context, words: tuple[str, ...]) -> Iterator[Command]:
    names = command.list_commands(context) if hasattr(command, "list_commands") else []
    yield Command(
        words=words,
        help=str(command.help or ""),
        group=bool(names),
        arguments=tuple(_entry(param) for param in command.params if param.param_type_name == "argument"),
        options=tuple(_entry(param) for param in command.params if param.param_type_name == "option"),
    )
    for name in names:
        below = command.get_command(context, name)
        yield from _walk(below, typer.Context(below, parent=context, info_name=name), (*words, name))


def _entry(param: Any) -> CommandParameter:
    argument = param.param_type_name == "argument"
    spelling = param.display_name_raw if argument else ", ".join(param.opts)
    takes = "" if argument or param.is_flag else str(param.metavar or "TEXT")
    return CommandParameter(spelling, takes, str(param.help or ""), bool(param.hidden))
