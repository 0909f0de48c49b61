"""Grants and what is read by them: as others wrote them, as we write them, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.canonical import digest_of
from protocol.disclosures import disclosure_digest, read_disclosure, render_disclosure
from protocol.errors import Unprocessable
from protocol.grants import (
    STEPS,
    GrantEvent,
    GrantState,
    check_grant,
    check_permissions,
    collects,
    read_grant,
    read_grant_revocation,
    read_kept_grant,
    render_giving,
    render_grant,
    render_revocation,
)
from protocol.jsonld import read
from protocol.policies import DataPolicy, Permission, Recipient, RecipientKind
from protocol.registries import PROFILE, actions, fields, places, purposes
from protocol.strictjson import Document
from protocol.terms import DataTerms, read_data_terms
from protocol.times import read_time
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.protocol.test_terms_on_the_wire import INVALID, VALID

GIVING = read(VALID["grant"])
TERMS = read_data_terms(read(VALID["acceptance-with-terms"])["result"]["terms"], currency="EUR")
GRANT = read_grant(GIVING)
READ = read(VALID["disclosure-read"])


def code_of(work: Callable[[], Any]) -> str:
    with pytest.raises(Unprocessable) as refused:
        work()
    return str(refused.value.code)


def changed(**changes: Any) -> Document:
    return {**GIVING, "object": {**GIVING["object"], **changes}}


@pytest.mark.parametrize("name", ["grant", "grant-replaced", "grant-answer-only"])
def test_what_others_granted_is_written_as_it_was_read(name: str) -> None:
    document = read(VALID[name])
    grant = read_grant(document)
    written = render_giving(grant, iri=document["id"], published=read_time(document["published"]))
    left = {"proof", "@context"}
    assert {key: value for key, value in written.items() if key not in left} == {
        key: value for key, value in document.items() if key not in left
    }
    assert read_kept_grant(document["object"]) == grant
    assert render_grant(grant) == document["object"]


def test_how_often_to_report_and_when_to_begin_are_read_and_written() -> None:
    grant = read_grant(changed(receiptPeriod="P30D"))
    assert grant.receipt_days == 30
    assert render_grant(grant)["receiptPeriod"] == "P30D"
    later = read_grant(changed(startTime="2026-06-01T00:00:00Z"))
    assert render_grant(later)["startTime"] == "2026-06-01T00:00:00Z"


def test_a_grant_says_what_for_until_when_how_often_and_which_fields() -> None:
    check_grant(GRANT, TERMS)
    assert GRANT.purpose.endswith("#DeliveryOfGoods")
    assert (GRANT.uses, GRANT.ends_at) == (5, read_time("2026-08-01T00:00:00Z"))
    names = ["addressCountry", "addressLocality", "email", "name", "postalCode", "streetAddress"]
    assert list(GRANT.fields) == [f"http://schema.org/{name}" for name in names]
    assert GRANT.agreement_digest == digest_of(read(VALID["acceptance-with-terms"])["result"])


def test_what_others_revoked_is_written_as_it_was_read() -> None:
    document = read(VALID["revocation"])
    revocation = read_grant_revocation(document)
    assert (revocation.grant, revocation.digest) == (GRANT.iri, digest_of(GIVING["object"]))
    written = render_revocation(
        GRANT, revocation.digest, iri=document["id"], published=read_time(document["published"])
    )
    left = {"proof", "@context"}
    assert {key: value for key, value in written.items() if key not in left} == {
        key: value for key, value in document.items() if key not in left
    }
    whole = {**document, "digestMultibase": ""}
    assert code_of(lambda: read_grant_revocation(whole)) == "missing-member"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("grant.one-purpose", "one-purpose"),
        ("grant.unknown-delivery", "unknown-delivery"),
        ("grant.retention-longer", "wider-than-agreement"),
        ("grant.wider-than-agreement", "wider-than-agreement"),
    ],
)
def test_what_is_wrong_with_a_grant_is_said(name: str, code: str) -> None:
    assert code_of(lambda: check_grant(read_grant(read(INVALID[name])), TERMS)) == code


@pytest.mark.parametrize(
    ("activity", "code"),
    [
        ({**GIVING, "@context": ACTIVITY_CONTEXT}, "unknown-member"),
        (changed(consent=True), "unknown-member"),
        (changed(delivery=None), "missing-member"),
        (changed(salt="AAAA"), "malformed-salt"),
        (changed(salt=None), "missing-member"),
        (changed(published=None), "missing-member"),
        (changed(permission=[]), "collects-once"),
        (changed(permission=GIVING["object"]["permission"][1:]), "collects-once"),
        (changed(permission=GIVING["object"]["permission"][:1] * 2), "policy-overlap"),
        (changed(permission=GIVING["object"]["permission"][:1] * 5), "too-many"),
        (changed(receiptPeriod="P1M"), "malformed-days"),
        (changed(attributedTo="https://b.example/"), "attribution-mismatch"),
        ({**GIVING, "actor": "https://bikes.example/actors/bikes"}, "not-the-first-party"),
    ],
)
def test_a_grant_that_does_not_hold_together_is_refused(activity: Document, code: str) -> None:
    assert code_of(lambda: read_grant(activity)) == code


def test_the_parties_of_a_grant_are_those_of_its_agreement() -> None:
    other = "https://c.example/actors/c"
    assert code_of(lambda: check_grant(replace(GRANT, customer=other), TERMS)) == "not-the-first-party"
    assert code_of(lambda: check_grant(replace(GRANT, business=other), TERMS)) == "not-the-second-party"


def test_what_is_done_with_facts_is_about_facts_that_are_read() -> None:
    birth = fields().words["http://schema.org/birthDate"]
    wide = (*GRANT.permissions[:1], replace(GRANT.permissions[1], fields=birth))
    assert code_of(lambda: check_permissions(wide)) == "collects-once"
    payment = purposes().words["https://w3id.org/dpv#PaymentManagement"]
    other = (*GRANT.permissions[:1], replace(GRANT.permissions[1], purposes=payment))
    assert code_of(lambda: check_permissions(other)) == "one-purpose"


# --- never wider --------------------------------------------------------------------------------------------


def _wider(permission: Permission, draw: st.DataObject) -> Permission:
    """Widen a permission by one thing: a field, a day, a use, a moment, a place, a recipient, an action."""
    limits = permission.limits
    more = draw.draw(st.sampled_from(["field", "action", "days", "uses", "until", "places", "recipients"]))
    match more:
        case "field":
            free = [bit for bit in fields().words.values() if not bit & permission.fields]
            return replace(permission, fields=permission.fields | draw.draw(st.sampled_from(free)))
        case "action":
            return replace(permission, actions=permission.actions | actions().words[PROFILE])
        case "days":
            longer = None if limits.days is None else limits.days + draw.draw(st.integers(1, 400))
            return replace(permission, limits=replace(limits, days=longer))
        case "uses":
            oftener = None if limits.uses is None else limits.uses + draw.draw(st.integers(1, 400))
            return replace(permission, limits=replace(limits, uses=oftener))
        case "until":
            later = None if limits.until is None else limits.until + timedelta(seconds=1)
            return replace(permission, limits=replace(limits, until=later))
        case "places":
            every = places().everything
            free = [bit for bit in places().narrow if not bit & (limits.places or every)]
            wider = None if not free else (limits.places or 0) | draw.draw(st.sampled_from(free))
            return replace(permission, limits=replace(limits, places=wider))
    other = Recipient(RecipientKind.THIRD_PARTY, "https://broker.example/")
    held = limits.recipients
    wider_held = None if held is None else held | {other}
    return replace(permission, limits=replace(limits, recipients=wider_held))


@given(st.data())
def test_a_grant_that_is_wider_by_one_thing_is_refused(draw: st.DataObject) -> None:
    """The agreement permits exactly what is granted; then anything more is too much."""
    exactly = replace(TERMS, policy=replace(TERMS.policy, permissions=GRANT.permissions))
    check_grant(GRANT, exactly)
    place = draw.draw(st.sampled_from(range(len(GRANT.permissions))))
    wide = [*GRANT.permissions]
    wide[place] = _wider(wide[place], draw)
    if tuple(wide) == GRANT.permissions:  # there was no such bound to be widened
        return
    assert code_of(lambda: check_grant(replace(GRANT, permissions=tuple(wide)), exactly)) == (
        "wider-than-agreement"
    )


@given(st.integers(1, 5), st.integers(1, 30), st.sets(st.sampled_from(sorted(GRANT.fields)), min_size=1))
def test_what_is_narrower_is_granted(uses: int, days: int, named: set[str]) -> None:
    collecting = next(each for each in GRANT.permissions if collects(each))
    limits = replace(collecting.limits, uses=uses, days=days)
    narrow = replace(collecting, fields=fields().set_of(named), limits=limits)
    check_permissions((narrow,))
    check_grant(replace(GRANT, permissions=(narrow,)), TERMS)


def test_without_terms_nothing_can_be_granted() -> None:
    nothing = DataTerms(TERMS.first_party, TERMS.second_party, DataPolicy(), ())
    assert code_of(lambda: check_grant(GRANT, nothing)) == "wider-than-agreement"


# --- the machine --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", GrantState)
@pytest.mark.parametrize("event", GrantEvent)
def test_what_is_over_is_only_taken_back_or_replaced_again(state: GrantState, event: GrantEvent) -> None:
    after = STEPS.get((state, event))
    assert (after is not None) == (
        state is GrantState.ACTIVE
        or (event is GrantEvent.REVOKE and state is not GrantState.REVOKED)
        or (event is GrantEvent.SUPERSEDE and state is GrantState.SUPERSEDED)
    )
    assert after is not GrantState.ACTIVE
    if event is GrantEvent.REVOKE and after is not None:
        assert after is GrantState.REVOKED


def test_every_state_is_reached() -> None:
    assert {*STEPS.values()} | {GrantState.ACTIVE} == {*GrantState}


# --- what is read -------------------------------------------------------------------------------------------


def test_what_others_disclosed_is_written_as_it_was_read() -> None:
    disclosure = read_disclosure(READ)
    left = {name: value for name, value in READ.items() if name != "@context"}
    assert render_disclosure(disclosure) == left
    assert disclosure_digest(disclosure) == digest_of(left)
    assert disclosure.grant_digest == digest_of(GIVING["object"])
    assert {*disclosure.facts} == {*GRANT.fields}


def test_what_is_wrong_with_a_disclosure_is_said() -> None:
    proved = read(INVALID["disclosure.proof-forbidden"])
    facts = proved["object"] | {"proof": proved["proof"]}
    assert code_of(lambda: read_disclosure(facts)) == "proof-forbidden"
    more = read_disclosure(read(INVALID["disclosure.field-not-granted"])["object"])
    assert not {*more.facts} <= {*GRANT.fields}


def told(value: Any, field: str = "http://schema.org/email") -> Document:
    return READ | {"additionalProperty": [{"type": "PropertyValue", "propertyID": field, "value": value}]}


@pytest.mark.parametrize("value", ["ada@example.org", True, False, ["de", "en"]])
def test_values_are_texts_answers_or_several_texts(value: Any) -> None:
    (fact,) = read_disclosure(told(value)).facts.values()
    assert fact == value


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (told(""), "wrong-shape"),
        (told(7), "wrong-shape"),
        (told([]), "wrong-shape"),
        (told(["de"] * 17), "wrong-shape"),
        (told("x" * 2_049), "wrong-shape"),
        (told({"@id": "https://x.example/"}), "wrong-shape"),
        (told("x", "http://schema.org/sku"), "unknown-field"),
        (READ | {"additionalProperty": told("x")["additionalProperty"] * 2}, "wrong-shape"),
        (READ | {"serial": 0}, "malformed-count"),
        (READ | {"serial": True}, "malformed-count"),
        (READ | {"serial": "1"}, "malformed-count"),
        (READ | {"salt": "short"}, "malformed-salt"),
        (READ | {"to": []}, "missing-member"),
        (READ | {"to": ["https://b.example/", "https://c.example/"]}, "too-many"),
        (READ | {"price": "free"}, "unknown-member"),
        (READ | {"type": "Document"}, "wrong-type"),
    ],
)
def test_an_answer_that_does_not_hold_together_is_refused(document: Document, code: str) -> None:
    assert code_of(lambda: read_disclosure(document)) == code
