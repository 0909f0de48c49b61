"""What needs no proof: following and messages, both ways."""

import pytest

from node.sandbox.nodes import Node
from tests.interop.fedify.deals import items, made, offered, post
from tests.interop.fedify.process import Fedify

pytestmark = pytest.mark.slow


def follow_of(node: Node, peer: str, direction: str) -> str | None:
    """Return how a node stands with a peer, in one of the two directions."""
    (found,) = (seen for seen in items(node, "/peers") if seen["iri"] == peer)
    state: str | None = found[direction]
    return state


def test_fedify_follows_a_business_and_leaves(fedify: Fedify, shop: Node) -> None:
    sent = fedify.say("carol", "follow", shop.actor)
    assert sent["status"] == 202
    assert fedify.wait_for("Accept", actor=shop.actor, objectId=sent["id"])
    assert follow_of(shop, fedify.actor("carol"), "follower") == "accepted"

    assert fedify.say("carol", "unfollow", shop.actor, sent["id"])["status"] == 202
    assert follow_of(shop, fedify.actor("carol"), "follower") is None


def test_a_person_approves_fedifys_follow_by_hand(fedify: Fedify, customer: Node) -> None:
    sent = fedify.say("carol", "follow", customer.actor)
    assert follow_of(customer, fedify.actor("carol"), "follower") == "requested"
    post(customer, "/peers/approve", {"peer": fedify.actor("carol")})
    assert fedify.wait_for("Accept", actor=customer.actor, objectId=sent["id"])


def test_we_follow_fedify_and_leave(fedify: Fedify, customer: Node) -> None:
    bikes = fedify.actor("bikes")
    post(customer, "/peers/follow", {"peer": fedify.acct("bikes")})
    follow = fedify.wait_for("Follow", actor=customer.actor, objectId=bikes)
    assert follow_of(customer, bikes, "following") == "requested"
    assert fedify.say("bikes", "acceptFollow", customer.actor, follow["id"])["status"] == 202
    assert follow_of(customer, bikes, "following") == "accepted"

    post(customer, "/peers/unfollow", {"peer": bikes})
    assert fedify.wait_for("Undo", actor=customer.actor, objectId=follow["id"])


def test_messages_about_a_negotiation_with_fedifys_business(fedify: Fedify, customer: Node) -> None:
    _own, _proposal, offer = offered(customer, fedify, "A bike to be talked about")
    about = {"content": "It is blue.", "context": offer["negotiation"]}
    assert fedify.say("bikes", "note", customer.actor, about)["status"] == 202
    path = f"/offers/{offer['id']}/messages"
    (message,) = items(customer, path)
    assert (message["sender"], message["content"]) == (fedify.actor("bikes"), "It is blue.")

    post(customer, path, {"content": "Is it light, too?"})
    heard = fedify.wait_for("Create", actor=customer.actor, context=[offer["negotiation"]])
    assert heard["object"]["type"] == "Note"
    assert "Is it light, too?" in heard["object"]["content"]


def test_messages_about_a_negotiation_with_fedifys_customer(fedify: Fedify, shop: Node) -> None:
    _intention, offer, _read = made(shop, fedify, "A bike to be asked about")
    about = {"content": "Does it have lights?", "context": offer["negotiation"]}
    assert fedify.say("carol", "note", shop.actor, about)["status"] == 202
    (message,) = items(shop, f"/offers/{offer['id']}/messages")
    assert message["content"] == "Does it have lights?"
