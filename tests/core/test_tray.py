"""Rows that other systems hand in: what is one, and what became of it."""

from typing import Any

import pytest

from node.core import codes
from node.core.tray import (
    LARGEST_ROW_BYTES,
    LONGEST_ID,
    MOST_AT_ONCE,
    HandedRow,
    outcome_of,
    read_event,
    read_rows,
)
from protocol.errors import Unprocessable

ROW = {"kind": "quotation", "external_id": "Q-7", "fields": {"b": 1, "a": "x"}}
READ = HandedRow("quotation", "Q-7", b'{"a":"x","b":1}')
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/crm",
    "type": "quotation.changed",
    "data": ROW,
}


def refused(rows: list[Any]) -> str:
    with pytest.raises(Unprocessable) as caught:
        read_rows(rows)
    return caught.value.code


def test_a_row_is_read_in_one_spelling() -> None:
    assert read_rows([ROW]) == (READ,)
    assert read_rows([{"external_id": "Q-7", "fields": {"a": "x", "b": 1}, "kind": "quotation"}]) == (READ,)


def test_an_event_has_a_row_or_several() -> None:
    assert read_event(EVENT) == (READ,)
    other = {**ROW, "external_id": "Q-8"}
    assert [row.external_id for row in read_event({**EVENT, "data": {"rows": [ROW, other]}})] == [
        "Q-7",
        "Q-8",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": "0.3"}, {"specversion": 1.0}, {"id": ""}, {"id": 1}, {"source": None}, {"type": ""},
        {"data": None}, {"data": [ROW]}, {"data": {"rows": ROW}}, {"data": {"rows": None}},
    ],
)  # fmt: skip
def test_what_is_no_event_with_rows_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable) as caught:
        read_event({**EVENT, **change})
    assert caught.value.code == codes.TRAY_EVENT


@pytest.mark.parametrize(
    "row",
    [
        None, [], {}, {**ROW, "more": 1}, {"kind": "a", "external_id": "b"}, {**ROW, "kind": "Quotation"},
        {**ROW, "kind": ""}, {**ROW, "kind": "a" * 41}, {**ROW, "kind": 1}, {**ROW, "external_id": ""},
        {**ROW, "external_id": "a\nb"}, {**ROW, "external_id": "a" * (LONGEST_ID + 1)},
        {**ROW, "external_id": 7}, {**ROW, "fields": []}, {**ROW, "fields": {"n": 2**60}},
        {**ROW, "fields": {"a": "x" * LARGEST_ROW_BYTES}},
    ],
)  # fmt: skip
def test_what_is_no_row_is_refused(row: Any) -> None:
    assert refused([row]) == codes.TRAY_ROW


def test_rows_come_together_only_so_many_and_each_once() -> None:
    rows = [{**ROW, "external_id": str(number)} for number in range(MOST_AT_ONCE + 1)]
    assert len(read_rows(rows[1:])) == MOST_AT_ONCE
    assert refused(rows) == codes.TRAY_ROW
    assert refused([]) == codes.TRAY_ROW
    assert refused([ROW, {**ROW, "fields": {}}]) == codes.TRAY_TWICE
    assert len(read_rows([ROW, {**ROW, "kind": "invoice"}])) == 2


def test_what_became_of_a_row() -> None:
    assert [outcome_of(known, b"{}").value for known in (None, b'{"a":1}', b"{}")] == [
        "created", "updated", "unchanged",
    ]  # fmt: skip
