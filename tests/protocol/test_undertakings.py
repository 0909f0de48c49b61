"""Undertakings and intentions in parts: as others wrote them, as we write them, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from protocol.canonical import digest_of
from protocol.errors import Unprocessable
from protocol.intentions import read_intention, render_intention
from protocol.jsonld import read
from protocol.strictjson import Document
from protocol.times import read_time
from protocol.undertakings import (
    STEPS,
    UndertakingEvent,
    UndertakingState,
    is_undertaking,
    read_undertaking,
    render_undertaking,
)
from protocol.vocabulary import ACTIVITY_CONTEXT
from protocol.withholding import IntentionField, in_field_order, read_withholding, render_withholding
from tests.protocol.test_terms_on_the_wire import INVALID, VALID

RING_0 = read(VALID["intention-ring-0"])["object"]
RING_1 = read(VALID["intention-ring-1"])["object"]
ACCEPT = read(VALID["undertaking"])


def code_of(work: Callable[[], Any]) -> str:
    with pytest.raises(Unprocessable) as refused:
        work()
    return str(refused.value.code)


def changed(**changes: Any) -> Document:
    return {**ACCEPT, "result": {**ACCEPT["result"], **changes}}


@pytest.mark.parametrize("told", [RING_0, RING_1], ids=["ring 0", "ring 1"])
def test_what_others_tell_in_rings_is_written_as_it_was_read(told: Document) -> None:
    written = render_intention(read_intention(told))
    assert {name: value for name, value in told.items() if name != "updated"} == {
        name: value for name, value in written.items() if name != "mediaType"
    }


def test_what_others_signed_is_written_as_it_was_read() -> None:
    signed = read_undertaking(ACCEPT)
    written = render_undertaking(signed, iri=ACCEPT["id"], published=read_time(ACCEPT["published"]))
    added = {"proof", "@context"}  # theirs lacks words of ours that came since
    assert {name: value for name, value in written.items() if name not in added} == {
        name: value for name, value in ACCEPT.items() if name not in added
    }
    assert signed.copy == digest_of(RING_0)
    assert [part.value for part in signed.undertaking.fields] == RING_0["withheld"]


def test_what_is_wrong_with_an_undertaking_shows_beside_the_copy() -> None:
    signed = {
        name: read_undertaking(read(document)) for name, document in INVALID.items() if "undertaking" in name
    }
    assert signed["undertaking.digest-mismatch"].copy != digest_of(RING_0)
    assert signed["undertaking.roster-mismatch"].undertaking.roster.name == "SD-BASE"
    fields = signed["undertaking.fields-missing"].undertaking.fields
    assert {part.value for part in fields} < {*RING_0["withheld"]}
    assert "proof" not in INVALID["undertaking.proof-required"]


@pytest.mark.parametrize(
    ("activity", "code"),
    [
        ({**ACCEPT, "@context": ACTIVITY_CONTEXT}, "unknown-member"),
        (changed(consent=True), "unknown-member"),
        (changed(fields=[]), "fields-missing"),
        (changed(fields=["https://w3id.org/freehold#limitPrice"]), "unknown-field"),
        (changed(fields=["http://schema.org/email"]), "unknown-field"),
        (changed(roster=None), "missing-member"),
        (changed(roster={**ACCEPT["result"]["roster"], "digestMultibase": "zQm"}), "roster-mismatch"),
        (changed(roster={**ACCEPT["result"]["roster"], "id": "https://x.example/"}), "roster-unknown"),
        (changed(salt=None), "missing-member"),
        (changed(publicKeyMultibase=None), "missing-member"),
        (changed(firstParty=ACCEPT["actor"]), "parties-mismatch"),
        (changed(secondParty="https://other.example/"), "parties-mismatch"),
        (changed(attributedTo="https://other.example/"), "parties-mismatch"),
        (changed(intention="https://ada.example/intentions/other"), "wrong-object"),
        ({**ACCEPT, "digestMultibase": None}, "missing-member"),
    ],
)
def test_an_undertaking_that_binds_nobody_is_refused(activity: Document, code: str) -> None:
    assert code_of(lambda: read_undertaking(activity)) == code


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (ACCEPT["result"], True),
        ([ACCEPT["result"]], True),
        ({"type": "Agreement"}, False),
        (None, False),
        ("x", False),
    ],
)
def test_an_undertaking_is_told_by_its_type(result: Any, expected: bool) -> None:
    assert is_undertaking({"type": "Accept", "result": result}) is expected


@pytest.mark.parametrize("terms", [None, "free", {"type": "Terms"}, ["https://x.example/terms"]])
def test_what_others_call_terms_says_nothing_here(terms: Any) -> None:
    assert read_withholding({**RING_0, "terms": terms}) is None
    assert render_withholding(None) == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"withheld": ["https://w3id.org/freehold#limitPrice"]}, "unknown-field"),
        (
            {"indicativeBudget": {"minValue": "2.00", "maxValue": "1.00", "currency": "CHF"}},
            "malformed-amount",
        ),
        ({"indicativeBudget": {"minValue": 1, "maxValue": "2.00", "currency": "CHF"}}, "malformed-amount"),
        ({"indicativeBudget": "1000"}, "missing-member"),
        ({"terms": {**RING_0["terms"], "secondParty": "https://bikes.example/"}}, "unknown-member"),
    ],
)
def test_parts_that_are_not_understood_are_refused(changes: Document, code: str) -> None:
    assert code_of(lambda: read_withholding({**RING_0, **changes})) == code


def test_parts_stand_in_one_order() -> None:
    assert in_field_order(reversed([*IntentionField])) == in_field_order(IntentionField)


def test_an_undertaking_that_is_refused_goes_nowhere() -> None:
    assert all((UndertakingState.REFUSED, event) not in STEPS for event in UndertakingEvent)
    reached = {UndertakingState.SIGNED, *STEPS.values()}
    assert reached == {*UndertakingState}
