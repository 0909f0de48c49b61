"""What a CRM answers, read to the letter: where something is missing or of another type, nothing is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from node.crm.port import CrmUnavailable


@contextmanager
def reading(sentence: str) -> Iterator[None]:
    """Take what cannot be read of an answer for an answer of something else, and say so in a sentence.

    Raises:
        CrmUnavailable: it could not be read.
    """
    try:
        yield
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError):
        raise CrmUnavailable(sentence) from None


def text(value: Any) -> str:
    """Return a value that is a text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def read_date(value: str) -> datetime | None:
    """Return when an answer was given, as its `Date` says; None if that cannot be read.

    One without a zone is of UTC (RFC 9110 §5.6.7).
    """
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
