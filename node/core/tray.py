"""The tray: rows that other systems hand in, each found by what they call it; as pure decisions.

Rules that hold here:

- A row is a kind, an id of the other system's, and fields. What they mean is for whoever takes them.
- The same row again changes nothing, in whatever order its members stand: canonical forms are compared.
- A request is taken whole or not at all; a row that stands in it twice is a mistake of its sender's.
- Everything is bounded: how many rows come at once, how large each is, how many a sender has in the tray.

Source: CloudEvents 1.0.2 (structured mode).
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from node.core import codes
from node.core.legible import is_line
from protocol.canonical import canonicalise
from protocol.documents import Document
from protocol.errors import ProtocolError, Unprocessable
from protocol.values import dataclass

LIMIT_BYTES: Final = 1_048_576
"""Of a request: five hundred rows of two kilobytes."""
MOST_AT_ONCE: Final = 500
MOST_ROWS: Final = 10_000
"""Of one sender in the tray: with the largest rows 80 MB, with usual ones a tenth of that."""
LARGEST_ROW_BYTES: Final = 8_192
MOST_SENDERS: Final = 20
LONGEST_ID: Final = 200  # characters
LONGEST_NAME: Final = 100

_KIND: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_EVENT_MEMBERS: Final = ("id", "source", "type")
_SPECIFICATION: Final = "1.0"


class TrayOutcome(StrEnum):
    """What became of a row that was handed in."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class HandedRow:
    """A row as it was handed in; `canonical` are its fields as they are compared and kept."""

    kind: str
    external_id: str
    canonical: bytes


def read_event(event: Mapping[str, Any]) -> tuple[HandedRow, ...]:
    """Read the rows of a CloudEvent: its data is one row, or has several as `rows`.

    Raises:
        Unprocessable: `tray-event`, it is no CloudEvent of version 1.0 with rows; as `read_rows`.
    """
    named = [event.get(name) for name in _EVENT_MEMBERS]
    data = event.get("data")
    whole = all(isinstance(value, str) and value != "" for value in named)
    if not whole or event.get("specversion") != _SPECIFICATION or not isinstance(data, dict):
        raise Unprocessable(codes.TRAY_EVENT)
    rows = data.get("rows") if "rows" in data else [data]
    if not isinstance(rows, list):
        raise Unprocessable(codes.TRAY_EVENT)
    return read_rows(rows)


def read_rows(rows: Sequence[Any]) -> tuple[HandedRow, ...]:
    """Read rows that are handed in together.

    Raises:
        Unprocessable: `tray-row`, one is not a row, or too large; `tray-twice`, one stands there twice.
    """
    if not 0 < len(rows) <= MOST_AT_ONCE:
        raise Unprocessable(codes.TRAY_ROW)
    read = tuple([_read_row(row) for row in rows])
    if len({(row.kind, row.external_id) for row in read}) < len(read):
        raise Unprocessable(codes.TRAY_TWICE)
    return read


def _read_row(row: Any) -> HandedRow:
    if not isinstance(row, dict) or set(row) != {"kind", "external_id", "fields"}:
        raise Unprocessable(codes.TRAY_ROW)
    kind, external_id, fields = row["kind"], row["external_id"], row["fields"]
    named = isinstance(kind, str) and _KIND.fullmatch(kind) is not None and _is_id(external_id)
    if not named or not isinstance(fields, dict):
        raise Unprocessable(codes.TRAY_ROW)
    try:
        canonical = canonicalise(fields)
    except ProtocolError:  # a number that no two programs read alike
        raise Unprocessable(codes.TRAY_ROW) from None
    if len(canonical) > LARGEST_ROW_BYTES:
        raise Unprocessable(codes.TRAY_ROW)
    return HandedRow(kind, external_id, canonical)


def _is_id(text: Any) -> bool:
    return isinstance(text, str) and 0 < len(text) <= LONGEST_ID and is_line(text)


def outcome_of(known: bytes | None, handed: bytes) -> TrayOutcome:
    """Say what a row is beside the one that is known, each by its canonical fields."""
    if known is None:
        return TrayOutcome.CREATED
    return TrayOutcome.UNCHANGED if known == handed else TrayOutcome.UPDATED


def view_outcome(row: HandedRow, outcome: TrayOutcome) -> Document:
    """Show what became of a row."""
    return {"kind": row.kind, "external_id": row.external_id, "outcome": str(outcome)}
