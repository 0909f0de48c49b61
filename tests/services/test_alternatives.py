"""Two offers to choose from: the later names the earlier, and a name that leads nowhere is passed over."""

from typing import Any

import pytest

from node.core.drafts import read_terms
from node.services.intentions import showing
from node.services.negotiations import agreements, alternatives, comparing, offers
from node.services.terms import templates
from node.storage import intentions, journal
from node.storage.offers import load_offer
from protocol.errors import ProtocolError
from protocol.evidence import verify_evidence
from protocol.moves import read_move
from protocol.negotiation import State
from protocol.strictjson import parse
from protocol.vocabulary import TERMS_CONTEXT
from tests.independent import verifier
from tests.services.parties import Party, check_journal, settle
from tests.services.test_data_terms import PRICE, STATED, meet
from tests.services.test_negotiation import cast, only
from tests.services.test_terms_door import SELLING

DEARER: Any = [PRICE[0] | {"amount": "950.00"}]


@pytest.fixture
def shop(ada: Party, bikes: Party) -> Party:
    """A shop that knows a wish of Ada's, both of which understand data terms."""
    meet(ada, bikes)
    meet(bikes, ada)
    cast(ada, bikes)
    return bikes


def wish_of(shop: Party) -> str:
    return str(shop.do(showing.list, own=False)["items"][0]["id"])


def choice(shop: Party, ada: Party) -> tuple[str, str]:
    """Have a shop offer with data, and dearer without; return the ids of both at the shop."""
    wish = wish_of(shop)
    first = shop.do(offers.make, wish, {"price": PRICE, "terms": STATED})["id"]
    second = shop.do(offers.make, wish, {"price": DEARER, "terms": None}, alternative_to=first)["id"]
    settle(shop, ada)
    return first, second


def at(party: Party, amount: str) -> dict[str, Any]:
    """Return the one offer for an amount."""
    (found,) = [one for one in party.do(offers.list)["items"] if one["price"][0]["amount"] == amount]
    return dict(found)


def beside(party: Party, id: str) -> list[str]:
    """Return the ids of those that stand beside an offer."""
    row = load_offer(party.db, party.iri, id)
    assert row is not None
    return [other.id for other in alternatives.standing_beside(party.db, party.iri, row)]


def test_the_later_names_the_earlier_at_both_ends(ada: Party, shop: Party) -> None:
    first, second = choice(shop, ada)
    assert shop.do(offers.show, second)["alternative_to"] == first
    assert shop.do(offers.show, first)["alternative_to"] is None
    with_data, without = at(ada, "900.00"), at(ada, "950.00")
    assert (without["alternative_to"], with_data["alternative_to"]) == (with_data["id"], None)
    assert without["terms"] is None
    assert with_data["terms"] is not None
    assert beside(ada, without["id"]) == [with_data["id"]]
    assert beside(ada, with_data["id"]) == [without["id"]]
    compared = ada.do(comparing.compare, with_data["intention"])["offers"]
    assert {one["id"]: one["alternative_to"] for one in compared} == {
        with_data["id"]: None,
        without["id"]: with_data["id"],
    }
    check_journal(ada)
    check_journal(shop)


def test_a_name_is_said_under_the_context_that_means_it(ada: Party, shop: Party) -> None:
    choice(shop, ada)
    sent = [
        parse(one.entry.body)
        for one in journal.entries(shop.db)
        if one.entry.kind == "offer" and one.entry.body
    ]
    assert "alternativeTo" not in sent[0]
    assert sent[1]["alternativeTo"] == sent[0]["id"]
    assert "terms" not in sent[1]["object"]
    assert sent[1]["@context"][-1] == TERMS_CONTEXT


@pytest.mark.parametrize(("taken", "left"), [("900.00", "950.00"), ("950.00", "900.00")])
def test_accepting_one_leaves_the_other_to_the_ordinary_course(
    ada: Party, shop: Party, taken: str, left: str
) -> None:
    choice(shop, ada)
    ada.do(offers.accept, at(ada, taken)["id"])
    settle(ada, shop)
    assert at(ada, taken)["state"] == State.CONCLUDED
    assert at(ada, left)["state"] == State.REJECTED
    assert at(shop, left)["state"] == State.REJECTED
    (agreed,) = shop.do(agreements.list)["items"]
    evidence = shop.do(agreements.evidence, agreed["id"])
    assert verify_evidence(evidence).state is State.CONCLUDED
    assert verifier.verify(evidence).agreement == agreed["iri"]


def test_a_later_round_keeps_whose_alternative_it_is(ada: Party, shop: Party) -> None:
    first, second = choice(shop, ada)
    shop.do(offers.reoffer, first, {"price": [PRICE[0] | {"amount": "880.00"}]})
    shop.do(offers.reoffer, second, {"price": [PRICE[0] | {"amount": "940.00"}]})
    settle(shop, ada)
    assert at(ada, "940.00")["alternative_to"] == at(ada, "880.00")["id"]


def test_what_was_turned_away_at_the_door_is_no_alternative_and_the_other_stands(
    ada: Party, shop: Party
) -> None:
    wish = wish_of(shop)
    first = shop.do(offers.make, wish, {"price": PRICE, "terms": {"policy": SELLING}})["id"]
    second = shop.do(offers.make, wish, {"price": DEARER, "terms": None}, alternative_to=first)
    settle(shop, ada)
    assert shop.do(offers.show, first)["state"] == State.REFUSED
    standing = only(ada)
    assert (standing["state"], standing["alternative_to"]) == (State.OFFERED, None)
    assert beside(shop, second["id"]) == []
    with pytest.raises(ProtocolError, match="no-alternative"):
        shop.do(offers.make, wish, {"price": PRICE, "terms": None}, alternative_to=first)


def test_a_shop_names_only_what_it_offers_to_the_same_wish(ada: Party, shop: Party, wheels: Party) -> None:
    first, _ = choice(shop, ada)
    cast(ada, shop, name="Another bike")
    other = next(one["id"] for one in _wishes(shop) if one["id"] != shop.do(offers.show, first)["intention"])
    with pytest.raises(ProtocolError, match="no-alternative"):
        shop.do(offers.make, other, {"price": PRICE, "terms": None}, alternative_to=first)
    with pytest.raises(ProtocolError, match="unknown-id"):
        shop.do(offers.make, other, {"price": PRICE, "terms": None}, alternative_to="of_nosuch")
    assert shop.queued() == []


def _wishes(shop: Party) -> Any:
    return shop.do(showing.list, own=False)["items"]


def named(shop: Party, wish: str, iri: str) -> None:
    """Have a shop offer to a wish (its id) an alternative to whatever it likes to name."""

    def make(session: Any) -> None:
        row = intentions.load_intention(session, shop.iri, wish)
        assert row is not None
        base = templates.opening(session, shop.acting, row)
        terms = read_terms({"price": DEARER}, base=base)
        offers.open_offer(session, shop.acting, row, terms, alternative_to=iri)

    shop.write(make)


def test_a_name_that_is_none_of_theirs_is_passed_over(ada: Party, shop: Party, wheels: Party) -> None:
    cast(ada, wheels, name="Another bike")
    wish = wish_of(wheels)
    choice(shop, ada)
    foreign = load_offer(ada.db, ada.iri, at(ada, "900.00")["id"])
    assert foreign is not None
    own = wheels.do(offers.make, wish, {"price": [PRICE[0] | {"amount": "1.00"}]})
    settle(wheels, ada)
    cast(ada, wheels, name="A third bike")
    third = next(one["id"] for one in _wishes(wheels) if one["id"] != wish)
    mine = load_offer(wheels.db, wheels.iri, own["id"])
    assert mine is not None
    # Another business's, one of its own to another wish, one that nobody made.
    for iri in (foreign.standing, mine.standing, f"{wheels.acting.origin}/activities/none"):
        named(wheels, third, iri)
    settle(wheels, ada)
    standing = [one for one in ada.do(offers.list)["items"] if one["peer"]["iri"] == wheels.iri]
    assert len(standing) == 4
    assert {one["alternative_to"] for one in standing} == {None}
    assert beside(ada, at(ada, "900.00")["id"]) == [
        one["id"] for one in ada.do(offers.list)["items"] if one["alternative_to"]
    ]


@pytest.mark.parametrize(("value", "code"), [(..., "wrong-object"), ("not an address", "iri-invalid")])
def test_what_can_be_no_other_offer_is_refused(ada: Party, shop: Party, value: Any, code: str) -> None:
    choice(shop, ada)
    (_, second) = [parse(e.entry.body) for e in journal.entries(shop.db) if e.entry.kind == "offer"]
    broken = second | {"alternativeTo": second["id"] if value is ... else value}
    with pytest.raises(ProtocolError, match=code):
        read_move(broken)
    plain = broken | {"@context": second["@context"][:-1]}  # there it means nothing
    assert read_move(plain).alternative_to is None
