"""The table of other servers in FEDERATION.md claims what the tests show, and nothing else."""

import re
from dataclasses import dataclass
from functools import cache

import pytest

from tests.docs import papers

NOT_TRIED = "\N{EN DASH}"
CELL = re.compile(r"(?P<how>run|played|read) (?P<verdict>[✓✗])(?: \[(?P<note>\d+)\])?")
FAKE = "tests.interop.foreign"  # whoever needs it plays the software, and does not run it


@dataclass(frozen=True)
class Cell:
    """What is claimed of one thing with one peer."""

    how: str
    works: bool
    note: int | None


@dataclass(frozen=True)
class Peer:
    """A column of the table, and where it is shown."""

    name: str
    cells: tuple[Cell, ...]
    tests: str
    sources: str

    @property
    def hows(self) -> set[str]:
        return {cell.how for cell in self.cells}

    @property
    def shown(self) -> str:
        """The text of all its tests."""
        paths = [papers.ROOT / link for link in re.findall(r"\]\(([^)]+)\)", self.tests)]
        files = [file for path in paths for file in (path.glob("*.py") if path.is_dir() else [path])]
        return "\n".join(file.read_text(encoding="utf-8") for file in sorted(files))


@cache
def section() -> str:
    page = papers.read("FEDERATION.md")
    (found,) = re.findall(r"^## Other servers$(.*?)^## ", page, re.DOTALL | re.MULTILINE)
    return str(found)


def table(beginning: str) -> list[list[str]]:
    """Return the rows of the table whose first line begins so, that line first."""
    (found,) = re.findall(rf"^\| *{beginning}.*\n(?:\|.*\n)+", section(), re.MULTILINE)
    first, _, *others = found.splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in (first, *others)]


@cache
def peers() -> list[Peer]:
    shown = {name: (tests, sources) for name, tests, sources in table("peer")[1:]}
    (_, *names), *rows = table(r"\| Fedify")
    columns = zip(*(cells for _, *cells in rows), strict=True)
    read = [tuple(_cell(text) for text in column if text != NOT_TRIED) for column in columns]
    return [Peer(name, cells, *shown[name]) for name, cells in zip(names, read, strict=True)]


def _cell(text: str) -> Cell:
    found = CELL.fullmatch(text)
    assert found, text
    return Cell(found["how"], found["verdict"] == "✓", int(found["note"]) if found["note"] else None)


@cache
def notes() -> dict[int, str]:
    found = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^$)", section(), re.DOTALL | re.MULTILINE)
    return {int(number): text for number, text in found}


def test_every_peer_is_in_both_tables() -> None:
    assert [name for name, *_ in table("peer")[1:]] == [peer.name for peer in peers()]
    assert [topic for topic, *_ in table(r"\| Fedify")[1:]] == [
        *("discovery", "signatures they send", "signatures we send", "object proofs", "follow", "message"),
        *("offer", "accept", "update", "delete"),
    ]


def test_every_note_is_written_once_and_used() -> None:
    used = {cell.note for peer in peers() for cell in peer.cells if cell.note}
    assert list(notes()) == sorted(used) == list(range(1, len(used) + 1))


@pytest.mark.parametrize("peer", peers(), ids=lambda peer: peer.name)
def test_what_was_run_or_played_has_tests(peer: Peer) -> None:
    assert peer.cells
    assert peer.sources
    # Nobody is half run and half played: what is true of a fake may be wrong of the software.
    assert len(peer.hows & {"run", "played"}) <= 1
    assert bool(peer.shown) == bool(peer.hows & {"run", "played"})
    assert (FAKE in peer.shown) == ("played" in peer.hows)


@pytest.mark.parametrize("peer", peers(), ids=lambda peer: peer.name)
def test_what_is_refused_has_a_reason_that_a_test_sees(peer: Peer) -> None:
    for cell in peer.cells:
        codes = re.findall(r"\(`([a-z-]+)`\)", notes().get(cell.note or 0, ""))
        assert cell.works or codes
        seen = any(f'"{code}"' in peer.shown for code in codes)
        assert seen or cell.how == "read" or not codes
