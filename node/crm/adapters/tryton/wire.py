"""How Tryton writes values in JSON, and what of them the port's texts are.

Tryton marks what JSON has no type for with `__class__`: decimals, days, moments, durations and bytes.
Moments are in UTC and do not say so.

Source: trytond 8.2, protocols/jsonrpc.py.
"""

from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

import orjson

from node.crm.foreign import reading

Json = dict[str, Any]

ODD: Final = "The CRM answers what Tryton does not: is the address right?"

foreign = partial(reading, ODD)
"""Takes what cannot be read of an answer for an answer of something else."""

_MOMENT: Final = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def pack(value: Any) -> str:
    """Return JSON as it goes into a header or a question: domains, orders, the context."""
    return urlsafe_b64encode(orjson.dumps(value)).decode()


def spell_decimal(text: str) -> Json:
    """Spell a decimal."""
    return {"__class__": "Decimal", "decimal": text}


def spell_day(day: date) -> Json:
    """Spell a day."""
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}


def spell_days(days: int) -> Json:
    """Spell a duration of whole days."""
    return {"__class__": "timedelta", "seconds": days * 86_400}


def spell_moment(moment: datetime) -> Json:
    """Spell a moment, to the microsecond."""
    return {"__class__": "datetime"} | {name: getattr(moment, name) for name in _MOMENT}


def spell_bytes(content: bytes) -> Json:
    """Spell the content of a file."""
    return {"__class__": "bytes", "base64": b64encode(content).decode()}


def read_text(value: Any) -> str:
    """Return a value as the port has it: "" for nothing, a number without zeros that say nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}"
    if isinstance(value, dict):
        return _read_marked(value)
    return str(value)


def read_moment(value: Any) -> datetime | None:
    """Return a moment; None if there is none."""
    if not isinstance(value, dict) or value.get("__class__") != "datetime":
        return None
    year, month, day, hour, minute, second, microsecond = (int(value[name]) for name in _MOMENT)
    return datetime(year, month, day, hour, minute, second, microsecond, UTC)


def _read_marked(value: Json) -> str:
    match value.get("__class__"):
        case "Decimal":
            return str(value["decimal"])
        case "date":
            return date(value["year"], value["month"], value["day"]).isoformat()
        case "datetime":
            moment = read_moment(value)
            return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            return ""
