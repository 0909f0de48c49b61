"""What an owner sets about terms: what holds at first, which maximum counts, and what no setting can be."""

from typing import Any

import pytest

from node.core.linter import Severity
from node.core.term_settings import (
    MOST,
    Beyond,
    Requires,
    TermSettings,
    change_term_settings,
    first_term_settings,
    lowers_protection,
    read_term_settings,
    render_term_settings,
    version_of,
)
from protocol.errors import Unprocessable
from protocol.policies import DataPolicy
from tests.protocol.data_terms import asked

FULL: dict[str, Any] = {
    "maximum": "SD-BASE-DP",
    "categories": {"https://categories.example/bikes": "SD-BASE-A"},
    "businesses": {"pe_1": "SD-BASE-AT"},
    "cap": asked(),
    "flags": {"tracking": "refuse", "selling": "note"},
    "beyond": "refuse",
    "require": "always",
    "accepts": ["SD-BASE", "PDC-INTENT"],
    "undertake": "auto",
    "ignored": [],
}
BIKES = "https://categories.example/bikes"


def test_what_is_left_out_is_as_at_first() -> None:
    first = read_term_settings({})
    assert first == TermSettings() == first_term_settings()
    assert (first.maximum.name, first.beyond, first.requires) == ("SD-BASE", Beyond.HOLD, Requires.FOR_DATA)


def test_what_was_set_reads_back() -> None:
    kept = change_term_settings({}, {member: given for member, given in FULL.items() if member != "ignored"})
    settings = read_term_settings(kept)
    assert render_term_settings(settings) == FULL
    assert settings.severities == {"tracking": Severity.REFUSE, "selling": Severity.NOTE}
    assert (settings.severity("tracking"), settings.severity("profiling")) == ("refuse", "warn")
    twice = ["SD-BASE", "https://w3id.org/dpv/standards/p7012#SD-BASE"]
    assert change_term_settings({}, {"accepts": twice}) == {"accepts": ["SD-BASE"]}


def test_a_change_is_of_what_it_names() -> None:
    kept = change_term_settings(
        FULL, {"maximum": "SD-BASE-A", "flags": {"tracking": None, "deriving": "note"}}
    )
    assert kept == FULL | {"maximum": "SD-BASE-A", "flags": {"selling": "note", "deriving": "note"}}
    assert change_term_settings(kept, {"cap": None, "flags": None}).keys() == FULL.keys() - {"cap", "flags"}
    assert change_term_settings(FULL, {}) == FULL
    assert version_of(kept) != version_of(FULL) == version_of(dict(reversed(FULL.items())))


@pytest.mark.parametrize(
    ("unknown", "ignored"),
    [
        ({"maximum": "SD-ALL"}, ["maximum"]),
        ({"maximum": 1}, ["maximum"]),
        ({"flags": {"no-such-flag": "warn", "tracking": "note"}}, ["flags/no-such-flag"]),
        ({"flags": {"tracking": "never"}}, ["flags/tracking"]),
        ({"flags": ["tracking"]}, ["flags"]),
        ({"categories": {"bikes": "SD-BASE-A"}}, ["categories/bikes"]),
        ({"beyond": "all"}, ["beyond"]),
        ({"require": None}, ["require"]),
        ({"accepts": ["SD-ALL", "SD-BASE"]}, ["accepts/SD-ALL"]),
        ({"accepts": 1}, ["accepts"]),
        ({"moods": {}}, ["moods"]),
    ],
)
def test_what_is_kept_and_not_known_is_ignored_and_stays(unknown: Any, ignored: list[str]) -> None:
    settings = read_term_settings(unknown)
    assert settings.ignored == tuple(ignored)
    assert (settings.maximum.name, settings.beyond, settings.requires) == ("SD-BASE", "hold", "for-data")
    changed = change_term_settings(unknown, {"cap": asked()})
    assert {**changed} == {**unknown, "cap": changed["cap"]}


def test_what_bounded_and_cannot_be_read_is_as_strict_as_can_be() -> None:
    kept = {"maximum": "SD-BASE-ATP", "categories": {BIKES: "SD-ALL"}, "businesses": {"pe_1": "SD-ALL"}}
    settings = read_term_settings(kept)
    assert {settings.by_category[BIKES].name, settings.by_business["pe_1"].name} == {"SD-BASE"}
    settings = read_term_settings({"cap": {"type": "Set"}, "beyond": "refuse"})
    # Nothing is within a cap that cannot be read: a person decides, and nothing is refused for it.
    assert (settings.cap, settings.beyond, settings.ignored) == (DataPolicy(), Beyond.HOLD, ("cap",))


@pytest.mark.parametrize(
    ("before", "after", "lowers"),
    [
        ({}, {"maximum": "SD-BASE-A"}, True),
        ({}, {"maximum": "SD-BASE-DP"}, False),
        ({"maximum": "SD-BASE-DP"}, {"maximum": "SD-BASE"}, True),
        ({}, {"categories": {BIKES: "SD-BASE-A"}}, True),
        ({"categories": {BIKES: "SD-BASE-DP"}}, {}, True),
        ({}, {"businesses": {"pe_1": "SD-BASE-A"}}, True),
        ({"businesses": {"pe_1": "SD-BASE-A"}}, {}, False),
        ({"cap": asked()}, {}, True),
        ({"cap": asked()}, {"cap": asked(days=31)}, True),
        ({"cap": asked(days=31)}, {"cap": asked()}, False),
        ({}, {"flags": {"selling": "warn"}}, True),
        ({}, {"flags": {"tracking": "refuse"}}, False),
        ({"flags": {"tracking": "refuse"}}, {}, True),
        ({"beyond": "refuse"}, {}, True),
        ({}, {"beyond": "refuse"}, False),
        ({"require": "always"}, {}, True),
        ({}, {"require": "always"}, False),
        ({}, {"accepts": ["SD-BASE-ATP"]}, False),
        # What was set for a business held within each category, too, and what is set for one holds there.
        (
            {"categories": {BIKES: "SD-BASE-ATP"}, "businesses": {"pe_1": "SD-BASE"}},
            {"categories": {BIKES: "SD-BASE-ATP"}},
            True,
        ),
        (
            {"maximum": "SD-BASE-ATP", "categories": {BIKES: "SD-BASE"}},
            {
                "maximum": "SD-BASE-ATP",
                "categories": {BIKES: "SD-BASE"},
                "businesses": {"pe_1": "SD-BASE-ATP"},
            },
            True,
        ),
        (
            {"categories": {BIKES: "SD-BASE-ATP"}},
            {"categories": {BIKES: "SD-BASE-ATP"}, "businesses": {"pe_1": "SD-BASE"}},
            False,
        ),
    ],
)
def test_what_lowers_protection_is_known(before: Any, after: Any, lowers: bool) -> None:
    assert lowers_protection(read_term_settings(before), read_term_settings(after)) is lowers


@pytest.mark.parametrize(
    ("business", "category", "maximum"),
    [
        ("pe_1", "https://categories.example/bikes", "SD-BASE-AT"),
        ("pe_2", "https://categories.example/bikes", "SD-BASE-A"),
        ("pe_2", "https://categories.example/boats", "SD-BASE-DP"),
    ],
)
def test_the_closest_maximum_counts(business: str, category: str, maximum: str) -> None:
    settings = read_term_settings(FULL)
    allowance = settings.allowance(business=business, categories=(category,))
    assert (allowance.entry.name, allowance.cap) == (maximum, settings.cap)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"maximum": "SD-ALL"}, "roster-unknown"),
        ({"maximum": "PDC-INTENT"}, "term-settings"),
        ({"categories": []}, "term-settings"),
        (
            {"categories": {f"https://categories.example/{n}": "SD-BASE" for n in range(MOST + 1)}},
            "term-settings",
        ),
        ({"flags": {"no-such-flag": "warn"}}, "term-settings"),
        ({"flags": {"tracking": "never"}}, "term-settings"),
        ({"flags": ["tracking"]}, "term-settings"),
        ({"beyond": "all"}, "term-settings"),
        ({"require": "never"}, "term-settings"),
        ({"accepts": 1}, "term-settings"),
        ({"accepts": ["SD-ALL"]}, "roster-unknown"),
        ({"categories": {"bikes": "SD-BASE"}}, "term-settings"),
        ({"businesses": {"": "SD-BASE"}}, "term-settings"),
        ({"moods": {}}, "term-settings"),
        ({"cap": {"type": "Set"}}, "policy-profile"),
    ],
)
def test_what_cannot_be_set_is_refused(wrong: Any, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        change_term_settings({}, wrong)
