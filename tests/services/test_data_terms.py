"""Terms about data, from the owner who states them to the agreement that both have signed."""

from dataclasses import replace
from typing import Any

import pytest

from node.services.disclosure import Asked, find_agreement
from node.services.intentions import showing
from node.services.negotiations import agreements, offers
from node.storage import cache, journal
from protocol.actors import render_actor
from protocol.canonical import canonicalise
from protocol.errors import Conflict, Unprocessable
from protocol.evidence import verify_evidence
from protocol.strictjson import parse
from protocol.vocabulary import TERMS_CONTEXT
from tests.protocol.data_terms import asked
from tests.services.parties import Party, check_journal, settle
from tests.services.test_negotiation import cast, offer

PRICE = [{"kind": "oneOff", "amount": "900.00", "currency": "EUR"}]
STATED: dict[str, Any] = {"policy": asked(), "roster": "SD-BASE", "conditions": {"returnPeriod": "P30D"}}
NARROWER = STATED | {"policy": asked(days=20)}


def meet(one: Party, other: Party, *, terms: bool = True) -> None:
    """Have a party know the other's document, as it does from verifying what came from there."""
    document = render_actor(other.owner.actor)
    if not terms:
        del document["generator"]
    now = one.clock.now
    one.write(lambda db: cache.save_remote_actor(db, other.owner.actor, document=document, fetched_at=now))


@pytest.fixture
def shop(ada: Party, bikes: Party) -> Party:
    """A shop that knows Ada's wish, both of which understand data terms."""
    meet(ada, bikes)
    meet(bikes, ada)
    cast(ada, bikes)
    return bikes


def found(party: Party) -> dict[str, Any]:
    (item,) = party.do(offers.list)["items"]
    return dict(party.do(offers.show, item["id"]))


def agreed(party: Party) -> dict[str, Any]:
    (item,) = party.do(agreements.list)["items"]
    return dict(item)


def test_terms_are_offered_countered_met_accepted_and_proved(ada: Party, shop: Party) -> None:
    made = offer(shop, ada, price=PRICE, terms=STATED)
    terms = found(ada)["terms"]
    assert terms == shop.do(offers.show, made)["terms"]
    assert (terms["firstParty"], terms["secondParty"]) == (ada.iri, shop.iri)
    assert terms["roster"]["id"].endswith("#SD-BASE")
    assert [text["inLanguage"] for text in terms["plainText"]] == ["de", "en"]
    assert terms["conditions"] == {"type": "Conditions", "returnPeriod": "P30D"}

    ada.do(offers.counter, found(ada)["id"], {"terms": NARROWER}, on_met="accept")
    settle(ada, shop)
    countered = found(shop)["countered"]["terms"]
    assert countered["plainText"] != terms["plainText"]
    shop.do(offers.reoffer, made, {"meet": True})
    settle(shop, ada)

    assert agreed(shop)["terms"] == agreed(ada)["terms"] == countered
    for party in (ada, shop):
        verdict = verify_evidence(party.do(agreements.evidence, agreed(party)["id"]))
        assert verdict.terms.terms is not None
        assert verdict.terms.terms.parties == (ada.iri, shop.iri)
        check_journal(party)
    document = agreed(ada)["document"]
    asking = Asked(iri=document["id"], actors=(ada.iri,), reader=shop.reader)
    told = ada.write(lambda db: find_agreement(db, asking))
    assert told is not None
    assert told["@context"][-1] == TERMS_CONTEXT


def test_what_is_not_mentioned_stays_as_it_was_written(ada: Party, shop: Party) -> None:
    made = offer(shop, ada, price=PRICE, terms=STATED)
    before = found(ada)["terms"]
    cheaper = [PRICE[0] | {"amount": "800.00"}]
    ada.do(offers.counter, found(ada)["id"], {"price": cheaper})
    settle(ada, shop)
    assert found(shop)["countered"]["terms"] == before
    # Who states what stands states nothing new, nor who says once more what the node has filled in.
    shop.do(offers.reoffer, made, {"price": cheaper, "terms": before | {"firstParty": "https://x.example/"}})
    settle(shop, ada)
    assert found(ada)["terms"] == before
    with pytest.raises(Unprocessable, match="nothing-asked"):
        ada.do(offers.counter, found(ada)["id"], {"terms": STATED})
    ada.do(offers.counter, found(ada)["id"], {"terms": None})
    settle(ada, shop)
    assert found(shop)["countered"]["terms"] is None


def test_a_fee_is_in_the_currency_of_the_price(ada: Party, shop: Party) -> None:
    fee = {"policy": asked(), "conditions": {"cancellationFee": "9.9"}}
    made = offer(shop, ada, price=PRICE, terms=fee)
    assert found(ada)["terms"]["conditions"]["cancellationFee"] == "9.90"
    with pytest.raises(Unprocessable, match="malformed-amount"):
        shop.do(offers.reoffer, made, {"terms": fee | {"conditions": {"cancellationFee": "9.999"}}})


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("SD-BASE", "wrong-shape"),
        ({}, "wrong-shape"),
        ({"policy": asked(), "roster": "SD-BASE-X"}, "roster-unknown"),
        ({"policy": asked(days=31), "roster": "SD-BASE"}, "policy-exceeds-roster"),
        ({"policy": asked(), "roster": "SD-BASE-DP"}, "policy-exceeds-roster"),
        ({"policy": asked(), "conditions": {"renewal": "automatic"}}, "renewal-incomplete"),
        ({"policy": asked(), "conditions": "all of them"}, "wrong-shape"),
        ({"policy": asked(), "gag": True}, "unknown-member"),
    ],
)
def test_what_cannot_be_meant_is_said_to_whoever_states_it(
    ada: Party, shop: Party, stated: Any, code: str
) -> None:
    with pytest.raises(Unprocessable, match=code):
        offer(shop, ada, price=PRICE, terms=stated)


def test_terms_alone_are_no_offer(ada: Party, shop: Party) -> None:
    known = shop.do(showing.list, own=False)["items"][0]["id"]
    with pytest.raises(Unprocessable, match="missing-price"):
        shop.do(offers.make, known, {"terms": STATED})


def test_terms_go_to_nobody_who_would_not_understand_them(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    with pytest.raises(Conflict, match="terms-not-understood"):
        offer(bikes, ada, price=PRICE, terms=STATED)
    meet(bikes, ada, terms=False)
    with pytest.raises(Conflict, match="terms-not-understood"):
        offer(bikes, ada, price=PRICE, terms=STATED)
    made = offer(bikes, ada, price=PRICE)  # what they do understand is theirs to have
    with pytest.raises(Conflict, match="terms-not-understood"):
        bikes.do(offers.reoffer, made, {"terms": STATED})
    with pytest.raises(Conflict, match="terms-not-understood"):
        ada.do(offers.counter, found(ada)["id"], {"terms": STATED})
    assert bikes.queued() == []
    meet(bikes, ada)
    bikes.do(offers.reoffer, made, {"terms": STATED})
    settle(bikes, ada)
    assert found(ada)["terms"] is not None


def test_an_amendment_brings_terms_to_an_agreement_that_had_none(ada: Party, shop: Party) -> None:
    offer(shop, ada, price=PRICE)
    ada.do(offers.accept, found(ada)["id"])
    settle(ada, shop)
    first = agreed(shop)
    assert first["terms"] is None
    assert "terms" not in first["document"]
    shop.do(agreements.amend, first["id"], {"terms": STATED})
    settle(shop, ada)
    amendment = next(each for each in ada.do(offers.list)["items"] if each["amends"])
    ada.do(offers.accept, amendment["id"])
    settle(ada, shop)
    states = {each["state"]: each["terms"] for each in shop.do(agreements.list)["items"]}
    assert states["superseded"] is None
    assert (states["concluded"]["firstParty"], states["concluded"]["secondParty"]) == (ada.iri, shop.iri)
    check_journal(ada)


def test_two_of_one_node_understand_each_other(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    known = bikes.do(showing.list, own=False)["items"][0]["id"]
    at_home = replace(bikes.acting, origin=ada.origin)
    made = bikes.write(lambda db: offers.make(db, at_home, known, {"price": PRICE, "terms": STATED}))
    assert made["terms"]["firstParty"] == ada.iri


@pytest.mark.parametrize("plain", [False, True])
def test_no_acceptance_is_taken_that_leaves_the_terms_out(ada: Party, shop: Party, plain: bool) -> None:
    made = offer(shop, ada, price=PRICE, terms=STATED)
    ada.do(offers.accept, found(ada)["id"])
    (row,) = ada.queued()
    recorded = journal.load_entry(ada.db, row.entry)
    assert recorded is not None
    document = parse(recorded.entry.body)
    kept = {"id", "type", "stipulates", "stipulatesReciprocal", "name"}
    left_out = {"terms"} if not plain else set(document["result"]) - kept
    result = {name: value for name, value in document["result"].items() if name not in left_out}
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    forged = ada.acting.sign(unsigned | {"result": result})
    with pytest.raises(Unprocessable) as refused:
        shop.receive(canonicalise(forged), ada)
    assert refused.value.code == ("agreement-incomplete" if plain else "terms-changed")
    assert "terms" in refused.value.detail
    assert shop.do(offers.show, made)["state"] == "offered"
    settle(ada, shop)
    assert agreed(shop)["state"] == "concluded"
