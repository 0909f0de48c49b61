"""The roster: what its entries allow, how they are ordered, and what a claim of one is refused for."""

from typing import Any

import pytest

import schemas
from protocol.canonical import digest_of
from protocol.errors import Unprocessable
from protocol.policy_order import is_within
from protocol.policy_reading import read_policy
from protocol.rosters import NAMESPACE, RosterEntry, check_claim, entries, entry_of, read_claim
from tests.protocol.policy_cells import DPV, ODRL
from tests.protocol.policy_drawing import constraint, duty, permission, policy

LEVELS = ("SD-BASE", "SD-BASE-A", "SD-BASE-AT", "SD-BASE-ATP", "SD-BASE-ATP-S3P")


def by_name(name: str) -> RosterEntry:
    found = entry_of(NAMESPACE + name)
    assert found is not None
    return found


def claim(name: str, **other: Any) -> dict[str, Any]:
    return {"id": by_name(name).iri, "type": "RosterEntry", "digestMultibase": by_name(name).digest} | other


def test_each_entry_has_the_digest_that_is_published() -> None:
    for entry in entries():
        assert digest_of(schemas.roster_entry(entry.name)) == entry.digest
        assert schemas.roster_entry(entry.name)["id"] == entry.iri
        assert set(schemas.roster_entry(entry.name)["summary"]) == {"en", "de"}


def test_the_entries_are_ordered_by_level_and_those_that_port_are_narrower() -> None:
    for place, level in enumerate(LEVELS):
        for ported in ("", "-DP"):
            within = {
                entry.name
                for entry in entries()
                if is_within(by_name(level + ported).template, entry.template)
            }
            wider = LEVELS[place:]
            assert within == set(wider) | ({f"{name}-DP" for name in wider} if ported else set())
    assert [
        entry.name for entry in entries() if is_within(by_name("PDC-INTENT").template, entry.template)
    ] == ["PDC-INTENT"]


@pytest.mark.parametrize(
    "space",
    [
        "https://w3id.org/dpv/standards/ieee/7012#",
        "https://w3id.org/dpv/standards/p7012#",
        "https://customercommons.org/agreements/",
        "https://myterms.info/agreements/",
    ],
)
def test_every_namespace_in_use_names_the_same_entry(space: str) -> None:
    assert read_claim(claim("SD-BASE", id=f"{space}SD-BASE")) is by_name("SD-BASE")


@pytest.mark.parametrize(
    ("claimed", "code"),
    [
        (claim("SD-BASE", id=f"{NAMESPACE}sd-base"), "roster-unknown"),
        (claim("SD-BASE", id=f"{NAMESPACE}SD-BASE#"), "roster-unknown"),
        (claim("SD-BASE", id=f"{NAMESPACE}PDC-AI"), "roster-unknown"),
        (claim("SD-BASE", id=NAMESPACE), "roster-unknown"),
        (claim("SD-BASE", id="SD-BASE"), "roster-unknown"),
        (claim("SD-BASE", digestMultibase=by_name("SD-BASE-DP").digest), "roster-digest"),
        (claim("SD-BASE", version="1"), "unknown-member"),
        (claim("SD-BASE", type="Agreement"), "wrong-type"),
        ({"id": NAMESPACE + "SD-BASE", "type": "RosterEntry"}, "missing-member"),
        (NAMESPACE + "SD-BASE", "wrong-shape"),
    ],
)
def test_a_claim_of_what_the_roster_has_not_is_refused(claimed: Any, code: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_claim(claimed)
    assert refused.value.code == code


DUTIES = [duty("delete", "P30D"), duty("inform", "P365D")]


def served(
    action: str = "Use", purpose: str = "PaymentManagement", *bounds: dict[str, Any]
) -> dict[str, Any]:
    return policy(
        permission([f"{DPV}{action}"], ["http://schema.org/email"], [purpose], *bounds), duties=DUTIES
    )


def test_a_policy_within_what_it_claims_is_taken() -> None:
    check_claim(read_policy(served()), by_name("SD-BASE"))
    check_claim(read_policy(served("Tracking")), by_name("SD-BASE-AT"))
    days = constraint(f"{ODRL}elapsedTime", "lteq", "P99999D")
    check_claim(read_policy(served("Store", "LegalCompliance", days)), by_name("SD-BASE"))


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (served("Tracking"), "SD-BASE"),  # the label of one that does not track
        (served(), "SD-BASE-DP"),  # no promise to hand over what is held
        (served(purpose="Marketing"), "SD-BASE-ATP-S3P"),
        (served(purpose="ServiceProvision"), "SD-BASE-ATP-S3P"),  # which contains the selling of data
        (served() | {"obligation": [duty("delete", "P31D"), duty("inform", "P365D")]}, "SD-BASE"),
        (served(), "PDC-INTENT"),
    ],
)
def test_a_policy_beyond_what_it_claims_is_refused(document: dict[str, Any], name: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_claim(read_policy(document), by_name(name))
    assert refused.value.code == "policy-exceeds-roster"
