"""`freehold terms lint`: a policy in plain words, read on this machine."""

import json
from pathlib import Path
from typing import Any

import schemas
from protocol.rosters import entry_of
from tests.commands.nodes import Run
from tests.protocol.policy_cells import DPV, ODRL
from tests.protocol.policy_drawing import constraint, duty, permission, policy

EMAIL = "http://schema.org/email"
MODEST = policy(
    permission(
        [f"{DPV}Collect", f"{DPV}Store"],
        [EMAIL, "http://schema.org/name"],
        ["DeliveryOfGoods"],
        constraint(f"{ODRL}elapsedTime", "lteq", "P1D"),
        constraint(f"{ODRL}spatial", "isAnyOf", [{"id": "https://w3id.org/dpv/loc#EU27"}]),
        constraint(f"{ODRL}count", "lteq", 1),
    )
    | {"content": "To bring\u202e it."},
    duties=[duty("delete", "P30D"), duty("inform", "P365D")],
)
SAID = (
    "Collect and store: e-mail address and name, for delivery of goods; in EU27; kept at most 1 day; once. "
    "They say: To bring\\u202e it."
)
GREEDY = policy(permission([f"{DPV}Profiling", f"{DPV}Use"], [EMAIL], ["ServiceProvision"]))


def write(folder: Path, document: Any) -> str:
    path = folder / "terms.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_a_policy_is_said_in_plain_words_with_what_is_odd(run: Run, tmp_path: Path) -> None:
    ran = run("terms", "lint", write(tmp_path, MODEST), "--maximum", "SD-BASE")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"  permits     {SAID}",
        "  obliges     to delete it within 30 days",
        "  obliges     to say every 365 days what was done with it",
        "  odd         nothing",
        "  keeps to    SD-BASE",
        "  maximum     It asks for no more than SD-BASE allows.",
    ]


def test_what_goes_beyond_a_maximum_is_said_with_what_both_permit(run: Run, tmp_path: Path) -> None:
    ran = run("terms", "lint", write(tmp_path, GREEDY), "--maximum", "SD-BASE", "--json")
    said = json.loads(ran.out)
    assert (ran.code, said["within"], said["maximum"]["kept"]) == (0, [], False)
    assert [flag["code"] for flag in said["flags"] if flag["severity"] == "refuse"] == ["selling"]
    (both,) = said["maximum"]["both_permit"]["permission"]
    assert both["processing"] == [f"{DPV}Use"]
    ran = run("terms", "lint", write(tmp_path, GREEDY), "--maximum", "SD-BASE")
    assert "  keeps to    no agreement of the roster" in ran.out
    assert "  maximum     It asks for more than SD-BASE allows. What both permit:" in ran.out


def test_both_may_permit_in_more_pieces_than_a_policy_has(run: Run, tmp_path: Path) -> None:
    # Each of sixteen permissions is cut in two: what serves, and what SD-BASE-A allows beside that.
    why = ["PaymentManagement", "ServiceOptimisation", "Marketing"]
    many = [permission([f"{DPV}Use"], [field], why) for field in list(schemas.fields())[:16]]
    ran = run("terms", "lint", write(tmp_path, policy(*many)), "--maximum", "SD-BASE-A")
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.partition("What both permit:")[2].strip().splitlines()) == 32


def test_a_claim_beside_the_policy_is_checked(run: Run, tmp_path: Path) -> None:
    entry = entry_of("https://w3id.org/dpv/standards/ieee/7012#SD-BASE-DP")
    assert entry is not None
    claim = {"id": entry.iri, "type": "RosterEntry", "digestMultibase": entry.digest}
    ran = run(
        "terms", "lint", write(tmp_path, {"type": "Terms", "policy": MODEST, "roster": claim}), "--json"
    )
    assert (ran.code, json.loads(ran.out)["code"]) == (1, "policy-exceeds-roster")


def test_what_cannot_be_read_is_said_with_its_place(run: Run, tmp_path: Path) -> None:
    broken = policy(permission([f"{DPV}Copy"], [EMAIL], ["DeliveryOfGoods"]))
    ran = run("terms", "lint", write(tmp_path, broken))
    assert ran.code == 1
    assert "(permission.processing)" in ran.err
    ran = run("terms", "lint", write(tmp_path, MODEST), "--maximum", "SD-BASIC")
    assert ran.code == 2
    assert "it has SD-BASE, SD-BASE-DP" in ran.err
