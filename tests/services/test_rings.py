"""Intentions in rings: what each is told, by itself and when asked, and what signing for more brings."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.core.rings import CATEGORIES
from node.services import disclosure
from node.services.describing import document as actor_document
from node.services.disclosure import Asked
from node.services.intentions import casting, ending, reaching, showing, signing, undertakings
from node.services.intentions.versions import COPY
from node.services.ledger.meeting import meet_all
from node.services.ledger.recording import note
from node.services.negotiations import offers
from node.services.outbox import deliveries
from node.services.people import peers
from node.services.terms import settings as terms
from node.services.trade import pricelists, shop
from node.storage import cache
from protocol.actors import ActorKind
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.strictjson import Document
from tests.services.loading import load
from tests.services.parties import LIMITS, Clock, Party, carry, check_journal, settle
from tests.services.test_inbox import last
from tests.services.test_negotiation import BODIES
from tests.services.test_negotiation import wish as shop_wish
from tests.services.test_shop import PRICE_LIST, RULE, turn

TITLE, DETAILS, PLACE, NOTES = "A trekking bike", "For the way to work.", "Bern, Länggasse", "canary-notes"
BAND = {"least": "800.00", "most": "1100.00"}
RINGS = {"category": "mobility", "region": "CH-BE", "budget": BAND}
DEADLINE = "2026-05-18T00:00:00Z"


def wish(*told: Party | str, rings: Document | None = RINGS, **changes: Any) -> Document:
    whole: Document = {
        "name": TITLE,
        "content": DETAILS,
        "specifications": [{"property": "weight", "at_most": "16", "unit": "kg"}],
        "place": PLACE,
        "window": {"start": "2026-06-03T00:00:00Z", "end": "2026-06-30T00:00:00Z"},
        "deadline": DEADLINE,
        "currency": "CHF",
        "limit_price": "1234.00",
        "notes": NOTES,
        "rings": rings,
        "audience": [who if isinstance(who, str) else who.iri for who in told],
    }
    return whole | changes


@pytest.fixture
def bikes(tmp_path: Path, clock: Clock, ada: Party) -> Party:
    return acquainted(Party("bikes", tmp_path, clock, ActorKind.ORGANIZATION), ada)


@pytest.fixture
def rival(tmp_path: Path, clock: Clock, ada: Party) -> Party:
    return acquainted(Party("rival", tmp_path, clock, ActorKind.ORGANIZATION), ada)


def acquainted(party: Party, ada: Party, *, knows_terms: bool = True) -> Party:
    """Have Ada's node know the actor of a party as it was fetched."""
    document = actor_document(party.owner)
    if not knows_terms:
        document = {name: value for name, value in document.items() if name != "generator"}
    ada.write(
        lambda db: cache.save_remote_actor(
            db, party.owner.actor, document=document, fetched_at=party.clock.now
        )
    )
    return party


def known(party: Party) -> Any:
    (item,) = party.do(showing.list, own=False)["items"]
    return item


def copy_of(party: Party) -> Document:
    return dict(last(party, "intention.told")["object"])


def asked(ada: Party, iri: str, by: Party | None) -> Document | None:
    reader = None if by is None else by.reader
    found: Document | None = ada.write(
        lambda db: disclosure.find_intention(db, Asked(iri, reader, [ada.iri]))
    )
    return found


def signed(ada: Party, bikes: Party, *others: Party) -> Document:
    """Cast a wish in rings, and have the business sign for the rest."""
    made = ada.do(casting.cast, wish(bikes, *others))
    settle(ada, bikes, *others)
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(ada, bikes, *others)
    return dict(made)


def test_everybody_addressed_is_told_of_which_kind_roughly_where_and_when(ada: Party, bikes: Party) -> None:
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    seen = known(bikes)
    assert (seen["name"], seen["content"], seen["place"]) == ("Vehicles and bicycles", "", "CH-BE")
    assert (seen["category"], seen["specifications"]) == (f"{CATEGORIES}mobility", [])
    assert seen["window"] == {"start": "2026-06-01T00:00:00Z", "end": "2026-07-01T00:00:00Z"}
    assert seen["deadline"] == DEADLINE
    assert seen["withheld"] == ["description", "specifications", "place", "window", "budget"]
    assert (seen["asks"], seen["budget"], seen["signed"]) == ("PDC-INTENT", None, None)
    assert made["name"] == TITLE
    assert made["rings"] == RINGS | {"open": [], "category": f"{CATEGORIES}mobility"}


def test_who_signs_is_told_the_rest_in_the_same_write(ada: Party, bikes: Party) -> None:
    made = signed(ada, bikes)
    seen = known(bikes)
    assert (seen["name"], seen["content"], seen["place"]) == (TITLE, DETAILS, PLACE)
    assert seen["window"] == {"start": "2026-06-03T00:00:00Z", "end": "2026-06-30T00:00:00Z"}
    assert (seen["withheld"], seen["budget"]) == ([], BAND)
    assert seen["signed"]["state"] == "disclosed"
    (row,) = ada.do(undertakings.list, made["id"])["items"]
    assert (row["peer"]["iri"], row["state"], row["roster"]) == (bikes.iri, "disclosed", "PDC-INTENT")
    assert row["fields"] == ["description", "specifications", "place", "window", "budget"]
    check_journal(ada)
    check_journal(bikes)


def test_what_is_asked_for_at_its_address_is_what_was_sent(ada: Party, bikes: Party, rival: Party) -> None:
    made = ada.do(casting.cast, wish(bikes))
    ring_0 = copy_of(ada)
    settle(ada, bikes)

    def shown(by: Party | None) -> bytes | None:
        found = asked(ada, made["iri"], by)
        return None if found is None else canonicalise({k: v for k, v in found.items() if k != "@context"})

    assert shown(bikes) == canonicalise(ring_0)
    assert shown(rival) is shown(None) is None
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(ada, bikes)
    ring_1 = copy_of(ada)
    assert shown(bikes) == canonicalise(ring_1) != canonicalise(ring_0)
    assert shown(rival) is shown(None) is None


def test_who_did_not_sign_goes_on_knowing_as_little(ada: Party, bikes: Party, rival: Party) -> None:
    made = signed(ada, bikes, rival)
    assert known(rival)["name"] == "Vehicles and bicycles"
    ada.do(casting.amend, made["id"], {"content": "In red."})
    assert carry(ada, bikes, rival) == [("intention.told", 202)]  # for who may read it
    assert known(bikes)["content"] == "In red."
    ada.do(casting.amend, made["id"], {"quantity": "2"})
    assert carry(ada, bikes, rival) == [("intention.told", 202)] * 2
    assert known(rival)["quantity"]["value"] == "2"
    assert known(bikes)["content"] == "In red."
    check_journal(rival)


def test_what_is_added_later_takes_another_signature(ada: Party, bikes: Party) -> None:
    made = ada.do(casting.cast, wish(bikes, rings={}, place=""))
    settle(ada, bikes)
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(ada, bikes)
    assert known(bikes)["withheld"] == []
    ada.do(casting.amend, made["id"], {"place": PLACE})
    settle(ada, bikes)
    assert (known(bikes)["withheld"], known(bikes)["place"], known(bikes)["name"]) == (["place"], None, TITLE)
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(ada, bikes)
    assert (known(bikes)["withheld"], known(bikes)["place"], known(bikes)["name"]) == ([], PLACE, TITLE)


def test_an_owner_opens_parts_one_by_one(ada: Party, bikes: Party) -> None:
    ada.do(casting.cast, wish(bikes, rings=RINGS | {"open": ["place", "budget"]}))
    settle(ada, bikes)
    assert (known(bikes)["place"], known(bikes)["budget"]) == (PLACE, BAND)
    assert known(bikes)["withheld"] == ["description", "specifications", "window"]


def test_who_does_not_know_terms_is_told_no_more_and_can_answer(
    tmp_path: Path, ada: Party, clock: Clock
) -> None:
    plain = acquainted(Party("plain", tmp_path, clock, ActorKind.ORGANIZATION), ada, knows_terms=False)
    made = ada.do(casting.cast, wish(plain))
    copy = copy_of(ada)
    assert {"terms", "withheld", "salt", "undertaking", "indicativeBudget"} & copy.keys() == set()
    settle(ada, plain)
    assert (known(plain)["name"], known(plain)["withheld"]) == ("Vehicles and bicycles", [])
    with pytest.raises(Conflict, match="nothing-withheld"):
        plain.do(signing.undertake, known(plain)["id"])
    found = asked(ada, made["iri"], plain)
    assert found is not None
    assert "terms" not in found


def test_what_is_over_is_forgotten_by_who_signed(ada: Party, bikes: Party, clock: Clock) -> None:
    made = signed(ada, bikes)
    clock.pass_time(hours=1)
    ada.do(ending.withdraw, made["id"])
    while ada.follow():
        pass
    clock.pass_time(minutes=5)
    settle(ada, bikes)
    seen = known(bikes)
    assert (seen["name"], seen["content"], seen["specifications"], seen["budget"]) == (
        "Vehicles and bicycles", "", [], None,
    )  # fmt: skip
    ends = [
        party.do(undertakings.list, id)["items"][0] for party, id in ((ada, made["id"]), (bikes, seen["id"]))
    ]
    assert {end["state"] for end in ends} == {"ended"}
    assert {end["delete_by"] for end in ends} == {"2026-05-11T13:00:00Z"}
    check_journal(ada)
    check_journal(bikes)


def test_by_itself_a_business_signs_what_it_accepts_in_public(ada: Party, bikes: Party) -> None:
    bikes.do(terms.change, {"undertake": "auto", "accepts": ["PDC-INTENT"]})
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    settle(ada, bikes)
    assert known(bikes)["name"] == TITLE


@pytest.mark.parametrize("settings", [{"undertake": "auto"}, {"undertake": "ask", "accepts": ["PDC-INTENT"]}])
def test_else_a_person_signs(settings: Document, ada: Party, bikes: Party) -> None:
    bikes.do(terms.change, settings)
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    settle(ada, bikes)
    assert known(bikes)["signed"] is None


def test_nobody_signs_where_the_owner_said_never(ada: Party, bikes: Party) -> None:
    bikes.do(terms.change, {"undertake": "never"})
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    with pytest.raises(Conflict, match="undertakes-never"):
        bikes.do(signing.undertake, known(bikes)["id"])


def test_what_was_told_whole_is_not_kept_back_afterwards(ada: Party, bikes: Party) -> None:
    made = ada.do(casting.cast, wish(bikes, rings=None))
    with pytest.raises(Unprocessable, match="rings-fixed"):
        ada.do(casting.amend, made["id"], {"rings": RINGS})


# --- what is refused ----------------------------------------------------------------------------------------


def accepted(bikes: Party, ada: Party) -> Document:
    """Sign for more at the business alone; return what it would send, without its proof."""
    bikes.do(signing.undertake, known(bikes)["id"])
    return {name: value for name, value in last(bikes, "undertaking.signed").items() if name != "proof"}


def code_of(ada: Party, raw: bytes, sender: Party) -> str:
    with pytest.raises((Conflict, Unprocessable)) as refused:
        ada.receive(raw, sender)
    return str(refused.value.code)


def with_result(**changes: Any) -> Any:
    return lambda activity: {**activity, "result": {**activity["result"], **changes}}


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        (with_result(publicKeyMultibase="z6MkAnother"), "parties-mismatch"),
        (with_result(verificationMethod="https://bikes.example/actors/bikes#another"), "parties-mismatch"),
        (with_result(firstParty="https://other.example/actors/other"), "parties-mismatch"),
        (with_result(fields=["https://w3id.org/freehold#intentionPlace"]), "fields-missing"),
        (lambda activity: {**activity, "digestMultibase": "zQmNothing"}, "digest-mismatch"),
    ],
    ids=["another key", "another address of the key", "another customer", "fewer parts", "another copy"],
)
def test_what_does_not_bind_tells_nothing(bend: Any, code: str, ada: Party, bikes: Party) -> None:
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    activity = bend(accepted(bikes, ada))
    assert code_of(ada, canonicalise(bikes.acting.sign(activity)), bikes) == code
    assert ada.do(undertakings.list, made["id"])["items"] == []


def test_what_is_not_proved_tells_nothing(ada: Party, bikes: Party) -> None:
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    assert code_of(ada, canonicalise(accepted(bikes, ada)), bikes) == "proof-required"


def test_a_wish_without_rings_asks_for_nothing(ada: Party, bikes: Party) -> None:
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    activity = accepted(bikes, ada)
    plain = ada.do(casting.cast, wish(bikes, rings=None))
    activity["object"] = activity["result"]["intention"] = plain["iri"]
    assert code_of(ada, canonicalise(bikes.acting.sign(activity)), bikes) == "roster-mismatch"


def test_the_same_undertaking_again_tells_nothing_again(ada: Party, bikes: Party) -> None:
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    activity = accepted(bikes, ada)
    assert ada.receive(canonicalise(bikes.acting.sign(activity)), bikes) == 202
    assert len(ada.queued()) == 1
    anew = bikes.acting.sign({**activity, "id": f"{activity['id']}-again"})
    assert ada.receive(canonicalise(anew), bikes) == 200
    assert len(ada.queued()) == 1


def test_what_the_customers_node_refuses_was_never_signed(ada: Party, bikes: Party) -> None:
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.do(signing.undertake, known(bikes)["id"])
    ada.do(ending.withdraw, made["id"])
    assert carry(bikes, ada) == [("undertaking.signed", 409)]
    assert known(bikes)["signed"]["state"] == "refused"
    check_journal(bikes)


def test_an_undertaking_that_is_cancelled_before_it_left_can_be_signed_anew(ada: Party, bikes: Party) -> None:
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.do(signing.undertake, known(bikes)["id"])
    (row,) = bikes.queued()
    bikes.do(deliveries.cancel, row.id)
    assert known(bikes)["signed"]["state"] == "refused"
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(bikes, ada)
    assert known(bikes)["signed"]["state"] == "disclosed"
    check_journal(bikes)


def test_a_customer_can_say_no_to_what_was_signed(ada: Party, bikes: Party, rival: Party) -> None:
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    activity = accepted(bikes, ada)
    refusal = {
        "@context": activity["@context"],
        "id": "https://ada.example/activities/act_no",
        "type": "Reject",
        "actor": ada.iri,
        "to": [bikes.iri],
        "object": activity["id"],
    }
    theirs = {**refusal, "id": "https://rival.example/activities/act_no", "actor": rival.iri}
    with pytest.raises(Forbidden, match="not-yours"):
        bikes.receive(canonicalise(theirs), rival)
    assert known(bikes)["signed"]["state"] == "signed"
    assert bikes.receive(canonicalise(refusal), ada) == 202
    assert known(bikes)["signed"]["state"] == "refused"
    again = {**refusal, "id": "https://ada.example/activities/act_no_again"}
    assert bikes.receive(canonicalise(again), ada) == 200
    bikes.do(signing.undertake, known(bikes)["id"])
    assert known(bikes)["signed"]["state"] == "signed"
    check_journal(bikes)


def test_anybody_who_reads_what_is_public_can_sign_for_more(ada: Party, rival: Party) -> None:
    made = ada.do(casting.cast, wish("public"))
    for_all = asked(ada, made["iri"], None)
    assert for_all is not None
    assert "terms" not in for_all
    own = asked(ada, made["iri"], rival)
    assert own is not None
    assert (own["to"], own["name"]) == ([rival.iri], "Vehicles and bicycles")
    assert len(own["withheld"]) == 5
    rival.do(tell_directly, ada, {name: value for name, value in own.items() if name != "@context"})
    rival.do(signing.undertake, known(rival)["id"])
    settle(ada, rival)
    assert known(rival)["name"] == TITLE
    ada.do(casting.amend, made["id"], {"content": "In red."})
    settle(ada, rival)
    assert known(rival)["content"] == "In red."
    again = asked(ada, made["iri"], None)
    assert again == for_all


def tell_directly(session: Any, acting: Any, ada: Party, proposal: Document) -> None:
    """Take what was fetched as if it had been sent."""
    note(
        session,
        acting,
        "intention.received",
        {
            "id": acting.new_id("int"),
            "intention": proposal["id"],
            "own": False,
            "document": proposal | {COPY: digest_of(proposal)},
        },
        peer=meet_all(session, acting, [ada.iri])[ada.iri],
    )


@pytest.mark.parametrize(("undertake", "answered"), [("ask", False), ("never", True)])
def test_a_shop_answers_what_it_was_told_all_of(
    undertake: str,
    answered: bool,
    ada: Party,
    bikes: Party,
) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    bikes.do(terms.change, {"undertake": undertake})
    ada.do(casting.cast, shop_wish(bikes, rings={"category": "mobility", "open": ["description"]}))
    settle(ada, bikes)
    turn(bikes)
    assert bool(bikes.do(offers.list)["items"]) is answered
    if not answered:
        bikes.do(signing.undertake, known(bikes)["id"])
        settle(ada, bikes)
        turn(bikes)
        assert bikes.do(offers.list)["items"]


def test_who_is_blocked_signs_for_nothing(ada: Party, bikes: Party) -> None:
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    bikes.do(signing.undertake, known(bikes)["id"])
    ada.do(peers.block, bikes.iri)
    assert carry(bikes, ada) == [("undertaking.signed", 401)]
    assert ada.do(undertakings.list, made["id"])["items"] == []
    assert asked(ada, made["iri"], bikes) is None


def test_an_undertaking_is_shown_to_whom_it_was_signed(ada: Party, bikes: Party, rival: Party) -> None:
    signed(ada, bikes)
    iri = last(bikes, "undertaking.signed")["result"]["id"]

    def shown(by: Party | None) -> Document | None:
        reader = None if by is None else by.reader
        found: Document | None = bikes.write(
            lambda db: disclosure.find_undertaking(db, Asked(iri, reader, [bikes.iri]))
        )
        return found

    found = shown(ada)
    assert found is not None
    assert found["type"] == "Undertaking"
    assert shown(rival) is shown(None) is None


def test_the_limit_is_in_nothing_that_is_told(ada: Party, bikes: Party) -> None:
    seen = ada.do(casting.preview, wish(bikes, name="A bike for 1234"))
    assert seen["warnings"] == ["Your limit price stands in the words that are told."]
    assert seen["withheld"] == ["description", "specifications", "place", "window", "budget"]
    assert seen["says"]["name"] == "Vehicles and bicycles"
    signed(ada, bikes)
    sent = ada.db.conn.execute(f"{BODIES} WHERE kind = 'intention.told'").fetchall()
    assert len(sent) == 2
    assert not any(secret.encode() in body for (body,) in sent for secret in (NOTES, "1234"))


def test_each_counts_once_who_has_a_wish_told_in_rings(ada: Party, bikes: Party, rival: Party) -> None:
    made = signed(ada, bikes, rival)
    assert ada.do(reaching.show, made["id"])["reached"] == 2
    ada.do(casting.amend, made["id"], {"content": "In red."})
    settle(ada, bikes, rival)
    assert ada.do(reaching.show, made["id"])["reached"] == 2
    assert ada.do(reaching.show, made["id"])["counts"]["delivered"] == 2


def test_who_has_signed_is_told_whatever_is_known_of_them_by_now(ada: Party, bikes: Party) -> None:
    made = signed(ada, bikes)
    ada.db.conn.execute("DELETE FROM remote_actors")
    ada.do(casting.amend, made["id"], {"quantity": "2"})
    settle(ada, bikes)
    assert (known(bikes)["name"], known(bikes)["quantity"]["value"]) == (TITLE, "2")
    found = asked(ada, made["iri"], bikes)
    assert found is not None
    assert found["name"] == TITLE


class AtTheMall(Party):
    """A party at a server that it shares with others."""

    @property
    def origin(self) -> str:
        return "https://mall.example"

    @origin.setter
    def origin(self, _: str) -> None:
        """It stays where it is."""


@pytest.mark.parametrize(("named", "told"), [(False, [True, False, True]), (True, [True, True, True])])
def test_one_server_has_no_crowd_of_signers_but_for_those_who_were_named(
    named: bool, told: list[bool], tmp_path: Path, clock: Clock, ada: Party
) -> None:
    ada.limits = replace(LIMITS, offers_per_origin=1)
    kind = ActorKind.ORGANIZATION
    parties = [
        acquainted(one("rival" if one is Party else f"shop{number}", tmp_path, clock, kind), ada)
        for number, one in enumerate((AtTheMall, AtTheMall, Party))
    ]
    made = ada.do(casting.cast, wish(*parties) if named else wish("public"))
    settle(ada, *parties)
    for party in parties:
        if not named:
            own = asked(ada, made["iri"], party)
            assert own is not None
            party.do(tell_directly, ada, {name: value for name, value in own.items() if name != "@context"})
        party.do(signing.undertake, known(party)["id"])
        settle(ada, *parties)
    assert [known(party)["name"] == TITLE for party in parties] == told
