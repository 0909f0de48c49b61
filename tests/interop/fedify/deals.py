"""What the tests do again and again: an intention cast, an offer made, and what both ends then see."""

from typing import Any

from node.sandbox.nodes import Node
from protocol.documents import Document
from tests.interop.fedify.process import Fedify, wait

PRICE = [
    {"kind": "oneOff", "amount": "2100.00", "currency": "EUR", "label": "Bike"},
    {"kind": "recurring", "amount": "5.00", "currency": "EUR", "per": "month", "count": 12, "label": "Care"},
]


def post(node: Node, path: str, body: object = None) -> Any:
    """Ask the owner's API of one of our nodes to do something."""
    return node.api.request("POST", path, body)


def items(node: Node, path: str) -> list[Document]:
    """Return a whole list of the owner's API."""
    return list(node.api.pages(path))


def key_id(node: Node, algorithm: str) -> str:
    """Return the address of a node's key in use."""
    (key,) = (
        key for key in items(node, "/keys") if (key["algorithm"], key["state"]) == (algorithm, "in use")
    )
    return str(key["id"])


def cast(customer: Node, fedify: Fedify, name: str) -> tuple[Document, Document]:
    """Cast an intention of our customer's to Fedify's business; return it as both ends see it."""
    wish = {"name": name, "deadline": "2099-01-01T00:00:00Z", "currency": "EUR"}
    own = post(customer, "/intentions", {**wish, "audience": [fedify.actor("bikes")]})
    read = fedify.wait_for("Create", objectId=own["iri"])
    return own, read


def terms_for(proposal: Document, *, total: str = "2249.50", **more: Any) -> Document:
    """Return what Fedify's business needs to write an offer to a proposal as it read it."""
    return {
        "name": proposal["name"],
        "primary": proposal["publishes"]["id"],
        "reciprocal": proposal["reciprocal"]["id"],
        "total": total,
        **more,
    }


def offered(customer: Node, fedify: Fedify, name: str) -> tuple[Document, Document, Document]:
    """Have Fedify's business answer a new intention; return it, as it was read, and our view of the offer."""
    own, create = cast(customer, fedify, name)
    sent = fedify.say("bikes", "offer", customer.actor, terms_for(create["object"]))
    assert sent["status"] == 202, sent
    return own, create["object"], offer_of(customer, own["id"])


def offer_of(node: Node, intention: str) -> Document:
    """Return the one offer about an intention, as its node shows it."""

    def look() -> Document | None:
        return next((offer for offer in items(node, "/offers") if offer["intention"] == intention), None)

    found: Document = wait(look, "the offer")
    return found


def wait_for_state(node: Node, path: str, state: str) -> Document:
    def look() -> Document | None:
        found: Document = node.api.get(path)
        return found if found["state"] == state else None

    found: Document = wait(look, f"{path} to be {state}")
    return found


def asked(shop: Node, fedify: Fedify, name: str) -> tuple[Document, Document]:
    """Have Fedify's customer cast an intention to our shop; return what it sent and our view of it."""
    sent = fedify.say("carol", "proposal", shop.actor, {"name": name})
    assert sent["status"] == 202, sent

    def look() -> Document | None:
        return next((seen for seen in items(shop, "/intentions") if seen["name"] == name), None)

    return sent, wait(look, "the intention")


def made(shop: Node, fedify: Fedify, name: str) -> tuple[Document, Document, Document]:
    """Have our shop answer Fedify's customer; return the intention, our view of the offer, and Fedify's."""
    _, intention = asked(shop, fedify, name)
    terms = {"price": PRICE, "starts_at": "2099-01-01T00:00:00Z"}
    offer = post(shop, "/offers", {"intention": intention["id"], "terms": terms})
    read = fedify.wait_for("Offer", context=[offer["negotiation"]])
    return intention, offer, read


def plain_terms(intention: Document, read: Document, *, total: str) -> Document:
    """Return what Fedify's customer needs to answer an offer that it read with FEP-0837's terms."""
    return {
        "offer": read["id"],
        "name": intention["name"],
        "primary": intention["iri"] + "#primary",
        "reciprocal": intention["iri"] + "#reciprocal",
        "total": total,
    }


def accept_whole(fedify: Fedify, shop: Node, offer: Document) -> Document:
    """Return the signed acceptance of an offer as delivered, complete as our protocol asks for it."""
    keys = items(shop, "/keys")
    key = next(key["multibase"] for key in keys if key["algorithm"] == "ed25519")
    made: Document = fedify.ask("accept_whole", **{"as": "carol"}, offer=offer, key=key)
    return made


def state_of(node: Node) -> object:
    """Return everything that changes if anything does, once all that was sent has its answer on record."""
    wait(lambda: not list(node.api.pages("/deliveries", state="queued")), "all to be delivered")
    return [items(node, path) for path in ("/journal", "/offers", "/agreements", "/intentions", "/peers")]
