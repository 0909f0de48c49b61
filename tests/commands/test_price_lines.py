"""Price lines as people type them, and as they are printed; and what a price comes to, in a phrase."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.terminal import phrases, price_lines, totals
from node.terminal.failures import Failure
from tests.commands.test_amounts import sums
from tests.zones import living_in

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Kathmandu"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2249.00 EUR", {"kind": "oneOff", "amount": "2249.00", "currency": "EUR"}),
        ("Bike: 2249 EUR", {"kind": "oneOff", "amount": "2249", "currency": "EUR", "label": "Bike"}),
        (
            "Bike: new: 2.249,00 €",
            {"kind": "oneOff", "amount": "2249.00", "currency": "EUR", "label": "Bike: new"},
        ),
        (
            "Lease: 24.90 EUR/month x24",
            {
                "kind": "recurring",
                "amount": "24.90",
                "currency": "EUR",
                "label": "Lease",
                "per": "month",
                "count": 24,
            },
        ),
        (
            "24.90 EUR a month x 24",
            {"kind": "recurring", "amount": "24.90", "currency": "EUR", "per": "month", "count": 24},
        ),
        (
            "24.90 EUR a month, 24 times",
            {"kind": "recurring", "amount": "24.90", "currency": "EUR", "per": "month", "count": 24},
        ),
        (
            "9,90 € per month for 1 year",
            {"kind": "recurring", "amount": "9.90", "currency": "EUR", "per": "month", "count": 12},
        ),
        (
            "5 each day for 2 weeks",
            {"kind": "recurring", "amount": "5", "currency": "CHF", "per": "day", "count": 14},
        ),
        (
            "80 EUR per week until 2026-12-31",
            {
                "kind": "recurring",
                "amount": "80",
                "currency": "EUR",
                "per": "week",
                "until": "2026-12-31T23:59:59Z",
            },
        ),
        ("2249", {"kind": "oneOff", "amount": "2249", "currency": "CHF"}),
        *[
            (said, {"kind": "recurring", "amount": "9.90", "currency": "EUR", "per": "month"})
            for said in (
                "9.90 EUR/month until ended",
                "9,90 € monthly until cancelled",
                "9.90 EUR/mo, until it is ended",
                "9.90 EUR per month until further notice",
                "9.90 EUR a month, open-ended",
            )
        ],
        *[
            (said, {"kind": "discount", "amount": "50", "currency": "EUR"})
            for said in (
                "less 50 EUR",
                "-50 EUR",
                "\u2212 50 €",
                "minus 50 EUR",
                "50 EUR off",
                "50 EUR discount",
            )
        ],
        ("Discount: less 5", {"kind": "discount", "amount": "5", "currency": "CHF", "label": "Discount"}),
        *[
            (said, {"kind": "discount", "amount": "5", "currency": "EUR", "per": "month", "count": 6})
            for said in (
                "less 5 EUR/month x6",
                "5 EUR/month off for 6 months",
                "5 EUR off a month, 6 times",
            )
        ],
        *[
            (said, {"kind": "unitRate", "amount": "80", "currency": "EUR", "unit": "hour", "estimate": "10"})
            for said in (
                "80 EUR/hour, about 10",
                "80 EUR/hour, about 10 hours",
                "80 € an hour, around 10 hours",
                "80 EUR per hour (approx. 10 h)",
                "80 EUR for each hour, est. 10",
                "80 EUR/hour ~10",
            )
        ],
        (
            "Power: 0,3215 EUR/kWh, about 250,5 kWh a month until ended",
            {
                "kind": "unitRate",
                "amount": "0.3215",
                "currency": "EUR",
                "label": "Power",
                "unit": "kWh",
                "estimate": "250.5",
                "per": "month",
            },
        ),
        (
            "5 EUR/page, about 30 pages a week x4",
            {
                "kind": "unitRate",
                "amount": "5",
                "currency": "EUR",
                "unit": "page",
                "estimate": "30",
                "per": "week",
                "count": 4,
            },
        ),
    ],
)
def test_price_lines_are_read(text: str, line: dict[str, Any]) -> None:
    assert price_lines.price_line(text, currency="CHF", now=NOW) == line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no price line"),
        ("free", "no price line"),
        ("24.90 EUR/month", r"does not say for how long.*Add x12"),
        ("24.90 EUR/month soon", "for how long"),
        ("24.90 EUR/decade x3", "about how many .*Write '24.90 EUR/decade, about 10'"),
        ("80 EUR/hour", "about how many .*Write '80 EUR/hour, about 10'"),
        ("80 EUR/hour, about 1.250", "could be about 1250 or about 1.25. Write 1250 or 1.25"),
        ("80 EUR/hour, about 10 days", "paid by the hour, and estimated in days"),
        ("80 EUR/hour, about 1..2", "estimates no number"),
        ("1.250 EUR/hour, about 10", "could be 1,250.00 EUR or 1.25 EUR"),
        ("nothing/hour, about 10", "no price line"),
        ("Discount: 50 EUR", "is charged, not taken off. Write 'Discount: less 50 EUR'"),
        ("80 EUR until ended", "no price line"),
        ("1,234 EUR", "could be"),
        ("80 EUR/week until never", "no time"),
        ("80 EUR/week for 2 months", "are no number of weeks. Say how often"),
    ],
)
def test_what_is_no_price_line_is_refused(text: str, said: str) -> None:
    with pytest.raises(Failure, match=said):
        price_lines.price_line(text, currency="CHF", now=NOW)


def test_a_price_line_needs_a_currency() -> None:
    with pytest.raises(Failure, match="names no currency") as caught:
        price_lines.price_line("Care: 9.90/month x24", currency="", now=NOW)
    assert "'9.90 EUR'" in caught.value.hint


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    amount, currency = draw(sums())
    kind = draw(st.sampled_from(["oneOff", "recurring", "discount", "unitRate"]))
    line: dict[str, Any] = {"kind": kind, "amount": amount, "currency": currency}
    label = draw(st.sampled_from(["", "Lease", "Care: plus", "5 EUR/month x3", "until 2026"]))
    line |= {"label": label} if label else {}
    if kind == "unitRate":
        number = draw(st.decimals("0.001", 9_999, places=3))
        line |= {"unit": draw(st.sampled_from(["hour", "kWh", "page", "m\u00b2"]))}
        line |= {"estimate": format(number, "f").rstrip("0").rstrip(".")}
    if kind == "oneOff" or (kind != "recurring" and draw(st.booleans())):
        return line
    line |= {"per": draw(st.sampled_from(["day", "week", "month", "year"]))}
    if draw(st.booleans()):
        return line
    if draw(st.booleans()):
        return line | {"count": draw(st.integers(1, 1_200))}
    moment = NOW + timedelta(seconds=draw(st.integers(0, 10**9)))
    return line | {"until": moment.isoformat().replace("+00:00", "Z")}


@pytest.mark.parametrize("zone", ZONES)
@given(line=lines())
def test_a_price_line_as_it_is_printed_is_the_same_line(zone: str, line: dict[str, Any]) -> None:
    with living_in(zone):
        read = price_lines.price_line(phrases.price_line(line), currency="", now=NOW)
    for number in ("amount", "estimate"):
        assert Decimal(read.pop(number, 0)) == Decimal(line.get(number, 0))
    assert read == {member: value for member, value in line.items() if member not in ("amount", "estimate")}


def price(*typed: str) -> list[dict[str, Any]]:
    return price_lines.price(typed, currency="", now=NOW)


def test_a_percentage_becomes_amounts_when_it_is_typed() -> None:
    lines = price("2249 EUR", "Care: 9.99 EUR/month x12", "Delivery: 20 EUR", "less 5 EUR", "10% off")
    assert lines[4:] == [
        {"kind": "discount", "amount": "226.90", "currency": "EUR", "label": "10% off"},
        {
            "kind": "discount",
            "amount": "1.00",
            "currency": "EUR",
            "label": "10% off",
            "per": "month",
            "count": 12,
        },
    ]
    assert price("24.99 EUR", "Loyal: -7,5 %")[1]["amount"] == "1.87"
    assert price("9.99 EUR/month until ended", "less 50 %")[1] == {
        "kind": "discount", "amount": "5.00", "currency": "EUR", "label": "50% off", "per": "month",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["10% off"], "off what"),
        (["5 EUR", "100% off"], "no discount"),
        (["5 EUR", "0 %"], "no discount"),
        (["5 EUR", "1.250 %"], "no discount"),
        (["80 EUR/hour, about 10", "10% off"], "Put it before that price, or lower"),
    ],
)
def test_a_percentage_of_what_is_not_known_is_refused(typed: list[str], said: str) -> None:
    with pytest.raises(Failure, match=said):
        price(*typed)


@pytest.mark.parametrize(
    ("typed", "more", "said"),
    [
        (["2249 EUR"], {"total": "2249.00"}, "2,249.00 EUR"),
        (["24.90 EUR/month x12"], {"total": "298.80"}, "298.80 EUR for 12 months"),
        (["24.90 EUR/month x1"], {"total": "24.90"}, "24.90 EUR for 1 month"),
        (["24.90 EUR/month x12", "50 EUR"], {"total": "348.80"}, "348.80 EUR"),
        (["9.90 EUR/month until ended"], {}, "9.90 EUR a month"),
        (["50 EUR", "9.90 EUR/month until ended"], {}, "50.00 EUR and 9.90 EUR a month"),
        (["9.90 EUR/month until ended", "4.90 EUR/month off x2"], {}, "9.90 EUR a month"),
        (["9.90 EUR/month until ended", "10% off"], {}, "8.91 EUR a month"),
        (["9.90 EUR/month until ended", "50 EUR off"], {}, "9.90 EUR a month, less 50.00 EUR"),
        (["0.001 EUR/kWh, about 1"], {}, ""),
        (["50 EUR", "80 EUR/hour, about 10"], {}, "about 850.00 EUR"),
        (["9.90 EUR/month x12", "10% off", "80 EUR/hour, about 10"], {}, "about 906.92 EUR"),
        (["0.3215 EUR/kWh, about 250 a month x12"], {}, "about 964.56 EUR"),
        (["0.3215 EUR/kWh, about 250 a month until ended"], {}, "about 80.38 EUR a month"),
        (
            ["9.90 EUR/month until ended", "1 EUR/h, about 1 a week until ended"],
            {},
            "about 9.90 EUR a month and 1.00 EUR a week",
        ),
    ],
)
def test_a_total_says_for_how_long_and_what_it_is_where_there_is_none(
    typed: list[str], more: dict[str, str], said: str
) -> None:
    deal = {
        "currency": "EUR",
        "total": None,
        "least": None if more else "9.90",
        "notice": "P1M",
        "price": price(*typed),
        **more,
    }
    deal |= {"starts_at": "2026-06-01T00:00:00Z", "ends_at": None}
    assert totals.total(deal) == said
    assert totals.least(deal) == ("" if more else "9.90 EUR")


def test_what_has_no_price_has_no_total() -> None:
    assert totals.total({}) == totals.least({}) == ""


def test_what_runs_on_says_how_it_is_ended() -> None:
    runs_on = {"price": price("9.90 EUR/month until ended")}
    with pytest.raises(Failure, match=r"Add --notice '1 month', or --ends"):
        price_lines.refuse_endless(runs_on, {})
    closed: list[dict[str, Any]] = [
        {**runs_on, "notice": "P1M"},
        {**runs_on, "ends_at": "2030-01-01T00:00:00Z"},
        {"price": price("9.90 EUR/month x12", "5 EUR")},
        *({"price": strange} for strange in (None, 5, "per", [5], [["per"]])),
    ]
    for terms in closed:
        price_lines.refuse_endless(terms, {})


def test_a_way_to_end_stays_as_it_was() -> None:
    runs_on = {"price": price("9.90 EUR/month until ended")}
    price_lines.refuse_endless(runs_on, {"notice": "P1M", "ends_at": None})
    with pytest.raises(Failure, match="needs a way to end it"):
        price_lines.refuse_endless(runs_on | {"notice": None}, {"notice": "P1M"})


ONE = {"kind": "oneOff", "amount": "1890.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("asked", "offered", "kept"),
    [
        ([ONE], [ONE | {"label": "Bike", "amount": "2000.00"}], [ONE | {"label": "Bike"}]),
        ([ONE | {"label": "All"}], [ONE | {"label": "Bike"}], [ONE | {"label": "All"}]),
        ([ONE], [ONE], [ONE]),
        ([ONE], [], [ONE]),
        ([ONE], [ONE | {"label": "Bike"}, ONE | {"label": "Care"}], [ONE]),
        ([ONE, ONE], [ONE | {"label": "Bike"}], [ONE, ONE]),
        ("of a file", [ONE | {"label": "Bike"}], "of a file"),
    ],
)
def test_one_price_for_one_price_keeps_its_label(asked: Any, offered: Any, kept: Any) -> None:
    terms = {"notice": "P1M", "price": asked}
    assert price_lines.keep_label(terms, {"price": offered}) == {"notice": "P1M", "price": kept}
    assert price_lines.keep_label({"notice": "P1M"}, {"price": offered}) == {"notice": "P1M"}
