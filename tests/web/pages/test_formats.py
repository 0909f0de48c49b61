"""Money, numbers and times, as readers of each language write them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from node.web.pages.wording import formats
from node.web.pages.wording.languages import ENGLISH, GERMAN, Reader, reading

NOW = datetime(2027, 2, 2, 17, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
EN = Reader(language=ENGLISH, zone=BERLIN, now=NOW)
DE = Reader(language=GERMAN, zone=BERLIN, now=NOW)
NBSP = "\N{NO-BREAK SPACE}"


def in_both(say: Callable[[], object]) -> tuple[str, str]:
    said = []
    for reader in (EN, DE):
        with reading(reader):
            said.append(str(say()))
    return said[0], said[1]


@pytest.mark.parametrize(
    ("amount", "currency", "exact", "english", "german"),
    [
        ("13790", "EUR", False, "€13,790.00", f"13.790,00{NBSP}€"),
        ("12967.6", "EUR", False, "€12,967.60", f"12.967,60{NBSP}€"),
        ("0.005", "EUR", False, "€0.01", f"0,01{NBSP}€"),
        ("-3.2", "EUR", False, "\u2212€3.20", f"\u22123,20{NBSP}€"),
        ("0.30491", "EUR", True, "€0.30491", f"0,30491{NBSP}€"),
        ("0.3", "EUR", True, "€0.30", f"0,30{NBSP}€"),
        ("1200", "JPY", False, "JP¥1,200", f"1.200{NBSP}¥"),
        ("99999999999999999999.99", "EUR", False, "€99,999,999,999,999,999,999.99", None),
        ("1e3", "EUR", True, "€1,000.00", f"1.000,00{NBSP}€"),
    ],
)
def test_money(amount: str, currency: str, exact: bool, english: str, german: str | None) -> None:
    said = in_both(lambda: formats.plain_money(amount, currency, exact=exact))
    assert said[0] == english
    assert german in {said[1], None}


@pytest.mark.parametrize(
    ("amount", "currency", "english", "german"),
    [
        ("1780.2", "EUR", "1,780.20", "1.780,20"),
        ("1780.00", "EUR", "1,780", "1.780"),
        ("0.125", "EUR", "0.125", "0,125"),
        ("1780", "JPY", "1,780", "1.780"),
        ("1.5", "XYZ", "1.50", "1,50"),
        ("-2.5", "EUR", "\N{MINUS SIGN}2.50", "\N{MINUS SIGN}2,50"),
    ],
)
def test_an_amount_in_a_field_has_its_cents(amount: str, currency: str, english: str, german: str) -> None:
    assert in_both(lambda: formats.bare_money(amount, currency)) == (english, german)


def test_cents_are_marked_up() -> None:
    english, german = in_both(lambda: formats.money("1234.5", "EUR"))
    assert english == '<span class="money">€1,234<span class="ct">.50</span></span>'
    assert german == f'<span class="money">1.234<span class="ct">,50</span>{NBSP}€</span>'
    assert in_both(lambda: formats.money("5", "JPY"))[0] == '<span class="money">JP¥5</span>'


def test_numbers() -> None:
    assert in_both(lambda: formats.number("1234567.125")) == ("1,234,567.125", "1.234.567,125")
    assert in_both(lambda: formats.number(-2))[0] == "\u22122"
    assert in_both(lambda: formats.quantity("4.9", "l")) == (f"4.9{NBSP}l", f"4,9{NBSP}l")
    assert in_both(lambda: formats.quantity("4")) == ("4", "4")
    assert in_both(lambda: formats.quantity("1979")) == ("1979", "1979")  # as years are written
    assert in_both(lambda: formats.quantity("-90000.25")) == ("\u221290,000.25", "\u221290.000,25")
    assert in_both(lambda: formats.quantity("1979", "kg")) == (f"1,979{NBSP}kg", f"1.979{NBSP}kg")
    assert in_both(lambda: formats.percent("0.3155")) == (f"31.6{NBSP}%", f"31,6{NBSP}%")
    assert [in_both(lambda n=n: formats.spelled(n)) for n in (1, 2, 9, 10)] == [  # type: ignore[misc]  # of a lambda's default
        ("1", "1"), ("two", "zwei"), ("nine", "neun"), ("10", "10"),
    ]  # fmt: skip


def test_days_and_moments() -> None:
    at = "2027-02-09T17:00:00Z"
    english, german = in_both(lambda: formats.moment(at))
    assert english == f'<time datetime="{at}">Tuesday 9 February, 18:00</time>'
    assert german == f'<time datetime="{at}">Dienstag, 9. Februar, 18:00 Uhr</time>'
    assert in_both(lambda: formats.day("2028-03-15T12:00:00Z"))[1].endswith(">15. März 2028</time>")
    assert in_both(lambda: formats.brief(at))[0].endswith(">9 Feb</time>")
    assert in_both(lambda: formats.brief("2026-02-09T12:00:00Z"))[0].endswith(">9 Feb 2026</time>")
    assert in_both(formats.today)[0].endswith(">Tuesday 2 February</time>")


def test_the_zone_is_named_where_the_readers_is_not_known() -> None:
    with reading(Reader(now=NOW)):
        assert formats.moment("2027-02-09T17:00:00Z").endswith(f", 17:00{NBSP}UTC</time>")
        assert formats.clock(NOW).endswith(f">17:00{NBSP}UTC</time>")


@pytest.mark.parametrize(
    ("since", "english"),
    [
        (timedelta(minutes=5), "17:55"),
        (timedelta(hours=20), "Mon"),
        (timedelta(days=9), "24 Jan"),
        (timedelta(days=-3), "5 Feb"),
    ],
)
def test_when_something_was(since: timedelta, english: str) -> None:
    assert in_both(lambda: formats.lately(NOW - since))[0].endswith(f">{english}</time>")


@pytest.mark.parametrize(
    ("until", "english", "german"),
    [
        (timedelta(days=2, hours=1), "2 days left", "noch 2 Tage"),
        (timedelta(hours=47), "47 hours left", "noch 47 Stunden"),
        (timedelta(hours=1), "1 hour left", "noch 1 Stunde"),
        (timedelta(seconds=59), "less than a minute left", "noch keine Minute"),
        (timedelta(minutes=59), "59 minutes left", "noch 59 Minuten"),
        (timedelta(days=7), "until Tuesday 9 February", "bis Dienstag, 9. Februar"),
        (timedelta(seconds=-1), "over since Tuesday 2 February", "vorbei seit Dienstag, 2. Februar"),
    ],
)
def test_how_long_there_is(until: timedelta, english: str, german: str) -> None:
    said = in_both(lambda: formats.left(NOW + until))
    assert (said[0].endswith(f">{english}</time>"), said[1].endswith(f">{german}</time>")) == (True, True)


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (0, "0 seconds", "0 Sekunden"),
        (1, "1 second", "1 Sekunde"),
        (60, "1 minute", "1 Minute"),
        (90, "90 seconds", "90 Sekunden"),
        (600, "10 minutes", "10 Minuten"),
        (7_200, "2 hours", "2 Stunden"),
        (86_400, "1 day", "1 Tag"),
        (86_401, "86,401 seconds", "86.401 Sekunden"),
    ],
)
def test_a_span_is_said_in_the_largest_unit_that_is_whole(seconds: int, english: str, german: str) -> None:
    assert in_both(lambda: formats.span(seconds)) == (english, german)
