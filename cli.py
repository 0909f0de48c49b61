"""The `freehold` command: parse, call, print.

Rules here: nothing heavy is imported before a noun is typed; every way to fail ends in one of the
documented exit codes (`node.terminal.failures.ExitCode`).
"""

import errno
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.completion import get_completion_inspect_parameters
from typer.main import get_command

from node.terminal.flags import carry, version
from node.terminal.nouns import NOUNS, Word, group_of

if TYPE_CHECKING:
    from node.terminal.tree import Command

# What the system says of a stream that takes nothing more, such as a full disk behind a redirection.
_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def application(words: Mapping[str, Word] = NOUNS) -> typer.Typer:
    """Return the command with these nouns."""
    group = group_of(words)
    command = typer.Typer(
        name="freehold",
        cls=group,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
        epilog="Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 not allowed, 5 conflict, 6 network, "
        "7 verification failed, 8 node locked.",
    )
    command.callback(
        cls=group,
        no_args_is_help=True,
        help="A node of your own: businesses come to it with signed offers, and you choose.",
    )(carry(version(), hidden=False))
    return command


def main(arguments: Sequence[str] | None = None, *, words: Mapping[str, Word] = NOUNS) -> int:
    """Run the command line with these nouns and return its exit code."""
    if not _open_streams():
        print("  Standard output is closed, so nothing can be shown.", file=sys.stderr)
        return 1
    if "_FREEHOLD_COMPLETE" in os.environ:
        get_completion_inspect_parameters()  # a shell asks what could come next; makes typer know the shells
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given, words)
        sys.stdout.flush()
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        with suppress(OSError):
            print(f"  What came of it cannot be written: {error.strerror}.", file=sys.stderr)
        code = 1
    _give_up_what_is_left()
    return code


def _run(given: Sequence[str], words: Mapping[str, Word]) -> int:
    try:
        code = get_command(application(words)).main(given, prog_name="freehold", standalone_mode=False)
    except typer.TyperException as error:
        return _explain(error, machine=bool({"--json", "--jsonl"} & set(given)))
    return code if isinstance(code, int) else 0


def _open_streams() -> bool:
    """Make the three standard streams usable where one of them was closed; say whether stdout was open."""
    for wanted in range(3):  # else the next file that is opened would stand in for a standard stream
        with suppress(OSError):
            os.fstat(wanted)
            continue
        os.open(os.devnull, os.O_RDWR)
    was_open = sys.stdout is not None
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115  (open as long as the process)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a character gets its escape, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    return was_open


def _give_up_what_is_left() -> None:
    """Forget what a stream could not take, which Python would try, and complain about, once more."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def tree() -> "list[Command]":
    """Return every command with its arguments and options, for the reference page."""
    from node.terminal.tree import walk

    return list(walk(get_command(application())))


def _explain(error: Any, *, machine: bool) -> int:
    """Say what is wrong with the command line itself; under --json on stdout as a problem object too."""
    if found := re.match(r"No such command '(\w[\w-]*)'", error.format_message()):
        _point_elsewhere(error, found[1])
    error.show()
    if machine:
        from node.terminal.failures import usage
        from node.terminal.printing import as_json

        print(as_json(usage(error.format_message()).problem))
    return int(error.exit_code)


def _point_elsewhere(error: Any, name: str) -> None:
    """Name the commands of this name under other nouns: what is spelled alike here may do something else."""
    elsewhere = [" ".join(command.words) for command in tree() if command.words[2:] == (name,)]
    if elsewhere:
        error.message = f"No such command '{name}' here. There is: {', '.join(elsewhere)}."


if __name__ == "__main__":
    raise SystemExit(main())
