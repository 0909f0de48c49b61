"""An order by what matters to the owner."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from node.core.comparison import rank
from node.core.weighing import Weights, view_weights, weigh
from protocol.offers import Draft
from protocol.specifications import Property
from protocol.vocabulary import LEAD_TIME
from tests.core.test_comparison import METERED, anyone, tenders, wanted
from tests.core.test_threads import draft

NOW = datetime(2027, 2, 1, tzinfo=UTC)
LIGHT, BLUE = Property("weight", "15", "kg"), Property("colour", "blue")


def ready(days: str) -> Property:
    return Property(LEAD_TIME, days, "d")


def offered(amount: str, *properties: Property) -> Draft:
    return replace(draft(amount), properties=properties)


def order(*drafts: Draft, by: Weights, out: frozenset[int] = frozenset()) -> list[int]:
    made = tenders(wanted(), *drafts)
    return weigh(rank(made, shut_out=out), made, by, now=NOW, shut_out=out).order


CHEAP = offered("80", LIGHT, ready("20"))
BLUE_ONE = offered("100", LIGHT, BLUE, ready("10"))
SOON = offered("120", LIGHT, ready("2"))


@pytest.mark.parametrize(
    ("weights", "places"),
    [
        ({}, [0, 1, 2]),
        ({"cost": 3}, [0, 1, 2]),
        ({"fit": 1}, [1, 0, 2]),
        ({"soon": 1}, [2, 1, 0]),
        ({"cost": 1, "soon": 3}, [2, 1, 0]),
        ({"cost": 3, "soon": 1}, [0, 1, 2]),
        ({"cost": 1, "fit": 1, "soon": 1}, [1, 0, 2]),
    ],
)
def test_the_order_follows_the_weights(weights: dict[str, int], places: list[int]) -> None:
    assert order(CHEAP, BLUE_ONE, SOON, by=Weights(**weights)) == places


def test_what_misses_a_must_comes_after_what_does_not() -> None:
    heavy = offered("1", Property("weight", "17", "kg"), BLUE, ready("0"))
    assert order(heavy, SOON, by=Weights(cost=3, soon=3)) == [1, 0]
    assert order(SOON, BLUE_ONE, heavy, out=frozenset({1}), by=Weights(fit=3)) == [0, 2, 1]


def test_what_begins_on_a_day_is_had_then() -> None:
    later, sooner = (replace(offered("1", LIGHT), starts_at=NOW + timedelta(days=days)) for days in (9, 3))
    past = replace(later, starts_at=NOW - timedelta(days=400_000))
    assert order(later, offered("1", LIGHT), sooner, SOON, past, by=Weights(soon=1)) == [4, 3, 2, 0, 1]


def test_what_nobody_knows_weighs_nothing() -> None:
    unknown = replace(draft("1"), price=(METERED,))
    made = tenders(anyone(), unknown, unknown)
    weighed = weigh(rank(made), made, Weights(cost=1), now=NOW)
    assert weighed.order == [0, 1]
    assert weigh(rank([]), [], Weights(soon=1), now=NOW).order == []
    alike = tenders(anyone(), offered("5"), offered("5"))
    assert weigh(rank(alike), alike, Weights(cost=3, fit=3), now=NOW).order == [0, 1]


def test_weights_are_shown() -> None:
    assert Weights().are_none
    assert not Weights(soon=1).are_none
    assert view_weights(None) is None
    assert view_weights(Weights(cost=2)) == {"cost": 2, "fit": 0, "soon": 0}


def test_amounts_stay_what_they_were() -> None:
    made = tenders(wanted(), CHEAP, SOON)
    ranking = rank(made)
    weighed = weigh(ranking, made, Weights(soon=1), now=NOW)
    assert weighed.costs == ranking.costs == [Decimal(80), Decimal(120)]
