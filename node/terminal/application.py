"""The command as typer has it: parsed, called, explained.

Rules here: whoever needs no more than the front page does not import this file; it takes typer, which takes
longer than all the rest of a plain command.
"""

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.completion import get_completion_inspect_parameters
from typer.main import get_command

from node.terminal import front_page
from node.terminal.flags import carry, version
from node.terminal.nouns import NOUNS, Word
from node.terminal.shelf import group_of

if TYPE_CHECKING:
    from node.terminal.tree import Command


_WHERE_IT_RUNS: Final = "Ctrl-C stops a node, in the terminal where it runs."
_SAID: Final = {"help": "Say: {} --help", "stop": _WHERE_IT_RUNS, "down": _WHERE_IT_RUNS}
MEANT: Final[Mapping[str, tuple[str, ...]]] = {
    "wish": ("freehold intention",),
    "wishes": ("freehold intention",),
    "decline": ("freehold offer reject",),
    "device": ("freehold session",),
    "devices": ("freehold session",),
    "log": ("freehold journal", "freehold node watch"),
    "cancel": ("freehold intention withdraw", "freehold offer withdraw", "freehold agreement end"),
}
"""What is called otherwise in the documents than on the command line, and the commands that are meant."""


def application(words: Mapping[str, Word]) -> typer.Typer:
    """Return the command with these nouns."""
    group = group_of(words)
    command = typer.Typer(
        name="freehold",
        cls=group,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
        epilog=front_page.EPILOG,
        context_settings={"help_option_names": list(front_page.HELP.spellings)},  # each verb inherits it
    )
    command.callback(cls=group, no_args_is_help=True, help=front_page.ABOUT)(carry(version(), hidden=False))
    return command


def run(given: Sequence[str], words: Mapping[str, Word]) -> int:
    """Run a command line with these nouns and return its exit code."""
    if "_FREEHOLD_COMPLETE" in os.environ:
        get_completion_inspect_parameters()  # a shell asks what could come next; makes typer know the shells
    command = get_command(application(words))
    try:
        code = command.main(list(given), prog_name="freehold", standalone_mode=False)
    except typer.TyperException as error:
        return _explain(error, words, machine=bool({"--json", "--jsonl"} & set(given)))
    return code if isinstance(code, int) else 0


def tree(words: Mapping[str, Word] = NOUNS) -> "list[Command]":
    """Return every command with its arguments and options."""
    from node.terminal.tree import walk

    return list(walk(get_command(application(words))))


def _explain(error: Any, words: Mapping[str, Word], *, machine: bool) -> int:
    """Say what is wrong with the command line itself; under --json on stdout as a problem object too."""
    if found := re.match(r"No such command '(\w[\w-]*)'", error.format_message()):
        _point_elsewhere(error, words, found[1])
    error.show()
    if machine:
        from node.terminal.failures import usage
        from node.terminal.printing import as_json

        print(as_json(usage(error.format_message()).problem))
    return int(error.exit_code)


def _point_elsewhere(error: Any, words: Mapping[str, Word], name: str) -> None:
    """Name the commands of this name under other nouns: what is spelled alike here may do something else.

    What there is here is named, too, unless something is spelled alike: it may go by another word.
    """
    if said := _SAID.get(name):
        error.message = f"No such command '{name}'. {said.format(error.ctx.command_path)}"
        return
    here = ", ".join(error.ctx.command.list_commands(error.ctx))
    alike = (" ".join(command.words) for command in tree(words) if command.words[2:] == (name,))
    elsewhere = [*MEANT.get(name, ()), *alike]
    if elsewhere:
        error.message = f"No such command '{name}' here. There is: {', '.join(elsewhere)}. Here: {here}."
    elif "Did you mean" not in error.message:
        error.message = f"No such command '{name}'. There are: {here}."
