"""Every flag of a policy is raised by what its sentence says, and by no less."""

from typing import Any

import pytest

from node.core.linter import lint_policy
from protocol.policy_reading import read_policy
from protocol.rosters import entries
from tests.protocol.policy_cells import DPV, FREEHOLD, LOC, ODRL
from tests.protocol.policy_drawing import constraint, duty, permission, policy

EMAIL = "http://schema.org/email"
IN_SWITZERLAND = constraint(f"{ODRL}spatial", "isAnyOf", [{"id": f"{LOC}CH"}])
DUTIES = [duty("delete", "P30D"), duty("inform", "P365D")]
PARCEL = {"id": "https://parcel.example/", "type": "DataProcessor"}


def kept(days: int, operand: str = f"{ODRL}elapsedTime") -> dict[str, Any]:
    return constraint(operand, "lteq", f"P{days}D")


def kept_after_end(days: int) -> dict[str, Any]:
    return kept(days, f"{FREEHOLD}timeAfterEnd")


def to(*recipients: dict[str, str]) -> dict[str, Any]:
    return constraint(f"{ODRL}recipient", "isAnyOf", list(recipients))


def raised(
    action: str, purpose: str, *bounds: dict[str, Any], duties: Any = DUTIES, **members: Any
) -> set[str]:
    """Return what is raised by one permission whose data stay in one country."""
    told = permission([action], [EMAIL], [purpose], IN_SWITZERLAND, *bounds) | members
    return {flag.code for flag in lint_policy(read_policy(policy(told, duties=duties)))}


USE, STORE, SHARE, ANONYMISED = f"{DPV}Use", f"{DPV}Store", f"{DPV}Share", f"{FREEHOLD}ShareAnonymised"
ORDER = "PaymentManagement"


@pytest.mark.parametrize(
    ("found", "flags"),
    [
        (raised(USE, ORDER), set()),
        (raised(SHARE, ORDER, to(PARCEL)), set()),
        (raised(SHARE, ORDER, to({"id": f"{DPV}DataProcessor"})), {"open-recipients"}),
        (raised(SHARE, ORDER, to(PARCEL | {"type": "ThirdParty"})), {"onward-sharing"}),
        (raised(SHARE, ORDER, to({"id": f"{DPV}ThirdParty"})), {"onward-sharing", "open-recipients"}),
        (raised(ANONYMISED, ORDER, to(PARCEL | {"type": "ThirdParty"})), {"anonymised-sharing"}),
        (raised("https://w3id.org/dpv/ai#ModelTraining", ORDER), {"training"}),
        (raised(f"{DPV}Profiling", ORDER), {"profiling"}),
        (raised(f"{DPV}Tracking", ORDER), {"tracking"}),
        (raised(f"{DPV}Derive", ORDER), {"deriving"}),
        (raised(f"{DPV}Analyse", ORDER), set()),
        (raised(USE, "SellDataToThirdParties"), {"selling"}),
        (raised(USE, "SellInsightsFromData"), {"selling"}),
        (raised(USE, "ServiceProvision"), {"selling", "broad-purpose"}),
        (raised(USE, "Marketing"), {"advertising", "broad-purpose"}),
        (raised(USE, "DirectMarketing"), {"advertising"}),
        (raised(USE, "DirectMarketing", necessity="must"), {"advertising", "tied-consent"}),
        (raised(USE, "DirectMarketing", necessity="should"), {"advertising"}),
        (raised(USE, "ServicePersonalisation", necessity="must"), {"tied-consent"}),
        (raised(USE, ORDER, necessity="must"), set()),
        (raised(STORE, "DeliveryOfGoods", kept(60)), set()),
        (raised(STORE, "DeliveryOfGoods", kept(61)), {"retention-beyond-purpose"}),
        (raised(STORE, "AgeVerification", kept(2)), {"retention-beyond-purpose"}),
        (raised(STORE, "LegalCompliance", kept(3_660)), set()),
        (raised(STORE, "LegalCompliance", kept_after_end(3_660)), set()),
        (raised(STORE, "RepairImpairments", kept(366)), {"retention-beyond-purpose"}),
        (raised(STORE, "DeliveryOfGoods", kept_after_end(90)), set()),
        (raised(STORE, "DeliveryOfGoods", kept_after_end(91)), {"retention-beyond-purpose"}),
        (raised(USE, "DeliveryOfGoods", kept(61)), set()),
        (raised(USE, ORDER, duties=[]), {"no-deletion", "no-receipts"}),
        (raised(USE, ORDER, duties=[duty("delete", "P31D"), DUTIES[1]]), {"no-deletion"}),
        (raised(USE, ORDER, duties=[DUTIES[0]]), {"no-receipts"}),
    ],
)
def test_a_flag_is_raised_by_what_its_sentence_says(found: set[str], flags: set[str]) -> None:
    assert found == flags


@pytest.mark.parametrize("action", [STORE, SHARE, ANONYMISED, USE])
def test_what_moves_somewhere_says_where(action: str) -> None:
    bounds = [kept(1)] if action == STORE else [to(PARCEL)] if action in {SHARE, ANONYMISED} else []
    found = lint_policy(read_policy(policy(permission([action], [EMAIL], [ORDER], *bounds), duties=DUTIES)))
    assert ("place-open" in {flag.code for flag in found}) == (action != USE)


def test_no_entry_of_the_roster_sells_trains_or_advertises() -> None:
    for entry in entries():
        assert not {flag.code for flag in lint_policy(entry.template)} & {
            "selling",
            "training",
            "advertising",
        }
