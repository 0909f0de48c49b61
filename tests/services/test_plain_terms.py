"""Terms of software that knows FEP-0837 and no more: a quantity for a total, and no currency."""

from collections.abc import Callable

import pytest

from node.services.intentions import casting, showing
from node.services.negotiations import agreements, offers
from protocol import strictjson
from protocol.canonical import canonicalise
from protocol.errors import Unprocessable
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.vocabulary import PUBLIC, VALUEFLOWS
from tests.services.parties import Party, check_journal
from tests.services.test_inbox import last, resign
from tests.services.test_negotiation import LOWER, cast, offer, only


def without(document: Document, *members: str) -> Document:
    return {member: value for member, value in document.items() if member not in members}


def plain(terms: Document) -> Document:
    """Take out of an agreement draft what FEP-0837 does not have."""
    reciprocal = without(terms["stipulatesReciprocal"], "resourceConformsTo")
    return without(terms, "price", "startTime") | {"stipulatesReciprocal": reciprocal}


@pytest.fixture
def offered(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)


@pytest.mark.usefixtures("offered")
def test_a_new_offer_takes_the_currency_of_the_intention(ada: Party, bikes: Party) -> None:
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    made = last(bikes, "reoffer")
    assert ada.receive(resign(bikes, made, object=plain(made["object"])), bikes) == 202
    stated = made["object"]["stipulatesReciprocal"]["resourceQuantity"]["hasNumericalValue"]
    assert only(ada)["currency"] == "EUR"
    assert only(ada)["total"].rstrip("0").rstrip(".") == stated
    check_journal(ada)


@pytest.mark.usefixtures("offered")
def test_a_counter_offer_takes_the_currency_of_the_intention(ada: Party, bikes: Party) -> None:
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    made = last(ada, "counter")
    assert bikes.receive(resign(ada, made, result=plain(made["result"])), ada) == 202
    countered = only(bikes)["countered"]
    assert (only(bikes)["state"], countered["price"][0]["currency"]) == ("countered", "EUR")
    check_journal(bikes)


@pytest.mark.usefixtures("offered")
def test_what_fep_0837_leaves_open_is_taken_agreed_and_proved(ada: Party, bikes: Party) -> None:
    """Whose a draft is, what each commitment does, what kind of thing it is, and words in hypertext."""
    made = last(bikes, "offer")
    terms = made["object"] | {"attributedTo": bikes.iri, "content": "<p>With <b>lights</b></p>"}
    kind = {"action": "transfer", "resourceConformsTo": "https://www.wikidata.org/wiki/Q11442"}
    terms |= {
        "stipulates": terms["stipulates"] | kind,
        "stipulatesReciprocal": terms["stipulatesReciprocal"] | {"action": "vf:transfer"},
    }
    again = {"id": made["id"] + "b", "context": made["context"] + "b"}
    assert ada.receive(resign(bikes, made, object=terms, **again), bikes) == 202
    (shown,) = [item for item in ada.do(offers.list)["items"] if item["category"]]
    assert (shown["category"], shown["content"]) == (kind["resourceConformsTo"], "With lights")
    accepted = ada.do(offers.accept, shown["id"])["agreement"]
    document = ada.do(agreements.show, accepted)["document"]
    assert document["stipulates"]["resourceConformsTo"] == kind["resourceConformsTo"]
    assert (document["content"], document["mediaType"]) == ("With lights", "text/plain")
    check_journal(ada)


def test_a_request_that_gives_nothing_in_return_is_shown_and_not_answered(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    told = last(ada, "intention.told")
    gift = {
        "type": "Proposal",
        "id": told["object"]["id"] + "b",
        "purpose": "request",
        "attributedTo": ada.iri,
        "publishes": told["object"]["publishes"] | {"id": told["object"]["id"] + "b#primary"},
        "unitBased": False,
        "to": PUBLIC,
    }
    assert bikes.receive(canonicalise(told | {"id": told["id"] + "b", "object": gift}), ada) == 202
    (shown,) = [item for item in bikes.do(showing.list, own=False)["items"] if item["currency"] is None]
    assert (shown["iri"], shown["name"]) == (gift["id"], "")
    with pytest.raises(Unprocessable, match="nothing-in-return"):
        bikes.do(offers.make, shown["id"], {"price": LOWER})
    check_journal(bikes)


@pytest.mark.usefixtures("offered")
def test_a_signature_beside_the_proof_is_left_out_again_when_the_journal_is_read(
    ada: Party, bikes: Party
) -> None:
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    made = last(bikes, "reoffer")
    terms = made["object"]
    spelled = without(terms, "stipulates") | {VALUEFLOWS + "stipulates": terms["stipulates"]}
    proved = strictjson.parse(resign(bikes, made, object=spelled))
    # So large that the whole would be too much to expand (see protocol.jsonld).
    raw = canonicalise(proved | {"signature": [1] * 3_000})
    assert ada.receive(raw, bikes) == 202
    check_journal(ada)


@pytest.mark.parametrize(
    "spelled",
    [
        lambda wish: {"attributedTo": [wish["attributedTo"]]},
        lambda wish: {"attributedTo": {"id": wish["attributedTo"], "type": "Person"}},
        lambda wish: {"id": [wish["id"]]},
        lambda _: {"location": [{"type": "Place", "name": "Leipzig"}]},
        lambda _: {"updated": {"@value": "2026-05-04T12:00:01Z"}},
    ],
    ids=["one author", "an author with a type", "one id", "one place", "a typed time"],
)
def test_an_intention_is_kept_however_its_members_are_wrapped(
    ada: Party, bikes: Party, spelled: Callable[[Document], Document]
) -> None:
    cast(ada, bikes)
    ada.do(casting.amend, ada.do(showing.list)["items"][0]["id"], {"name": "A bike"})
    ada.clock.pass_time(minutes=1)
    made = last(ada, "intention.told")
    object = made["object"] | {"updated": render_time(ada.clock.now)} | spelled(made["object"])
    update = made | {"id": f"{made['id']}x", "object": object}
    assert bikes.receive(canonicalise(update), ada) in (200, 202)
    (known,) = bikes.do(showing.list, own=False)["items"]
    assert (known["name"], known["proposer"]) == ("A bike", ada.iri)
    check_journal(bikes)
