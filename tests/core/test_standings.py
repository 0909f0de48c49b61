"""What sets an offer apart beside others."""

from dataclasses import replace
from decimal import Decimal

import pytest

from node.core.comparison import rank
from node.core.standings import Judgement, Placing, best_of, off, standings, view_standing, yardstick
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.specifications import Necessity, Property, Specification, measured
from tests.core.test_comparison import METERED, tenders
from tests.core.test_drafts import wish
from tests.core.test_threads import draft

LIGHT = Specification("weight", at_most=Decimal(16), unit="kg")
FAST = Specification("speed", at_least=Decimal(25), at_most=Decimal(30), unit="km/h")
FAR = Specification("range", at_least=Decimal(80), unit="km", necessity=Necessity.SHOULD)
BLUE = Specification("colour", value="blue", necessity=Necessity.SHOULD)


def wanted(*points: Specification) -> Intention:
    return replace(wish().intention, specifications=points)


def offered(amount: str = "100", *properties: Property) -> Draft:
    return replace(draft(amount), properties=properties)


def judged(
    *drafts: Draft,
    points: tuple[Specification, ...] = (LIGHT, BLUE),
    limit: str | None = None,
    out: frozenset[int] = frozenset(),
) -> list[Placing]:
    made = tenders(wanted(*points), *drafts)
    ranking = rank(made, shut_out=out)
    return standings(
        made,
        ranking,
        yardstick(made, ranking, shut_out=out),
        range(len(drafts)),
        limit=None if limit is None else Decimal(limit),
        shut_out=out,
    )


@pytest.mark.parametrize(
    ("properties", "limit", "judgement"),
    [
        ([("weight", "17", "kg")], None, Judgement.MISSES),
        ([("weight", "17", "kg")], "1", Judgement.MISSES),
        ([("colour", "blue", "")], None, Judgement.UNSAID),
        ([("weight", "16", "kg")], "99", Judgement.OVER_LIMIT),
        ([("weight", "16", "kg")], "100", Judgement.FITS),
        ([("weight", "16", "kg"), ("colour", "red", "")], None, Judgement.FITS),
        ([("weight", "16000", "g"), ("colour", "Blue", "")], None, Judgement.FITS_ALL),
    ],
)
def test_a_judgement_is_the_first_thing_that_gives_pause(
    properties: list[tuple[str, str, str]], limit: str | None, judgement: Judgement
) -> None:
    (standing,) = judged(offered("100", *(Property(*one) for one in properties)), limit=limit)
    assert standing.judgement is judgement


def test_who_is_shut_out_is_that_first() -> None:
    assert judged(offered(), out=frozenset({0}))[0].judgement is Judgement.SHUT_OUT


@pytest.mark.parametrize(
    ("specification", "stated", "beyond"),
    [
        (LIGHT, ("17", "kg"), "1.00"),
        (LIGHT, ("16", "kg"), None),
        (LIGHT, ("17500", "g"), "1.50"),
        (LIGHT, ("17", "km"), None),
        (LIGHT, ("light", "kg"), None),
        (LIGHT, ("16.001", "kg"), None),
        (FAST, ("20", "km/h"), "-5.00"),
        (FAST, ("32", "km/h"), "2.00"),
        (FAST, ("27", "km/h"), None),
        (FAR, ("1", "km"), "-79.00"),
        (BLUE, ("3", ""), None),
    ],
)
def test_how_far_off_a_value_is(
    specification: Specification, stated: tuple[str, str], beyond: str | None
) -> None:
    said = off(specification, measured(specification, (Property(specification.property, *stated),)))
    assert said == (None if beyond is None else Decimal(beyond))


def test_nothing_is_off_of_what_is_not_stated() -> None:
    assert off(LIGHT, None) is None
    assert measured(LIGHT, ()) is None


@pytest.mark.parametrize(
    ("specification", "values", "best"),
    [
        (LIGHT, ["15", "12", "17"], {1}),
        (LIGHT, ["12", "12", "13"], {0, 1}),
        (LIGHT, ["12", "12", "12"], set()),  # shared by all
        (LIGHT, ["17", "18", "19"], set()),  # none fits
        (LIGHT, ["light", None, "15"], {2}),
        (LIGHT, ["light", None, None], set()),
        (FAR, ["90", "120", "70"], {1}),
        (FAR, ["9", "12", "7"], set()),
        (FAST, ["26", "27", "28"], set()),  # no end of it is better
        (BLUE, ["blue", "red", "red"], set()),
    ],
)
def test_the_best_value_of_a_point(
    specification: Specification, values: list[str | None], best: set[int]
) -> None:
    drafts = [
        offered("1")
        if value is None
        else offered("1", Property(specification.property, value, specification.unit))
        for value in values
    ]
    numbers = [measured(specification, each.properties) for each in drafts]
    assert best_of(specification, numbers) == best


def test_what_an_offer_costs_more_is_measured_from_the_lowest_that_fits() -> None:
    light, heavy = Property("weight", "15", "kg"), Property("weight", "17", "kg")
    drafts = [offered("120", light), offered("80", heavy), offered("150", light), offered("70", light)]
    found = judged(*drafts, limit="130", out=frozenset({3}))
    assert [one.above_lowest for one in found] == [Decimal(0), Decimal(-40), Decimal(30), Decimal(-50)]
    assert [one.above_limit for one in found] == [Decimal(-10), Decimal(-50), Decimal(20), Decimal(-60)]


def test_what_nobody_knows_is_not_measured() -> None:
    metered = replace(draft("1"), price=(METERED,))
    (standing,) = judged(metered, points=(), limit="5")
    assert (standing.above_limit, standing.above_lowest, standing.judgement) == (
        None,
        None,
        Judgement.FITS_ALL,
    )
    (heavy,) = judged(offered("5", Property("weight", "17", "kg")))
    assert (heavy.above_lowest, heavy.above_limit) == (None, None)


def test_a_standing_is_shown_as_text() -> None:
    drafts = [
        offered("100", Property("weight", "17.5", "kg")),
        offered("90", Property("Weight", "15", "kg"), Property("colour", "blue")),
    ]
    shown = [view_standing(one, each) for one, each in zip(judged(*drafts, limit="95"), drafts, strict=True)]
    assert [(one["judgement"], one["above_limit"], one["above_lowest"]) for one in shown] == [
        ("misses", "5.00", "10.00"),
        ("fits-all", "-5.00", "0.00"),
    ]
    weight, colour = shown[0]["difference"]
    assert (weight["stated"], weight["off"], weight["best"]) == (
        {"value": "17.5", "unit": "kg"},
        "1.5",
        False,
    )
    assert (colour["stated"], colour["off"], colour["fit"]) == (None, None, "unknown")
    assert shown[1]["difference"][0]["best"] is True
