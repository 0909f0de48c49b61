"""Finding each other: WebFinger and actor documents, both ways."""

import pytest

from node.sandbox.nodes import Node
from tests.interop.fedify.deals import key_id
from tests.interop.fedify.gatekeeper import Gatekeeper
from tests.interop.fedify.process import Fedify

pytestmark = pytest.mark.slow


def test_fedify_reads_our_actor(fedify: Fedify, customer: Node) -> None:
    assert fedify.ask("lookup", what=customer.actor) == {
        "type": "Person",
        "id": customer.actor,
        "username": "ada",
        "name": "Ada",
        "inbox": f"{customer.actor}/inbox",
        "sharedInbox": f"{customer.origin}/inbox",
        "publicKey": key_id(customer, "rsa"),
        "assertionMethods": [key_id(customer, "ed25519")],
    }


def test_fedify_finds_our_actor_by_its_account(fedify: Fedify, guarded: Node, gatekeeper: Gatekeeper) -> None:
    # Fedify asks https only about an account.
    account = f"acct:guarded@{gatekeeper.origin.removeprefix('https://')}"
    found = fedify.ask("lookup", what=account)
    assert (found["type"], found["id"]) == ("Organization", f"{gatekeeper.origin}/actors/guarded")


def test_fedify_finds_our_account_by_the_actors_address(fedify: Fedify, customer: Node) -> None:
    found = fedify.ask("webfinger", what=customer.actor)
    assert found["subject"] == f"acct:ada@127.0.0.1:{customer.port}"
    themselves = {(link["type"], link["href"]) for link in found["links"] if link["rel"] == "self"}
    assert ("application/activity+json", customer.actor) in themselves


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param("bikes", "Organization"), pytest.param("carol", "Person")]
)
def test_we_read_fedifys_actor_by_account_and_by_address(
    fedify: Fedify, customer: Node, name: str, kind: str
) -> None:
    found = [
        customer.api.request("POST", "/fed/lookup", {"what": what})
        for what in (fedify.acct(name), fedify.actor(name))
    ]
    assert found[0] == found[1]
    assert (found[0]["iri"], found[0]["kind"], found[0]["acct"]) == (
        fedify.actor(name),
        kind,
        fedify.acct(name).removeprefix("acct:"),
    )
    # Fedify lists the RSA key a second time as a Multikey; it makes no proofs with it.
    keys = {(key["algorithm"], *key["purposes"]) for key in found[0]["keys"]}
    assert keys == {
        ("rsa", "http"),
        ("rsa", "assertionMethod", "http"),
        ("ed25519", "assertionMethod", "http"),
    }
