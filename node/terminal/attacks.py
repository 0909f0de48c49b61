"""The catalogue of attacks, played by a process of its own; what it says line by line becomes a table.

Rules here: the catalogue is kept with the source, under `tests/attacks`, and no module of the product imports
it; only a development node on loopback is attacked.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final, cast
from urllib.parse import urlsplit

from node.core import codes
from node.settings.kinds import is_loopback
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode, Failure, usage
from node.terminal.tables import padded
from protocol.documents import Document
from protocol.values import dataclass

# Where the source lies, if this is not an installation without it.
CHECKOUT: Final = Path(__file__).parents[2]
PROGRAM: Final = "tests.attacks"

_ID_CELLS: Final = 6
_COUNT_CELLS: Final = 7
_SECONDS_CELLS: Final = 7

_START_ONE: Final = "Start one for it: freehold --data FOLDER up --dev --port 8421; or use --fresh."

_NOT_SET_UP: Final = (
    "The catalogue needs what Freehold is developed with: `make check` installs it, where the source lies."
)

HEADING: Final = "ATTACK  VECTORS  HELD  SECONDS  WHAT"


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one attack: its vectors, and which of them did not hold with what was wrong."""

    id: str
    title: str
    vectors: int
    seconds: float
    broken: dict[str, list[str]] = field(default_factory=dict)

    @property
    def document(self) -> Document:
        """The attack as JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "vectors": self.vectors,
            "held": not self.broken,
            "seconds": round(self.seconds, 3),
            "broken": self.broken,
        }

    @property
    def lines(self) -> list[str]:
        """The attack as a row of the table, with a line for each thing that is wrong below it."""
        count = padded(f"{self.vectors:,}", _COUNT_CELLS, right=True)
        seconds = padded(f"{self.seconds:.1f}", _SECONDS_CELLS, right=True)
        sign = padded("✗" if self.broken else "✓", 4)
        row = f"{padded(self.id, _ID_CELLS)}  {count}  {sign}  {seconds}  {self.title}"
        wrong = [f"    {vector}: {one}" for vector, found in self.broken.items() for one in found]
        return [row, *wrong]


def target(call: CommandCall) -> Path:
    """Return the data folder of the node that is to be attacked.

    Raises:
        Failure: it is not running, it is named by its address, or it is not one to be attacked.
    """
    if call.by_address:
        detail = "An attack looks into the file of the node, so an address is not enough."
        raise usage(detail, "Name the data folder with --data, on the machine where the node runs.")
    known = {item["key"]: item["value"] for item in _config(call)}
    local = is_loopback(known["host"]) and is_loopback(urlsplit(known["origin"]).hostname or "")
    if known["dev"] != "true" or not local:
        raise Failure(
            codes.NOT_FOR_ATTACKS,
            exit_code=ExitCode.NOT_ALLOWED,
            hint=_START_ONE,
        )
    return call.folder.resolve()


def _config(call: CommandCall) -> list[Document]:
    try:
        return list(call.node.get("/config")["items"])
    except Failure as failure:
        if failure.code == codes.UNREACHABLE:
            failure.hint = _START_ONE  # what the connection advises would not start a development node
        raise


def play(what: Sequence[str], *, node: Path | None) -> Generator[Document, None, None]:
    """Play attacks and yield what came of each vector, attack after attack.

    `what` names groups and numbers, all of them if it is empty; `node` is a data folder, None for nodes that
    are started for it.

    Raises:
        Failure: the catalogue is not there, or has no such name, or could not be played to its end, for one
            because the node no longer answers.
    """
    given = [] if node is None else ["--node", str(node)]
    yield from _spoken([*given, *what])


def listed(what: Sequence[str]) -> Iterator[Document]:
    """Yield the vectors that `play` would play, each with the title of its `group`.

    Raises:
        Failure: as `play`.
    """
    yield from _spoken(["--list", *what])


def gathered(vectors: Iterable[Document]) -> Iterator[Played]:
    """Put together the vectors of each attack, which come one after the other.

    Where they break off, what came of the last attack is still yielded, before it is said why.
    """
    for (id, title), found in groupby(vectors, key=lambda vector: (vector["id"], vector["title"])):
        all, end = _until_the_end(found)
        broken = {str(vector["vector"]): vector["found"] for vector in all if vector.get("found")}
        seconds = sum(float(vector.get("seconds", 0)) for vector in all)
        yield Played(str(id), str(title), len(all), seconds, broken)
        if end is not None:
            raise end


def _until_the_end(vectors: Iterable[Document]) -> tuple[list[Document], BaseException | None]:
    """Return the vectors, and why there are no more of them if that was not their own end."""
    all: list[Document] = []
    try:
        for vector in vectors:
            all.append(vector)  # noqa: PERF402 -- what came before an exception is kept
    except (Failure, KeyboardInterrupt) as end:
        return all, end
    return all, None


def groups(vectors: Iterable[Document]) -> Iterator[Document]:
    """Count the `listed` vectors of each group."""
    for id, found in groupby(vectors, key=lambda vector: str(vector["id"])[:2]):
        all = list(found)
        yield {"id": id, "title": all[0]["group"], "vectors": len(all)}


def _spoken(words: Sequence[str]) -> Iterator[Document]:
    if not CHECKOUT.joinpath(*PROGRAM.split("."), "__main__.py").is_file():
        raise Failure(
            codes.NO_CATALOGUE,
            hint="Get the source, set it up there with `make test`, and type: .venv/bin/freehold dev attack",
        )
    last = "its start"
    with TemporaryFile("w+") as talk, _started(words, talk) as process:
        for line in cast("IO[str]", process.stdout):  # there is one, it was asked for
            vector = json.loads(line)
            last = f"{vector['id']} '{vector['vector']}'"
            yield vector
        code = process.wait()
        talk.seek(0)
        complaint = "".join(talk.read().strip().splitlines()[-1:])
    if code == ExitCode.USAGE:
        raise usage(complaint, "freehold dev attack --dry-run lists what there is.")
    if code == ExitCode.NETWORK:
        raise Failure(codes.NODE_GONE, f"The node no longer answers, since {last}: see its log.")
    if code != ExitCode.OK:
        hint = _NOT_SET_UP if complaint.startswith(ModuleNotFoundError.__name__) else ""
        raise Failure(codes.ATTACK_BROKEN_OFF, f"The attacks broke off: {complaint}", hint=hint)


@contextmanager
def _started(words: Sequence[str], talk: IO[str]) -> Iterator["subprocess.Popen[str]"]:
    """Run the catalogue in the checkout, and see that it ends with this command."""
    with subprocess.Popen(  # noqa: S603 -- our own program, with words it checks itself
        [sys.executable, "-m", PROGRAM, *words],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=talk,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)  # it has nodes of its own to stop, and others to tidy up
                process.wait()  # leaving the block does not wait after an interrupt


def total(all: Sequence[Played]) -> dict[str, Any]:
    """Return the sums over attacks."""
    return {
        "vectors": sum(one.vectors for one in all),
        "broken": sum(len(one.broken) for one in all),
        "seconds": round(sum(one.seconds for one in all), 3),
    }


def concluded(all: Sequence[Played]) -> str:
    """Return the line under the table."""
    sums = total(all)
    verdict = f"{sums['broken']:,} did not hold" if sums["broken"] else "all held"
    return f"attacks: {len(all):,}, vectors: {sums['vectors']:,}, {verdict}, {sums['seconds']:.0f} s"
