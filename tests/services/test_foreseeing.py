"""Foreseeing: which of the offers that stand get another passage with other settings; nothing is kept."""

from typing import Any

import pytest

from node.services.negotiations import foreseeing
from node.services.negotiations.foreseeing import ForeseenShown, foresee
from node.services.terms import settings
from protocol.errors import Unprocessable
from tests.protocol.data_terms import EMAIL
from tests.services.parties import Party, check_journal, settle
from tests.services.test_data_terms import STATED
from tests.services.test_negotiation import only
from tests.services.test_terms_door import SELLING, TRACKING, proposed, shop, used

__all__ = ["shop"]  # a fixture


def passages(foreseen: ForeseenShown) -> list[tuple[str, str]]:
    """Return how far the offers get before and after."""
    return [(each["before"], each["after"]) for each in foreseen["offers"]]


TERMS: dict[str, Any] = {
    "beyond": {"policy": TRACKING, "roster": "SD-BASE-AT"},
    "within": STATED,
    "anywhere": {"policy": used(EMAIL), "roster": "SD-BASE"},
    "none": None,
}


@pytest.mark.parametrize(
    ("terms", "changes", "widened", "expected"),
    [
        ("beyond", {"maximum": "SD-BASE-AT"}, True, [("held", "free")]),
        ("beyond", {"maximum": "SD-BASE-DP"}, False, []),
        ("beyond", {"beyond": "refuse"}, False, [("held", "refused")]),
        ("beyond", {"flags": {"tracking": "refuse"}}, False, [("held", "refused")]),
        ("within", {"maximum": "SD-BASE-AT"}, True, []),
        ("anywhere", {"flags": {"place-open": "refuse"}}, False, [("free", "refused")]),
        ("none", {"require": "always"}, False, [("free", "refused")]),
        ("none", {"flags": {"selling": "note"}}, True, []),
    ],
)
def test_what_gets_another_passage_is_told(
    ada: Party, shop: Party, terms: str, changes: Any, widened: bool, expected: Any
) -> None:
    proposed(shop, TERMS[terms])
    settle(shop, ada)
    before = ada.do(settings.show)
    foreseen = ada.do(foresee, changes)
    assert (foreseen["widened"], passages(foreseen), foreseen["more"]) == (widened, expected, False)
    assert foreseen["settings"] == before | changes
    assert [each["id"] for each in foreseen["offers"]] == [only(ada)["id"]] * len(expected)
    assert ada.do(settings.show) == before
    check_journal(ada)


def test_what_was_refused_and_would_not_be_is_told_of_what_stands(ada: Party, shop: Party) -> None:
    ada.do(settings.change, {"flags": {"selling": "warn"}})
    proposed(shop, {"policy": SELLING})
    settle(shop, ada)
    ada.do(settings.change, {"flags": {"selling": None}})
    assert passages(ada.do(foresee, {"flags": {"selling": "warn"}})) == [("refused", "held")]


def test_only_the_newest_offers_are_looked_at(
    ada: Party, shop: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreseeing, "LOOKED_AT", 1)
    for _ in range(2):
        proposed(shop, TERMS["beyond"])
        settle(shop, ada)
    foreseen = ada.do(foresee, {"maximum": "SD-BASE-AT"})
    assert (len(foreseen["offers"]), foreseen["more"]) == (1, True)


def test_what_is_offered_by_ourselves_is_no_customers(ada: Party, shop: Party) -> None:
    proposed(shop, TERMS["beyond"])
    settle(shop, ada)
    assert shop.do(foresee, {"beyond": "refuse"})["offers"] == []


def test_what_cannot_be_set_is_not_foreseen(ada: Party) -> None:
    with pytest.raises(Unprocessable, match="term-settings"):
        ada.do(foresee, {"flags": {"reading-minds": "warn"}})
