"""Links lead somewhere, files that are named exist, and every page can be found."""

import re
from itertools import pairwise
from pathlib import PurePosixPath

import pytest

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


@pytest.mark.parametrize("page", papers.PAGES)
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    broken = []
    for link in LINK.findall(papers.prose(page)):
        if "://" in link:
            continue
        path, _, fragment = link.partition("#")
        target = resolve(page, path) if path else page
        if not (papers.ROOT / target).exists() or (fragment and fragment not in papers.anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", papers.PAGES)
def test_links_out_of_it_are_https(page: str) -> None:
    outside = [link for link in LINK.findall(papers.prose(page)) if "://" in link]
    # A vocabulary's address is what it is; nobody serves it otherwise.
    plain = [link for link in outside if not link.startswith("https://")]
    assert [
        link for link in plain if not link.startswith("http://www.ontology-of-units-of-measure.org/")
    ] == []


@pytest.mark.parametrize("page", papers.PAGES)
def test_files_that_are_named_exist(page: str) -> None:
    named = FILE.findall(papers.prose(page))
    assert [name for name in named if not (papers.ROOT / name).exists()] == []


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


@pytest.mark.parametrize("page", papers.PAGES)
def test_lines_are_short_enough_to_be_read(page: str) -> None:
    long = [number for number, line in enumerate(papers.read(page).splitlines(), 1) if len(line) > 120]
    assert long == []


@pytest.mark.parametrize("page", papers.PAGES)
def test_a_page_has_one_title_and_skips_no_level(page: str) -> None:
    levels = [len(marks) for marks in re.findall(r"^(#+) ", papers.prose(page), re.MULTILINE)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
