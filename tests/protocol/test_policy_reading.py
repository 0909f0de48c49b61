"""What a policy is refused for, each by its code, and what is read of one."""

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from protocol.errors import Unprocessable
from protocol.policies import (
    Compensation,
    Duty,
    DutyKind,
    Recipient,
    RecipientKind,
    Rhythm,
    write_policy,
)
from protocol.policy_reading import read_policy, read_template
from protocol.registries import ANY_FIELD, actions, fields, places, purposes
from protocol.specifications import Necessity
from tests.protocol.policy_cells import DPV, FREEHOLD, LOC, ODRL
from tests.protocol.policy_drawing import constraint, duty, permission, policy

EMAIL, NAME = "http://schema.org/email", "http://schema.org/name"
USE, STORE, SHARE = f"{DPV}Use", f"{DPV}Store", f"{DPV}Share"
DAYS = constraint(f"{ODRL}elapsedTime", "lteq", "P30D")
LAXER = constraint(f"{ODRL}elapsedTime", "lteq", "P9999D")
PARCEL = {"id": "https://parcel.example/", "type": "DataProcessor"}
FORGED = {"id": f"{DPV}DataProcessor", "type": "ThirdParty"}


def to(*recipients: Any) -> dict[str, Any]:
    return constraint(f"{ODRL}recipient", "isAnyOf", list(recipients))


def bounded(operand: str, operator: str, bound: Any) -> dict[str, Any]:
    return policy(permission([USE], [EMAIL], ["DeliveryOfGoods"], constraint(operand, operator, bound)))


def kept(days: Any) -> dict[str, Any]:
    return bounded(f"{ODRL}elapsedTime", "lteq", days)


def used(count: Any) -> dict[str, Any]:
    return bounded(f"{ODRL}count", "lteq", count)


def before(moment: Any) -> dict[str, Any]:
    return bounded(f"{ODRL}dateTime", "lt", moment)


def shared(*bounds: dict[str, Any], done: tuple[str, ...] = (SHARE,)) -> dict[str, Any]:
    return policy(permission(list(done), [EMAIL], ["DeliveryOfGoods"], *bounds))


def for_(*named: Any) -> dict[str, Any]:
    document = policy(permission([USE], [EMAIL], ["DeliveryOfGoods"]))
    document["permission"][0]["constraint"][0]["rightOperand"] = list(named)
    return document


def with_members(**members: Any) -> dict[str, Any]:
    return policy(permission([USE], [EMAIL], ["DeliveryOfGoods"]) | members)


def with_term(**members: Any) -> dict[str, Any]:
    document = policy(permission([USE], [EMAIL], ["DeliveryOfGoods"]))
    document["permission"][0]["constraint"][0] |= members
    return document


def paid(**members: Any) -> dict[str, Any]:
    return policy(duties=[{"type": "Duty", "processing": [f"{ODRL}compensate"]} | members])


PAID = {"amount": "0.50", "currency": "EUR", "per": "use"}
OVERLAPPING = policy(
    permission([USE], [EMAIL], ["DeliveryOfGoods"]), permission([USE], [EMAIL], ["RequestedServiceProvision"])
)

REFUSED = {
    "no profile": (policy() | {"policyProfile": "https://w3id.org/freehold/policy/2"}, "policy-profile"),
    "profile left out": ({"type": "Set"}, "policy-profile"),
    "a prohibition": (policy() | {"prohibition": []}, "unknown-member"),
    "a conflict strategy": (policy() | {"conflict": "perm"}, "unknown-member"),
    "inheritance": (policy() | {"inheritFrom": "https://else.example/"}, "unknown-member"),
    "a refinement": (with_members(refinement=[]), "unknown-member"),
    "alternatives": (with_term(**{"type": "LogicalConstraint", "or": []}), "unknown-member"),
    "a status of a constraint": (with_term(status="met"), "unknown-member"),
    "an offer for a set": (policy() | {"type": "Offer"}, "wrong-type"),
    "another action": (with_members(processing=[f"{DPV}Copy"]), "unknown-action"),
    "an action in short": (with_members(processing=["use"]), "unknown-action"),
    "no action": (with_members(processing=[]), "missing-member"),
    "another field": (with_members(fields=["http://schema.org/gender"]), "unknown-field"),
    "any field": (with_members(fields=[ANY_FIELD]), "unknown-field"),
    "no field": (with_members(fields=[]), "missing-member"),
    "another operand": (bounded(f"{ODRL}industry", "eq", "x"), "unknown-operand"),
    "an operand that is a text": (with_term(leftOperand="purpose"), "unknown-operand"),
    "another operator": (bounded(f"{ODRL}count", "gteq", 1), "unknown-operator"),
    "purpose is none of": (with_term(operator=f"{ODRL}isNoneOf"), "unknown-operator"),
    "every purpose": (for_({"id": f"{DPV}Purpose"}), "unknown-purpose"),
    "what is no purpose": (for_({"id": f"{DPV}Collect"}), "unknown-purpose"),
    "a purpose as a text": (for_(f"{DPV}DeliveryOfGoods"), "unknown-purpose"),
    "a purpose with a word beside": (for_({"id": f"{DPV}DeliveryOfGoods", "name": "x"}), "unknown-purpose"),
    "no purpose among them": (for_(), "unknown-purpose"),
    "17 purposes": (for_(*[{"id": f"{DPV}DeliveryOfGoods"}] * 17), "too-many"),
    "a limit that is a text": (with_members(constraint=["P30D"]), "wrong-shape"),
    "no word of purpose": (with_members(constraint=[DAYS]), "purpose-required"),
    "another place": (bounded(f"{ODRL}spatial", "isAnyOf", [{"id": f"{LOC}XX"}]), "unknown-place"),
    "no place": (bounded(f"{ODRL}spatial", "isAnyOf", []), "unknown-place"),
    "a limit twice, the laxer last": (
        policy(permission([USE], [EMAIL], ["DeliveryOfGoods"], DAYS, LAXER)),
        "repeated-operand",
    ),
    "stored for ever": (policy(permission([STORE], [EMAIL], ["DeliveryOfGoods"])), "retention-required"),
    "shared with nobody named": (shared(), "recipient-required"),
    "shared with none": (shared(to()), "unknown-recipient"),
    "shared and used": (shared(to(PARCEL), done=(SHARE, USE)), "share-apart"),
    "used by others": (shared(to(PARCEL), done=(USE,)), "recipient-misplaced"),
    "a class said to be a party": (shared(to(FORGED)), "unknown-recipient"),
    "a party of no kind": (shared(to({"id": "https://parcel.example/"})), "unknown-recipient"),
    "a party of another kind": (shared(to(PARCEL | {"type": "DataSubject"})), "unknown-recipient"),
    "a party with a name": (shared(to(PARCEL | {"name": "Parcel"})), "unknown-recipient"),
    "a recipient that is a text": (shared(to("https://parcel.example/")), "unknown-recipient"),
    "an overlap through what is narrower": (OVERLAPPING, "policy-overlap"),
    "17 permissions": (policy(*[permission([USE], [EMAIL], ["DeliveryOfGoods"])] * 17), "too-many"),
    "33 fields": (with_members(fields=[EMAIL] * 33), "too-many"),
    "nine duties": (policy(duties=[duty("delete", "P30D")] * 9), "too-many"),
    "a duty twice": (policy(duties=[duty("delete", "P30D"), duty("delete", "P7D")]), "repeated-duty"),
    "a duty of another kind": (policy(duties=[duty("attribute", "P30D")]), "unknown-action"),
    "a duty of no kind": (policy(duties=[duty("delete", "P30D") | {"processing": []}]), "unknown-action"),
    "a duty without a time": (policy(duties=[duty("delete", "P30D") | {"constraint": []}]), "missing-member"),
    "a duty with another limit": (
        policy(duties=[duty("delete", "P30D") | {"constraint": [constraint(f"{ODRL}count", "lteq", 1)]}]),
        "unknown-operand",
    ),
    "a duty that pays and has a time": (paid(**PAID, constraint=[DAYS]), "unknown-member"),
    "a deletion that pays": (policy(duties=[duty("delete", "P30D") | PAID]), "unknown-member"),
    "paid twice": (
        policy(duties=[{"type": "Duty", "processing": [f"{ODRL}compensate"]} | PAID] * 2),
        "repeated-duty",
    ),
    "paid in no currency": (paid(**PAID | {"currency": "XXX"}), "unknown-currency"),
    "paid a fraction of a cent": (paid(**PAID | {"amount": "0.505"}), "malformed-amount"),
    "paid for what": (paid(amount="0.50", currency="EUR"), "missing-member"),
    "paid by the year": (paid(**PAID | {"per": "year"}), "unknown-per"),
    "a reason of 301 letters": (with_members(content="x" * 301), "text-too-long"),
    "a necessity of our own": (with_members(necessity="may"), "unknown-necessity"),
}  # fmt: skip
MALFORMED = {
    "malformed-days": [
        kept(days) for days in ("P1M", "PT1H", "P030D", "P-1D", "P100000D", "P1D ", 30, "30", None)
    ],
    "malformed-count": [used(count) for count in (0, -1, 1.5, "5", True, 1_000_001, None)],
    "malformed-time": [
        before(moment)
        for moment in (
            "2026-08-01T00:00:00", "2026-08-01T00:00:00+02:00", "2026-12-31T23:59:60Z",
            "2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z", "2026-08-01", "2026-08-01T00:00:00.5Z", 0,
        )
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_not_be_enforced_is_refused_with_its_code(name: str) -> None:
    document, code = REFUSED[name]
    with pytest.raises(Unprocessable) as refused:
        read_policy(document)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("code", "place"),
    [(code, place) for code, documents in MALFORMED.items() for place in range(len(documents))],
)
def test_a_bound_has_one_spelling(code: str, place: int) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_policy(MALFORMED[code][place])
    assert refused.value.code == code


def test_a_refusal_names_the_place_and_nothing_that_was_sent() -> None:
    with pytest.raises(Unprocessable) as refused:
        read_policy(kept("P1M"))
    assert refused.value.at == "permission.constraint.rightOperand"
    assert "P1M" not in refused.value.detail


def test_everything_in_a_permission_is_read() -> None:
    bounds = [
        DAYS,
        constraint(f"{FREEHOLD}timeAfterEnd", "lteq", "P0D"),
        constraint(f"{ODRL}dateTime", "lt", "2026-08-01T00:00:00Z"),
        constraint(f"{ODRL}count", "lteq", 1_000_000),
        constraint(f"{ODRL}spatial", "isAnyOf", [{"id": f"{LOC}EU27"}, {"id": f"{LOC}CH"}]),
        to(PARCEL, {"id": f"{DPV}ThirdParty"}),
    ]
    told = permission([SHARE], [EMAIL, NAME], ["DeliveryOfGoods"], *bounds)
    told |= {"necessity": "must", "content": "To bring it.", "credentialType": "https://else.example/Age"}
    (read,) = read_policy(policy(told)).permissions
    assert read.actions == actions().words[SHARE]
    assert read.purposes == purposes().words[f"{DPV}DeliveryOfGoods"]
    assert read.fields == fields().set_of((EMAIL, NAME))
    assert (read.limits.days, read.limits.days_after_end, read.limits.uses) == (30, 0, 1_000_000)
    assert read.limits.until == datetime(2026, 8, 1, tzinfo=UTC)
    assert read.limits.places == places().set_of((f"{LOC}EU27", f"{LOC}CH"))
    assert set(read.limits.recipients or ()) == {
        Recipient(RecipientKind.PROCESSOR, "https://parcel.example/"),
        Recipient(RecipientKind.THIRD_PARTY),
    }
    assert (read.necessity, read.content) == (Necessity.MUST, "To bring it.")
    assert read.credential_type == "https://else.example/Age"


def test_what_is_no_limit_is_written_as_it_was_read() -> None:
    told = permission([USE], [EMAIL], ["DeliveryOfGoods"])
    told |= {"necessity": "should", "content": "To reach you.", "credentialType": "https://else.example/Age"}
    (written,) = write_policy(read_policy(policy(told)))["permission"]
    assert written == told


def test_duties_are_read_apart_from_payments() -> None:
    document = policy(
        duties=[duty("delete", "P30D"), {"type": "Duty", "processing": [f"{ODRL}compensate"]} | PAID]
    )
    read = read_policy(document)
    assert read.duties == (Duty(DutyKind.DELETE, 30),)
    assert read.compensations == (Compensation("EUR", Rhythm.USE, Decimal("0.50")),)


def test_what_honest_peers_spell_otherwise_is_read_alike() -> None:
    usual = policy(permission([USE], [EMAIL], ["DeliveryOfGoods"], DAYS))
    other = deepcopy(usual)
    (told,) = other["permission"]
    told["processing"], told["fields"] = {"id": USE}, EMAIL
    told["constraint"][1]["rightOperand"] = {
        "@value": "P30D",
        "@type": "http://www.w3.org/2001/XMLSchema#duration",
    }
    told["constraint"][0]["rightOperand"] = told["constraint"][0]["rightOperand"][0]
    other["permission"] = told
    assert read_policy(other) == read_policy(usual)


def test_a_template_may_say_any_field_and_need_not_say_for_how_long() -> None:
    document = policy(permission([STORE], [ANY_FIELD], ["DeliveryOfGoods"]))
    (read,) = read_template(document).permissions
    assert read.fields == fields().everything
    with pytest.raises(Unprocessable):
        read_policy(document)
