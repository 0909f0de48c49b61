"""The `freehold` command: parse, call, print.

Rules here: nothing heavy is imported before a noun is typed, and for the front page not even typer; every way
to fail ends in one of the documented exit codes (`node.terminal.failures.ExitCode`).
"""

import errno
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Final

from node.terminal import front_page
from node.terminal.nouns import NOUNS, Word

# What the system says of a stream that takes nothing more, such as a full disk behind a redirection.
_UNWRITABLE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def main(arguments: Sequence[str] | None = None, *, words: Mapping[str, Word] = NOUNS) -> int:
    """Run the command line with these nouns and return its exit code."""
    if not _open_streams():
        print("  Standard output is closed, so nothing can be shown.", file=sys.stderr)
        return 1
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given, words)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has enough, as `head` does
        code = 1
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        with suppress(OSError):
            print(f"  What came of it cannot be written: {error.strerror}.", file=sys.stderr)
        code = 1
    _give_up_what_is_left()
    return code


def _run(given: Sequence[str], words: Mapping[str, Word]) -> int:
    if "_FREEHOLD_COMPLETE" not in os.environ:  # else a shell asks what could come next
        match given:
            case []:
                print(front_page.text(words), file=sys.stderr)
                return 2
            case ["--help" | "-h"]:
                print(front_page.text(words))
                return 0
            case ["--version"]:
                print(front_page.RELEASE)
                return 0
    from node.terminal import application

    return application.run(given, words)


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


if __name__ == "__main__":
    raise SystemExit(main())
