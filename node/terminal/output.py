r"""Everything a command prints: data on stdout, talk on stderr, JSON when asked, no terminal controls.

Rules here: no text from a peer reaches a terminal unescaped (`printable`); JSON keeps its exact value and
only spells dangerous characters as `\u` escapes; colour only where stdout is a terminal and NO_COLOR is unset
(no-color.org); a table is fitted to a terminal and never cuts a cell (`node.terminal.tables`).
"""

import re
import shutil
from collections.abc import Iterable, Sequence
from typing import Any, Final, TextIO

from node.terminal import tables
from node.terminal.failures import Failure
from node.terminal.printing import as_json, printable
from node.terminal.tables import Column, aligned, headings

# A command as our own sentences name it; what follows the name of the program is a noun.
_COMMAND: Final = re.compile(r"\bfreehold (?=[a-z])")


class Output:
    """Where one command prints: `out` gets data, `err` gets talk."""

    def __init__(
        self,
        out: TextIO,
        err: TextIO,
        *,
        json: bool = False,
        jsonl: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        colour: bool = True,
        where: str = "",
    ) -> None:
        self._out = out
        self._err = err
        self.json = json
        self.jsonl = jsonl
        self._quiet = quiet
        self._verbose = verbose
        self._colour = colour
        self._where = where
        self.terminal = out.isatty()

    @property
    def machine(self) -> bool:
        """Whether a program reads stdout."""
        return self.json or self.jsonl

    def typed(self, text: str) -> str:
        """Return `text` with the flags that lead to this node (`where`) put into the commands it names."""
        return _COMMAND.sub(lambda found: f"{found[0]}{self._where} ", text) if self._where else text

    def say(self, sentence: str, *, even_if_quiet: bool = False) -> None:
        """Tell the person something that is not data."""
        if even_if_quiet or not self._quiet:
            print(printable(sentence), file=self._err, flush=True)

    def note(self, sentence: str) -> None:
        """Tell the person a detail they asked for with --verbose."""
        if self._verbose:
            self.say(sentence)

    def document(self, document: Any) -> None:
        """Print one JSON document: one line, or indented where a person looks at it."""
        pretty = self.terminal and not self.jsonl
        print(as_json(document, indent=2 if pretty else None), file=self._out, flush=True)

    def line(self, text: str) -> None:
        """Print one line of data."""
        print(printable(text), file=self._out, flush=True)

    def content(self, content: bytes) -> None:
        """Print a file's content: as it is into a pipe, line by line and escaped on a terminal."""
        if not self.terminal:
            self._out.write(content.decode())
            self._out.flush()
            return
        for text in content.decode().splitlines():
            self.line(text)

    def show(self, document: Any, lines: Iterable[str]) -> None:
        """Print `document` as JSON if that was asked for, else `lines`."""
        if self.machine:
            self.document(document)
            return
        for text in lines:
            self.line(text)

    def table(self, items: Sequence[dict[str, Any]], columns: Sequence[Column]) -> None:
        """Print `items` in columns."""
        rows = tables.printed(items, columns)
        if self.terminal:
            self._fitted(rows, columns)
            return
        for text in aligned([headings(columns), *rows], columns):
            self.line(text)

    def failure(self, failure: Failure) -> None:
        """Print why the command ends: a problem object under --json, and a sentence for people."""
        if self.machine:
            texts = {
                name: self.typed(text) for name, text in failure.problem.items() if isinstance(text, str)
            }
            self.document({**failure.problem, **texts})
        told = failure.problem.get("errors")
        sentences = [str(each) for each in told] if isinstance(told, list) and told else [failure.detail]
        for text in filter(None, (*sentences, failure.hint)):
            print(f"  {printable(self.typed(text))}", file=self._err, flush=True)

    def _fitted(self, rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> None:
        fitted = tables.fit(rows, columns, cells=shutil.get_terminal_size().columns)
        head, lines = fitted.lines[: fitted.heading], fitted.lines[fitted.heading :]
        for text in head:
            print(f"\x1b[1m{text}\x1b[0m" if self._colour else text, file=self._out, flush=True)
        for text in lines:
            self.line(text)
        if fitted.left_out:
            self.say(f"  No room for: {', '.join(fitted.left_out)}. A wider terminal or --json shows them.")
