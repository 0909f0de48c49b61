"""What an owner sets about terms: what holds at first, which maximum counts, and what no setting can be."""

from typing import Any

import pytest

from node.core.linter import Severity
from node.core.term_settings import (
    MOST,
    Beyond,
    Requires,
    TermSettings,
    first_term_settings,
    read_term_settings,
    render_term_settings,
)
from protocol.errors import Unprocessable
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
}


def test_what_is_left_out_is_as_at_first() -> None:
    first = read_term_settings({})
    assert first == TermSettings() == first_term_settings()
    assert (first.maximum.name, first.beyond, first.requires) == ("SD-BASE", Beyond.FLAG, Requires.FOR_DATA)
    assert read_term_settings(render_term_settings(first)) == first


def test_what_was_set_reads_back() -> None:
    settings = read_term_settings(FULL)
    assert render_term_settings(settings) == FULL
    assert settings.severities == {"tracking": Severity.REFUSE, "selling": Severity.NOTE}
    twice = ["SD-BASE", "https://w3id.org/dpv/standards/p7012#SD-BASE"]
    assert [entry.name for entry in read_term_settings({"accepts": twice}).accepts] == ["SD-BASE"]


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
    allowance = settings.allowance(business=business, category=category)
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
        ({"require": None}, "term-settings"),
        ({"accepts": 1}, "term-settings"),
        ({"cap": {"type": "Set"}}, "policy-profile"),
    ],
)
def test_what_cannot_be_set_is_refused(wrong: Any, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_term_settings(wrong)
