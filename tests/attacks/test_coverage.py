"""The catalogue is whole: every number of its groups is played, and every case has its number."""

from collections import Counter
from functools import cache

import pytest

from tests.attacks.catalogue import CATALOGUE, GROUPS, PARTS_TO_COME, TITLES, TO_COME, chosen
from tests.attacks.teeth import FAULTS, ROOT

# How many numbers each group of the design's catalogue has (its numbers have gaps), played or to come.
NUMBERS = {
    "HT": 17, "JS": 11, "SG": 12, "PR": 10, "KY": 12, "OR": 8, "LD": 8, "SS": 15, "RP": 11, "AG": 35,
    "DO": 17, "UN": 6, "DL": 7, "AC": 19, "AU": 12, "LO": 11, "RD": 5, "UI": 13,
    "QU": 9, "CR": 51, "TP": 6, "TR": 13, "TG": 7,
}  # fmt: skip
# What a well-behaved peer gets for each of these is success: the attack is on what else comes of it.
WITHOUT_REFUSAL = {
    "HT-20", "JS-13", "JS-14", "RP-04", "RP-08", "RP-11", "RP-13", "RP-14", "RP-16", "SS-22",
    "DL-01", "DL-02", "DL-04", "DL-05", "DL-07", "DL-08", "DL-10",
    "DO-14", "DO-17", "DO-18", "DO-19", "DO-20", "AC-07", "AC-10", "AC-11", "AC-13", "AC-15", "AC-19",
    "AC-20", "AC-22", "AC-23", "AU-07", "AU-15", "DO-21", "UI-04", "UI-16", "UI-17", "UI-18",
    "QU-02", "QU-07", "QU-08", "AG-22", "AG-29", "AG-30", "AG-41", "AG-42", "AG-43", "AG-44", "AG-46",
    "AG-47", "QU-11", "TP-14", "TP-15", "TP-17", "TR-08", "TR-10", "TR-12", "TR-13",
    *(f"CR-{number}" for number in (*range(24, 32), *range(34, 42), 44, 45, 46, 49, 50, 51, 53, 61)),
}  # fmt: skip


def test_every_number_is_played_or_said_to_be_to_come() -> None:
    assert Counter(id[:2] for id in (*TITLES, *TO_COME)) == NUMBERS
    assert NUMBERS.keys() == GROUPS.keys()


def test_what_no_case_plays_is_said_to_be_to_come() -> None:
    assert TO_COME.keys() & TITLES.keys() == set()


def test_every_number_is_played() -> None:
    played = {case.id for case in CATALOGUE}
    assert TITLES.keys() - played == set()


def test_every_case_has_a_number() -> None:
    baselines = {f"{group}-00" for group in GROUPS}
    assert {case.id for case in CATALOGUE} - TITLES.keys() - baselines == set()


def test_every_number_is_an_attack_and_not_only_a_control() -> None:
    attacked = {case.id for case in CATALOGUE if not case.is_control}
    assert TITLES.keys() - attacked == WITHOUT_REFUSAL


def test_every_way_to_build_a_request_has_its_baseline() -> None:
    controls = {case.id[:2] for case in CATALOGUE if case.is_control}
    assert controls == GROUPS.keys()


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(case.name for case in CATALOGUE).items() if count > 1] == []


def test_what_is_to_come_is_said_of_numbers_that_are_played() -> None:
    assert PARTS_TO_COME.keys() <= TITLES.keys()


def test_a_note_says_what_decides() -> None:
    noted = [case for case in CATALOGUE if case.note]
    assert noted
    assert [case.name for case in noted if case.note[-1] not in ".;"] == []


def test_choosing() -> None:
    assert chosen() == CATALOGUE
    assert {case.id[:2] for case in chosen("PR", "LD-10")} == {"PR", "LD"}
    assert {case.id for case in chosen("LD-10")} == {"LD-10"}
    with pytest.raises(ValueError, match="XX"):
        chosen("XX")
    with pytest.raises(ValueError, match="not played yet"):
        chosen("AC-01", *TO_COME)


def test_every_fault_fits_the_code() -> None:
    @cache
    def source(name: str) -> str:
        return (ROOT / name).read_text(encoding="utf-8")

    edits = [(seeded.name, name, old) for seeded in FAULTS for name, old, _ in seeded.edits]
    assert [edit for edit in edits if source(edit[1]).count(edit[2]) != 1] == []


def test_every_group_has_teeth() -> None:
    bitten = {id for fault in FAULTS for id in fault.cases}
    assert len(FAULTS) >= 20
    assert bitten <= TITLES.keys()
    assert {id[:2] for id in bitten} == GROUPS.keys()
