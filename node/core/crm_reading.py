"""What a CRM answers, as it is taken: bounded, and without signs that nothing of ours could carry on.

Rules here:

- An id and a version are kept, compared and shown: one that is too long, or not one line that is read as it
  stands, is none, and the record with it. An external id like that is nobody's of ours.
- A text that is too long is cut, a sign that JSON must not carry is replaced. Of a quotation that is a fault,
  so that nobody signs what the business did not write.
- Of lines there are no more than one more than an offer may have, and of faults what a person reads.
"""

import re
from dataclasses import replace
from typing import Final

from node.core.legible import is_line
from node.core.records import CrmRecord, QuoteLine, RecordKind
from protocol.prices import LINES_LIMIT

LIMIT_ID: Final = 500  # characters; an UUID has 36, a path within some system a hundred
LIMIT_EXTERNAL_ID: Final = 2_048  # of an address
LIMIT_TEXT: Final = 65_536
LIMIT_CELL: Final = 2_000  # of a line of a quotation
_NO_SIGN: Final = "\N{REPLACEMENT CHARACTER}"
_TITLE_CHARACTERS: Final = 200
_MOST_FAULTS: Final = 10
_FAULT_CHARACTERS: Final = 300
_UNWRITABLE: Final = re.compile("[\0\ufffe\uffff]")  # what strict JSON refuses (`protocol.strictjson`)
_ALTERED: Final = "A text in it is too long, or has signs that cannot be written."


class OddRecord(ValueError):  # noqa: N818 - what an answer is
    """It is no record: by its ids, nobody could tell which."""


def take_record(record: CrmRecord) -> CrmRecord:
    """Return a record as it is taken.

    Raises:
        OddRecord: it has no id, or one that cannot be kept.
    """
    links = {kind: id for kind, id in record.links.items() if id}
    for id in (record.id, record.version, *links.values()):
        check_id(id)
    fields = {name: _text(text, LIMIT_TEXT) for name, text in record.fields.items()}
    lines = tuple(map(_line, record.lines[: LINES_LIMIT + 1]))
    faults = [_text(fault, _FAULT_CHARACTERS) for fault in record.faults[:_MOST_FAULTS]]
    told = replace(
        record,
        external_id=_line_of(record.external_id, LIMIT_EXTERNAL_ID),
        fields=fields,
        links=links,
        lines=lines,
        currency=_text(record.currency, LIMIT_CELL),
        valid_until=_text(record.valid_until, LIMIT_CELL),
        faults=tuple(faults),
    )
    is_altered = fields != record.fields or lines != record.lines[: LINES_LIMIT + 1]
    if record.kind is RecordKind.QUOTATION and is_altered:
        return replace(told, faults=(*told.faults, _ALTERED))
    return told


def take_fault(fault: str) -> str:
    """Return why a record cannot be read, as it is shown: one short line."""
    return _line_of(fault, _FAULT_CHARACTERS)


def take_title(title: str) -> str:
    """Return what a CRM calls itself, as it is shown: one short line."""
    return _line_of(title, _TITLE_CHARACTERS)


def check_id(id: str) -> None:
    """Check that an id can be kept.

    Raises:
        OddRecord: it cannot.
    """
    if not 0 < len(id) <= LIMIT_ID or not is_line(id):
        raise OddRecord("an id that cannot be kept")


def _line_of(text: str, most: int) -> str:
    cut = text[:most]
    return cut if is_line(cut) else "".join(sign if is_line(sign) else _NO_SIGN for sign in cut)


def _text(text: str, most: int) -> str:
    return _UNWRITABLE.sub(_NO_SIGN, text[:most])


def _line(line: QuoteLine) -> QuoteLine:
    return replace(
        line,
        label=_text(line.label, LIMIT_CELL),
        quantity=_text(line.quantity, LIMIT_CELL),
        price=_text(line.price, LIMIT_CELL),
        unit=_text(line.unit, LIMIT_CELL),
        per=_text(line.per, LIMIT_CELL),
    )
