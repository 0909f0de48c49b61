"""The pages of the repository, and what is to be found in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
)
REFERENCE = [name for name in PAGES if name.startswith("docs/reference/")]


@dataclass(frozen=True)
class Fence:
    """A fenced block: its page and line, the words behind the fence, and its text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def fences(page: str) -> Iterator[Fence]:
    for found in re.finditer(r"^```(\S*)(?: \S+)?\n(.*?)^```$", read(page), re.DOTALL | re.MULTILINE):
        yield Fence(page, read(page)[: found.start()].count("\n") + 1, found[1], found[2])


@cache
def prose(page: str) -> str:
    """Return a page without its fenced blocks and comments."""
    without = re.sub(r"^```.*?^```$", "", read(page), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"<!--.*?-->", "", without, flags=re.DOTALL)


@cache
def anchors(page: str) -> frozenset[str]:
    """Return the addresses of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    plain = [re.sub(r"[`*]|\]\([^)]*\)|\[", "", title).lower() for title in titles]
    return frozenset(re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain)


def rows(page: str) -> Iterator[list[str]]:
    """Yield the cells of every row of every table of a page, the heads too."""
    for line in prose(page).splitlines():
        if line.startswith("| ") and not line.startswith("| ---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]
