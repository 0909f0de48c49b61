"""Fedify is the business: it reads our customer's intentions, and its offers are read and answered."""

import pytest

from node.sandbox.nodes import Node
from protocol.canonical import digest_of
from tests.interop.fedify.deals import (
    cast,
    items,
    key_id,
    offered,
    post,
    terms_for,
    wait_for_state,
)
from tests.interop.fedify.process import Fedify

pytestmark = pytest.mark.slow


def test_our_intention_is_read(fedify: Fedify, customer: Node) -> None:
    own, create = cast(customer, fedify, "A trekking bike")
    assert create["actor"] == customer.actor
    assert create["object"] == {
        "type": "Proposal",
        "id": own["iri"],
        "by": customer.actor,
        "name": "A trekking bike",
        "purpose": "request",
        "unitBased": False,
        "endTime": "2099-01-01T00:00:00Z",
        "publishes": {
            "id": own["iri"] + "#primary",
            "action": "transfer",
            "conformsTo": None,
            "unit": "one",
            "value": "1",
        },
        "reciprocal": {
            "id": own["iri"] + "#reciprocal",
            "action": "transfer",
            "conformsTo": "https://www.wikidata.org/wiki/Q4916",
            "unit": "one",
            "value": None,
        },
    }


def test_an_offer_of_fedifys_classes_is_accepted_and_the_acceptance_verified(
    fedify: Fedify, customer: Node
) -> None:
    own, proposal, offer = offered(customer, fedify, "A bike to be bought")
    assert (offer["state"], offer["total"], offer["currency"]) == ("offered", "2249.50", "EUR")
    assert offer["peer"]["iri"] == fedify.actor("bikes")
    assert offer["proof"]["verified"]

    accepted = post(customer, f"/offers/{offer['id']}/accept", {"digest": offer["digest"]})
    acceptance = fedify.wait_for("Accept", objectId=offer["negotiation"])
    assert acceptance["proved"]
    agreement = acceptance["result"]
    assert agreement["by"] == acceptance["actor"] == customer.actor
    assert agreement["id"].endswith(accepted["agreement"])
    assert agreement["stipulates"] == {
        "id": agreement["id"] + "#primary",
        "satisfies": proposal["publishes"]["id"],
        "unit": "one",
        "value": "1",
    }
    assert agreement["stipulatesReciprocal"] == {
        "id": agreement["id"] + "#reciprocal",
        "satisfies": proposal["reciprocal"]["id"],
        "unit": "one",
        "value": "2249.5",
    }
    verdict = fedify.ask("verify", document=acceptance["document"])
    assert verdict == {"keys": [key_id(customer, "ed25519")], "object": True}
    # It never countersigns, because FEP-0837 has no such thing: there the acceptance concludes.
    agreed = wait_for_state(customer, f"/agreements/{accepted['agreement']}", "concluded")
    assert agreed["total"] == "2249.50"
    assert customer.api.get(f"/intentions/{own['id']}")["state"] == "awarded"
    assert post(customer, f"/agreements/{accepted['agreement']}/confirm")["own_confirmed_at"]


def test_the_digest_we_answer_with_is_that_of_what_fedify_proved(fedify: Fedify, customer: Node) -> None:
    """Fedify adds a Linked Data Signature when it sends, which an author need not know of."""
    _own, _proposal, offer = offered(customer, fedify, "A bike with a digest")
    entries = items(customer, "/journal")
    (came,) = (entry["activity"] for entry in entries if entry["subject"] == offer["negotiation"])
    assert came.pop("signature")["type"] == "RsaSignature2017"
    assert offer["digest"] == digest_of(came)


def test_an_offer_is_withdrawn(fedify: Fedify, customer: Node) -> None:
    _own, _proposal, offer = offered(customer, fedify, "A bike that is gone")
    assert fedify.say("bikes", "undo", customer.actor, offer["negotiation"])["status"] == 202
    assert wait_for_state(customer, f"/offers/{offer['id']}", "withdrawn")


def test_our_rejection_is_read(fedify: Fedify, customer: Node) -> None:
    _own, _proposal, offer = offered(customer, fedify, "A bike too far")
    post(customer, f"/offers/{offer['id']}/reject", {"reason": "Too far away."})
    rejection = fedify.wait_for("Reject", objectId=offer["negotiation"])
    assert rejection["proved"]
    assert rejection["result"] is None


def test_our_counter_is_read_as_a_rejection_with_terms_and_met(fedify: Fedify, customer: Node) -> None:
    _own, proposal, offer = offered(customer, fedify, "A bike to be haggled over")
    # FEP-0837 has no labels, so only terms without one can be met to the letter.
    terms = {"price": [{"kind": "oneOff", "amount": "2000.00", "currency": "EUR"}]}
    post(customer, f"/offers/{offer['id']}/counter", {"terms": terms, "on_met": "accept"})
    counter = fedify.wait_for("Reject", objectId=offer["negotiation"])
    assert counter["proved"]
    assert counter["result"]["stipulatesReciprocal"]["value"] == "2000"
    assert counter["endTime"] is not None

    again = terms_for(proposal, total="2000", replaces=counter["id"])
    sent = fedify.say("bikes", "offer", customer.actor, again)
    assert sent["status"] == 202, sent
    met = wait_for_state(customer, f"/offers/{offer['id']}", "concluded")
    assert (met["total"], met["rounds"]) == ("2000.00", 2)
    assert fedify.wait_for("Accept", objectId=sent["id"])["proved"]


def test_an_intention_taken_back_is_deleted(fedify: Fedify, customer: Node) -> None:
    own, _create = cast(customer, fedify, "A bike no longer wanted")
    post(customer, f"/intentions/{own['id']}/withdraw")
    deletion = fedify.wait_for("Delete", objectId=own["iri"])
    assert deletion["object"] == {"type": "Tombstone", "id": own["iri"]}


def test_a_private_activity_is_shown_to_whom_it_is_addressed(fedify: Fedify, customer: Node) -> None:
    _own, create = cast(customer, fedify, "A bike for bikes only")
    iri = create["id"]
    assert fedify.ask("fetch", **{"as": "bikes"}, iri=iri)["id"] == iri
    assert fedify.ask("fetch", **{"as": "carol"}, iri=iri) is None
    assert fedify.ask("fetch", **{"as": None}, iri=iri) is None


def test_what_came_can_be_rebuilt_from_the_journal(fedify: Fedify, customer: Node) -> None:
    offered(customer, fedify, "A bike to be remembered")
    before = items(customer, "/offers")
    assert post(customer, "/journal/verify")["ok"]
    post(customer, "/journal/rebuild")
    assert items(customer, "/offers") == before
