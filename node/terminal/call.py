"""One run of a command: its flags, where it prints, the node it talks to, and whether it may ask.

Rules here: stdin, stdout, the clock and the environment are reached through the call only; a question goes
to stderr and is asked only where a person sits at the other end.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TextIO

import typer

from node import settings
from node.core import codes
from node.terminal import endpoint
from node.terminal.counts import size
from node.terminal.failures import ExitCode, Failure, not_found, of_file, usage
from node.terminal.flags import Flags
from node.terminal.output import Output
from node.terminal.printing import as_json, fields, printable
from node.terminal.tables import Column
from protocol.documents import Document

if TYPE_CHECKING:
    from node.terminal.api_client import ApiClient
    from protocol.errors import ProtocolError

# A file or stdin is read up to here: a price list of a hundred thousand items is ten megabytes.
INPUT_LIMIT_BYTES: Final = 16 * 1024 * 1024
# An id or the beginning of one: the only texts that become part of an address.
_ID: Final = re.compile(r"[A-Za-z0-9_]{1,64}")


class CommandCall:
    """What a verb works with."""

    def __init__(
        self,
        flags: Flags,
        *,
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
        environment: Mapping[str, str],
    ) -> None:
        self.flags = flags
        self.environment = environment
        self.stdin = stdin
        self.out = Output(
            stdout,
            stderr,
            json=flags.json,
            jsonl=flags.jsonl,
            quiet=flags.quiet,
            verbose=flags.verbose,
            colour="NO_COLOR" not in environment,
            where=_where(flags),
        )
        self._stderr = stderr
        self._node: ApiClient | None = None
        self._waits_for_an_answer = False

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    @property
    def folder(self) -> Path:
        """The data folder that this command looks into.

        Raises:
            Failure: `--node` names a node by its address, and there is no looking into files through that.
        """
        if self.flags.node:
            detail = "This command looks into the data folder itself, so an address is not enough."
            raise usage(detail, "Name the folder with --data, on the machine where the node keeps it.")
        return self._data_folder()

    def _data_folder(self) -> Path:
        try:
            return settings.data_folder({"data": self.flags.data or None}, self.environment)
        except settings.SettingsError as error:
            raise usage(str(error)) from error

    @property
    def node(self) -> "ApiClient":
        """The running node's API."""
        if self._node is None:
            where = endpoint.find(
                folder=self._data_folder(), url=self._url(), environment=self.environment, stdin=self.stdin
            )
            actor = self.flags.actor or self.environment.get("FREEHOLD_ACTOR", "")
            from node.terminal.api_client import ApiClient  # and with it TLS, for whoever talks to a node

            self._node = ApiClient(where, actor=actor, trace=self.out.note, warn=self.out.say)
        return self._node

    @property
    def by_address(self) -> bool:
        """Whether the node is named by its address and not by its data folder."""
        return bool(self._url())

    def _url(self) -> str:
        if self.flags.node:
            return self.flags.node
        # A folder named on the line is nearer than an address in the environment.
        return "" if self.flags.data else self.environment.get("FREEHOLD_NODE", "")

    def write(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        shown: Callable[[Document], Iterable[str]] | None = None,
    ) -> Document:
        """Send a request that changes something; under --dry-run show what would be, and end the command.

        `shown` makes the lines that show the answer; its members are shown without.

        Raises:
            Failure: the node cannot be reached, or refused, or would refuse.
            typer.Exit: this was a dry run.
        """
        if self.flags.dry_run:
            answer = self.rehearse(method, path, body)
            self.end_dry({"method": method, "path": path, "body": body}, answer, (shown or _members)(answer))
        return self.node.request(method, path, body)

    def rehearse(self, method: str, path: str, body: object = None) -> Document:
        """Return what a request would be answered; the node checks it, and undoes it.

        Raises:
            Failure: the node cannot be reached, or would refuse.
        """
        return self.node.request(method, path, body, query={"dry_run": "true"})

    def check(self, method: str, path: str, body: object = None) -> None:
        """Before a question, see that what it asks about can be done; without one, the node says it anyhow.

        Raises:
            Failure: the node cannot be reached, or would refuse.
        """
        if self.asks:
            self.rehearse(method, path, body)

    def end_dry(
        self,
        plan: Document,
        answer: Document,
        lines: Iterable[str],
        *,
        rows: Sequence[Document] = (),
        columns: Sequence[Column] = (),
        done: str = "Nothing was sent.",
    ) -> NoReturn:
        """Show what a dry run found out, with `rows` in columns below the lines, and end the command.

        Raises:
            typer.Exit: always.
        """
        self.out.say("This is what would be:")
        self.out.show({"dry_run": True, **plan, "answer": answer}, lines)
        if rows and not self.out.machine:
            self.out.table(rows, columns)
        for line in as_json(plan, indent=2).splitlines():
            self.out.note(line)
        self.out.say(done)
        raise typer.Exit(ExitCode.OK)

    def stop_if_dry(self, plan: Document) -> None:
        """Under --dry-run show `plan`, of what no node can try, and end the command.

        Raises:
            typer.Exit: this was a dry run.
        """
        if not self.flags.dry_run:
            return
        self.out.show({"dry_run": True, **plan}, as_json(plan, indent=2).splitlines())
        self.out.say("Nothing was sent.")
        raise typer.Exit(ExitCode.OK)

    def lay_out(self, lines: Iterable[str]) -> None:
        """Show what the next question is about; --quiet hides it only where nobody is asked."""
        for line in lines:
            self.out.say(line, even_if_quiet=not self.flags.yes)

    @property
    def asks(self) -> bool:
        """Whether the person is asked before something is done: no --yes has said so beforehand."""
        return not (self.flags.yes or self.flags.dry_run)

    def confirm(self, question: str) -> None:
        """Go on only if the person says so. --yes and --dry-run go on, since they said it or change nothing.

        Raises:
            Failure: the answer was not yes, or nobody could be asked.
        """
        if not self.asks:
            return
        if self.flags.no_input or not self.stdin.isatty():
            raise usage(f"This has to be confirmed: {question}", "Say --yes to go ahead without being asked.")
        self._waits_for_an_answer = True
        print(f"  {printable(question)} [y/N] ", end="", file=self._stderr, flush=True)
        answer = self.stdin.readline()
        self._waits_for_an_answer = False
        if not answer.endswith("\n"):  # Ctrl-D: the question's line is still open
            print(file=self._stderr)
        if answer.strip().lower() not in {"y", "yes"}:
            raise Failure(codes.NOT_CONFIRMED)

    def interrupted(self) -> None:
        """End the line on which a terminal echoed Ctrl-C; if it answered a question, say what came of it."""
        if self._stderr.isatty():
            print(file=self._stderr)
        if self._waits_for_an_answer:
            self.out.failure(Failure(codes.NOT_CONFIRMED))

    def id(self, collection: str, text: str) -> str:
        """Return what names one thing of `collection` (an API path) in an address: an id or its beginning.

        The node completes beginnings itself; an IRI is looked up in the list.

        Raises:
            Failure: it is empty, or nothing there can be called so.
        """
        if not text.strip():
            raise usage("The id is empty.", "Say which one is meant; a variable of the shell may be unset.")
        if "://" in text:
            for item in self.node.pages(collection):
                if item.get("iri") == text:
                    return str(item["id"])
        elif _ID.fullmatch(text):
            return text
        raise not_found(f"Nothing in {collection.strip('/')} is called {text}.")

    def listing(self, items: Iterable[Document], columns: Sequence[Column], *, empty: str) -> None:
        """Print a list: a table, `{"items": […]}` under --json, one item a line under --jsonl."""
        if self.out.jsonl:
            for item in items:
                self.out.document(item)
        elif self.out.json:
            self.out.document({"items": list(items)})
        else:
            self.table(list(items), columns, empty=empty)

    def table(self, items: Sequence[Document], columns: Sequence[Column], *, empty: str) -> None:
        """Print `items` in columns, or say `empty` where there are none."""
        if items:
            self.out.table(items, columns)
        else:
            self.out.say(self.out.typed(empty))

    def read(self, file: str) -> bytes:
        """Return the content of `file`, or of stdin for `-`.

        Raises:
            Failure: it cannot be read or is larger than `INPUT_LIMIT_BYTES`.
        """
        try:
            if file == "-":
                content = self.stdin.buffer.read(INPUT_LIMIT_BYTES + 1)
            else:
                with Path(file).open("rb") as stream:
                    content = stream.read(INPUT_LIMIT_BYTES + 1)
        except OSError as error:
            raise usage(f"{file} cannot be read: {error.strerror}.") from error
        if len(content) > INPUT_LIMIT_BYTES:
            raise usage(f"{file} is larger than {size(INPUT_LIMIT_BYTES)}.", "Leave something out of it.")
        return content

    def read_text(self, file: str) -> str:
        """Return the text in `file`, or on stdin for `-`; a byte order mark may come before it.

        Raises:
            Failure: it cannot be read or is no UTF-8.
        """
        from node.core.charsets import as_utf8

        return _as_text(as_utf8(self.read(file)), file)

    def save(self, content: bytes, file: str) -> None:
        """Write `content` to the new file `file`, or to stdout if that is empty.

        Raises:
            Failure: the file exists or cannot be written.
        """
        if not file:
            self.out.content(content)
            return
        try:
            with Path(file).open("xb") as stream:
                stream.write(content)
        except FileExistsError as error:
            raise usage(f"{file} exists already.", "Choose another name.") from error
        except OSError as error:
            raise usage(f"{file} cannot be written: {error.strerror}.") from error
        self.out.say(f"  Written: {file} ({size(len(content))})")

    def read_document(self, file: str) -> Document:
        """Return the JSON object in `file`, or on stdin for `-`.

        Raises:
            Failure: it cannot be read or is no JSON object.
        """
        return self.parse(self.read(file), file)

    def parse(self, content: bytes, file: str) -> Document:
        """Return the JSON object that `content`, read from `file`, is; a byte order mark may come before it.

        Raises:
            Failure: it is no JSON object (RFC 8259, duplicate keys refused).
        """
        from node.core.charsets import as_utf8
        from protocol import strictjson
        from protocol.errors import ProtocolError

        content = as_utf8(content)
        _as_text(content, file)
        try:
            return strictjson.parse(content, limit_bytes=INPUT_LIMIT_BYTES)
        except ProtocolError as error:
            detail = f"{file} is not a JSON document: {of_file(error.detail)}"
            raise usage(detail, _correction(error, content)) from error


def _correction(error: "ProtocolError", content: bytes) -> str:
    """Say what to do about a file that is no JSON document."""
    import orjson

    from protocol import codes as wire

    match error.code:
        case wire.MALFORMED_JSON:
            try:
                orjson.loads(content)
            except orjson.JSONDecodeError as found:
                return f"Correct it at line {found.lineno}, character {found.colno}."
        case wire.NOT_AN_OBJECT:
            return "Write its members between { and }."
        case wire.DUPLICATE_KEY:
            return "Keep one of the two."
    return "Take that out, and try again."


def _members(answer: Document) -> Iterable[str]:
    """Return the lines that show whatever was answered, member by member."""
    from node.terminal import phrases

    return fields((name, phrases.plainly(value)) for name, value in answer.items())


def _where(flags: Flags) -> str:
    """Return the flags that lead another command to the same node, as they are typed; empty if none did."""
    if flags.node:
        return f"--node {shlex.quote(flags.node)}"
    return f"--data {shlex.quote(flags.data)}" if flags.data else ""


def _as_text(content: bytes, file: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        detail = f"{file} is not UTF-8: line {line} has a letter in another encoding."
        raise usage(detail, "Save it as UTF-8.") from error
