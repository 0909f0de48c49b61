"""Links lead somewhere, files that are named exist, and every page can be found."""

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from tests.docs import papers

LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(r"`((?:cli\.py|(?:bench|deploy|docs|node|protocol|schemas|tests)/[\w./-]*))`")


def resolve(page: str, path: str) -> str:
    """Return the path, in the repository, that a link on a page leads to."""
    parts: list[str] = []
    for part in (PurePosixPath(page).parent / path).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def on_every_page(found: Callable[[str], Iterable[Any]]) -> dict[str, list[Any]]:
    """Return what is found on each page; a page on which there is nothing is left out."""
    return {page: listed for page in papers.PAGES if (listed := list(found(page)))}


def leads_nowhere(page: str, link: str) -> bool:
    path, _, fragment = link.partition("#")
    target = resolve(page, path) if path else page
    return not (papers.ROOT / target).exists() or bool(fragment and fragment not in papers.anchors(target))


def test_links_within_the_repository_lead_somewhere() -> None:
    def broken(page: str) -> list[str]:
        inside = (link for link in LINK.findall(papers.prose(page)) if "://" not in link)
        return [link for link in inside if leads_nowhere(page, link)]

    assert on_every_page(broken) == {}


def test_links_out_of_it_are_https() -> None:
    # A vocabulary's address is what it is; nobody serves it otherwise.
    fine = ("https://", "http://www.ontology-of-units-of-measure.org/")

    def plain(page: str) -> list[str]:
        outside = (link for link in LINK.findall(papers.prose(page)) if "://" in link)
        return [link for link in outside if not link.startswith(fine)]

    assert on_every_page(plain) == {}


def test_files_that_are_named_exist() -> None:
    def missing(page: str) -> list[str]:
        return [name for name in FILE.findall(papers.prose(page)) if not (papers.ROOT / name).exists()]

    assert on_every_page(missing) == {}


def test_every_page_can_be_found() -> None:
    seen, todo = set[str](), ["README.md"]
    while todo:
        page = todo.pop()
        if page in seen:
            continue
        seen.add(page)
        for link in LINK.findall(papers.prose(page)):
            path = link.partition("#")[0]
            if path.endswith(".md") and "://" not in link:
                todo.append(resolve(page, path))
    assert set(papers.PAGES) - seen == set()


def test_lines_are_short_enough_to_be_read() -> None:
    def long(page: str) -> list[int]:
        lines = enumerate(papers.read(page).splitlines(), 1)
        prose = set(papers.prose(page).splitlines())
        return [number for number, line in lines if len(line) > (120 if line in prose else 140)]

    assert on_every_page(long) == {}


def test_a_page_has_one_title_and_skips_no_level() -> None:
    def crooked(page: str) -> list[int]:
        levels = [len(marks) for marks in re.findall(r"^(#+) ", papers.prose(page), re.MULTILINE)]
        straight = (
            levels[0] == 1
            and levels.count(1) == 1
            and all(after <= before + 1 for before, after in pairwise(levels))
        )
        return [] if straight else levels

    assert on_every_page(crooked) == {}
