"""The front page of the command: what `freehold --help` and a bare `freehold` show.

Rules here: it is written without typer, which takes longer to load than all the rest of showing it. The flags
every command takes are stated here once; `node.terminal.flags` makes typer's options of them.
"""

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from node import __version__
from node.terminal.nouns import Word

ABOUT: Final = "A node of your own: businesses come to it with signed offers, and you choose."
EPILOG: Final = (
    "Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 not allowed, 5 conflict, 6 network, "
    "7 verification failed, 8 node locked."
)
RELEASE: Final = f"freehold {__version__}"
_USAGE: Final = "Usage: freehold [OPTIONS] COMMAND [ARGS]..."

# As typer writes the pages of the nouns: lines are no longer, and no shorter, however wide the terminal is.
_WIDEST, _NARROWEST, _MARGIN = 80, 50, 2
_INDENT: Final = "  "


class Flag(NamedTuple):
    """A flag: its spellings, what it does, and the name of what it takes; a switch takes nothing."""

    spellings: tuple[str, ...]
    help: str
    metavar: str = ""

    @property
    def shown(self) -> str:
        """How it is written, the short spelling first."""
        return f"{', '.join(sorted(self.spellings, key=len))} {self.metavar}".rstrip()


SHARED: Final[Mapping[str, Flag]] = {
    "json": Flag(("--json",), "Print JSON on stdout; a failure becomes a problem object there."),
    "no_input": Flag(("--no-input",), "Never ask; fail where a question would be needed."),
    "yes": Flag(("--yes", "-y"), "Answer yes to what would be asked."),
    "quiet": Flag(("--quiet", "-q"), "Print data only, no talk."),
    "verbose": Flag(("--verbose", "-v"), "Print more of what happens."),
    "node": Flag(
        ("--node",), "Talk to the node at this address, with the token from FREEHOLD_TOKEN.", metavar="URL"
    ),
    "data": Flag(("--data",), "Talk to the node that keeps its data in this folder.", metavar="DIR"),
    "actor": Flag(("--actor",), "Speak as this actor of the node.", metavar="HANDLE"),
}
VERSION: Final = Flag(("--version",), "Print the version and end.")
HELP: Final = Flag(("--help", "-h"), "Show this message and exit.")  # typer's own option


def text(words: Mapping[str, Word]) -> str:
    """Return the page with these nouns, as wide as the terminal lets it be."""
    width = max(min(shutil.get_terminal_size().columns, _WIDEST) - _MARGIN, _NARROWEST)
    flags = ((flag.shown, flag.help) for flag in (*SHARED.values(), VERSION, HELP))
    nouns = ((name, word.line) for name, word in words.items())
    parts = (
        [_USAGE],
        _wrapped(ABOUT, width),
        ["Options:", *_list(flags, width)],
        ["Commands:", *_list(nouns, width)],
        _wrapped(EPILOG, width),
    )
    return "\n\n".join("\n".join(lines) for lines in parts)


def _wrapped(paragraph: str, width: int) -> list[str]:
    return textwrap.wrap(paragraph, width, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _list(rows: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """Write names and beside each what it is, which goes on under itself where it is long."""
    rows = list(rows)
    beside = max(len(name) for name, _ in rows) + len(_INDENT)
    for name, what in rows:
        first, *more = textwrap.wrap(what, width - beside - len(_INDENT))
        yield f"{_INDENT}{name:{beside}}{first}"
        yield from (f"{_INDENT}{'':{beside}}{line}" for line in more)
