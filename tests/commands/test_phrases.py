"""How ids, amounts, times and prices are said."""

from datetime import UTC, datetime, timedelta

import pytest

from node.terminal import phrases

NOW = datetime(2026, 3, 14, 20, 14, 3, tzinfo=UTC)


def test_an_id_is_cut_to_what_a_person_gives_back() -> None:
    assert phrases.short("of_7d9k2m4n5p6q7r8s9t0v1w2x3y") == "of_7d9k2m4n"
    assert phrases.short("plain") == "plain"


def test_an_offer_that_names_nothing_is_told_by_its_wish() -> None:
    assert phrases.thing({"name": "Bike", "intention": "int_7d9k2m4n5p6q"}) == "Bike"
    assert phrases.thing({"name": "", "intention": "int_7d9k2m4n5p6q"}) == "for int_7d9k2m4n"


@pytest.mark.parametrize(
    ("value", "currency", "said"),
    [
        ("2249.00", "EUR", "2,249.00 EUR"),
        ("1234567.5", "EUR", "1,234,567.50 EUR"),
        ("5", None, "5"),
        ("1E+3", "EUR", "1,000.00 EUR"),
        ("2500", "EUR", "2,500.00 EUR"),
        ("2500", "JPY", "2,500 JPY"),
        ("1.255", "KWD", "1.2550 KWD"),
        ("2500", None, "2500"),
        ("2500", "XXX", "2500 XXX"),
        ("12000.5", "EUR", "12,000.50 EUR"),
        ("0.5", "EUR", "0.50 EUR"),
        ("0.3215", "EUR", "0.3215 EUR"),
        ("1.5", "KWD", "1.5 KWD"),
        ("2500000", "EUR", "2,500,000 EUR"),
        ("many", "EUR", "many EUR"),
        (None, "EUR", ""),
    ],
)
def test_amounts_mark_thousands(value: str | None, currency: str | None, said: str) -> None:
    assert phrases.amount(value, currency) == said


def test_times_are_local_and_what_is_no_time_is_shown_as_it_came() -> None:
    assert phrases.clock("2026-03-14T20:14:03Z") == "20:14:03"
    assert phrases.date_and_time("2026-03-14T20:14:03.123456Z") == "2026-03-14 20:14"
    assert phrases.clock("soon") == phrases.date_and_time("soon") == "soon"
    assert phrases.clock(None) == phrases.date_and_time(None) == ""


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=6), "6 days"),
        (timedelta(days=5, hours=23, minutes=59), "6 days"),
        (timedelta(days=2), "2 days"),
        (timedelta(hours=47), "47 h"),
        (timedelta(minutes=61), "1 h"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(seconds=1), "0 min"),
        (timedelta(), "expired"),
        (timedelta(seconds=-1), "expired"),
    ],
)
def test_what_remains_is_said_in_one_unit(left: timedelta, said: str) -> None:
    assert phrases.remaining((NOW + left).isoformat(), now=NOW) == said


def test_what_remains_until_no_time_is_shown_as_it_came() -> None:
    assert phrases.remaining("soon", now=NOW) == "soon"
    assert phrases.remaining(None, now=NOW) == ""
    assert phrases.remaining("9999-12-31T23:59:59-23:59", now=NOW)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"kind": "oneOff", "amount": "2249.00", "currency": "EUR"}, "2,249.00 EUR"),
        (
            {
                "kind": "recurring",
                "amount": "24.90",
                "currency": "EUR",
                "per": "month",
                "count": 24,
                "label": "Lease",
            },
            "Lease: 24.90 EUR a month, 24 times",
        ),
        (
            {
                "kind": "recurring",
                "amount": "80",
                "currency": "EUR",
                "per": "week",
                "until": "2026-12-31T00:00:00Z",
            },
            "80 EUR a week, until 2026-12-31 00:00",
        ),
        (
            {"kind": "recurring", "amount": "1", "currency": "EUR", "per": "decade", "count": 1},
            "1 EUR decade, 1 times",
        ),
    ],
)
def test_price_lines_are_phrases(line: dict[str, object], said: str) -> None:
    assert phrases.price_line(line) == said


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        ({"value": "1", "unit": "one"}, "1"),
        ({"value": "30", "unit": "kWh"}, "30 kWh"),
        ({"value": "2"}, "2"),
        ({"value": None, "unit": "one"}, ""),
        (None, ""),
    ],
)
def test_quantities_leave_the_unit_one_unsaid(quantity: dict[str, str] | None, said: str) -> None:
    assert phrases.quantity(quantity) == said


def test_specifications_are_phrases() -> None:
    assert phrases.specification({"property": "weight", "at_most": "14", "unit": "kg"}) == "weight ≤ 14 kg"
    assert phrases.specification({"property": "seats", "at_least": "4", "at_most": "5"}) == "seats ≥ 4 ≤ 5"
    assert phrases.specification({"property": "colour", "value": "blue", "unit": ""}) == "colour = blue"


def test_values_are_said_plainly() -> None:
    assert [phrases.plainly(value) for value in (None, True, False, 3, "x")] == ["", "yes", "no", "3", "x"]
    assert phrases.plainly(["ü", "me", True]) == "ü, me, yes"
    assert phrases.plainly([{"a": "ü"}]) == '[{"a": "ü"}]'


def test_an_end_is_told_to_the_second_and_a_whole_day_as_its_day() -> None:
    assert phrases.ends("2026-05-31T23:59:59Z") == "2026-05-31"
    assert (
        phrases.ends("2026-05-31T12:00:00Z") == phrases.exactly("2026-05-31T12:00:00Z") == "2026-05-31 12:00"
    )
    assert phrases.exactly("2026-05-31T12:00:05Z") == "2026-05-31 12:00:05"
    assert phrases.ends(None) == phrases.exactly(None) == ""
    assert phrases.exactly("soon") == "soon"


def test_the_time_of_delivery_is_a_phrase() -> None:
    lead = {"property": "deliveryLeadTime", "unit": "d"}
    said = {"0": "delivery at once", "1": "delivery within 1 day", "6": "delivery within 6 days"}
    for value, phrase in said.items():
        assert phrases.property_of({**lead, "value": value}) == phrase
        assert phrases.delivery(phrase) == {**lead, "value": value}
    assert phrases.property_of({**lead, "value": "soon"}) == "deliveryLeadTime soon d"
    assert phrases.property_of({"property": "weight", "value": "1.255", "unit": "kg"}) == "weight 1.2550 kg"
    assert phrases.delivery("weight=5 kg") is None


def test_a_party_is_called_by_the_best_name_known() -> None:
    assert phrases.party({"name": "Velo", "handle": "velo", "iri": "https://v"}) == "Velo"
    assert phrases.party({"name": "", "handle": "velo", "iri": "https://v"}) == "velo"
    assert phrases.party({"iri": "https://v"}) == "https://v"
    assert phrases.party(None) == ""


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        ("P1M", "1 month"),
        ("P14D", "14 days"),
        ("P1Y6M", "1 year and 6 months"),
        ("P2W", "2 weeks"),
        ("P", "P"),
        ("PT1H", "PT1H"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_period_is_said_as_it_is_typed(duration: str | None, said: str) -> None:
    assert phrases.period(duration) == said


def test_what_was_turned_away_is_said_with_how_much_and_from_where() -> None:
    calls = {
        "requests": 1204,
        "last_at": "2026-05-04T12:00:00Z",
        "networks": ["192.0.2.0/24", "2001:db8::/48"],
    }
    said = phrases.turned_away(calls)
    assert said.startswith("1,204 calls came too often and got 429, the last 2026-05-0")
    assert said.endswith("most from 192.0.2.0/24, 2001:db8::/48")
