"""What reaches a terminal cannot move it; JSON stays exact."""

import io
import json
import sys
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.commands import message
from node.core import codes
from node.core.legible import MARKS, unseen
from node.terminal import phrases
from node.terminal.failures import ExitCode, Failure
from node.terminal.output import Output
from node.terminal.printing import as_json, fields, paragraphs, printable, width
from node.terminal.tables import Column, aligned, padded
from tests.commands.nodes import Terminal

# JS-14 and UN-04: what a hostile name is made of.
HOSTILE = {
    "\x1b]0;pwn\x07": r"\x1b]0;pwn\x07",
    "\x1b[2J": r"\x1b[2J",
    "a\r\nb": r"a\x0d\x0ab",
    "tab\there": r"tab\x09here",
    "\x9b31m": r"\x9b31m",
    "\x7f": r"\x7f",
    "100\u202e.00": r"100\u202e.00",
    "\u2066x\u2069": r"\u2066x\u2069",
    "zero\u200bwidth": r"zero\u200bwidth",
    "\ufeffbom": r"\ufeffbom",
    "soft\xadhyphen": r"soft\xadhyphen",
    "line\u2028break": r"line\u2028break",
    "half\ud800": r"half\ud800",
    "\U000e0041tag": r"\U000e0041tag",
    "private\ue000": r"private\ue000",
    "Hangul\u3164filler": r"Hangul\u3164filler",
    "Braille\u2800blank": r"Braille\u2800blank",
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items(), ids=[ascii(text) for text in HOSTILE])
def test_printable_spells_out_what_a_terminal_would_obey(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["Velo Nord", "Zürich", "自転車", "Ελλάδα", "5 €", "ngữ", "●✓", ""])
def test_printable_leaves_ordinary_text_alone(text: str) -> None:
    assert printable(text) == text


def test_printable_makes_every_space_a_plain_one() -> None:
    assert printable("1\xa0000\u3000EUR") == "1 000 EUR"


def test_printable_keeps_few_marks_on_a_letter_and_no_more() -> None:
    assert printable("e" + "\u0301" * MARKS) == "e" + "\u0301" * MARKS
    assert printable("z" + "\u0301" * 10_000 + "y") == "z" + "\u0301" * MARKS + "⍰y"


@given(st.text())
def test_printable_gives_one_line_that_cannot_be_obeyed(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert unseen(shown) == []
    assert not any(category(character) in {"Cc", "Zl", "Zp", "Cs"} for character in shown)
    assert printable(shown) == shown


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART_ON_FIRE = "\u2764\ufe0f\u200d\U0001f525"
COOK = "\U0001f468\U0001f3fd\u200d\U0001f373"


@pytest.mark.parametrize(("text", "cells"), [(FAMILY, 2), (HEART_ON_FIRE, 1), (COOK, 2)])
def test_joined_emoji_stay_one_picture(text: str, cells: int) -> None:
    assert printable(text) == text
    assert width(text) == cells


@pytest.mark.parametrize(
    "text", ["pay\u200dpal", "\u200d\U0001f468", "\U0001f468\u200d", "\U0001f468\u200dx", "\u200d"]
)
def test_a_joiner_anywhere_else_is_spelled_out(text: str) -> None:
    assert "\u200d" not in printable(text)


def test_a_text_of_several_lines_stays_in_its_column(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [
        Column("from", lambda item: item["from"]),
        Column("message", lambda item: item["text"], lines=True),
    ]
    said = [{"from": "Velo\nNord", "text": "Yes.\nAnd\x1b[2J a bell."}, {"from": "you", "text": ""}]
    Output(sys.stdout, sys.stderr).table(said, columns)
    assert capsys.readouterr().out.splitlines() == [
        "FROM       MESSAGE",
        "Velo Nord  Yes.",
        r"           And\x1b[2J a bell.",
        "you",
    ]


def test_paragraphs_keep_their_lines() -> None:
    assert paragraphs("one\ntwo\x1b[2J") == ["one", r"two\x1b[2J"]


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)
    | st.dictionaries(st.text(), st.text())
)
def test_json_is_exact_and_harmless(document: object) -> None:
    text = as_json(document)
    assert json.loads(text) == json.loads(json.dumps(document))
    assert not any(is_dangerous(character) for character in text)


def is_dangerous(character: str) -> bool:
    point = ord(character)
    return point < 0x20 or 0x7F <= point < 0xA0 or 0x202A <= point <= 0x202E or 0x2066 <= point <= 0x2069


def test_json_escapes_what_a_terminal_would_obey_also_beyond_the_first_plane() -> None:
    assert as_json("\x9b\u202e\U000e0041") == r'"\u009b\u202e\udb40\udc41"'


def test_width_counts_cells() -> None:
    assert [width(text) for text in ("abc", "自転車", "e\u0301", "é")] == [3, 6, 1, 1]
    assert padded("自", 4) == "自  "
    assert padded("7", 3, right=True) == "  7"
    assert padded("longer", 3) == "longer"


def test_columns_stand_under_each_other() -> None:
    columns = [
        Column("name", lambda item: item["name"]),
        Column("total", lambda item: item["total"], right=True),
    ]
    rows = [["NAME", "TOTAL"], ["自転車店", "1.00"], ["b", "1,000.00"]]
    assert list(aligned(rows, columns)) == [
        "NAME         TOTAL",
        "自転車店      1.00",
        "b         1,000.00",
    ]


NAMES = ["Velo  Nord      1.00 EUR", "Velo\u3000\u3000Nord 1.00 EUR", " Velo\xa0 Nord\t1.00 EUR\n"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_cannot_look_like_columns(name: str) -> None:
    assert phrases.party({"name": name}) == "Velo Nord 1.00 EUR"
    out, stdout, _ = made()
    out.table([{"name": name, "total": "9.00"}], [Column("name", lambda item: item["name"])])
    assert written(stdout).splitlines()[1].strip() == "Velo Nord 1.00 EUR"


def test_a_deleted_message_is_said_to_be() -> None:
    cell = message.COLUMNS[-1].cell
    assert cell({"content": "Hello.", "deleted_at": None}) == "Hello."
    assert cell({"content": "", "deleted_at": "2026-05-04T12:00:00Z"}) == "(deleted by who wrote it)"


def test_a_name_of_nothing_is_no_name() -> None:
    assert phrases.party({"name": " \u3000", "iri": "https://shop.example/a"}) == "https://shop.example/a"


def test_fields_leave_out_what_is_empty_and_escape_the_rest() -> None:
    assert list(fields([("a", "1"), ("empty", ""), ("long", "x\x1b")])) == ["  a     1", r"  long  x\x1b"]
    assert list(fields([])) == []


def made(*, terminal: bool = False, **flags: Any) -> tuple[Output, io.TextIOWrapper, io.StringIO]:
    out, err = (Terminal if terminal else io.TextIOWrapper)(io.BytesIO(), encoding="utf-8"), io.StringIO()
    return Output(out, err, **flags), out, err


def written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def test_data_goes_out_and_talk_goes_beside_it() -> None:
    output, out, err = made()
    output.show({"a": 1}, ["  a is 1"])
    output.say("Nothing else.")
    output.note("Not asked for.")
    assert (written(out), err.getvalue()) == ("  a is 1\n", "Nothing else.\n")


def test_quiet_is_silent_and_verbose_tells_more() -> None:
    output, _, err = made(quiet=True, verbose=True)
    output.say("Nothing.")
    output.note("Nothing.")
    assert err.getvalue() == ""
    output, _, err = made(verbose=True)
    output.note("A detail.")
    assert err.getvalue() == "A detail.\n"


@pytest.mark.parametrize(
    ("terminal", "flags", "shown"),
    [
        (False, {"json": True}, '{"a": 1}\n'),
        (True, {"json": True}, '{\n  "a": 1\n}\n'),
        (True, {"jsonl": True}, '{"a": 1}\n'),
    ],
)
def test_json_is_one_line_for_programs_and_indented_for_people(
    *, terminal: bool, flags: dict[str, bool], shown: str
) -> None:
    output, out, _ = made(terminal=terminal, **flags)
    output.show({"a": 1}, ["never shown"])
    assert written(out) == shown


ITEMS = [{"name": "a\x1b[31m", "total": "1"}]
COLUMNS = [Column("name", lambda item: item["name"]), Column("total", lambda item: item["total"], right=True)]


def test_a_table_is_plain_in_a_pipe() -> None:
    output, out, _ = made()
    output.table(ITEMS, COLUMNS)
    assert written(out) == "NAME       TOTAL\na\\x1b[31m      1\n"


@pytest.mark.parametrize("colour", [True, False])
def test_a_table_is_drawn_on_a_terminal_and_still_obeys_nobody(*, colour: bool) -> None:
    output, out, _ = made(terminal=True, colour=colour)
    output.table(ITEMS, COLUMNS)
    shown = written(out)
    assert r"a\x1b[31m" in shown
    assert ("\x1b[1mNAME" in shown) is colour
    assert "NAME       TOTAL" in shown


def test_a_failure_is_a_sentence_and_under_json_also_a_problem() -> None:
    failure = Failure(
        codes.NOT_FOUND, "There is no such\x1b thing.", exit_code=ExitCode.NOT_FOUND, hint="Look again."
    )
    output, out, err = made()
    output.failure(failure)
    assert (written(out), err.getvalue()) == ("", "  There is no such\\x1b thing.\n  Look again.\n")
    output, out, err = made(json=True, quiet=True)
    output.failure(failure)
    assert json.loads(written(out)) == {
        "type": "https://w3id.org/freehold/problems#not-found",
        "title": "There is no such\x1b thing.",
        "detail": "There is no such\x1b thing.",
        "code": "not-found",
        "hint": "Look again.",
        "exit_code": 3,
    }
    assert err.getvalue()


def test_content_is_written_as_it_is() -> None:
    output, out, _ = made()
    output.content(b"keep\x1bthis\n")
    assert written(out) == "keep\x1bthis\n"


def test_content_on_a_terminal_obeys_nobody() -> None:
    output, out, _ = made(terminal=True)
    output.content(b"one\x1b[2J\ntwo\n")
    assert written(out) == "one\\x1b[2J\ntwo\n"


def test_the_real_streams_are_no_terminal_here() -> None:
    assert not Output(sys.stdout, sys.stderr).terminal


def test_json_keeps_the_joiners_that_are_drawn() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert as_json({"a": family}) == f'{{"a": "{family}"}}'
    assert as_json({"a": family, "b": "x\u200dy"}) == f'{{"a": "{family}", "b": "x\\u200dy"}}'
