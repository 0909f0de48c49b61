"""A peer is who signs with the keys it had: another waits for the owner, unless an old one announces it."""

from dataclasses import replace

import pytest

from node.core import codes
from node.services import describing, disclosure, inbox
from node.services.disclosure import Asked
from node.services.intentions import casting, showing
from node.services.ledger import keys
from node.services.ledger.received import Authentic
from node.services.negotiations import comparing, offers
from node.services.people import actors, peers
from node.storage.fanouts import next_fanout
from node.storage.peer_keys import KeyState
from protocol import incoming
from protocol.canonical import canonicalise
from protocol.errors import Conflict, Deferred, NotFound, Remote
from protocol.keys import Algorithm
from protocol.strictjson import Document
from tests.services.parties import Party, carry, check_journal, generate, settle
from tests.services.test_inbox import last
from tests.services.test_negotiation import LOWER, cast, offer, only, wish
from tests.services.test_owner import rotate
from tests.whole import LEDGER


def changed(party: Party) -> None:
    """Give a party new keys without a word, as whoever has taken over its address would."""
    for key in party.db.conn.execute("SELECT id FROM keys WHERE actor = ?", (party.iri,)).fetchall():
        party.db.conn.execute("DELETE FROM keys WHERE id = ?", key)
    made = {algorithm: generate(algorithm) for algorithm in actors.make_keys(generate)}
    party.write(
        lambda db: [
            actors._add_key(db, party.iri, algorithm, key, now=party.clock.now)
            for algorithm, key in made.items()
        ]
    )
    party.forget_owner()


def fragment(party: Party) -> str:
    return party.owner.ed25519.key.public.fragment


def refused(receiver: Party, raw: bytes, sender: Party) -> str:
    """Offer bytes to an inbox, and keep the refusal as the web layer does; return why."""
    with pytest.raises(Remote) as refusal:
        receiver.receive(raw, sender)
    arrival = incoming.read(raw)
    unread = Authentic(
        activity=arrival.document, raw=raw, sha256=arrival.sha256, digest="", sender=sender.owner.actor
    )
    receiver.do(inbox.refuse, unread, refusal.value)
    return str(refusal.value.code)


def waiting(party: Party, whom: Party) -> list[str]:
    shown = party.do(peers.show, whom.iri)
    return [key["key"] for key in shown["keys"] if key["state"] == "held"]


def reoffered(sender: Party) -> bytes:
    sender.do(offers.reoffer, only(sender)["id"], {"price": LOWER})
    return canonicalise(last(sender, "reoffer"))


@pytest.fixture
def negotiating(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)


@pytest.mark.usefixtures("negotiating")
def test_who_is_met_is_known_by_its_keys(ada: Party, bikes: Party) -> None:
    shown = ada.do(peers.show, bikes.iri)
    assert {key["key"]: key["state"] for key in shown["keys"]} == {
        key.key.fragment: "known" for key in bikes.owner.actor.keys
    }
    check_journal(ada)


@pytest.mark.usefixtures("negotiating")
def test_what_an_unannounced_key_signs_waits_until_it_is_confirmed(ada: Party, bikes: Party) -> None:
    changed(bikes)
    raw = reoffered(bikes)
    before = only(ada)
    assert refused(ada, raw, bikes) == "key-held"
    assert refused(ada, raw, bikes) == "key-held"  # and it is noted once
    assert only(ada) == before
    held = waiting(ada, bikes)
    assert fragment(bikes) in held
    (marked,) = ada.do(comparing.compare, only(ada)["intention"])["offers"]
    assert marked["held"] is True
    entries = ada.db.conn.execute("SELECT count(*) FROM journal WHERE kind = 'peer.key'").fetchone()
    assert entries == (2,)  # met, and held
    ada.do(peers.judge_keys, bikes.iri, held, confirmed=True)
    assert waiting(ada, bikes) == []
    (settled,) = ada.do(comparing.compare, only(ada)["intention"])["offers"]
    assert settled["held"] is False
    assert ada.receive(raw, bikes) == 202
    assert only(ada)["total"] == "2249.00"
    check_journal(ada)


@pytest.mark.usefixtures("negotiating")
def test_what_a_refused_key_signs_is_refused(ada: Party, bikes: Party) -> None:
    changed(bikes)
    raw = reoffered(bikes)
    assert refused(ada, raw, bikes) == "key-held"
    ada.do(peers.judge_keys, bikes.iri, waiting(ada, bikes), confirmed=False)
    assert refused(ada, raw, bikes) == "key-refused"
    states = {key["state"] for key in ada.do(peers.show, bikes.iri)["keys"]}
    assert states == {"known", "refused"}
    check_journal(ada)


@pytest.mark.usefixtures("negotiating")
def test_only_keys_that_wait_are_judged(ada: Party, bikes: Party) -> None:
    known = fragment(bikes)
    for named in ([], ["z6MkNobody"], [known]):
        with pytest.raises(Conflict, match="key-not-held"):
            ada.do(peers.judge_keys, bikes.iri, named, confirmed=True)
    with pytest.raises(NotFound, match="unknown-peer"):
        ada.do(peers.judge_keys, "https://nobody.example/actors/nobody", [known], confirmed=True)


def added(party: Party) -> None:
    """Have a party sign with one more key, beside those it had."""
    party.clock.pass_time(seconds=1)
    party.write(
        lambda db: actors._add_key(
            db, party.iri, Algorithm.ED25519, generate(Algorithm.ED25519), now=party.clock.now
        )
    )
    party.forget_owner()


@pytest.mark.usefixtures("negotiating")
def test_a_key_that_is_added_beside_a_known_one_is_vouched_for_by_the_request(
    ada: Party, bikes: Party
) -> None:
    known = fragment(bikes)
    added(bikes)
    assert fragment(bikes) != known
    assert ada.receive(reoffered(bikes), bikes) == 202
    states = {key["key"]: key["state"] for key in ada.do(peers.show, bikes.iri)["keys"]}
    assert (states[fragment(bikes)], states[known]) == ("known", "known")
    check_journal(ada)


@pytest.mark.usefixtures("negotiating")
@pytest.mark.parametrize(
    "lacks", ["the request", "the old key", "a known request", "a place in the document"]
)
def test_a_key_beside_a_known_one_waits_if_nobody_vouches_for_it(
    ada: Party, bikes: Party, lacks: str
) -> None:
    """Who has taken over an address can list the old keys beside its own."""
    known = fragment(bikes)
    added(bikes)
    read = ada.verified(reoffered(bikes), bikes)
    assert read.http_key is not None
    kept = tuple(key for key in read.sender.keys if key.key.fragment != known)
    listed = tuple(key for key in read.sender.keys if key.key.fragment != fragment(bikes))
    stranger = replace(read.http_key, key=generate(Algorithm.ED25519).public)
    bent = {
        "the request": replace(read, http_key=None),
        "a known request": replace(read, http_key=stranger),
        "the old key": replace(read, sender=replace(read.sender, keys=kept)),
        "a place in the document": replace(read, sender=replace(read.sender, keys=listed)),
    }[lacks]
    with pytest.raises(Deferred, match="key-held"):
        ada.do(inbox.receive, bent, LEDGER)


@pytest.mark.parametrize(
    ("listed", "unconfirmed"),
    [
        (["old"], False),
        (["old", "new"], False),  # nobody has signed with it, and it may be an honest one
        (["new"], True),
        ([], True),
        (["old", "held"], True),
        (["old", "refused"], True),
    ],
)
def test_a_document_is_unconfirmed_without_a_known_key_or_with_one_that_waits(
    listed: list[str], unconfirmed: bool
) -> None:
    states = {"old": KeyState.KNOWN, "held": KeyState.HELD, "refused": KeyState.REFUSED}
    assert keys.is_unconfirmed(states, listed) is unconfirmed
    assert not keys.is_unconfirmed({}, listed)  # of whom no key is known nobody can tell


@pytest.mark.usefixtures("negotiating")
def test_a_rotation_is_announced_by_the_old_key_and_goes_through(ada: Party, bikes: Party) -> None:
    rotate(bikes)
    announced = last(bikes, "key.rotated")
    assert (announced["type"], announced["object"]["id"]) == ("Update", bikes.iri)
    assert fragment(bikes) not in announced["proof"]["verificationMethod"]
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    settle(bikes, ada)
    assert only(ada)["total"] == "2249.00"
    states = {key["key"]: key["state"] for key in ada.do(peers.show, bikes.iri)["keys"]}
    assert states[fragment(bikes)] == "known"
    assert set(states.values()) == {"known"}
    check_journal(ada)
    check_journal(bikes)


@pytest.mark.usefixtures("negotiating")
def test_what_waits_goes_through_once_the_old_key_announces_it(ada: Party, bikes: Party) -> None:
    rotate(bikes)
    announced = canonicalise(last(bikes, "key.rotated"))
    raw = reoffered(bikes)
    assert refused(ada, raw, bikes) == "key-held"
    assert ada.receive(announced, bikes) == 202
    assert waiting(ada, bikes) == []
    assert ada.receive(raw, bikes) == 202


@pytest.mark.usefixtures("negotiating")
def test_a_revoked_key_vouches_for_no_other(ada: Party, bikes: Party) -> None:
    rotate(bikes, revoke=True)
    announced = last(bikes, "key.rotated")
    assert "proof" not in announced


@pytest.mark.usefixtures("negotiating")
def test_nobody_announces_a_key_with_the_key_itself(ada: Party, bikes: Party) -> None:
    changed(bikes)
    update: Document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{bikes.origin}/activities/mine",
        "type": "Update",
        "actor": bikes.iri,
        "to": [ada.iri],
        "object": describing.document(bikes.owner),
    }
    assert refused(ada, canonicalise(bikes.acting.sign(update)), bikes) == "key-held"
    assert fragment(bikes) in waiting(ada, bikes)


@pytest.mark.usefixtures("negotiating")
def test_an_old_proof_announces_no_key_that_stands_at_the_address_now(ada: Party, bikes: Party) -> None:
    update: Document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{bikes.origin}/activities/once",
        "type": "Update",
        "actor": bikes.iri,
        "to": [ada.iri],
        "object": bikes.iri,
    }
    proved = ada.verified(canonicalise(bikes.acting.sign(update)), bikes)
    before = ada.do(peers.show, bikes.iri)["keys"]
    changed(bikes)
    assert proved.http_key is not None
    theirs = replace(proved.http_key, key=generate(Algorithm.ED25519).public)
    for http_key in (theirs, None):
        brought = replace(proved, sender=bikes.owner.actor, http_key=http_key, digest=f"{http_key}")
        brought.activity["id"] += "/again"
        assert ada.do(inbox.receive, brought, LEDGER).status == 202
        assert ada.do(peers.show, bikes.iri)["keys"] == before
    # What is signed by a key that it had is believed, also of the document at its address.
    proved.activity["id"] += "/again"
    assert ada.do(inbox.receive, replace(proved, sender=bikes.owner.actor), LEDGER).status == 202
    assert ada.do(peers.show, bikes.iri)["keys"] != before


@pytest.mark.usefixtures("negotiating")
def test_keys_that_wait_are_bounded(ada: Party, bikes: Party) -> None:
    for _ in range(keys.HELD + 3):
        changed(bikes)
        refused(ada, reoffered(bikes), bikes)
    assert len(waiting(ada, bikes)) <= keys.HELD


@pytest.mark.usefixtures("negotiating")
def test_of_more_keys_than_may_wait_the_one_that_signed_is_noted(ada: Party, bikes: Party) -> None:
    changed(bikes)
    (signing,) = [key for key in bikes.owner.actor.keys if key.key.fragment == fragment(bikes)]
    others = [replace(signing, key=generate(Algorithm.ED25519).public) for _ in range(keys.HELD + 1)]
    read = Authentic(
        activity={},
        raw=b"",
        sha256=b"",
        digest="",
        sender=replace(bikes.owner.actor, keys=(*others, signing)),
        proof_key=signing,
    )
    ada.do(inbox.refuse, read, Deferred(codes.KEY_HELD))
    held = waiting(ada, bikes)
    assert fragment(bikes) in held
    assert len(held) == keys.HELD


@pytest.mark.usefixtures("negotiating")
def test_who_asks_with_another_key_is_shown_nothing(ada: Party, bikes: Party) -> None:
    (wanted,) = ada.do(showing.list)["items"]
    asked = Asked(wanted["iri"], bikes.reader, [ada.iri])
    assert disclosure.find_intention(ada.db, asked) is not None
    changed(bikes)
    other = Asked(wanted["iri"], disclosure.Asker(bikes.iri, fragment(bikes)), [ada.iri])
    assert disclosure.find_intention(ada.db, other) is None


@pytest.mark.usefixtures("negotiating")
def test_announced_keys_are_bounded(ada: Party, bikes: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEPT", 3)
    rotate(bikes)
    assert ada.receive(canonicalise(last(bikes, "key.rotated")), bikes) == 202
    assert len(ada.do(peers.show, bikes.iri)["keys"]) == 2  # as many as before


def test_whom_we_ask_to_follow_is_known_by_its_keys(ada: Party, bikes: Party) -> None:
    ada.do(peers.follow, bikes.owner.actor)
    (row,) = ada.do(peers.list)["items"]
    assert fragment(bikes) in {key["key"] for key in row["keys"]}
    settle(ada, bikes)
    check_journal(ada)


def test_two_peers_with_one_key_are_told(ada: Party, bikes: Party, wheels: Party) -> None:
    # All parties of these tests sign their requests with one RSA key.
    cast(ada, bikes, wheels)
    offer(bikes, ada)
    assert ada.do(peers.show, bikes.iri)["same_key_as"] == []
    offer(wheels, ada)
    assert ada.do(peers.show, wheels.iri)["same_key_as"] == [bikes.iri]
    assert ada.do(peers.show, bikes.iri)["same_key_as"] == [wheels.iri]
    told = ada.db.conn.execute(
        "SELECT decision FROM journal WHERE kind = 'peer.key' ORDER BY entry"
    ).fetchall()
    assert ['"shared":true' in decision for (decision,) in told] == [False, True]


def test_a_rotation_is_told_to_every_peer_in_steps(
    ada: Party, bikes: Party, wheels: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    from node.services.ledger import recording

    monkeypatch.setattr(recording, "FANOUT_STEP", 1)
    ada.do(casting.cast, wish(bikes, wheels))
    settle(ada, bikes, wheels)
    rotate(ada)
    assert next_fanout(ada.db, ada.iri) is not None
    while next_fanout(ada.db, ada.iri):
        ada.tick()
    carry(ada, bikes, wheels)
    for party in (bikes, wheels):
        known = {key["key"] for key in party.do(peers.show, ada.iri)["keys"] if key["state"] == "known"}
        assert fragment(ada) in known


@pytest.mark.usefixtures("negotiating")
def test_a_key_that_is_newer_than_the_document_at_hand_waits_too(ada: Party, bikes: Party) -> None:
    known = bikes.owner.actor
    changed(bikes)
    raw = reoffered(bikes)
    arrival = incoming.read(raw)
    read = Authentic(
        activity=arrival.document,
        raw=raw,
        sha256=arrival.sha256,
        digest="",
        sender=known,
        proof_key=bikes.owner.actor.key(arrival.document["proof"]["verificationMethod"], "assertionMethod"),
    )
    ada.do(inbox.refuse, read, Deferred(codes.KEY_HELD))
    assert waiting(ada, bikes) == [fragment(bikes)]


@pytest.mark.usefixtures("negotiating")
def test_of_many_new_keys_the_one_that_signed_waits_in_any_case(ada: Party, bikes: Party) -> None:
    changed(bikes)
    raw, actor = reoffered(bikes), bikes.owner.actor
    others = [replace(actor.keys[0], key=generate(Algorithm.ED25519).public) for _ in range(keys.HELD)]
    signed = bikes.verified(raw, bikes)
    read = replace(signed, sender=replace(actor, keys=(*others, *actor.keys)))
    ada.do(inbox.refuse, read, Deferred(codes.KEY_HELD))
    assert fragment(bikes) in waiting(ada, bikes)
    assert len(waiting(ada, bikes)) == keys.HELD
    ada.do(inbox.refuse, read, Deferred(codes.KEY_HELD))
    assert len(waiting(ada, bikes)) == keys.HELD
