"""Offers side by side."""

from dataclasses import replace
from decimal import Decimal

from node.core.comparison import (
    Basis,
    Tender,
    differences,
    differing,
    rank,
    read_tender,
    view_cost,
    view_difference,
    view_tender,
    within_limit,
)
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.specifications import Fit, Necessity, Property, Specification
from protocol.times import Period
from tests.core.test_drafts import wish
from tests.core.test_threads import draft

LIGHT = Specification("weight", at_most=Decimal(16), unit="kg")
BLUE = Specification("colour", value="blue", necessity=Necessity.SHOULD)


def wanted() -> Intention:
    return replace(wish().intention, specifications=(LIGHT, BLUE))


def offered(amount: str, *properties: Property) -> Draft:
    return replace(draft(amount), properties=properties)


def test_differences_follow_the_wish() -> None:
    shown = [
        view_difference(one) for one in differences(wanted(), offered("1", Property("weight", "15", "kg")))
    ]
    assert [(one["property"], one["offered"], one["fit"]) for one in shown] == [
        ("weight", "15 kg", "met"),
        ("colour", None, "unknown"),
    ]
    heavy = differences(wanted(), offered("1", Property("weight", "17", "kg")))
    assert heavy[0].fit is Fit.MISSED


def test_what_misses_a_must_comes_last_however_cheap() -> None:
    light, heavy, unknown = (
        offered("120", Property("weight", "15", "kg")),
        offered("80", Property("weight", "17", "kg")),
        offered("100", Property("weight", "15", "kg"), Property("colour", "red")),
    )
    assert rank(tenders(wanted(), light, heavy, unknown)).order == [2, 0, 1]
    assert [one.missed for one in tenders(wanted(), light, heavy)] == [0, 1]


def tenders(intention: Intention, *drafts: Draft) -> list[Tender]:
    return [read_tender(intention, each) for each in drafts]


def anyone() -> Intention:
    return replace(wanted(), specifications=())


def monthly(amount: str, months: int) -> Draft:
    line = PriceLine(PriceLineKind.RECURRING, Decimal(amount), "EUR", per=Period.MONTH, count=months)
    return replace(draft("1"), price=(line,))


def test_like_terms_are_ranked_by_their_totals() -> None:
    ranking = rank(tenders(anyone(), monthly("30", 12), monthly("29", 12), monthly("29", 12)))
    assert (ranking.basis, ranking.order) == (Basis.TOTAL, [1, 2, 0])
    assert ranking.lowest == {1, 2}
    assert ranking.costs == [Decimal(360), Decimal(348), Decimal(348)]
    bought = rank(tenders(anyone(), draft("100"), draft("90")))
    assert (bought.basis, bought.order) == (Basis.TOTAL, [1, 0])
    assert bought.lowest == {1}


def test_unlike_terms_are_ranked_by_the_month() -> None:
    """The lowest total is that of the shortest term, and the dearest by the month."""
    ranking = rank(tenders(anyone(), monthly("40", 12), monthly("30", 24), monthly("35", 24)))
    assert (ranking.basis, ranking.over, ranking.order) == (Basis.MONTH, None, [1, 2, 0])
    assert ranking.costs == [Decimal(40), Decimal(30), Decimal(35)]
    assert ranking.lowest == {1}  # of the two for 24 months


def test_what_is_bought_is_ranked_with_the_rest_over_the_longest_term() -> None:
    ranking = rank(tenders(anyone(), draft("700"), monthly("40", 12), monthly("30", 24), draft("650")))
    assert (ranking.basis, ranking.over, ranking.order) == (Basis.OVER, 24, [3, 0, 2, 1])
    assert ranking.costs == [Decimal(700), Decimal(960), Decimal(720), Decimal(650)]
    assert ranking.lowest == {3}
    cared = replace(monthly("5", 12), price=(*draft("100").price, *monthly("5", 12).price))
    assert rank(tenders(anyone(), cared, monthly("20", 6))).over == 12


def test_the_customers_own_time_is_one_measure_for_all() -> None:
    drafts = [monthly("40", 12), monthly("30", 24), draft("700")]
    for months, order in ((12, [1, 0, 2]), (24, [2, 1, 0])):
        ranking = rank(tenders(anyone(), *drafts), over=months)
        assert (ranking.basis, ranking.over, ranking.order) == (Basis.OVER, months, order)
    assert rank(tenders(anyone(), *drafts), over=24).costs == [Decimal(960), Decimal(720), Decimal(700)]


def test_lowest_is_nobody_alone_nor_for_another_amount_nor_what_misses_a_must() -> None:
    assert rank(tenders(anyone(), draft("100"))).lowest == frozenset()
    two = replace(draft("80"), quantity=Quantity(Decimal(2), "one"))
    assert rank(tenders(anyone(), draft("100"), two)).lowest == frozenset()
    light, heavy = (
        offered(amount, Property("weight", kilos, "kg")) for amount, kilos in (("90", "15"), ("80", "17"))
    )
    assert rank(tenders(wanted(), light, heavy)).lowest == frozenset()


def test_who_is_shut_out_comes_last_and_undercuts_nobody() -> None:
    ranking = rank(tenders(anyone(), draft("70"), draft("90"), draft("80")), shut_out=frozenset({0}))
    assert ranking.order == [2, 1, 0]
    assert ranking.lowest == {2}


def test_costs_are_shown_as_decimal_text() -> None:
    assert view_cost(monthly("30", 10), Decimal(300)) == {
        "months": "10",
        "monthly": "30.00",
        "cost": "300.00",
    }
    assert view_cost(draft("5"), None) == {"months": None, "monthly": None, "cost": None}
    (made,) = tenders(anyone(), monthly("30", 10))
    assert view_tender(made, made.cost_over(10)) == view_cost(monthly("30", 10), Decimal(300))
    assert made.cost_over(10) is made.cost_over(10)


def test_limit() -> None:
    assert within_limit(draft("100"), None) is None
    assert within_limit(draft("100"), Decimal(100)) is True
    assert within_limit(draft("100"), Decimal(99)) is False


METERED = PriceLine(PriceLineKind.UNIT_RATE, Decimal("0.30"), "EUR", unit="kWh", estimate=Decimal(1_000))


def test_what_has_no_total_comes_after_what_has_one() -> None:
    metered = replace(draft("1"), price=(METERED,))
    assert rank(tenders(anyone(), metered, draft("1000000"), draft("5"))).order == [2, 1, 0]
    light = replace(metered, properties=(Property("weight", "15", "kg"),))
    assert rank(tenders(wanted(), draft("5"), light)).order == [1, 0]
    assert within_limit(metered, Decimal(1)) is None
    assert within_limit(metered, None) is None


def test_offers_differ_in_what_is_not_the_same_in_all() -> None:
    assert differing([]) == []
    assert differing([draft("100"), draft("100")]) == []
    named = replace(draft("100"), name="another")
    assert differing([draft("100"), named, draft("100")]) == ["name"]
    metered = replace(draft("100"), price=(METERED,), notice="P1M")
    assert differing([draft("100"), metered]) == ["price", "total", "least", "notice"]
