"""The members of a JSON object, read one by one."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from protocol import codes, members
from protocol.errors import Unprocessable


class Colour(StrEnum):
    RED = "red"


def test_an_object_is_read_whatever_it_is_wrapped_in() -> None:
    document = {"type": "Party", "role": "offerer"}
    assert members.read_object(document, type="Party", known={"type", "role"}) is document
    assert members.read_object([document], type="Party") is document
    assert members.read_object({"type": ["Party"]}, type="Party") == {"type": ["Party"]}


@pytest.mark.parametrize(
    ("json", "code"),
    [
        (None, "wrong-shape"),
        ("Party", "wrong-shape"),
        ([], "wrong-shape"),
        ([{"type": "Party"}, {"type": "Party"}], "single-value-expected"),
        ({}, "wrong-type"),
        ({"type": "party"}, "wrong-type"),
        ({"type": ["Party", "Person"]}, "single-value-expected"),
        ({"type": "Party", "surprise": 1}, "unknown-member"),
        ({"type": "Party", "__class__": "x"}, "unknown-member"),
    ],
)
def test_any_other_object_is_refused(json: Any, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        members.read_object(json, type="Party", known={"type", "role"})


def test_text_is_kept_exactly() -> None:
    text = " \u2066\u202ez\u035ba\x1b[2J \u00e9 e\u0301 "
    assert members.read_text({"name": text}, "name") == text
    assert members.read_text({"name": {"@value": text, "@type": "xsd:string"}}, "name") == text
    assert members.read_text({"name": [text]}, "name") == text


@pytest.mark.parametrize("document", [{}, {"name": None}, {"name": ""}, {"name": []}])
def test_absent_text_is_empty(document: dict[str, Any]) -> None:
    assert members.read_text(document, "name") == ""
    with pytest.raises(Unprocessable, match="missing-member"):
        members.read_required_text(document, "name")


def test_text_has_a_limit() -> None:
    assert members.read_text({"name": "x" * 200}, "name") == "x" * 200
    with pytest.raises(Unprocessable, match="text-too-long"):
        members.read_text({"name": "x" * 201}, "name")


@pytest.mark.parametrize("json", [1, True, {"id": "x"}, {"@value": "x", "@language": "en"}])
def test_what_is_no_text_is_refused(json: Any) -> None:
    with pytest.raises(Unprocessable, match="wrong-shape"):
        members.read_text({"name": json}, "name")


def test_a_choice_is_one_of_its_words() -> None:
    assert members.read_choice({"colour": "red"}, "colour", Colour, codes.UNKNOWN_KIND) is Colour.RED
    assert members.read_choice({}, "colour", Colour, codes.UNKNOWN_KIND) is None
    with pytest.raises(Unprocessable, match="unknown-kind"):
        members.read_choice({"colour": "Red"}, "colour", Colour, codes.UNKNOWN_KIND)


def test_an_address_is_text_or_an_object_with_an_id() -> None:
    iri = "https://customer.example/intentions/int_1#primary"
    assert members.read_iri({"satisfies": iri}, "satisfies") == iri
    assert members.read_iri({"satisfies": {"id": iri, "type": "Intent"}}, "satisfies") == iri
    assert members.read_iri({}, "satisfies") is None
    assert members.read_required_iri({"satisfies": [iri]}, "satisfies") == iri
    with pytest.raises(Unprocessable, match="missing-member"):
        members.read_required_iri({"satisfies": None}, "satisfies")


@pytest.mark.parametrize(
    "json", ["", "_:b0", "int_1", "ftp://x.example/", "http://x.example/", "https://①.example/", []]
)
def test_what_is_no_web_address_is_refused(json: Any) -> None:
    with pytest.raises(Unprocessable, match="iri-invalid"):
        members.read_iri({"satisfies": json}, "satisfies")


def test_a_moment_may_be_absent() -> None:
    assert members.read_moment({}, "endTime") is None
    assert members.read_moment({"endTime": "2026-03-14T12:30:00Z"}, "endTime") == datetime(
        2026, 3, 14, 12, 30, tzinfo=UTC
    )
    with pytest.raises(Unprocessable, match="malformed-time"):
        members.read_moment({"endTime": 5}, "endTime")


def test_a_list_has_a_limit() -> None:
    assert members.read_list({}, "to") == []
    assert members.read_list({"to": "a"}, "to") == ["a"]
    assert len(members.read_list({"to": ["a"] * 64}, "to")) == 64
    with pytest.raises(Unprocessable, match="too-many"):
        members.read_list({"to": ["a"] * 65}, "to")


def test_the_detail_never_echoes_the_peer() -> None:
    with pytest.raises(Unprocessable) as refused:
        members.read_choice({"colour": "<script>"}, "colour", Colour, codes.UNKNOWN_KIND)
    assert "script" not in refused.value.detail


def test_an_unknown_member_is_named_unless_its_name_is_a_text() -> None:
    with pytest.raises(Unprocessable) as refused:
        members.read_object(
            {"type": "Place", "name": "Bern", "zip": "3000", "<b>you won</b>": 1},
            type="Place",
            known={"type"},
        )
    assert refused.value.code == "unknown-member"
    assert refused.value.detail.endswith("(name, zip).")
    with pytest.raises(Unprocessable) as nameless:
        members.read_object({"type": "Place", "you won": 1}, type="Place", known={"type"})
    assert nameless.value.detail.endswith("understand.")


def test_an_object_of_another_type_as_well_is_not_taken_where_members_are_known() -> None:
    with pytest.raises(Unprocessable, match="of another type as well") as caught:
        members.read_object(
            {"type": ["Agreement", "https://else.example/Promise"]},
            type="Agreement",
            known=frozenset({"type"}),
        )
    assert caught.value.code == codes.UNKNOWN_MEMBER
