"""Who of a team is told that something waits for a second signature, and what became of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from node.core.cosigning import LONGEST
from node.core.notices import NoticeKind
from node.core.tidings import Tiding
from node.services.access import persons
from node.services.negotiations import cosigning, offers
from node.services.negotiations.asking import RAN_OUT
from node.services.notices import channels
from node.services.notices import settings as settings_service
from node.services.notices.following import NOTICES
from node.services.notices.push import MEDIUM
from node.services.trade import pricelists, shop
from node.storage import notices
from node.storage.journal import entries_of
from tests.services.loading import load
from tests.services.notices.test_following import items
from tests.services.parties import Party, settle
from tests.services.test_cosigning import OWNER, act, asked_offer, waiting
from tests.services.test_negotiation import LOWER, cast, only
from tests.services.test_shop import PRICE_LIST, RULE, turn


@pytest.fixture
def bea(bikes: Party) -> str:
    """Somebody of the team of bikes, where two sign above 100 euros."""
    bikes.do(cosigning.set_limit, {"amount": "100", "currency": "EUR"})
    return str(bikes.do(persons.add, "Bea")["id"])


def phone(party: Party, person: str, **said: Any) -> str:
    """Tell a person in a browser of theirs, without quiet hours; return the channel's id."""
    acting = replace(party.acting, person=person)
    address = f"phone of {person}"
    made = party.write(lambda db: channels.add(db, acting, medium=MEDIUM, address=address, config={}))
    party.do(settings_service.set, {"quiet": None, **said})
    said_before = items(party, made["id"])
    assert {one.kind for one in said_before} <= {NoticeKind.SECURITY}
    return str(made["id"])


def told(party: Party, channel: str) -> list[Tiding]:
    """Return what somebody is told of second signatures."""
    return [one for one in items(party, channel) if one.kind is not NoticeKind.SECURITY]


def test_the_others_hear_that_it_waits_and_who_asked_what_became_of_it(
    ada: Party, bikes: Party, bea: str
) -> None:
    cem = str(bikes.do(persons.add, "Cem")["id"])
    hers, own, his = phone(bikes, bea), phone(bikes, OWNER), phone(bikes, cem)
    asked = asked_offer(ada, bikes)
    path = f"/desk/cosign/{asked['id']}"
    waits = [Tiding(kind=NoticeKind.TO_COSIGN, path=path)]
    assert [told(bikes, one) for one in (hers, his)] == [waits, waits]
    assert [one.kind for one in told(bikes, own)] in ([], [NoticeKind.WISH])
    act(bikes, bea, cosigning.sign, asked["id"])
    assert told(bikes, own) == [Tiding(kind=NoticeKind.COSIGNED, path=path)]
    assert [told(bikes, one) for one in (hers, his)] == [[], []]


def test_the_amount_is_said_where_the_owner_allows_it(ada: Party, bikes: Party, bea: str) -> None:
    hers = phone(bikes, bea, saying="amount")
    asked_offer(ada, bikes)
    (waits,) = told(bikes, hers)
    assert (waits.name, waits.total, waits.currency) == ("Ada", "2390.00", "EUR")


@pytest.mark.parametrize("is_declined", [True, False])
def test_declined_and_stale_are_answers_too(ada: Party, bikes: Party, bea: str, *, is_declined: bool) -> None:
    asked_offer(ada, bikes)
    act(bikes, bea, cosigning.sign, waiting(bikes)[0]["id"])
    settle(ada, bikes)
    own = phone(bikes, OWNER)
    better = act(bikes, OWNER, offers.reoffer, only(bikes)["id"], {"price": LOWER})["cosignature"]
    if is_declined:
        act(bikes, bea, cosigning.decline, better["id"])
    else:
        ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
        settle(ada, bikes)
        assert act(bikes, bea, cosigning.sign, better["id"])["state"] == "stale"
    answers = [one for one in told(bikes, own) if one.kind is NoticeKind.COSIGNED]
    assert answers == [Tiding(kind=NoticeKind.COSIGNED, path=f"/desk/cosign/{better['id']}")]


def test_who_takes_back_what_they_asked_for_is_told_nothing(ada: Party, bikes: Party, bea: str) -> None:
    hers, own = phone(bikes, bea), phone(bikes, OWNER)
    asked = asked_offer(ada, bikes)
    act(bikes, OWNER, cosigning.decline, asked["id"])
    assert told(bikes, hers) == []  # it waits no more
    assert NoticeKind.COSIGNED not in {one.kind for one in told(bikes, own)}


def test_what_fell_away_is_not_told_any_more(ada: Party, bikes: Party, bea: str) -> None:
    hers = phone(bikes, bea)
    asked_offer(ada, bikes)
    bikes.clock.now += LONGEST
    assert NoticeKind.TO_COSIGN not in {one.kind for one in told(bikes, hers)}


def test_that_nobody_signed_in_time_both_hear_once(ada: Party, bikes: Party, bea: str) -> None:
    hers, own = phone(bikes, bea), phone(bikes, OWNER)
    asked = asked_offer(ada, bikes)
    bikes.clock.now += LONGEST - timedelta(seconds=1)
    turn(bikes)
    assert NoticeKind.COSIGNED not in {one.kind for who in (hers, own) for one in told(bikes, who)}
    bikes.clock.now += timedelta(seconds=1)
    for _ in range(2):
        turn(bikes)
    over = Tiding(kind=NoticeKind.COSIGNED, path=f"/desk/cosign/{asked['id']}")
    for who in (hers, own):
        assert [one for one in told(bikes, who) if one.kind is not NoticeKind.WISH] == [over]
    kinds = [entry.entry.kind for entry in bikes.write(lambda db: entries_of(db, bikes.iri))]
    assert kinds.count(RAN_OUT) == 1


def test_what_the_node_asks_for_everybody_hears_and_then_the_other(
    ada: Party, bikes: Party, bea: str
) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    hers, own = phone(bikes, bea), phone(bikes, OWNER)
    cast(ada, bikes)
    turn(bikes)
    (one,) = waiting(bikes)
    waits = Tiding(kind=NoticeKind.TO_COSIGN, path=f"/desk/cosign/{one['id']}")
    assert waits in told(bikes, own)
    act(bikes, OWNER, cosigning.sign, one["id"])  # who stands behind it
    assert [kind for kind in told(bikes, hers) if kind.kind is NoticeKind.TO_COSIGN] == [waits]
    assert told(bikes, own) == []
    act(bikes, bea, cosigning.sign, one["id"])
    assert told(bikes, own) == [replace(waits, kind=NoticeKind.COSIGNED)]


def test_looking_at_it_is_seeing_it_oneself(ada: Party, bikes: Party, bea: str) -> None:
    hers = phone(bikes, bea)
    asked = asked_offer(ada, bikes)
    bikes.follow(NOTICES)
    for person, left in ((OWNER, 1), (bea, 0)):
        there = notices.has_notices(bikes.db, bikes.iri, asked["id"], person=person)
        assert there is (person == bea)
        bikes.write(lambda db, person=person: notices.drop_notices(db, bikes.iri, asked["id"], person=person))
        assert notices.count_notices(bikes.db, bikes.iri, hers, NoticeKind.TO_COSIGN, most=9) == left


def test_who_is_removed_is_told_nothing_more(bikes: Party, bea: str) -> None:
    hers, own = phone(bikes, bea), phone(bikes, OWNER)
    bikes.do(persons.remove, bea)
    there = {row.id for row in notices.list_channels(bikes.db, bikes.iri)}
    assert (hers in there, own in there) == (False, True)
