"""Draws policies for properties: few words, so that two of them often meet; every one is read first."""

from collections.abc import Sequence
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from protocol.errors import Unprocessable
from protocol.policies import DataPolicy
from protocol.policy_reading import read_policy
from tests.protocol.policy_cells import DPV, FREEHOLD, LOC, ODRL

ACTIONS: Final = [f"{DPV}Use", f"{DPV}Store", f"{DPV}Profiling"]
SHARING: Final = [f"{DPV}Share", f"{FREEHOLD}ShareAnonymised"]
# One below another, two beside each other, one apart.
PURPOSES: Final = [
    f"{DPV}{name}"
    for name in ("DeliveryOfGoods", "RequestedServiceProvision", "PaymentManagement", "Marketing")
]
FIELDS: Final = ["http://schema.org/email", "http://schema.org/name", f"{FREEHOLD}ageOver18"]
RECIPIENTS: Final = [
    {"id": f"{DPV}DataProcessor"},
    {"id": f"{DPV}ThirdParty"},
    {"id": "https://parcel.example/", "type": "DataProcessor"},
    {"id": "https://parcel.example/", "type": "ThirdParty"},
]
MOMENTS: Final = ["2026-01-05T00:00:00Z", "2026-02-01T00:00:00Z"]
PLACES: Final = [{"id": f"{LOC}{name}"} for name in ("DE", "CH", "EU27", "EEA30")]


def few(words: list[Any]) -> st.SearchStrategy[list[Any]]:
    """Draw some of the words, in any order."""
    return st.lists(st.sampled_from(words), min_size=1, max_size=len(words), unique_by=repr)


def constraint(operand: str, operator: str, bound: Any) -> dict[str, Any]:
    """Write a constraint."""
    return {
        "type": "Constraint",
        "leftOperand": operand,
        "operator": f"{ODRL}{operator}",
        "rightOperand": bound,
    }


def permission(
    actions: list[str], fields: list[str], purposes: list[str], *bounds: dict[str, Any]
) -> dict[str, Any]:
    """Write a permission; purposes are named without their namespace."""
    why = constraint(f"{ODRL}purpose", "isAnyOf", [{"id": f"{DPV}{name}"} for name in purposes])
    return {"type": "Permission", "processing": actions, "fields": fields, "constraint": [why, *bounds]}


def duty(kind: str, days: str) -> dict[str, Any]:
    """Write a duty with a time."""
    term = constraint(f"{ODRL}elapsedTime", "lteq", days)
    return {"type": "Duty", "processing": [f"{ODRL}{kind}"], "constraint": [term]}


def policy(*permissions: dict[str, Any], duties: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Write a policy."""
    return {
        "type": "Set",
        "policyProfile": "https://w3id.org/freehold/policy/1",
        "permission": list(permissions),
        "obligation": list(duties),
    }


def bounds() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw at most two bounds of different kinds: with more at once a property would try uses for minutes."""
    days = st.sampled_from(["P1D", "P30D"])
    any_of = st.one_of(
        st.builds(constraint, st.just(f"{ODRL}spatial"), st.just("isAnyOf"), few(PLACES)),
        st.builds(
            constraint,
            st.sampled_from([f"{ODRL}elapsedTime", f"{FREEHOLD}timeAfterEnd"]),
            st.just("lteq"),
            days,
        ),
        st.builds(constraint, st.just(f"{ODRL}dateTime"), st.just("lt"), st.sampled_from(MOMENTS)),
        st.builds(constraint, st.just(f"{ODRL}count"), st.just("lteq"), st.integers(1, 2)),
    )
    return st.lists(any_of, max_size=2, unique_by=lambda bound: bound["leftOperand"])


@st.composite
def permissions(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one permission, with the bounds that it must have and some that it may have."""
    shares = draw(st.booleans())
    done = draw(few(SHARING if shares else ACTIONS))
    drawn = draw(bounds())
    drawn.append(constraint(f"{ODRL}purpose", "isAnyOf", [{"id": each} for each in draw(few(PURPOSES))]))
    if shares:
        drawn.append(constraint(f"{ODRL}recipient", "isAnyOf", draw(few(RECIPIENTS))))
    kept = {f"{ODRL}elapsedTime", f"{FREEHOLD}timeAfterEnd"} & {bound["leftOperand"] for bound in drawn}
    if f"{DPV}Store" in done and not kept:
        drawn.append(constraint(f"{ODRL}elapsedTime", "lteq", "P30D"))
    return {
        "type": "Permission",
        "processing": done,
        "fields": draw(few(FIELDS)),
        "constraint": draw(st.permutations(drawn)),
    }


def duties() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw duties, each kind at most once."""
    timed = st.builds(
        lambda kind, days: {
            "type": "Duty",
            "processing": [kind],
            "constraint": [constraint(f"{ODRL}elapsedTime", "lteq", days)],
        },
        st.sampled_from([f"{ODRL}delete", f"{ODRL}inform", f"{FREEHOLD}port"]),
        st.sampled_from(["P7D", "P30D"]),
    )
    paid = st.builds(
        lambda amount, currency: {
            "type": "Duty",
            "processing": [f"{ODRL}compensate"],
            "amount": amount,
            "currency": currency,
            "per": "use",
        },
        st.sampled_from(["0.50", "1.00"]),
        st.sampled_from(["EUR", "CHF"]),
    )
    return st.lists(
        st.one_of(timed, paid),
        max_size=2,
        unique_by=lambda duty: (duty["processing"][0], duty.get("currency")),
    )


@st.composite
def policies(draw: st.DrawFn) -> tuple[dict[str, Any], DataPolicy]:
    """Draw a policy as it is written and as it is read; those that overlap are not."""
    document: dict[str, Any] = {
        "type": "Set",
        "policyProfile": "https://w3id.org/freehold/policy/1",
        "permission": draw(st.lists(permissions(), max_size=2)),
        "obligation": draw(duties()),
    }
    try:
        return document, read_policy(document)
    except Unprocessable as error:
        assume(error.code != "policy-overlap")
        raise
