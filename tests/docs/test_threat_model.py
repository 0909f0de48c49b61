"""The catalogue of attacks in the threat model is the one that code and tests speak of."""

import re
from functools import cache

from tests.attacks.catalogue import TITLES, TO_COME
from tests.docs import papers

PAGE = "docs/threat-model.md"
GROUPS = "AC AG AU CR DL DO HT JS KY LD LO OR PR RD RP SG SS TG TP TR UI UN QU"
CASE = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(GROUPS.split())})[-_](\d\d)(?!\d)", re.IGNORECASE)


def cases(text: str) -> set[str]:
    return {f"{group.upper()}-{number}" for group, number in CASE.findall(text)}


@cache
def named_in(*folders: str) -> frozenset[str]:
    paths = [path for folder in folders for path in (papers.ROOT / folder).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.parent.name != "docs"]
    # The numbers ending in 00 are baselines: nothing is wrong with them.
    return frozenset(case for case in cases("\n".join(texts)) if not case.endswith("00"))


def listed() -> set[str]:
    return {case for cells in papers.rows(PAGE) for case in cases(cells[0])}


def out_of_scope() -> set[str]:
    return cases(papers.read(PAGE).partition("## Out of scope yet")[2])


def test_every_case_of_the_page_is_played() -> None:
    assert listed() == set(TITLES)


def test_every_number_that_is_not_played_is_said_to_be_out_of_scope() -> None:
    assert out_of_scope() == set(TO_COME)


def test_every_case_that_code_or_tests_speak_of_is_explained() -> None:
    named = named_in("node", "protocol", "schemas", "tests")
    assert named - listed() - out_of_scope() == set()


def test_what_is_out_of_scope_is_not_in_the_catalogue() -> None:
    assert out_of_scope() & listed() == set()


def test_every_group_has_a_name() -> None:
    titles = re.findall(r"^### ([A-Z, ]+): ", papers.read(PAGE), re.MULTILINE)
    named = {group.strip() for title in titles for group in title.split(",")}
    assert {case[:2] for case in listed()} == named
