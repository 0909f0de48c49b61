"""Quotations of a CRM: what they offer, what they lack, and what follows from where somebody put them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from node.core.crm_mapping import CrmMapping, FieldOwner, MappedField, Transform
from node.core.crm_quotations import (
    LOSSES,
    QUOTATION_AIMS,
    QuotationMove,
    decide_quotation,
    is_another,
    own_lines,
    quote_lines,
    read_quotation,
    requote,
    say_lines,
    say_price,
    say_quantity,
    says_quantity,
    shows,
    terms_digest,
    terms_seen,
)
from node.core.drafts import opening_draft, read_terms
from node.core.intentions import IntentionState
from node.core.records import CrmRecord, QuoteLine, RecordKind, RecordState
from protocol.intentions import Intention
from protocol.negotiation import State
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.times import Period

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def named(source: str) -> MappedField:
    return MappedField(
        sources=(source,),
        target=source,
        owner=FieldOwner.BUSINESS,
        transform=Transform.TEXT,
        purpose="p",
    )


MAPPING = CrmMapping(
    {RecordKind.QUOTATION: tuple(map(named, ("name", "content", "notice", "starts_at", "ends_at")))},
    notice="P1M",
)
QUOTATION = CrmRecord(
    kind=RecordKind.QUOTATION,
    id="1",
    version="1",
    state=RecordState.QUOTED,
    fields={"name": "Fibre at home", "content": ""},
    lines=(QuoteLine("Fibre", "2", "19.95", per="P1M"), QuoteLine("Welcome", "1", "-5", per="")),
    currency="EUR",
    valid_until="2026-12-31",
)
ODD_NUMBERS = ("1E+20", "1E-400000", "1_000", "١٢", " 1", f"0.{'3' * 60}")
WISH = Intention(
    iri="https://a.example/1",
    proposer="https://a.example",
    name="Fibre",
    content="",
    quantity=Quantity(Decimal(1), "one"),
    specifications=(),
    category=None,
    place=None,
    window_start=None,
    window_end=None,
    deadline=None,
    currency="EUR",
    published=None,
    to=(),
)


def test_a_whole_quotation_is_terms_that_an_offer_can_be_made_of() -> None:
    quoted = read_quotation(QUOTATION, MAPPING, now=NOW)
    assert quoted.faults == ()
    terms = read_terms(dict(quoted.terms), base=opening_draft(WISH))
    assert terms.draft.name == "Fibre at home"
    assert terms.draft.notice == "P1M"
    assert terms.expires_at == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    recurring, discount = terms.draft.price
    assert (recurring.kind, recurring.amount, recurring.per) == ("recurring", Decimal("39.90"), Period.MONTH)
    assert recurring.label == "2 x Fibre"
    assert (discount.kind, discount.amount, discount.per) == ("discount", Decimal(5), None)


def test_an_end_or_a_notice_of_its_own_goes_before_the_mappings() -> None:
    for fields, left in (
        ({"notice": "P3M"}, {"notice": "P3M"}),
        (
            {"starts_at": "2027-01-01", "ends_at": "2027-12-31"},
            {"starts_at": "2027-01-01T00:00:00Z", "ends_at": "2027-12-31T23:59:59Z"},
        ),
    ):
        quoted = read_quotation(replace(QUOTATION, fields=fields), MAPPING, now=NOW)
        assert quoted.faults == ()
        names = ("notice", "starts_at", "ends_at")
        assert {name: quoted.terms[name] for name in names if quoted.terms[name]} == left
        read_terms(dict(quoted.terms), base=opening_draft(WISH))
    once = replace(QUOTATION, lines=(QuoteLine("Router", "1", "49"),))
    assert read_quotation(once, MAPPING, now=NOW).terms["notice"] is None
    assert "ends_at" not in read_quotation(once, CrmMapping({}), now=NOW).terms


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lines": ()}, "It has no line"),
        ({"lines": (QuoteLine("x", "1", "1"),) * 33}, "more than 32 lines"),
        ({"currency": ""}, "no currency"),
        ({"currency": "EURO"}, "no currency"),
        ({"valid_until": ""}, "until which day"),
        ({"valid_until": "2026-03-13"}, "has passed"),
        *(
            ({"valid_until": day}, "cannot be read")
            for day in ("soon", "2027-02-29", "20271231", "2027-W01-1")
        ),
        ({"valid_until": "31.12.2026"}, "cannot be read"),
        ({"valid_until": "2027-02-30"}, "cannot be read"),
        ({"fields": {"starts_at": "2027-01-01", "ends_at": "soon"}}, "on which it ends"),
        ({"fields": {"starts_at": "2027-01-01", "ends_at": "2027-02-30"}}, "on which it ends"),
        ({"fields": {"starts_at": "soon"}}, "on which it starts"),
        ({"fields": {"ends_at": "2027-12-31"}}, "on which day it starts"),
        ({"faults": ("It cannot be read.",)}, "It cannot be read."),
        ({"lines": (QuoteLine("", "1", "1"),)}, "does not say what it is for"),
        ({"lines": (QuoteLine("Fi\u200bbre", "1", "1"),)}, "signs that nobody sees"),
        (
            {"lines": (QuoteLine("x" * 200, "1", "1"),) * 2 + (QuoteLine("x" * 197, "2", "1"),)},
            "200 characters",
        ),
        ({"lines": (QuoteLine("x", "0", "1"),)}, "no quantity above zero"),
        ({"lines": (QuoteLine("x", "", "1"),)}, "no quantity above zero"),
        ({"lines": (QuoteLine("x", "NaN", "1"),)}, "no quantity above zero"),
        ({"lines": (QuoteLine("x", "1", ""),)}, "has no price"),
        *(({"lines": (QuoteLine("x", "1", price),)}, "has no price") for price in ODD_NUMBERS),
        ({"lines": (QuoteLine("x", "1", "1E+20"),)}, "has no price"),
        ({"lines": (QuoteLine("x", "1", "1E-999999"),)}, "has no price"),
        ({"lines": (QuoteLine("x", "1", "0." + "3" * 40),)}, "has no price"),
        ({"lines": (QuoteLine("x", "0.333", "9.99"),)}, "more decimals than EUR"),
        ({"lines": (QuoteLine("x", "1", "1", per="P3M"),)}, "no offer has"),
    ],
)
def test_what_is_missing_is_said(changed: dict[str, Any], said: str) -> None:
    quoted = read_quotation(replace(QUOTATION, **changed), MAPPING, now=NOW)
    (fault,) = quoted.faults
    assert said in fault


def test_all_that_is_missing_is_said_at_once() -> None:
    empty = CrmRecord(kind=RecordKind.QUOTATION, id="1", version="1")
    assert len(read_quotation(empty, MAPPING, now=NOW).faults) == 3


def test_other_fields_than_terms_offer_nothing_new() -> None:
    digest = terms_digest(QUOTATION, MAPPING)
    assert terms_digest(replace(QUOTATION, version="2", state=RecordState.DRAFT), MAPPING) == digest
    for changed in (
        replace(QUOTATION, lines=QUOTATION.lines[:1]),
        replace(QUOTATION, currency="USD"),
        replace(QUOTATION, valid_until="2027-01-01"),
        replace(QUOTATION, fields={"name": "Other"}),
    ):
        assert terms_digest(changed, MAPPING) != digest


def test_what_is_renamed_elsewhere_is_no_change_of_a_quotation_until_that_is_quoted_anew() -> None:
    line = QuoteLine("Fibre 500", "1", "39.90", named_elsewhere=True)
    quoted = replace(QUOTATION, lines=(line,), changed_at=NOW)
    seen = terms_seen(quoted, MAPPING)
    renamed = replace(quoted, version="2", lines=(replace(line, label="Fibre 600"),))
    assert not is_another(renamed, MAPPING, seen)
    assert own_lines(renamed) == own_lines(quoted)
    anew = replace(renamed, changed_at=NOW + timedelta(seconds=1))
    assert is_another(anew, MAPPING, seen)
    confirmed = replace(anew, state=RecordState.CONFIRMED)  # the CRM itself goes on writing into an order
    assert not is_another(confirmed, MAPPING, seen)
    for other in (replace(line, price="38"), replace(line, label="Copper", named_elsewhere=False)):
        assert is_another(replace(quoted, lines=(other,)), MAPPING, seen)
    written = replace(QUOTATION, changed_at=NOW)
    touched = replace(written, changed_at=NOW + timedelta(seconds=1))
    assert not is_another(touched, MAPPING, terms_seen(written, MAPPING))


DECISIONS = {
    (None, RecordState.DRAFT): QuotationMove.NOTHING,
    (None, RecordState.QUOTED): QuotationMove.OFFER,
    (None, RecordState.CONFIRMED): QuotationMove.UNSIGNED,
    (None, RecordState.CANCELLED): QuotationMove.NOTHING,
    (State.OFFERED, RecordState.CONFIRMED): QuotationMove.UNSIGNED,
    (State.OFFERED, RecordState.CANCELLED): QuotationMove.WITHDRAW,
    (State.OFFERED, RecordState.DRAFT): QuotationMove.NOTHING,
    (State.OFFERED, RecordState.QUOTED): QuotationMove.NOTHING,
    (State.COUNTERED, RecordState.QUOTED): QuotationMove.NOTHING,
    (State.COUNTERED, RecordState.CANCELLED): QuotationMove.NOTHING,
    (State.REJECTED, RecordState.QUOTED): QuotationMove.REOFFER,
    (State.EXPIRED, RecordState.QUOTED): QuotationMove.OVER,
    (State.ACCEPTED, RecordState.CONFIRMED): QuotationMove.COUNTERSIGN,
    (State.ACCEPTED, RecordState.CANCELLED): QuotationMove.UNSIGNED,
    (State.ACCEPTED, RecordState.QUOTED): QuotationMove.NOTHING,
    (State.CONCLUDED, RecordState.CONFIRMED): QuotationMove.NOTHING,
    (State.CONCLUDED, RecordState.CANCELLED): QuotationMove.UNSIGNED,
    (State.CONCLUDED, RecordState.QUOTED): QuotationMove.NOTHING,
}


@pytest.mark.parametrize(("at", "move"), DECISIONS.items())
def test_what_a_quotation_means(at: tuple[State | None, RecordState], move: QuotationMove) -> None:
    assert decide_quotation(at[1], at[0], differs=False) is move


@pytest.mark.parametrize("state", [State.OFFERED, State.COUNTERED, State.REJECTED])
def test_other_terms_are_offered_anew_where_there_is_somebody_to_answer(state: State) -> None:
    assert decide_quotation(RecordState.QUOTED, state, differs=True) is QuotationMove.REOFFER


@pytest.mark.parametrize("state", [State.ACCEPTED, State.CONCLUDED, State.ENDING, State.ENDED])
def test_other_terms_than_were_signed_are_said_to_be(state: State) -> None:
    assert decide_quotation(RecordState.QUOTED, state, differs=True) is QuotationMove.OVER
    assert decide_quotation(RecordState.DRAFT, state, differs=True) is QuotationMove.NOTHING


def test_who_confirms_other_terms_confirms_nothing() -> None:
    assert decide_quotation(RecordState.CONFIRMED, State.ACCEPTED, differs=True) is QuotationMove.UNSIGNED


def test_nothing_set_in_a_crm_makes_an_order() -> None:
    """Whatever the state here, confirming there confirms nothing but what the customer has accepted."""
    for state in [state for state in State if state is not State.NONE]:
        move = decide_quotation(RecordState.CONFIRMED, state, differs=False)
        if move is QuotationMove.COUNTERSIGN:
            assert state is State.ACCEPTED
        else:
            signed = QUOTATION_AIMS[state] is RecordState.CONFIRMED
            assert move is (QuotationMove.NOTHING if signed else QuotationMove.UNSIGNED)


def test_every_state_is_one_in_the_crm() -> None:
    assert QUOTATION_AIMS.keys() == {*State} - {State.NONE}
    assert LOSSES.keys() == {*IntentionState} - {IntentionState.OPEN}


def test_lines_that_offer_the_same_are_the_same_text_however_they_are_spelled() -> None:
    fibre = QuoteLine("Fibre", "2", "19.950", unit="u", per="P1M")
    whole = QuoteLine("2 x  Fibre", "1", "39.9", per="P1M")
    assert say_lines([fibre], "EUR") == say_lines([whole], "EUR") == "2 x Fibre: 39.9 EUR each month"
    assert say_lines([QuoteLine("Welcome", "1", "-5")], "EUR") == "Welcome: -5 EUR"
    assert say_lines([fibre], "USD") != say_lines([fibre], "EUR")


@pytest.mark.parametrize(
    ("changed", "is_shown"),
    [
        ({}, True),
        ({"version": "2", "state": RecordState.CONFIRMED, "valid_until": ""}, True),
        ({"fields": {"name": "Fibre  at\nhome", "notice": "P1M"}}, True),
        ({"fields": {}}, True),
        ({"fields": {"name": "Fibre elsewhere"}}, False),
        ({"fields": {"content": "With a lock."}}, False),
        ({"fields": {"notice": "P3M"}}, False),
        ({"fields": {"starts_at": "2027-01-01"}}, False),
        ({"fields": {"ends_at": "2027-01-01"}}, False),
        ({"lines": QUOTATION.lines[:1]}, False),
        ({"lines": ()}, False),
        ({"currency": "USD"}, False),
    ],
)
def test_a_quotation_shows_what_was_offered_or_does_not(changed: dict[str, Any], is_shown: bool) -> None:
    quoted = read_quotation(QUOTATION, MAPPING, now=NOW)
    draft = read_terms(dict(quoted.terms), base=opening_draft(WISH)).draft
    assert shows(replace(QUOTATION, **changed), MAPPING, draft) is is_shown
    longer = replace(draft, notice="P3M", ends_at=NOW, content="With a lock.")
    assert not shows(replace(QUOTATION, **changed), MAPPING, longer)
    assert shows(replace(QUOTATION, fields={}), CrmMapping({}), longer)


def test_a_price_is_lines_and_a_sentence() -> None:
    price = (
        PriceLine(PriceLineKind.RECURRING, Decimal("9.9"), "EUR", label="Fibre", per=Period.MONTH),
        PriceLine(PriceLineKind.DISCOUNT, Decimal(5), "EUR"),
    )
    assert quote_lines(price, name="Offer") == (
        QuoteLine("Fibre", "1", "9.9", per="P1M"),
        QuoteLine("Offer", "1", "-5"),
    )
    assert say_price(price) == "Fibre: 9.90 EUR each month; -5.00 EUR"


@pytest.mark.parametrize(
    ("changed", "count", "is_said"),
    [
        ({}, "2", True),
        ({}, "3", False),
        ({"fields": {"name": "Fibre for 3 homes"}}, "3", True),
        ({"fields": {"name": "Fibre for 3.5 homes"}}, "3", False),
        ({"fields": {"name": "3 of them"}}, "3", False),  # as the customer says
        ({"fields": {"content": " quantity: 3 \nspeed: 4"}}, "3", False),
        ({"fields": {"content": "quantity: 3\nAll 3 of them"}}, "3", True),
    ],
)
def test_how_much_is_promised_stands_in_a_line_or_in_words(
    changed: dict[str, Any], count: str, is_said: bool
) -> None:
    assert (
        says_quantity(replace(QUOTATION, **changed), MAPPING, Decimal(count), "3 of them\n\nquantity: 3")
        is is_said
    )


RATE = PriceLine("unitRate", Decimal(80), "EUR", "Work", unit="hour", estimate=Decimal(10))
YEAR = PriceLine("recurring", Decimal(5), "EUR", "Care", Period.MONTH, count=12)
UNTIL = PriceLine("recurring", Decimal(5), "EUR", "Care", Period.MONTH, until=NOW)
ENDLESS = PriceLine("recurring", Decimal(5), "EUR", "Care", Period.MONTH)


@pytest.mark.parametrize("line", [RATE, YEAR])
def test_a_line_that_a_quotation_cannot_say_stands_as_it_is_when_another_thing_is_changed(
    line: PriceLine,
) -> None:
    standing = replace(opening_draft(WISH), price=(line,))
    record = replace(QUOTATION, lines=quote_lines(standing.price, name=standing.name), fields={})
    quoted = requote(read_quotation(record, MAPPING, now=NOW), record, MAPPING, standing)
    assert quoted.faults == ()
    again = read_terms(dict(quoted.terms), base=standing)
    assert again.draft == standing
    assert again.expires_at == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("line", [RATE, YEAR, UNTIL])
def test_a_changed_line_does_not_drop_what_a_quotation_cannot_say(line: PriceLine) -> None:
    standing = replace(opening_draft(WISH), price=(line,))
    quoted = requote(read_quotation(QUOTATION, MAPPING, now=NOW), QUOTATION, MAPPING, standing)
    assert "which these lines cannot say" in " ".join(quoted.faults)


def test_a_changed_line_is_the_price_where_a_quotation_says_all_of_it() -> None:
    standing = replace(opening_draft(WISH), price=(ENDLESS,), notice="P1M")
    read = read_quotation(QUOTATION, MAPPING, now=NOW)
    assert requote(read, QUOTATION, MAPPING, standing) == read


@pytest.mark.parametrize(
    ("line", "stands", "written", "left"),
    [
        (YEAR, "P1M", "", "P1M"),
        (YEAR, "P3M", "", None),
        (YEAR, None, "P6M", "P6M"),
        (ENDLESS, "P3M", "", "P1M"),
    ],
)
def test_a_notice_is_the_mappings_only_where_the_price_runs_on(
    line: PriceLine, stands: str | None, written: str, left: str | None
) -> None:
    standing = replace(opening_draft(WISH), price=(line,), notice=stands)
    lines = quote_lines(standing.price, name=standing.name)
    record = replace(QUOTATION, lines=lines, fields={"notice": written})
    quoted = requote(read_quotation(record, MAPPING, now=NOW), record, MAPPING, standing)
    assert quoted.terms["notice"] == left


def test_a_price_is_said_with_all_that_is_signed_of_it() -> None:
    assert [say_price([line]) for line in (RATE, YEAR, UNTIL)] == [
        "Work: 80.00 EUR for each hour, about 10",
        "Care: 5.00 EUR each month, 12 times",
        "Care: 5.00 EUR each month, until 2026-03-14",
    ]


def test_a_quantity_is_said_as_people_write_it() -> None:
    said = [say_quantity(Quantity(value, unit)) for value, unit in ((None, "one"), (Decimal("3.0"), "one"))]
    assert [*said, say_quantity(Quantity(Decimal(2), "h"))] == ["", "3", "2 h"]
