"""A node and a server shaped like Mitra, both ways (see `mitra` for what is documented where).

Mitra itself sells subscriptions, and buys those of its kind, and nothing else. Where a test has it answer an
intention, or cast one, it is Mitra's spelling that is played, not its market.
"""

from decimal import Decimal
from typing import Any

import pytest

from protocol import intentions
from protocol.actors import read_actor
from protocol.agreements import read_agreement
from protocol.errors import Unprocessable
from protocol.jsonld import read
from protocol.offers import read_draft
from protocol.strictjson import Document
from tests.interop import mitra
from tests.interop.feed import read_purely
from tests.interop.foreign import CAVAGE, RFC9421, Foreign
from tests.interop.literal import invented
from tests.web.house import Answer, House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TERMS = {"unit": "one", "amount": "1", "price": "1999"}


async def offers(house: House, peer: Foreign) -> list[Document]:
    listed = (await house.owner("GET", "/offers?limit=100")).json["items"]
    return [offer for offer in listed if offer["peer"]["iri"] == peer.iri]


async def refusals(house: House, peer: Foreign) -> list[str]:
    listed = (await house.owner("GET", "/refusals?limit=100")).json["items"]
    return [refusal["code"] for refusal in listed if refusal["peer"] == peer.iri]


# --- actors and follows ------------------------------------------------------------------------------


async def test_its_actor_is_read_and_nothing_is_added(piconero: Foreign) -> None:
    document = mitra.actor(piconero)
    actor = read_actor(document, iri=piconero.iri)
    assert [(key.id, sorted(key.purposes)) for key in actor.keys] == [
        (f"{piconero.iri}#main-key", ["assertionMethod", "http"]),
        (f"{piconero.iri}#ed25519-key", ["assertionMethod", "http"]),
    ]
    assert (
        invented([actor.name, actor.handle, actor.summary, actor.inbox, actor.shared_inbox], document) == []
    )
    # FEP-844e's member, under a name of Mitra's own.
    assert actor.speaks_ed25519


async def test_its_account_is_found(house: House, piconero: Foreign) -> None:
    found = await house.owner("POST", "/fed/lookup", {"what": f"miner@{piconero.authority}"})
    assert (found.status, found.json["iri"]) == (200, piconero.iri)


async def test_following_it_and_being_followed(house: House, piconero: Foreign) -> None:
    assert (await house.owner("POST", "/peers/follow", {"peer": piconero.iri})).status == 200
    await until(lambda: piconero.inbox)
    assert (await piconero.deliver(house, mitra.accept_follow(piconero, piconero.inbox[0]))).status == 202
    request = mitra.follow(piconero, house.iri)
    assert (await piconero.deliver(house, request)).status == 202
    await house.owner("POST", "/peers/approve", {"peer": piconero.iri})
    await until(lambda: len(piconero.inbox) == 2)
    known = (await house.owner("GET", f"/peer?iri={piconero.iri}")).json
    assert (known["following"], known["follower"]) == ("accepted", "accepted")
    # It says that it verifies RFC 9421 with Ed25519, and does.
    assert piconero.posted() == [(RFC9421, 202), (RFC9421, 202)]


async def test_an_older_one_takes_the_second_knock(house: House, piconero: Foreign) -> None:
    piconero.takes = frozenset({CAVAGE})  # before 4.4, whose actor says nothing either
    piconero.pages[piconero.actor_path] = {
        name: value for name, value in mitra.actor(piconero).items() if name != "generator"
    }
    await house.cast(piconero.iri)
    await until(lambda: piconero.inbox)
    assert piconero.posted() == [(RFC9421, 401), (CAVAGE, 202)]


async def test_an_account_is_deleted(house: House, piconero: Foreign) -> None:
    assert (await piconero.deliver(house, mitra.delete(piconero))).status == 202


# --- its market --------------------------------------------------------------------------------------


async def test_its_proposal_is_refused_with_a_reason(house: House, piconero: Foreign) -> None:
    """It is a standing offer, which nodes do not take, in a currency that has no ISO 4217 code."""
    proposal = mitra.proposal(piconero)
    assert read_purely(proposal) == "read"
    with pytest.raises(Unprocessable) as caught:
        intentions.read_proposal(read(proposal))
    assert caught.value.code == "unknown-currency"
    create = mitra.prove(
        piconero,
        {
            "@context": mitra.MARKET_CONTEXT,
            "type": "Create",
            "id": piconero.mint("activities/create"),
            "actor": piconero.iri,
            "object": {name: value for name, value in proposal.items() if name != "@context"},
            "to": [house.iri],
        },
    )
    answer = await piconero.deliver(house, create)
    assert (answer.status, answer.code) == (422, "unsupported-purpose")


async def test_its_proposal_in_euros_would_be_read(piconero: Foreign) -> None:
    proposal = mitra.proposal(piconero)
    proposal["reciprocal"]["resourceConformsTo"] = "https://www.wikidata.org/wiki/Q4916"
    standing = intentions.read_proposal(read(proposal))
    assert (standing.quantity.unit, standing.stated_price) == ("second", Decimal(20_000))
    assert standing.unit_based is True
    said = {name: getattr(standing, name) for name in ("iri", "proposer", "name", "quantity", "stated_price")}
    assert invented([*said.values(), {"currency": standing.currency}], proposal) == []


async def offered(house: House, piconero: Foreign, **terms: str) -> tuple[Answer, Document]:
    """Have it offer something for an intention of ours, the way it spells offers."""
    view = await house.cast(piconero.iri)
    offer = mitra.offer(piconero, house.iri, view["iri"], **{**TERMS, **terms})
    return await piconero.deliver(house, offer), offer


async def test_its_offer_is_understood(house: House, piconero: Foreign) -> None:
    answer, offer = await offered(house, piconero)
    assert answer.status == 202
    (listed,) = await offers(house, piconero)
    # No price lines and no currency: the total is due once, in the currency that was asked for.
    assert (listed["total"], listed["currency"], listed["state"]) == ("1999.00", "EUR", "offered")
    assert (listed["negotiation"], listed["proof"]["verified"]) == (offer["id"], True)
    draft = read_draft(read(offer)["object"], currency="EUR")
    assert (draft.total, draft.quantity.unit) == (Decimal(1999), "one")
    assert invented([draft.quantity, draft.total, draft.satisfies_primary], offer) == []


async def test_an_acceptance_of_ours_is_what_it_reads(house: House, piconero: Foreign) -> None:
    """Its `handle_accept_offer` reads these members; the payment link it asks for besides, no node has."""
    _, offer = await offered(house, piconero)
    (listed,) = await offers(house, piconero)
    assert (await house.owner("POST", f"/offers/{listed['id']}/accept", {})).status == 200
    await until(lambda: len(piconero.inbox) == 2)
    accepted = piconero.inbox[-1]
    result = accepted["result"]
    assert (accepted["type"], accepted["object"]) == ("Accept", offer["id"])
    for member in ("stipulates", "stipulatesReciprocal"):
        theirs = offer["object"][member]
        assert result[member]["id"].startswith(result["id"])
        assert (result[member]["satisfies"], result[member]["resourceQuantity"]) == (
            theirs["satisfies"],
            theirs["resourceQuantity"],
        )
    assert "url" not in result
    # FEP-0837 knows no countersignature: what has arrived is concluded.
    await until(lambda: has_state(house, piconero, "concluded"))


async def has_state(house: House, piconero: Foreign, state: str) -> bool:
    """Tell whether its one offer has come to a state."""
    (listed,) = await offers(house, piconero)
    return bool(listed["state"] == state)


async def test_an_acceptance_of_ours_that_it_refuses_is_taken_back_and_revoked(
    house: House, piconero: Foreign
) -> None:
    """As the real `handle_accept_offer` does, which misses a payment link."""
    piconero.refused["Accept"] = 422
    _, offer = await offered(house, piconero)
    (listed,) = await offers(house, piconero)
    assert (await house.owner("POST", f"/offers/{listed['id']}/accept", {})).status == 200
    await until(lambda: [said["type"] for said in piconero.inbox[-1:]] == ["Undo"])
    acceptance, undo = piconero.inbox[-2:]
    assert (acceptance["object"], undo["object"]) == (offer["id"], acceptance["id"])
    assert await has_state(house, piconero, "offered")


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"unit": "second", "amount": "50000"}, "unit-mismatch"),
        ({"price": "0"}, "zero-price"),
        ({"price": "1999.999"}, "malformed-amount"),
    ],
)
async def test_an_offer_that_does_not_fit(
    house: House, piconero: Foreign, terms: dict[str, str], code: str
) -> None:
    answer, _ = await offered(house, piconero, **terms)
    assert (answer.status, answer.code) == (422, code)


async def test_an_offer_that_was_changed(house: House, piconero: Foreign) -> None:
    view = await house.cast(piconero.iri)
    offer = mitra.offer(piconero, house.iri, view["iri"], **TERMS)
    offer["object"]["stipulatesReciprocal"]["resourceQuantity"]["hasNumericalValue"] = "1"
    answer = await piconero.deliver(house, offer)
    assert (answer.status, answer.code) == (422, "proof-invalid")


# --- its acceptance of an offer of ours --------------------------------------------------------------


async def our_offer(house: House, piconero: Foreign) -> Document:
    """Have it cast a request, and the node's owner make an offer; return the Offer as it arrived."""
    iri = piconero.mint("proposals")
    proposal: dict[str, Any] = mitra.proposal(piconero) | {"id": iri, "purpose": "request", "to": house.iri}
    proposal.pop("@context")
    proposal["publishes"] |= {"id": f"{iri}#primary", "resourceQuantity": mitra.quantity("one", "1")}
    proposal["reciprocal"] |= {
        "id": f"{iri}#reciprocal",
        "resourceConformsTo": "https://www.wikidata.org/wiki/Q4916",
        "resourceQuantity": {"hasUnit": "one"},
    }
    create = {
        "@context": mitra.MARKET_CONTEXT,
        "type": "Create",
        "id": piconero.mint("activities/create"),
        "actor": piconero.iri,
        "object": proposal,
        "to": [house.iri],
    }
    assert (await piconero.deliver(house, mitra.prove(piconero, create))).status == 202
    listed = (await house.owner("GET", "/intentions?own=false&limit=100")).json["items"]
    (seen,) = [intention for intention in listed if intention["iri"] == iri]
    price = [{"kind": "oneOff", "amount": "30.00", "currency": "EUR", "label": "A lamp"}]
    made = await house.owner("POST", "/offers", {"intention": seen["id"], "terms": {"price": price}})
    assert made.status == 201, made.body
    await until(lambda: piconero.inbox)
    return piconero.inbox[-1]


@pytest.mark.parametrize("linked", [True, False], ids=["Mitra's", "the FEP's"])
async def test_its_acceptance_is_refused_with_a_reason(house: House, piconero: Foreign, linked: bool) -> None:
    """It does not hash what it accepts, so nobody could show later what was accepted."""
    offer = await our_offer(house, piconero)
    accept = mitra.accept_offer(piconero, offer, linked=linked)
    assert read_purely(accept) == "read"
    answer = await piconero.deliver(house, accept)
    assert (answer.status, answer.code) == (422, "digest-required")
    assert (await offers(house, piconero))[0]["state"] == "offered"


async def test_its_agreement_alone(piconero: Foreign) -> None:
    """What it says of the invoice is no term anyone signed; without it, the parties' keys are missing."""
    offer = mitra.offer(
        piconero, "https://ada.example/actors/ada", "https://ada.example/intentions/1", **TERMS
    )
    with pytest.raises(Unprocessable) as caught:
        read_agreement(read(mitra.accept_offer(piconero, offer))["result"], currency="EUR")
    assert caught.value.code == "unknown-member"
    plain = mitra.accept_offer(piconero, offer, linked=False)
    agreement = read_agreement(read(plain)["result"], currency="EUR")
    assert not agreement.complete
    assert invented([agreement.iri, agreement.draft.total, agreement.draft.quantity], plain) == []


async def test_its_update_of_an_agreement_is_refused_with_a_reason(house: House, piconero: Foreign) -> None:
    offer = await our_offer(house, piconero)
    update = mitra.update_agreement(piconero, offer)
    assert read_purely(update) == "read"
    answer = await piconero.deliver(house, update)
    assert (answer.status, answer.code) == (422, "unknown-activity")
    # It was authentic, so the owner can see that something came.
    assert "unknown-activity" in await refusals(house, piconero)
