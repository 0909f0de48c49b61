"""Formats: money, numbers and times as the reader writes them.

Rules here: an amount is a decimal string until it is shown, and is rounded before it is formatted, by
ourselves; what is not rounded keeps every digit it was written with. A minus is U+2212. Cents are marked up,
so that lists and totals can show them smaller. Every moment carries its exact time (`<time datetime>`); the
zone is named where the reader's own is not known. Figures below ten are words in sentences.

Sources: Unicode CLDR through Babel; HTML Living Standard §4.5.14 (`time`).
"""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from node.core.money import decimals_of
from node.web.pages.wording.languages import READER, gettext, ngettext
from protocol.decimals import EXACT

if TYPE_CHECKING:
    from babel import Locale

MINUS: Final = "\u2212"
_SOON_DAYS: Final = 7
_REMEMBERED: Final = 2_048  # amounts and numbers as they were last written
_GROUPED_FROM: Final = 10_000
_MINUTE_SECONDS: Final = 60
_HOUR_SECONDS: Final = 3_600
_DAY_SECONDS: Final = 86_400


@lru_cache(maxsize=4)
def _locale(name: str) -> "Locale":
    from babel import Locale

    return Locale.parse(name)


def _here() -> "Locale":
    return _locale(READER.get().language.locale)


# --- numbers -----------------------------------------------------------------------------------------


def money(amount: str | Decimal, currency: str, *, exact: bool = False) -> Markup:
    """Return an amount with its cents marked up; `exact` shows all digits, as prices of a unit need it."""
    return _marked(plain_money(amount, currency, exact=exact), decimal_mark())


@lru_cache(maxsize=_REMEMBERED)
def _marked(text: str, separator: str) -> Markup:
    whole, found, rest = text.rpartition(separator)
    digits = len(rest) - len(rest.lstrip("0123456789")) if found else 0
    if not digits:
        return Markup('<span class="money">{}</span>').format(text)
    cents, behind = separator + rest[:digits], rest[digits:]
    return Markup('<span class="money">{}<span class="ct">{}</span>{}</span>').format(whole, cents, behind)


def plain_money(amount: str | Decimal, currency: str, *, exact: bool = False) -> str:
    """Return an amount as text, rounded half up to what its currency has unless it is to be `exact`."""
    value, decimals = Decimal(amount), decimals_of(currency)
    places = 2 if decimals is None else decimals
    return _priced(value, currency, max(places, -_exponent(value)) if exact else places)


def round_money(amount: str | Decimal, currency: str) -> str:
    """Return an amount without cents, as the axis of a drawing names it."""
    return _priced(Decimal(amount), currency, 0 if _exponent(Decimal(amount)) >= 0 else 2)


def _priced(value: Decimal, currency: str, places: int) -> str:
    return _priced_in(READER.get().language.locale, value, currency, places)


@lru_cache(maxsize=_REMEMBERED)  # a page says the same total in its list, its table and its drawing
def _priced_in(locale: str, value: Decimal, currency: str, places: int) -> str:
    from babel.numbers import format_currency

    known = _locale(locale)
    pattern = known.currency_formats["standard"].pattern.replace("0.00", f"0.{'0' * places}".rstrip("."))
    with localcontext(EXACT):
        shown = format_currency(
            rounded(value, places), currency, pattern, locale=known, currency_digits=False
        )
    return shown.replace("-", MINUS)


def rounded(value: Decimal, places: int) -> Decimal:
    """Return a number with so many decimals, rounded half up as bills are."""
    with localcontext(EXACT) as context:
        context.traps = dict.fromkeys(context.traps, False)
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def number(value: str | Decimal | int) -> str:
    """Return a number with all its digits."""
    return _number_in(READER.get().language.locale, str(value))


@lru_cache(maxsize=_REMEMBERED)
def _number_in(locale: str, value: str) -> str:
    from babel.numbers import format_decimal

    shown = format_decimal(Decimal(value), locale=_locale(locale), decimal_quantization=False)
    return shown.replace("-", MINUS)


def bare_money(amount: str | Decimal, currency: str) -> str:
    """Return an amount without its currency, as a field has it: with all its cents, if it has any."""
    from babel.numbers import format_decimal

    exact = Decimal(amount)
    if exact == exact.to_integral_value():
        return number(exact)
    pattern = "#,##0." + "0" * (decimals_of(currency) or 2)
    return format_decimal(exact, pattern, locale=_here(), decimal_quantization=False).replace("-", MINUS)


def quantity(value: str | Decimal | int, unit: str = "") -> str:
    """Return a number with its unit behind a blank at which no line breaks.

    Four digits without one stay together: they may be a year, and nothing says so.
    """
    text = _quantity_in(READER.get().language.locale, str(value), grouped=bool(unit))
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit else text


@lru_cache(maxsize=_REMEMBERED)
def _quantity_in(locale: str, value: str, *, grouped: bool) -> str:
    from babel.numbers import format_decimal

    exact = Decimal(value)
    shown = format_decimal(
        exact,
        locale=_locale(locale),
        decimal_quantization=False,
        group_separator=grouped or abs(exact) >= _GROUPED_FROM,
    )
    return shown.replace("-", MINUS)


def decimal_mark() -> str:
    """Return what the reader writes before decimals."""
    return str(_here().number_symbols["latn"]["decimal"])


def percent(ratio: str | Decimal) -> str:
    """Return a ratio in per cent, with one decimal."""
    return f"{number(rounded(Decimal(ratio) * 100, 1))}\N{NO-BREAK SPACE}%"


def spelled(count: int) -> str:
    """Return a count as it stands in a sentence: from two to nine a word."""
    if not 2 <= count <= 9:
        return number(count)
    words = (
        gettext("two"), gettext("three"), gettext("four"), gettext("five"),
        gettext("six"), gettext("seven"), gettext("eight"), gettext("nine"),
    )  # fmt: skip
    return words[count - 2]


# --- times -------------------------------------------------------------------------------------------


def day(at: str | datetime) -> Markup:
    """Return a day when it matters: "Tuesday 9 February", and its year where that is another."""
    moment = _local(at)
    return _time(moment, _day(moment))


def moment(at: str | datetime) -> Markup:
    """Return a day and its time: "Tuesday 9 February, 18:00"."""
    return _time(_local(at), plain_moment(at))


def plain_moment(at: str | datetime) -> str:
    """Return a day and its time as text alone."""
    local = _local(at)
    said = gettext("%(day)s, %(clock)s") % {"day": _day(local), "clock": _written(local, "HH:mm")}
    return said + _zone()


def brief(at: str | datetime) -> Markup:
    """Return a day in a list: "9 Feb"."""
    moment, language = _local(at), READER.get().language
    pattern = language.brief if _is_this_year(moment) else f"{language.brief} y"
    return _time(moment, _written(moment, pattern))


def month(first: date, *, short: bool = False) -> str:
    """Return the month of a day: "February", or "Feb" below a bar; with its year where that is another."""
    from babel.dates import format_date

    this_year = first.year == _local(READER.get().now).year
    pattern = "LLL" if short else "LLLL" if this_year else "LLLL y"
    return format_date(first, pattern, locale=_here())


def clock(at: str | datetime) -> Markup:
    """Return the time of a day: "16:41"."""
    moment = _local(at)
    return _time(moment, _clock(moment))


def precise(at: str | datetime) -> Markup:
    """Return the time of a day to the second: "16:41:07"."""
    moment = _local(at)
    return _time(moment, _written(moment, "HH:mm:ss") + _zone())


def lately(at: str | datetime) -> Markup:
    """Return when something was, in a list: today its time, in the last week its weekday, else its day."""
    moment, today = _local(at), _local(READER.get().now)
    days = (today.date() - moment.date()).days
    if days == 0:
        return _time(moment, _written(moment, "HH:mm"))
    if 0 < days < _SOON_DAYS:
        return _time(moment, _written(moment, "EEE"))
    return brief(at)


def span(seconds: int) -> str:
    """Return a span of time in the largest unit that it has whole: "20 seconds", "10 minutes", "1 day"."""
    sizes = (_DAY_SECONDS, _HOUR_SECONDS, _MINUTE_SECONDS)
    size = next((each for each in sizes if seconds and seconds % each == 0), 1)
    count = seconds // size
    said = {
        _DAY_SECONDS: ngettext("%(count)s day", "%(count)s days", count),
        _HOUR_SECONDS: ngettext("%(count)s hour", "%(count)s hours", count),
        _MINUTE_SECONDS: ngettext("%(count)s minute", "%(count)s minutes", count),
        1: ngettext("%(count)s second", "%(count)s seconds", count),
    }
    return said[size] % {"count": number(count)}


def left(at: str | datetime) -> Markup:
    """Return how long there is: "2 days left" in the next seven days, else the day."""
    local = _local(at)
    seconds = (local - READER.get().now).total_seconds()
    if seconds < 0:
        return _time(local, gettext("over since %(day)s") % {"day": _day(local)})
    if seconds >= _SOON_DAYS * _DAY_SECONDS:
        return _time(local, gettext("until %(day)s") % {"day": _day(local)})
    if seconds >= 2 * _DAY_SECONDS:
        count = int(seconds // _DAY_SECONDS)
        text = ngettext("%(count)s day left", "%(count)s days left", count)
    elif seconds >= _HOUR_SECONDS:
        count = int(seconds // _HOUR_SECONDS)
        text = ngettext("%(count)s hour left", "%(count)s hours left", count)
    elif seconds < _MINUTE_SECONDS:
        return _time(local, gettext("less than a minute left"))
    else:
        count = int(seconds // _MINUTE_SECONDS)
        text = ngettext("%(count)s minute left", "%(count)s minutes left", count)
    return _time(local, text % {"count": number(count)})


def today() -> Markup:
    """Return the day it is."""
    return day(READER.get().now)


def _local(at: str | datetime) -> datetime:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(READER.get().zone or UTC)


def _time(moment: datetime, text: str) -> Markup:
    exact = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}">{}</time>').format(exact, text)


def _day(moment: datetime) -> str:
    language = READER.get().language
    return _written(moment, language.weekday if _is_this_year(moment) else language.dated)


def _clock(moment: datetime) -> str:
    return _written(moment, "HH:mm") + _zone()


def _zone() -> str:
    """Name the zone where it is not the reader's."""
    return "" if READER.get().zone is not None else "\N{NO-BREAK SPACE}UTC"


def _is_this_year(moment: datetime) -> bool:
    return moment.year == _local(READER.get().now).year


def _written(moment: datetime, pattern: str) -> str:
    from babel.dates import format_datetime

    return format_datetime(moment, pattern, locale=_here())
