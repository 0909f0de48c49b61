"""What a CRM answers, read to the letter: where something is missing or of another type, nothing is read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from node.crm.port import CrmRecord, CrmUnavailable, CrmUnreadable, RecordChange, RecordKind

UNREADABLE: Final = (
    "This record stands in the CRM in a way that cannot be read. Nothing is taken from it and nothing is "
    "written to it, and the others go on. Look at it there: once it is changed or deleted this is settled."
)
_NOTHING_READ: Final = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)


@contextmanager
def reading(sentence: str) -> Iterator[None]:
    """Take what cannot be read of an answer for an answer of something else, and say so in a sentence.

    Raises:
        CrmUnavailable: it could not be read.
    """
    try:
        yield
    except _NOTHING_READ:
        raise CrmUnavailable(sentence) from None


@contextmanager
def reading_one() -> Iterator[None]:
    """Take what cannot be read of one record, which has an id, for a fault of that record alone.

    Raises:
        CrmUnreadable: it could not be read.
    """
    try:
        yield
    except _NOTHING_READ:
        raise CrmUnreadable(UNREADABLE) from None


def tell(kind: RecordKind, id: str, read: Callable[[], CrmRecord]) -> RecordChange:
    """Return what tells of a record: as it is read, or that it cannot be."""
    try:
        return RecordChange(kind=kind, id=id, record=read())
    except CrmUnreadable as error:
        return RecordChange(kind=kind, id=id, record=None, fault=error.detail)


def record_of(told: RecordChange) -> CrmRecord:
    """Return the record that is told of.

    Raises:
        CrmUnreadable: it cannot be read.
    """
    if told.record is None:
        raise CrmUnreadable(told.fault)
    return told.record


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
