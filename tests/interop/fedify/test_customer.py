"""Fedify is the customer: our business reads its proposals, and what it says is read and verified."""

import json
from pathlib import Path

import pytest

from node.sandbox.nodes import Node, command
from tests.interop.fedify.deals import (
    accept_whole,
    asked,
    key_id,
    made,
    plain_terms,
    post,
    state_of,
    wait_for_state,
)
from tests.interop.fedify.process import Fedify

pytestmark = pytest.mark.slow


def test_a_proposal_of_fedifys_classes_is_read(fedify: Fedify, shop: Node) -> None:
    _, seen = asked(shop, fedify, "A bike of FEP-0837")
    assert (seen["proposer"], seen["currency"]) == (fedify.actor("carol"), "EUR")
    assert seen["quantity"] == {"value": "1", "unit": "one"}
    assert not seen["own"]


def test_our_offer_is_read_and_verified(fedify: Fedify, shop: Node) -> None:
    intention, _offer, read = made(shop, fedify, "A bike with care")
    assert read["proved"]
    assert fedify.ask("verify", document=read["document"]) == {
        "keys": [key_id(shop, "ed25519")],
        "object": True,
    }
    assert read["object"]["stipulates"]["satisfies"] == intention["iri"] + "#primary"
    assert read["object"]["stipulatesReciprocal"]["value"] == "2160"
    assert read["endTime"] is not None


def test_a_whole_acceptance_is_countersigned_and_proves_the_agreement(
    fedify: Fedify, shop: Node, tmp_path: Path
) -> None:
    _, offer, read = made(shop, fedify, "A bike to be sold")
    acceptance = accept_whole(fedify, shop, read["document"])
    assert fedify.ask("verify", document=acceptance)["object"]
    sent = fedify.post("carol", f"{shop.actor}/inbox", acceptance)
    assert sent["status"] == 202, sent

    agreement = shop.api.get(f"/offers/{offer['id']}")["agreement"]
    agreed = wait_for_state(shop, f"/agreements/{agreement}", "concluded")
    countersignature = fedify.wait_for("Accept", objectId=acceptance["result"]["id"])
    assert countersignature["proved"]
    assert countersignature["document"]["digestMultibase"] == agreed["digest"]
    bundle = tmp_path / "evidence.json"
    bundle.write_bytes(shop.api.fetch("GET", f"/agreements/{agreement}/evidence"))
    code, verdict = command("agreement", "verify", str(bundle))
    assert code == 0, verdict


def test_an_acceptance_of_fedifys_classes_proves_too_little(fedify: Fedify, shop: Node) -> None:
    """FEP-0837 alone names neither the parties' keys nor the offer's digest (see FEDERATION.md)."""
    intention, _offer, read = made(shop, fedify, "A bike for a plain acceptance")
    before = state_of(shop)
    sent = fedify.say("carol", "accept", shop.actor, plain_terms(intention, read, total="2160"))
    assert (sent["status"], json.loads(sent["answer"])["code"]) == (422, "digest-required")
    assert state_of(shop) == before


def test_fedifys_rejection_is_taken(fedify: Fedify, shop: Node) -> None:
    _, offer, read = made(shop, fedify, "A bike not wanted")
    assert fedify.say("carol", "reject", shop.actor, read["id"])["status"] == 202
    assert wait_for_state(shop, f"/offers/{offer['id']}", "rejected")


def test_a_counter_of_fedifys_classes_is_met(fedify: Fedify, shop: Node) -> None:
    intention, offer, read = made(shop, fedify, "A bike to be made cheaper")
    sent = fedify.say("carol", "counter", shop.actor, plain_terms(intention, read, total="1999.99"))
    assert sent["status"] == 202, sent
    countered = wait_for_state(shop, f"/offers/{offer['id']}", "countered")["countered"]
    assert [(line["amount"], line["currency"]) for line in countered["price"]] == [("1999.99", "EUR")]

    post(shop, f"/offers/{offer['id']}/reoffer", {"terms": {"price": countered["price"]}})
    met = fedify.wait_for("Offer", replyTo=sent["id"])
    assert met["proved"]
    assert met["object"]["stipulatesReciprocal"]["value"] == "1999.99"


def test_our_withdrawal_is_read(fedify: Fedify, shop: Node) -> None:
    _, offer, read = made(shop, fedify, "A bike sold to others")
    post(shop, f"/offers/{offer['id']}/withdraw")
    undo = fedify.wait_for("Undo", objectId=read["id"])
    assert undo["proved"]


def test_a_proposal_deleted_by_fedify_is_closed(fedify: Fedify, shop: Node) -> None:
    _, seen = asked(shop, fedify, "A bike wanted for a moment")
    assert fedify.say("carol", "deletion", shop.actor, seen["iri"])["status"] == 202
    assert wait_for_state(shop, f"/intentions/{seen['id']}", "withdrawn")
