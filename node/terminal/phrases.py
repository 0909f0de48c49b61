"""How ids, amounts, times and prices are said on a terminal.

Rules here: pure; amounts come as the decimal strings of the API and are never turned into floats; times are
shown in the reader's own time zone; what cannot be read is shown as it came, never hidden.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from node.core.money import decimals_of
from protocol.vocabulary import LEAD_TIME

# Ids are 128 random bits in 26 letters: 8 of them (40 bits) tell everything one node holds apart.
short_letters: Final = 8


def short(id: str) -> str:
    """Return the beginning of an id, long enough to be given back to a command."""
    prefix, mark, letters = id.partition("_")
    return f"{prefix}{mark}{letters[:short_letters]}" if mark else id


def thing(offer: Mapping[str, Any]) -> str:
    """Return what an offer is for: its name, or the wish that it answers where its software names nothing."""
    return str(offer.get("name") or "") or f"for {short(str(offer.get('intention') or ''))}"


def amount(value: str | None, currency: str | None) -> str:
    """Return an amount with thousands marked and the decimals of its currency: `2,249.00 EUR`."""
    if not value:
        return ""
    try:
        number = Decimal(value)
    except (InvalidOperation, ValueError):
        number = None
    said = value if number is None else _marked(number, decimals_of(currency or ""))
    return f"{said} {currency}" if currency else said


def _marked(number: Decimal, decimals: int | None) -> str:
    """Return a number with thousands marked: with all its decimals if it has any, or could be two numbers."""
    said = f"{number:,f}"
    if not decimals:
        return said if decimals == 0 else figure(said)
    full = f"{number:,.{decimals}f}"
    if "." not in said:
        return full if _IN_THOUSANDS.fullmatch(said) else said
    return figure(said) if len(full) < len(said) or _IN_THOUSANDS.fullmatch(full) else full


def figure(text: str) -> str:
    """Return a number so that its one mark cannot stand between thousands: with a zero more, or without."""
    if not _IN_THOUSANDS.fullmatch(text):
        return text
    return f"{text}0" if "." in text else text.replace(",", "")


def period(duration: str | None) -> str:
    """Return an ISO 8601 duration of days and longer as it is typed: `1 month`; others as they came."""
    found = _PERIOD.fullmatch(duration or "")
    lengths = found.groupdict() if found else {}
    said = [f"{int(n):,} {unit}{'' if int(n) == 1 else 's'}" for unit, n in lengths.items() if n]
    return " and ".join(said) or duration or ""


def moment(at: str | None) -> datetime | None:
    """Return an RFC 3339 text as a local time, or None where there is none."""
    if not at:
        return None
    try:
        return datetime.fromisoformat(at).astimezone()
    except (ValueError, OverflowError):
        return None


def clock(at: str | None) -> str:
    """Return the local time of day: `20:14:03`."""
    local = moment(at)
    return local.strftime("%H:%M:%S") if local else at or ""


def exactly(at: str | None) -> str:
    """Return the local date and time, with seconds if it has any: `2026-03-14 20:14`."""
    local = moment(at)
    if local is None:
        return at or ""
    wall = local.replace(tzinfo=None)
    said = wall.isoformat(sep=" ", timespec="seconds" if local.second or local.microsecond else "minutes")
    # An hour that comes twice says which of the two it is.
    twice = wall.replace(fold=0).astimezone() != wall.replace(fold=1).astimezone()
    return f"{said}{local.isoformat()[-6:]}" if twice else said


def ends(at: str | None) -> str:
    """Return the local date and time of an end; only its day where it is the day's last second."""
    local = moment(at)
    whole_day = local is not None and local.time() == time(23, 59, 59)
    return exactly(at) if local is None or not whole_day else f"{local:%Y-%m-%d}"


def date_and_time(at: str | None) -> str:
    """Return the local date and time to the minute: `2026-03-14 20:14`."""
    local = moment(at)
    return local.strftime("%Y-%m-%d %H:%M") if local else at or ""


def turned_away(calls: Mapping[str, Any]) -> str:
    """Say how many calls came too often: `1,204 calls came too often, the last 2026-03-14 20:14, from …`."""
    most = ", ".join(map(str, calls["networks"]))
    last = date_and_time(calls["last_at"])
    return f"{calls['requests']:,} calls came too often and got 429, the last {last}, most from {most}"


def remaining(at: str | None, *, now: datetime) -> str:
    """Return how long it is from `now` until `at`: `21 days`, `3 h`, `5 min`, `expired`."""
    until = moment(at)
    if until is None:
        return at or ""
    left = until - now
    if left <= timedelta():
        return "expired"
    if left >= timedelta(days=2):
        return f"{round(left / timedelta(days=1))} days"
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    return f"{hours} h" if hours else f"{minutes} min"


_PERIOD: Final = re.compile(
    r"P(?:(?P<year>\d+)Y)?(?:(?P<month>\d+)M)?(?:(?P<week>\d+)W)?(?:(?P<day>\d+)D)?", re.ASCII
)
# One mark with three digits behind it, which somebody could take for thousands.
_IN_THOUSANDS: Final = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_TIMES: Final = {"day": "a day", "week": "a week", "month": "a month", "year": "a year"}


def price_line(line: Mapping[str, Any]) -> str:
    """Return a price line as a phrase: `Lease: 24.90 EUR a month, 24 times`, `80 EUR per hour, about 9`."""
    said = amount(str(line.get("amount", "")), line.get("currency"))
    if line.get("kind") == "discount":
        said = f"less {said}"
    if line.get("estimate"):
        rate = figure(
            str(line.get("amount"))
        )  # with more decimals than amounts, so one mark is never thousands
        said = f"{rate} {line.get('currency')} per {line.get('unit')}, about {figure(str(line['estimate']))}"
    if line.get("per"):
        said += f" {_TIMES.get(str(line.get('per')), str(line.get('per')))}, {_term(line)}"
    label = line.get("label")
    return f"{label}: {said}" if label else said


def _term(line: Mapping[str, Any]) -> str:
    if line.get("count"):
        return f"{line['count']} times"
    return f"until {ends(line['until'])}" if line.get("until") else "until ended"


def quantity(value: Mapping[str, Any] | None) -> str:
    """Return a quantity with its unit; the unit `one` goes without saying."""
    if not value or value.get("value") in (None, ""):
        return ""
    unit = value.get("unit") or "one"
    number = figure(str(value["value"]))
    return number if unit == "one" else f"{number} {unit}"


_DELIVERY: Final = re.compile(r"delivery (?:at once|within (\d{1,4}) days?)")


def property_of(item: Mapping[str, Any]) -> str:
    """Return a property as a phrase: `weight 13.2 kg`, `delivery within 6 days`."""
    value, unit = str(item.get("value") or ""), str(item.get("unit") or "")
    if str(item.get("property")) == LEAD_TIME and unit == "d" and value.isdigit():
        return (
            f"delivery within {value} day{'' if value == '1' else 's'}" if int(value) else "delivery at once"
        )
    return " ".join(filter(None, [str(item.get("property") or ""), figure(value), unit]))


def delivery(text: str) -> dict[str, str] | None:
    """Return the property that `delivery within 6 days` says, None for any other text."""
    found = _DELIVERY.fullmatch(text.strip())
    return None if found is None else {"property": LEAD_TIME, "value": found[1] or "0", "unit": "d"}


_BOUNDS: Final = {"value": "=", "at_least": "≥", "at_most": "≤"}


def specification(wanted: Mapping[str, Any]) -> str:
    """Return a wanted property as a phrase: `fuelConsumption ≤ 7 l/100 km`."""
    said = {member: figure(str(wanted[member])) for member in _BOUNDS if wanted.get(member) is not None}
    bounds = [f"{_BOUNDS[member]} {number}" for member, number in said.items()]
    return " ".join(
        filter(None, [str(wanted.get("property", "")), " ".join(bounds), wanted.get("unit") or ""])
    )


def plainly(value: Any) -> str:
    """Return a member of a document as a phrase.

    Yes and no, nothing for null, a list word by word, JSON for what has parts of its own.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ", ".join(plainly(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def party(peer: Mapping[str, Any] | None) -> str:
    """Return what to call a peer: its name, else its handle, else its address."""
    known = peer or {}
    named = (run(str(known.get(member) or "")) for member in ("name", "handle", "iri"))
    return next((name for name in named if name), "")


def run(text: str) -> str:
    """Return what somebody wrote with one space wherever they left room: two would look like our columns."""
    return " ".join(text.split())
