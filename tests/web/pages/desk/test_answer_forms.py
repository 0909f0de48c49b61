"""The form of an answer: what is not touched is sent as it stood, and what it has no field for stays."""

from typing import Any

import pytest

from node.web.pages.desk import answer_forms
from node.web.pages.desk.answer_forms import TypedLine
from node.web.pages.desk.answer_points import TypedPoint, points_of, properties_of
from node.web.pages.wording.languages import GERMAN, Reader, reading

BASE: dict[str, Any] = {
    "name": "Van",
    "quantity": {"value": "2.50", "unit": "kg"},
    "price": [
        {
            "kind": "rate",
            "amount": "0.3100",
            "currency": "EUR",
            "label": "Use",
            "unit": "kWh",
            "per": "month",
        },
        {"kind": "oneOff", "amount": "1200.00", "currency": "EUR"},
        {"kind": "recurring", "amount": "5", "currency": "EUR", "per": "month", "count": 1200},
        {"kind": "discount", "amount": "5", "currency": "EUR", "per": "month", "count": 3},
    ],
    "properties": [
        {"property": "Fuel use", "value": "6.10", "unit": "l"},
        {"property": "modelYear", "value": "2021", "unit": ""},
        {"property": "fuel use", "value": "7", "unit": "l"},
    ],
    "starts_at": "2027-02-18T09:30:00Z",
    "ends_at": None,
    "notice": "P2M1D",
    "content": "As seen.",
}
WANTED = [
    {"property": "fuel USE", "at_most": "7", "unit": "l"},
    {"property": "tow bar", "value": "yes", "unit": ""},
]


@pytest.mark.parametrize("reader", [Reader(), Reader(language=GERMAN)])
def test_what_is_not_touched_is_sent_as_it_stood(reader: Reader) -> None:
    with reading(reader):
        form = answer_forms.of(BASE, WANTED, until="2027-02-09T10:00:00Z")
        terms = form.terms(BASE, until="2027-02-09T10:00:00Z", currency="EUR")
    assert form.errors == {}
    assert terms == {
        "name": "Van",
        "price": BASE["price"],
        "expires_at": "2027-02-09T10:00:00Z",
        "starts_at": "2027-02-18T09:30:00Z",
    }
    assert form.notice_in == answer_forms.KEPT


def test_what_is_typed_is_read_as_the_reader_writes_it() -> None:
    with reading(Reader(language=GERMAN)):
        form = answer_forms.of(BASE, WANTED, until=None)
        assert [point.value for point in form.points] == ["6,1", "", "2021", ""]
        form.quantity, form.notice, form.notice_in, form.content = "3,5", "6", "weeks", ""
        form.points[1] = TypedPoint("tow bar", "yes")
        terms = form.terms(BASE, until=None, currency="EUR")
    assert terms["quantity"] == {"value": "3.5", "unit": "kg"}
    assert (terms["notice"], terms["content"]) == ("P6W", "")
    assert terms["properties"] == [*BASE["properties"], {"property": "tow bar", "value": "yes"}]


def test_what_is_emptied_is_not_said_any_more() -> None:
    form = answer_forms.of({**BASE, "notice": "P3M"}, [], until=None)
    assert (form.notice, form.notice_in) == ("3", "months")
    form.notice = form.quantity = ""
    terms = form.terms({**BASE, "notice": "P3M"}, until=None, currency="EUR")
    assert terms["notice"] is None
    assert "quantity" not in terms  # how much cannot be left open again
    emptied = [TypedPoint(point.property, "", point.unit) for point in form.points]
    assert properties_of(emptied, BASE["properties"]) == [BASE["properties"][2]]


@pytest.mark.parametrize(
    ("field", "typed"),
    [("quantity", "0"), ("quantity", "-1"), ("quantity", "some"), ("notice", "1,5"), ("notice", "soon")],
)
def test_what_cannot_be_read_is_said_at_its_field(field: str, typed: str) -> None:
    with reading(Reader(language=GERMAN)):
        form = answer_forms.of({**BASE, "notice": None}, [], until=None)
        setattr(form, field, typed)
        form.terms({**BASE, "notice": None}, until=None, currency="EUR")
    assert [*form.errors] == [field]


def test_a_notice_is_counted_in_what_there_is() -> None:
    form = answer_forms.of({**BASE, "notice": None}, [], until=None)
    form.notice, form.notice_in = "3", "moons"
    form.terms({**BASE, "notice": None}, until=None, currency="EUR")
    assert [*form.errors] == ["notice"]


@pytest.mark.parametrize("typed", ["0", "-3", "1,5", "often", "1201"])
def test_how_many_times_is_a_whole_number_within_what_a_price_may_say(typed: str) -> None:
    with reading(Reader(language=GERMAN)):
        form = answer_forms.of({**BASE, "price": []}, [], until=None)
        form.lines = [TypedLine("Care", "5", "month", typed), TypedLine("Care", "5", "off", "2")]
        form.terms({**BASE, "price": []}, until=None, currency="EUR")
    assert [*form.errors] == ["times-0", "times-1"]


def test_delivery_is_asked_for_once_and_there_are_no_more_points_than_terms_may_have() -> None:
    wanted = [{"property": "deliveryLeadTime", "at_most": "5", "unit": "d"}]
    assert [point.property for point in points_of([], wanted)] == ["deliveryLeadTime"]
    many = [{"property": f"p{place}", "value": "yes", "unit": ""} for place in range(90)]
    assert len(points_of([], many)) == 64
