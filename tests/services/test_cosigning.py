"""Second signatures: what one person does not sign alone, on every path, and what becomes of what waits."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from node.core import codes
from node.core.cosigning import LONGEST
from node.services.access import persons
from node.services.intentions import casting, ending, showing
from node.services.negotiations import agreements, asking, cosign_showing, cosigning, offers, reconsidering
from node.services.negotiations.asking import is_asked, or_ask
from node.services.negotiations.words import load_bodies
from node.services.trade import pipeline, pricelists, shop, undercutting
from node.storage import intentions
from node.storage.moves import list_moves
from protocol.canonical import canonicalise
from protocol.errors import Conflict, Forbidden, ProtocolError
from tests.services.loading import load
from tests.services.parties import Clock, Party, check_journal, settle
from tests.services.test_negotiation import LOWER, PRICE, cast, only
from tests.services.test_shop import PRICE_LIST, RULE, turn

OWNER = "bikes"


def act(party: Party, person: str, service: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Let a person of a party do something, or ask for the second signature that it needs."""
    acting = replace(party.acting, person=person)
    return party.write(lambda db: or_ask(db, acting, lambda db: service(db, acting, *args, **named)))


@pytest.fixture
def bea(bikes: Party) -> str:
    """Somebody of the team of bikes, where two sign above 100 euros."""
    bikes.do(cosigning.set_limit, {"amount": "100", "currency": "EUR"})
    return str(bikes.do(persons.add, "Bea")["id"])


def waiting(party: Party) -> list[dict[str, Any]]:
    return [one for one in party.do(cosign_showing.show_all)["items"] if one["state"] == "asked"]


def asked_offer(ada: Party, bikes: Party, **terms: Any) -> dict[str, Any]:
    """Let the owner of bikes make an offer above the limit; return what waits."""
    cast(ada, bikes)
    (intention,) = bikes.do(offer_target)
    asked = act(bikes, OWNER, offers.make, intention, {"name": "Bike", "price": PRICE, **terms})
    assert is_asked(asked)
    return dict(asked["cosignature"])


def offer_target(session: Any, acting: Any) -> list[str]:
    return [row.id for row in intentions.list_intentions(session, acting.iri, own=False).items]


def test_an_offer_waits_and_another_person_signs_its_very_bytes(ada: Party, bikes: Party, bea: str) -> None:
    asked = asked_offer(ada, bikes)
    settle(ada, bikes)
    assert bikes.do(offers.list)["items"] == []
    with pytest.raises(Forbidden, match=codes.SAME_PERSON):
        act(bikes, OWNER, cosigning.sign, asked["id"])
    with pytest.raises(Forbidden, match=codes.PERSON_UNKNOWN):
        act(bikes, "", cosigning.sign, asked["id"])
    with pytest.raises(Conflict, match=codes.UNLIKE_SHOWN):
        act(bikes, bea, cosigning.sign, asked["id"], seen="something else")
    signed = act(bikes, bea, cosigning.sign, asked["id"], seen=asked["digest"])
    assert (signed["state"], signed["ended_by"]) == ("signed", "Bea")
    settle(ada, bikes)
    assert only(ada)["state"] == "offered"
    (move,) = list_moves(bikes.db, only(bikes)["id"])
    document = orjson.loads(bikes.do(lambda db, acting: _body(db, acting, move.iri)))
    del document["proof"]
    assert canonicalise(document).decode() == asked["body"]
    with pytest.raises(Conflict, match=codes.COSIGN_ENDED):
        act(bikes, bea, cosigning.sign, asked["id"])
    for party in (ada, bikes):
        check_journal(party)


def _body(session: Any, acting: Any, iri: str) -> bytes:
    return load_bodies(session, acting.iri, [iri])[iri]


def test_what_is_below_and_saying_no_need_one(ada: Party, bikes: Party, bea: str) -> None:
    cast(ada, bikes)
    (intention,) = bikes.do(offer_target)
    cheap = [{"kind": "oneOff", "amount": "100.00", "currency": "EUR"}]
    made = act(bikes, OWNER, offers.make, intention, {"name": "Bell", "price": cheap})
    assert made["state"] == "offered"
    assert act(bikes, bea, offers.withdraw, made["id"])["state"] == "withdrawn"


def test_another_currency_is_above(ada: Party, bikes: Party, bea: str) -> None:
    bikes.do(cosigning.set_limit, {"amount": "1000000", "currency": "USD"})
    assert asked_offer(ada, bikes)["state"] == "asked"
    bikes.do(cosigning.drop_limit)
    (intention,) = bikes.do(offer_target)
    made = act(bikes, OWNER, offers.make, intention, {"name": "Bike", "price": PRICE})
    assert made["state"] == "offered"
    assert bea


def sign_all(party: Party, *people: str) -> list[str]:
    """Let each of these people sign what waits; return the states it has then."""
    return [
        act(party, person, cosigning.sign, one["id"])["state"] for person in people for one in waiting(party)
    ]


def agreed(ada: Party, bikes: Party, bea: str) -> str:
    """Let both agree, with two signatures of bikes under offer and agreement; return the agreement's id."""
    asked_offer(ada, bikes)
    assert sign_all(bikes, bea) == ["signed"]
    settle(ada, bikes)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    (agreement,) = bikes.do(agreements.list)["items"]
    return str(agreement["id"])


def test_each_move_that_binds_waits(ada: Party, bikes: Party, bea: str) -> None:
    """A better offer, meeting a counter, the signature under an agreement, and a change of that."""
    asked_offer(ada, bikes)
    sign_all(bikes, bea)
    settle(ada, bikes)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    settle(ada, bikes)
    met = act(bikes, bea, offers.reoffer, only(bikes)["id"], {"meet": True})
    assert is_asked(met)
    assert sign_all(bikes, OWNER) == ["signed"]
    settle(ada, bikes)
    assert only(ada)["state"] == "offered"
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    (agreement,) = bikes.do(agreements.list)["items"]
    # The node would have countersigned by itself: nobody stands behind that yet, so two sign.
    assert agreement["state"] == "accepted"
    (by_itself,) = waiting(bikes)
    assert (by_itself["asked_by"], by_itself["is_first"]) == (None, True)
    assert sign_all(bikes, OWNER) == ["asked"]
    with pytest.raises(Forbidden, match=codes.SAME_PERSON):
        act(bikes, OWNER, cosigning.sign, by_itself["id"])
    assert sign_all(bikes, bea) == ["signed"]
    settle(ada, bikes)
    assert bikes.do(agreements.show, agreement["id"])["state"] == "concluded"
    amended = act(bikes, OWNER, agreements.amend, agreement["id"], {"price": PRICE})
    assert is_asked(amended)
    assert sign_all(bikes, bea) == ["signed"]
    settle(ada, bikes)
    assert len(ada.do(agreements.amendments, only_agreement(ada))["items"]) == 1
    for party in (ada, bikes):
        check_journal(party)


def test_two_sign_what_gives_up_what_two_have_signed(ada: Party, bikes: Party, bea: str) -> None:
    agreement = agreed(ada, bikes, bea)
    sign_all(bikes, OWNER, bea)
    settle(ada, bikes)
    cheap = {"price": [{"kind": "oneOff", "amount": "1.00", "currency": "EUR"}]}
    assert is_asked(act(bikes, OWNER, agreements.amend, agreement, cheap))
    assert sign_all(bikes, bea) == ["signed"]
    settle(ada, bikes)
    (change,) = ada.do(agreements.amendments, only_agreement(ada))["items"]
    ada.do(offers.accept, change["id"])
    settle(ada, bikes)
    assert [one["state"] for one in bikes.do(agreements.list)["items"]] == ["accepted", "concluded"]
    (by_itself,) = waiting(bikes)
    assert by_itself["is_first"]
    assert sign_all(bikes, OWNER, bea) == ["asked", "signed"]
    settle(ada, bikes)
    assert [one["state"] for one in bikes.do(agreements.list)["items"]] == ["concluded", "superseded"]
    check_journal(bikes)


def only_agreement(party: Party) -> str:
    (agreement,) = party.do(agreements.list)["items"]
    return str(agreement["id"])


def test_a_customer_with_a_team_asks_for_counter_and_acceptance(ada: Party, bikes: Party) -> None:
    ada.do(cosigning.set_limit, {"amount": "1", "currency": "EUR"})
    cem = ada.do(persons.add, "Cem")["id"]
    cast(ada, bikes)
    (intention,) = bikes.do(offer_target)
    bikes.do(offers.make, intention, {"name": "Bike", "price": PRICE})
    settle(ada, bikes)
    assert is_asked(act(ada, "ada", offers.counter, only(ada)["id"], {"price": LOWER}))
    assert is_asked(act(ada, "ada", offers.accept, only(ada)["id"]))
    states = {one["event"]: act(ada, cem, cosigning.sign, one["id"])["state"] for one in waiting(ada)}
    # Whichever was signed first: the other does not fit any more.
    assert sorted(states.values()) == ["signed", "stale"]
    settle(ada, bikes)
    check_journal(ada)


def test_an_acceptance_that_two_signed_can_be_undone_as_any_other(ada: Party, bikes: Party) -> None:
    ada.do(cosigning.set_limit, {"amount": "1", "currency": "EUR"})
    cem = ada.do(persons.add, "Cem")["id"]
    cast(ada, bikes)
    (intention,) = bikes.do(offer_target)
    bikes.do(offers.make, intention, {"name": "Bike", "price": PRICE})
    settle(ada, bikes)
    asked = act(ada, "ada", offers.accept, only(ada)["id"])["cosignature"]
    signed = act(ada, cem, cosigning.sign, asked["id"], undo_for=timedelta(hours=1))
    assert signed["state"] == "signed"
    assert only(ada)["state"] == "accepted"
    leaves_at = ada.do(reconsidering.undoable_until, only(ada)["id"])
    assert leaves_at == ada.clock.now + timedelta(hours=1)
    act(ada, cem, reconsidering.undo, only(ada)["id"])
    settle(ada, bikes)
    assert (only(ada)["state"], only(bikes)["state"]) == ("offered", "offered")
    check_journal(ada)


def test_the_time_to_undo_leaves_time_to_countersign(ada: Party, bikes: Party) -> None:
    """What waits for a second signature comes near the date by which it has to be countersigned."""
    ada.do(cosigning.set_limit, {"amount": "1", "currency": "EUR"})
    cem = ada.do(persons.add, "Cem")["id"]
    cast(ada, bikes, deadline="2027-01-01T00:00:00Z", window={"end": "2027-02-01T00:00:00Z"})
    (intention,) = bikes.do(offer_target)
    terms = {"name": "Bike", "price": PRICE, "expires_at": "2026-12-01T00:00:00Z"}
    bikes.do(offers.make, intention, terms)
    settle(ada, bikes)
    asked = act(ada, "ada", offers.accept, only(ada)["id"])["cosignature"]
    ada.clock.now += LONGEST - timedelta(hours=2)
    act(ada, cem, cosigning.sign, asked["id"], undo_for=timedelta(days=1))
    leaves_at = ada.do(reconsidering.undoable_until, only(ada)["id"])
    assert timedelta(minutes=58) < leaves_at - ada.clock.now <= timedelta(hours=1)


def test_what_changed_in_between_makes_it_stale(ada: Party, bikes: Party, bea: str) -> None:
    asked_offer(ada, bikes)
    sign_all(bikes, bea)
    settle(ada, bikes)
    better = act(bikes, OWNER, offers.reoffer, only(bikes)["id"], {"price": LOWER})["cosignature"]
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    settle(ada, bikes)
    stale = act(bikes, bea, cosigning.sign, better["id"])
    assert (stale["state"], stale["reason"]) == ("stale", codes.OFFER_CHANGED)
    settle(ada, bikes)
    assert only(bikes)["rounds"] == 1
    check_journal(bikes)


def test_all_that_waits_is_listed_whatever_has_ended_since(
    ada: Party, bikes: Party, bea: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cosign_showing, "SHOWN", 1)
    asked = asked_offer(ada, bikes)
    for _ in range(2):
        cast(ada, bikes)
    for target in bikes.do(offer_target):
        bikes.clock.now += timedelta(seconds=1)
        later = act(bikes, bea, offers.make, target, {"name": "Bike", "price": PRICE})["cosignature"]
        act(bikes, bea, cosigning.decline, later["id"])
    listed = bikes.do(cosign_showing.show_all)["items"]
    assert [(one["id"], one["state"]) for one in listed] == [
        (later["id"], "declined"),
        (asked["id"], "asked"),
    ]


def test_it_falls_away_with_its_time(ada: Party, bikes: Party, bea: str) -> None:
    asked = asked_offer(ada, bikes)
    bikes.clock.now += LONGEST
    assert bikes.do(cosign_showing.show, asked["id"])["state"] == "expired"
    for change in (cosigning.sign, cosigning.decline):
        with pytest.raises(Conflict, match=codes.COSIGN_ENDED):
            act(bikes, bea, change, asked["id"])
    bikes.clock.now += asking.KEPT_FOR
    cast(ada, bikes, deadline="2027-01-01T00:00:00Z", window={"end": "2027-02-01T00:00:00Z"})
    asked_again = act(bikes, OWNER, offers.make, bikes.do(offer_target)[0], {"name": "B", "price": PRICE})
    assert is_asked(asked_again)
    assert [one["id"] for one in bikes.do(cosign_showing.show_all)["items"]] == [
        asked_again["cosignature"]["id"]
    ]


def test_it_is_declined_with_a_reason_and_the_journal_says_by_whom(
    ada: Party, bikes: Party, bea: str
) -> None:
    asked = asked_offer(ada, bikes)
    declined = act(bikes, bea, cosigning.decline, asked["id"], reason=" too cheap ")
    assert (declined["state"], declined["reason"], declined["ended_by"]) == ("declined", "too cheap", "Bea")
    with pytest.raises(Conflict, match=codes.COSIGN_ENDED):
        act(bikes, bea, cosigning.sign, asked["id"])
    settle(ada, bikes)
    assert bikes.do(offers.list)["items"] == []


def test_who_asked_has_gone(ada: Party, bikes: Party, bea: str) -> None:
    cast(ada, bikes)
    terms = {"name": "Bike", "price": PRICE}
    asked = act(bikes, bea, offers.make, bikes.do(offer_target)[0], terms)["cosignature"]
    bikes.do(persons.remove, bea)
    stale = act(bikes, OWNER, cosigning.sign, asked["id"])
    assert (stale["state"], stale["reason"]) == ("stale", codes.ASKER_GONE)


def test_who_was_removed_signs_nothing_that_was_under_way(ada: Party, bikes: Party, bea: str) -> None:
    asked = asked_offer(ada, bikes)
    bikes.do(persons.remove, bea)
    with pytest.raises(Forbidden, match=codes.PERSON_UNKNOWN):
        act(bikes, bea, cosigning.sign, asked["id"])
    assert len(waiting(bikes)) == 1


def test_only_the_owner_sets_the_limit(bikes: Party, bea: str) -> None:
    for change in (lambda db, acting: cosigning.set_limit(db, acting, {}), cosigning.drop_limit):
        with pytest.raises(Forbidden, match=codes.OWNER_ALONE):
            act(bikes, bea, change)


def test_whoever_does_not_ask_is_refused(ada: Party, bikes: Party, bea: str) -> None:
    """A path that forgets to ask signs nothing."""
    cast(ada, bikes)
    with pytest.raises(ProtocolError, match=codes.SECOND_NEEDED):
        bikes.do(offers.make, bikes.do(offer_target)[0], {"name": "Bike", "price": PRICE})
    assert bikes.do(offers.list)["items"] == []
    assert bea


# --- what the node does by itself ---------------------------------------------------------------------------


def test_a_rule_offers_nothing_above_the_limit_by_itself(ada: Party, bikes: Party, bea: str) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    cast(ada, bikes)
    turn(bikes)
    assert bikes.do(offers.list)["items"] == []
    (one,) = waiting(bikes)
    assert one["is_first"]
    turn(bikes)
    assert len(waiting(bikes)) == 1
    assert sign_all(bikes, OWNER) == ["asked"]
    assert sign_all(bikes, bea) == ["signed"]
    settle(ada, bikes)
    assert only(ada)["state"] == "offered"
    check_journal(bikes)


def test_another_price_list_makes_what_a_rule_proposed_stale(ada: Party, bikes: Party, bea: str) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    cast(ada, bikes)
    turn(bikes)
    sign_all(bikes, OWNER)
    bikes.do(load, pricelists.read(_dearer(PRICE_LIST).encode(), "text/csv"))
    (one,) = waiting(bikes)
    stale = act(bikes, bea, cosigning.sign, one["id"])
    assert (stale["state"], stale["reason"]) == ("stale", codes.BASIS_CHANGED)
    assert bikes.do(offers.list)["items"] == []


def test_a_wish_that_changed_is_asked_about_anew(ada: Party, bikes: Party, bea: str) -> None:
    """What was asked for before could not be signed any more."""
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    cast(ada, bikes)
    turn(bikes)
    (before,) = waiting(bikes)
    (wish,) = intentions.list_intentions(ada.db, ada.acting.iri, own=True).items
    ada.do(casting.amend, wish.id, {"content": "In red, please."})
    settle(ada, bikes)
    turn(bikes)
    (after,) = waiting(bikes)
    ended = bikes.do(cosign_showing.show, before["id"])
    assert (ended["state"], ended["reason"]) == ("stale", asking.REPLACED)
    assert after["id"] != before["id"]
    assert sign_all(bikes, OWNER, bea) == ["asked", "signed"]
    settle(ada, bikes)
    assert only(ada)["state"] == "offered"
    check_journal(bikes)


def _dearer(text: str) -> str:
    return re.sub(r",(\d+)\.00,EUR", lambda match: f",{int(match[1]) + 1}.00,EUR", text)


def two_that_wait_for_the_same(ada: Party, bikes: Party) -> list[dict[str, Any]]:
    """Let the rule ask for two offers of one item, and somebody stand behind both; there are five of it."""
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    red = [{"property": "colour", "value": "red", "necessity": "must"}]
    for _ in range(2):
        cast(ada, bikes, specifications=red)
        turn(bikes)
    assert sign_all(bikes, OWNER) == ["asked", "asked"]
    return waiting(bikes)


def test_signing_one_says_before_and_after_what_it_does_to_the_others(
    ada: Party, bikes: Party, bea: str
) -> None:
    one, other = two_that_wait_for_the_same(ada, bikes)
    assert [one["hindrance"], other["hindrance"]] == [None, None]
    assert bikes.do(cosign_showing.show, one["id"])["others"] == [other["id"]]
    assert act(bikes, bea, cosigning.sign, one["id"])["others"] == [other["id"]]
    assert bikes.do(cosign_showing.show, one["id"])["others"] == [other["id"]]
    left = bikes.do(cosign_showing.show, other["id"])
    assert (left["state"], left["hindrance"], left["others"]) == ("asked", codes.BASIS_CHANGED, [])
    # As was foreseen, so it is decided.
    stale = act(bikes, bea, cosigning.sign, other["id"])
    assert (stale["state"], stale["reason"], stale["hindrance"]) == ("stale", codes.BASIS_CHANGED, None)
    assert bikes.do(cosign_showing.show, one["id"])["others"] == []


def test_what_is_hindered_is_said_before_anybody_signs(ada: Party, bikes: Party, bea: str) -> None:
    asked_offer(ada, bikes)
    (target,) = bikes.do(offer_target)
    act(bikes, bea, offers.make, target, {"name": "Bike", "price": PRICE})
    bikes.do(persons.remove, bea)
    hindered = {one["asked_by"]: one["hindrance"] for one in waiting(bikes)}
    assert hindered == {"Bikes": None, "Bea": codes.ASKER_GONE}
    (own,) = (one for one in waiting(bikes) if one["asked_by"] == "Bikes")
    assert own["intention"] == target
    ada.do(ending.withdraw, ada.do(showing.list, own=True)["items"][0]["id"])
    settle(ada, bikes)
    assert bikes.do(cosign_showing.show, own["id"])["hindrance"] == codes.INTENTION_CLOSED


def test_the_pipeline_says_what_waits_for_another_person(ada: Party, bikes: Party, bea: str) -> None:
    asked = asked_offer(ada, bikes)
    (item,) = bikes.do(pipeline.show)["items"]
    assert (item["step"], item["why"], item["cosignature"]) == ("offer", "second", asked["id"])
    act(bikes, bea, cosigning.sign, asked["id"])
    settle(ada, bikes)
    (item,) = bikes.do(pipeline.show)["items"]
    assert (item["step"], item["why"], item["cosignature"]) == ("wait", None, None)
    better = act(bikes, OWNER, offers.reoffer, only(bikes)["id"], {"price": LOWER})["cosignature"]
    (item,) = bikes.do(pipeline.show)["items"]
    assert (item["step"], item["why"], item["cosignature"]) == ("wait", "second", better["id"])


def test_who_asked_sees_for_a_day_that_it_was_not_signed(ada: Party, bikes: Party, bea: str) -> None:
    def turned_down(person: str) -> int:
        return cosign_showing.count_turned_down(bikes.db, replace(bikes.acting, person=person))

    asked = asked_offer(ada, bikes)
    act(bikes, bea, cosigning.decline, asked["id"])
    assert (turned_down(OWNER), turned_down(bea), turned_down("")) == (1, 0, 0)
    (target,) = bikes.do(offer_target)
    own = act(bikes, OWNER, offers.make, target, {"name": "Bike", "price": PRICE})["cosignature"]
    act(bikes, OWNER, cosigning.decline, own["id"])  # taken back by who asked
    assert turned_down(OWNER) == 1
    bikes.clock.now += timedelta(days=1)
    assert turned_down(OWNER) == 0


def test_strangers_fill_only_a_part(
    ada: Party, bikes: Party, bea: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 2)
    monkeypatch.setattr(asking, "MOST_BY_ITSELF", 0)
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    cast(ada, bikes)
    turn(bikes)
    assert waiting(bikes) == []
    target = bikes.do(offer_target)[0]
    for price in (PRICE, LOWER):
        act(bikes, bea, offers.make, target, {"name": "Bike", "price": price})
    assert len(waiting(bikes)) == 1  # the later one took the place of the other
    act(bikes, OWNER, offers.make, target, {"name": "Bike", "price": price})
    with pytest.raises(Conflict, match=codes.COSIGN_FULL):
        act(bikes, "prs_x", offers.make, target, {"name": "Bike", "price": price})


def test_customers_of_one_origin_fill_only_a_share(
    ada: Party, bikes: Party, bea: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_FOR_AN_ORIGIN", 1)
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    for _ in range(2):
        cast(ada, bikes)
        turn(bikes)
    (one,) = waiting(bikes)
    assert one["is_first"]
    assert bea


def test_who_asks_anew_needs_no_more_room(
    ada: Party, bikes: Party, bea: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 1)
    asked_offer(ada, bikes)
    (target,) = bikes.do(offer_target)
    later = act(bikes, OWNER, offers.make, target, {"name": "Bike", "price": LOWER})
    assert [one["id"] for one in waiting(bikes)] == [later["cosignature"]["id"]]
    assert bea


def test_a_price_is_not_lowered_by_itself_above_the_limit(ada: Party, bikes: Party, clock: Clock) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"undercut_after_seconds": 60, "undercut_percent": "5"})
    cast(ada, bikes)
    turn(bikes)
    settle(ada, bikes)
    offered = {one["id"]: one["total"] for one in bikes.do(offers.list)["items"]}
    assert offered
    bikes.do(cosigning.set_limit, {"amount": "100", "currency": "EUR"})
    clock.pass_time(seconds=61)
    for _ in range(2):
        bikes.do(undercutting.undercut_late)
    assert {one["id"]: one["total"] for one in bikes.do(offers.list)["items"]} == offered
    assert {one["offer"] for one in waiting(bikes)} == set(offered)
    ada.do(offers.counter, only_id(ada), {"price": LOWER})
    settle(ada, bikes)
    turn(bikes)
    assert {one["total"] for one in bikes.do(offers.list)["items"]} == set(offered.values())


def only_id(party: Party) -> str:
    return str(party.do(offers.list)["items"][0]["id"])
