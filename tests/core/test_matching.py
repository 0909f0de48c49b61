"""Matching: what a shop offers by rule, and how it answers counters without going below its floor."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.items import Item
from node.core.matching import (
    AcceptTerms,
    AnswersCounters,
    Countersign,
    Decline,
    Hold,
    Rule,
    answer_counter,
    candidates,
    floor,
    read_rule,
    render_rule,
    undercut,
)
from protocol.errors import Unprocessable
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.specifications import Necessity, Property, Specification
from protocol.times import Period

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
RULE = Rule(currency="EUR", max_offers_per_intention=10, max_discount_percent=Decimal(10))

INTENTION = Intention(
    iri="https://anna.example/intentions/int_1",
    proposer="https://anna.example/actors/anna",
    name="A used car",
    content="",
    quantity=Quantity(Decimal(1)),
    specifications=(
        Specification("fuelConsumption", at_most=Decimal(7), unit="l/100 km"),
        Specification("enginePower", at_least=Decimal(50), unit="kW", necessity=Necessity.SHOULD),
        Specification("colour", value="red", necessity=Necessity.SHOULD),
    ),
    category=None,
    place=None,
    window_start=None,
    window_end=None,
    deadline=None,
    currency="EUR",
    published=NOW,
    to=(),
)


def car(sku: str, *, price: str = "3000.00", consumption: str = "6.5", **stated: str) -> Item:
    properties = [Property("fuelConsumption", consumption, "l/100 km")]
    properties += [
        Property(name, value, "kW" if name == "enginePower" else "") for name, value in stated.items()
    ]
    return Item(
        sku,
        sku,
        Decimal(price),
        "EUR",
        stock=Decimal(1),
        lead_days=3,
        properties=tuple(properties),
        words=("used car",),
    )


CAR = car("car-1")


def draft(amount: str = "3000.00", *, pieces: int = 1) -> Draft:
    return Draft(
        name="car-1",
        quantity=Quantity(Decimal(pieces)),
        satisfies_primary=INTENTION.primary_iri,
        satisfies_reciprocal=INTENTION.reciprocal_iri,
        price=(PriceLine(PriceLineKind.ONE_OFF, Decimal(amount), "EUR", "The car"),),
    )


def offered(items: list[Item], *, intention: Intention = INTENTION, rule: Rule = RULE) -> list[str]:
    return [match.item.sku for match in candidates(intention, items, rule, now=NOW)]


class TestCandidates:
    def test_more_wishes_met_come_first_then_the_lower_price_then_the_sku(self) -> None:
        items = [
            car("dear", price="3200.00"),
            car("b", price="3100.00"),
            car("a", price="3100.00"),
            car("strong", price="4000.00", enginePower="60"),
            car("strong-red", price="5000.00", enginePower="60", colour="Red"),
            car("weak", price="2900.00", enginePower="40"),
        ]
        assert offered(items) == ["strong-red", "strong", "weak", "a", "b", "dear"]
        assert [match.wishes_met for match in candidates(INTENTION, items, RULE, now=NOW)] == [
            2,
            1,
            0,
            0,
            0,
            0,
        ]

    def test_a_must_that_is_missed_or_not_stated_excludes(self) -> None:
        unknown = replace(CAR, properties=())
        other_unit = replace(CAR, properties=(Property("fuelConsumption", "6.5", "mpg"),))
        assert offered([car("thirsty", consumption="7.1"), unknown, other_unit]) == []
        assert offered([car("just", consumption="7.0")]) == ["just"]

    def test_no_more_than_the_rule_allows(self) -> None:
        items = [car("c"), car("b"), car("a")]
        assert offered(items, rule=replace(RULE, max_offers_per_intention=2)) == ["a", "b"]

    @pytest.mark.parametrize(
        ("item", "intention", "rule"),
        [
            (CAR, INTENTION, replace(RULE, currency="USD")),
            (CAR, replace(INTENTION, currency="USD"), RULE),
            (replace(CAR, currency="USD"), INTENTION, RULE),
            (replace(CAR, stock=Decimal(0)), INTENTION, RULE),
            (CAR, replace(INTENTION, quantity=Quantity(Decimal(2))), RULE),
            (CAR, replace(INTENTION, window_end=NOW + timedelta(days=3, seconds=-1)), RULE),
            (CAR, INTENTION, replace(RULE, category="https://example.org/bicycles")),
        ],
    )
    def test_what_cannot_be_delivered_is_not_offered(
        self, item: Item, intention: Intention, rule: Rule
    ) -> None:
        assert offered([item], intention=intention, rule=rule) == []

    def test_what_just_can_be_delivered_is_offered(self) -> None:
        intention = replace(
            INTENTION,
            quantity=Quantity(None),
            window_end=NOW + timedelta(days=3),
            category="https://example.org/cars",
        )
        rule = replace(RULE, category="https://example.org/cars")
        assert offered([CAR], intention=intention, rule=rule) == ["car-1"]


def sold(unit: str, *, price: str = "2.00", stock: str = "10000", name: str = "Screw") -> Item:
    return Item(name, name, Decimal(price), "EUR", Decimal(stock), lead_days=3, unit=unit)


class TestUnits:
    """What is wanted is counted and priced in the unit in which it is sold, exactly or not at all."""

    @pytest.mark.parametrize(
        ("quantity", "item", "total"),
        [
            (Quantity(Decimal(1), "gross"), sold("one"), "288.00"),
            (Quantity(Decimal(2), "DZN"), sold("pcs"), "48.00"),
            (Quantity(Decimal(24)), sold("dozen"), "4.00"),
            (Quantity(None, "gross"), sold("one"), "288.00"),
            (Quantity(Decimal(1), "t"), sold("kg"), "2000.00"),
            (Quantity(Decimal(500), "g"), sold("kg"), "1.00"),
            (Quantity(Decimal("2.5"), "kg"), sold("kilogram"), "5.00"),
            (Quantity(Decimal(1), "kg"), sold("lb"), None),  # 2.2046… pounds
            (Quantity(Decimal(1), "lb"), sold("kg", price="1000.00"), None),  # 453.59237 euros
            (Quantity(Decimal(3), "box"), sold("Box"), None),
            (Quantity(Decimal(3), "box"), sold("box"), "6.00"),
            (Quantity(Decimal("1.5"), "box"), sold("box"), None),
            (Quantity(Decimal("1.5")), sold("one"), None),
            (Quantity(Decimal(6)), sold("dozen"), None),
            (Quantity(Decimal(1), "kg"), sold("one"), None),
            (Quantity(Decimal(1), "gross"), sold("kg"), None),
            (Quantity(Decimal("0.333"), "kg"), sold("kg"), None),  # 0.666 euros
            (Quantity(Decimal(1), "t"), sold("kg", price="1000000000.00"), None),  # a trillion
            (Quantity(Decimal(1), "gross"), sold("one", stock="143"), None),
            (Quantity(Decimal(1), "gross"), sold("one", stock="144"), "288.00"),
            (Quantity(Decimal(500), "g"), sold("kg", stock="0.5"), "1.00"),
            (Quantity(Decimal(501), "g"), sold("kg", stock="0.5"), None),
        ],
    )
    def test_what_converts_exactly_is_offered(
        self, quantity: Quantity, item: Item, total: str | None
    ) -> None:
        wanted = replace(INTENTION, name="Screws", quantity=quantity, specifications=())
        found = candidates(wanted, [item], RULE, now=NOW)
        assert [match.total for match in found] == ([] if total is None else [Decimal(total)])

    def test_the_cheapest_is_what_costs_least_for_all_that_is_wanted(self) -> None:
        wanted = replace(INTENTION, name="Screws", quantity=Quantity(Decimal(144)), specifications=())
        items = [sold("one", name="Screw M4"), sold("gross", price="200.00", name="Screw M5")]
        assert offered(items, intention=wanted) == ["Screw M5", "Screw M4"]

    def test_the_floor_of_a_gross_is_that_of_all_its_pieces(self) -> None:
        rule = replace(RULE, answers_counters=AnswersCounters.WITHIN_FLOOR, undercut_after=timedelta(hours=1))
        gross = replace(draft("288.00"), quantity=Quantity(Decimal(1), "gross"))
        for amount, answer in (("259.20", AcceptTerms), ("259.19", Hold)):
            wanted = replace(gross, price=(replace(gross.price[0], amount=Decimal(amount)),))
            assert isinstance(answer_counter(sold("one"), rule, offered=gross, wanted=wanted), answer)
        assert undercut(sold("one"), replace(rule, undercut_percent=Decimal(50)), gross) == Decimal("259.20")

    def test_an_item_that_is_counted_otherwise_by_now_is_for_a_person(self) -> None:
        rule = replace(RULE, answers_counters=AnswersCounters.WITHIN_FLOOR, undercut_after=timedelta(hours=1))
        assert answer_counter(sold("kg"), rule, offered=draft(), wanted=draft()) == Hold()
        assert undercut(sold("kg"), replace(rule, undercut_percent=Decimal(50)), draft()) is None


class TestKinds:
    """An item is offered only if it is what is wanted: of its category, or called so."""

    BIKES, MOWERS = "https://example.org/bikes", "https://example.org/mowers"

    @pytest.mark.parametrize(
        ("category", "item", "rule", "found"),
        [
            (None, {}, "", True),
            (None, {"words": ("lawn mower",)}, "", False),
            (None, {"category": MOWERS}, "", True),  # the wish says no category: words count
            (MOWERS, {"category": MOWERS, "words": ("lawn mower",)}, "", True),
            (BIKES, {"category": MOWERS}, "", False),
            (BIKES, {}, "", True),
            (BIKES, {"words": ("lawn mower",)}, "", False),
            (BIKES, {"words": ("lawn mower",)}, BIKES, True),  # the rule says what all are
            (BIKES, {"category": MOWERS}, BIKES, False),
            (None, {}, BIKES, False),
            (MOWERS, {}, BIKES, False),
        ],
    )
    def test_what_is_alike(self, category: str | None, item: dict[str, Any], rule: str, found: bool) -> None:
        wanted = replace(INTENTION, category=category)
        listed = replace(CAR, **item)
        assert offered([listed], intention=wanted, rule=replace(RULE, category=rule)) == (
            ["car-1"] if found else []
        )

    def test_a_wish_that_says_nothing_is_for_a_person(self) -> None:
        assert offered([CAR], intention=replace(INTENTION, name="…")) == []


class TestTimeOfDelivery:
    def test_an_item_says_in_how_many_days_it_is_delivered(self) -> None:
        assert CAR.offered == (*CAR.properties, Property("deliveryLeadTime", "3", "d"))
        own = replace(CAR, properties=(Property("DeliveryLeadTime", "2", "weeks"),))
        assert own.offered == own.properties

    @pytest.mark.parametrize(
        ("most", "unit", "found"), [("3", "days", True), ("71", "h", False), ("1", "week", True)]
    )
    def test_it_can_be_wanted_like_any_property(self, most: str, unit: str, found: bool) -> None:
        soon = Specification("deliveryLeadTime", at_most=Decimal(most), unit=unit)
        wanted = replace(INTENTION, specifications=(soon,))
        assert offered([CAR], intention=wanted) == (["car-1"] if found else [])


class TestCounters:
    def answer(self, wanted: Draft, answers: AnswersCounters, *, to: Draft | None = None) -> object:
        rule = replace(RULE, answers_counters=answers)
        return answer_counter(CAR, rule, offered=to or draft(), wanted=wanted)

    @pytest.mark.parametrize("answers", [AnswersCounters.WITHIN_FLOOR, AnswersCounters.ALWAYS])
    def test_a_counter_at_the_floor_is_met_to_the_letter(self, answers: AnswersCounters) -> None:
        assert self.answer(draft("2700.00"), answers) == AcceptTerms(draft("2700.00"))

    def test_a_counter_below_the_floor_is_held_or_answered_with_the_offer_again(self) -> None:
        assert self.answer(draft("2699.99"), AnswersCounters.WITHIN_FLOOR) == Hold()
        assert self.answer(draft("2699.99"), AnswersCounters.ALWAYS) == Decline(draft())

    def test_a_shop_that_never_answers_holds_even_a_full_price(self) -> None:
        assert self.answer(draft(), AnswersCounters.NEVER) == Hold()

    @pytest.mark.parametrize(
        "changes",
        [
            {"quantity": Quantity(Decimal(2))},
            {"properties": (Property("colour", "red"),)},
            {"starts_at": NOW},
            {"notice": "P1M"},
            {"content": "with winter tyres"},
            {"name": "car-2"},
        ],
    )
    def test_a_counter_that_changes_more_than_the_price_waits_for_a_person(
        self, changes: dict[str, Any]
    ) -> None:
        assert self.answer(replace(draft(), **changes), AnswersCounters.WITHIN_FLOOR) == Hold()

    def test_a_line_may_be_left_without_a_label_but_not_get_another(self) -> None:
        line = draft("2700.00").price[0]
        bare, tyres = (replace(draft(), price=(replace(line, label=label),)) for label in ("", "With tyres"))
        assert self.answer(bare, AnswersCounters.WITHIN_FLOOR) == AcceptTerms(bare)
        assert self.answer(tyres, AnswersCounters.WITHIN_FLOOR) == Hold()

    def test_a_line_more_is_another_deal(self) -> None:
        wanted = replace(
            draft(), price=(*draft().price, PriceLine(PriceLineKind.ONE_OFF, Decimal(0), "EUR", "Tyres"))
        )
        assert self.answer(wanted, AnswersCounters.WITHIN_FLOOR) == Hold()

    def test_the_same_sum_over_a_hundred_years_is_another_deal(self) -> None:
        instalments = PriceLine(
            PriceLineKind.RECURRING, Decimal("2.50"), "EUR", "The car", Period.MONTH, 1200
        )
        wanted = replace(draft(), price=(instalments,))
        assert wanted.total == Decimal(3000)
        assert self.answer(wanted, AnswersCounters.ALWAYS) == Decline(draft())

    @pytest.mark.parametrize("answers", [AnswersCounters.WITHIN_FLOOR, AnswersCounters.ALWAYS])
    @pytest.mark.parametrize(
        "price",
        [
            (PriceLine(PriceLineKind.ONE_OFF, Decimal("3000.01"), "EUR", "The car"),),
            (PriceLine(PriceLineKind.ONE_OFF, Decimal("2699.99"), "EUR", "The car"),),
            (PriceLine(PriceLineKind.RECURRING, Decimal("2.50"), "EUR", "The car", Period.MONTH, 1200),),
            (draft().price[0], PriceLine(PriceLineKind.ONE_OFF, Decimal(900), "EUR", "Fitted")),
        ],
    )
    def test_what_the_list_does_not_say_now_waits_for_a_person(
        self, price: tuple[PriceLine, ...], answers: AnswersCounters
    ) -> None:
        standing = replace(draft(), price=price)
        assert self.answer(standing, answers, to=standing) == Hold()

    def test_the_floor_is_for_each_piece(self) -> None:
        three = draft("9000.00", pieces=3)
        assert self.answer(draft("8100.00", pieces=3), AnswersCounters.WITHIN_FLOOR, to=three) == AcceptTerms(
            draft("8100.00", pieces=3)
        )
        assert self.answer(draft("8099.99", pieces=3), AnswersCounters.WITHIN_FLOOR, to=three) == Hold()


class TestPrices:
    def test_the_floor_is_rounded_up_to_the_smallest_coin(self) -> None:
        assert floor(car("odd", price="0.99"), RULE) == Decimal("0.90")
        yen = replace(CAR, price=Decimal(99), currency="JPY")
        assert floor(yen, RULE) == Decimal(90)

    def test_a_late_reoffer_undercuts_but_not_below_the_floor(self) -> None:
        rule = replace(RULE, undercut_after=timedelta(hours=1), undercut_percent=Decimal(6))
        assert undercut(CAR, rule, draft("3000.00")) == Decimal("2820.00")
        assert undercut(CAR, rule, draft("2820.00")) == floor(CAR, rule) == Decimal("2700.00")
        assert undercut(CAR, rule, draft("2700.00")) is None

    def test_the_floor_of_an_undercut_is_for_each_piece(self) -> None:
        rule = replace(RULE, undercut_after=timedelta(hours=1), undercut_percent=Decimal(50))
        bulb = car("bulb", price="100.00")
        assert undercut(bulb, rule, draft("1000.00", pieces=10)) == Decimal("900.00")
        assert undercut(bulb, rule, draft("900.00", pieces=10)) is None
        unstated = replace(draft("100.00"), quantity=Quantity(None))
        assert undercut(bulb, rule, unstated) == Decimal("90.00")

    def test_what_has_no_total_is_neither_undercut_nor_met_by_rule(self) -> None:
        rate = PriceLine(
            PriceLineKind.UNIT_RATE, Decimal(5000), "EUR", unit="day", estimate=Decimal(1), label="it"
        )
        rule = replace(RULE, undercut_after=timedelta(hours=1), undercut_percent=Decimal(6))
        metered = replace(draft(), price=(rate,))
        assert undercut(CAR, rule, metered) is None
        rule = replace(RULE, answers_counters=AnswersCounters.WITHIN_FLOOR)
        dearer = replace(draft(), price=(replace(rate, amount=Decimal(6000)),))
        assert answer_counter(CAR, rule, offered=metered, wanted=dearer) == Hold()

    def test_without_the_setting_nobody_is_undercut(self) -> None:
        assert undercut(CAR, replace(RULE, undercut_percent=Decimal(5)), draft()) is None

    @given(
        price=st.decimals("0.01", "999999999.99", places=2),
        percent=st.decimals(0, 99, places=2),
        counter=st.decimals("0.01", "999999999.99", places=2),
    )
    def test_no_counter_is_met_below_the_floor(
        self, price: Decimal, percent: Decimal, counter: Decimal
    ) -> None:
        rule = replace(RULE, max_discount_percent=percent, answers_counters=AnswersCounters.WITHIN_FLOOR)
        item = replace(CAR, price=price)
        lowest = floor(item, rule)
        assert price * (100 - percent) / 100 <= lowest <= price
        met = answer_counter(item, rule, offered=draft(str(price)), wanted=draft(str(counter)))
        assert met == (AcceptTerms(draft(str(counter))) if counter >= lowest else Hold())


class TestRuleAsJson:
    @pytest.mark.parametrize(
        "rule",
        [
            Rule(currency="EUR"),
            Rule(
                currency="JPY",
                category="https://example.org/cars",
                offer_valid_for=timedelta(hours=5),
                max_offers_per_intention=3,
                max_discount_percent=Decimal("12.5"),
                answers_counters=AnswersCounters.ALWAYS,
                countersign=Countersign.ASK,
                undercut_after=timedelta(seconds=90),
                undercut_percent=Decimal(3),
            ),
        ],
    )
    def test_what_is_shown_is_read_back(self, rule: Rule) -> None:
        assert read_rule(render_rule(rule)) == rule

    def test_what_is_left_out_has_its_default(self) -> None:
        assert read_rule({"currency": "EUR"}) == Rule(currency="EUR")
        assert read_rule({"currency": "EUR", "max_discount_percent": 5}).max_discount_percent == 5

    @pytest.mark.parametrize(
        ("member", "json"),
        [
            ("currency", "XXX"),
            ("currency", None),
            ("category", 1),
            ("category", "c" * 2049),
            ("offer_valid_hours", 0),
            ("offer_valid_hours", 8761),
            ("offer_valid_hours", "72"),
            ("max_offers_per_intention", 11),
            ("max_offers_per_intention", True),
            ("max_discount_percent", 0.5),
            ("max_discount_percent", "-1"),
            ("max_discount_percent", "100"),
            ("answers_counters", "sometimes"),
            ("answers_counters", []),
            ("countersign", "no"),
            ("undercut_after_seconds", 0),
            ("undercut_percent", "x"),
        ],
    )
    def test_a_wrong_member_is_named_with_what_to_write(self, member: str, json: object) -> None:
        with pytest.raises(Unprocessable, match=f"^rule-invalid: {member}: write "):
            read_rule({"currency": "EUR"} | {member: json})

    def test_unknown_and_missing_members(self) -> None:
        with pytest.raises(Unprocessable, match="discount: a rule has only the members currency, category"):
            read_rule({"currency": "EUR", "discount": 1})
        with pytest.raises(Unprocessable, match="currency: it is missing"):
            read_rule({})
