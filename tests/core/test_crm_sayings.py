"""What is said of a CRM is found again by its text, whatever fills its holes."""

import re
from dataclasses import replace

import pytest

from node.core import crm_sayings as sayings
from node.core.crm_quotations import read_quotation
from node.core.records import QuoteLine
from tests.core.test_crm_quotations import MAPPING, NOW, QUOTATION

HOLE = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("sentence", sayings.SENTENCES)
def test_each_sentence_is_found_among_others_with_what_fills_it(sentence: str) -> None:
    given = {name: f'"{name}."-7-%(x)s' for name in HOLE.findall(sentence)}
    text = f"{sayings.NOT_OUT} {sentence % given} {sayings.MAKE_ONE}"
    found, rest = sayings.read_sayings(text)
    assert [one.sentence for one in found] == [sayings.NOT_OUT, sentence, sayings.MAKE_ONE]
    assert (found[1].given, rest) == (given, "")


def test_what_others_say_is_left_as_it_came() -> None:
    refused = sayings.REFUSED % {"status": 400}
    found, rest = sayings.read_sayings(f"{refused} It said: {sayings.NO_DAY}")
    assert ([one.sentence for one in found], rest) == ([sayings.REFUSED], f"It said: {sayings.NO_DAY}")
    assert sayings.read_sayings("My adapter says no.") == ((), "My adapter says no.")
    assert sayings.read_sayings("") == ((), "")


def test_all_that_a_quotation_may_lack_is_said_in_these_sentences() -> None:
    odd = QuoteLine("x" * 3000, "0", "", per="P5D")
    nameless = replace(odd, label="")
    dear = QuoteLine("Bike", "1", "1.005", per="")
    fields = {"starts_at": "tomorrow", "ends_at": "some day", "name": "two\nlines"}
    lacking = [
        replace(QUOTATION, lines=(odd, nameless, dear), fields=fields, valid_until="soon"),
        replace(QUOTATION, lines=(), currency="", valid_until=""),
        replace(QUOTATION, lines=(dear,) * 1000, valid_until="2020-01-01"),
        replace(QUOTATION, fields={"ends_at": "2026-12-31"}),
    ]
    faults = [fault for record in lacking for fault in read_quotation(record, MAPPING, now=NOW).faults]
    read = [sayings.read_sayings(fault) for fault in faults]
    assert [rest for _, rest in read if rest] == []
    names = ["ODD_SIGNS", "NO_LINE", "MANY_LINES", "NO_CURRENCY", "NO_DAY", "ODD_DAY", "PAST_DAY"]
    names += ["ODD_START", "ODD_END", "NO_START", "NAMELESS", "NO_QUANTITY", "NO_PRICE", "DECIMALS"]
    expected = {getattr(sayings, name) for name in (*names, "ODD_PERIOD", "LONG_LABEL")}
    assert {one.sentence for found, _ in read for one in found} == expected
