"""What the inbox takes once, what it refuses, and what that leaves behind."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from node.services import inbox
from node.services.intentions import casting, ending, showing
from node.services.ledger.received import Authentic
from node.services.negotiations import agreements, messages, offers
from node.services.people import peers
from node.storage.projections import snapshot
from node.storage.refusals import list_refusals
from protocol import jsonld, strictjson
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Remote
from protocol.keys import ed25519_from_seed
from protocol.strictjson import Document
from tests.services.parties import LIMITS, Clock, Party, check_journal, settle
from tests.services.test_negotiation import LOWER, PRICE, cast, offer, only, wish
from tests.whole import LEDGER, PROJECTIONS


def last(party: Party, kind: str) -> Document:
    """Return the newest activity of a kind that a party sent."""
    row = party.db.conn.execute(
        "SELECT bytes FROM journal JOIN payloads ON digest = body WHERE kind = ? AND direction = 'out' "
        "ORDER BY journal.entry DESC",
        (kind,),
    ).fetchone()
    return strictjson.parse(row[0])


def resign(party: Party, document: Document, **changes: Any) -> bytes:
    """Return a changed activity with a fresh proof by the same party: authentic, but not what it was."""
    bare = {member: value for member, value in document.items() if member != "proof"} | changes
    return canonicalise(party.acting.sign(bare))


def test_brief_is_what_costs_the_same_whatever_is_kept() -> None:
    assert LEDGER.is_brief({"type": "Offer"})
    assert LEDGER.is_brief({"type": "Create"})
    # What may meet a counter-offer, or conclude, proves all rounds and answers all rivals.
    assert not LEDGER.is_brief({"type": "Offer", "inReplyTo": "https://b.example/offers/1"})
    assert not LEDGER.is_brief({"type": "Accept"})


def code_of(receiver: Party, raw: bytes, sender: Party) -> str:
    """Offer bytes to an inbox that must refuse them and stay as it was; return why."""
    before = snapshot(receiver.db, PROJECTIONS)
    with pytest.raises(Remote) as refused:
        receiver.receive(raw, sender)
    assert snapshot(receiver.db, PROJECTIONS) == before
    return refused.value.code


@pytest.fixture
def open_offer(ada: Party, bikes: Party) -> Document:
    cast(ada, bikes)
    offer(bikes, ada)
    return last(bikes, "offer")


def test_the_same_bytes_again_change_nothing(ada: Party, bikes: Party, open_offer: Document) -> None:
    before = snapshot(ada.db, PROJECTIONS)
    assert ada.receive(canonicalise(open_offer), bikes) == 200
    assert snapshot(ada.db, PROJECTIONS) == before


def test_the_same_id_with_other_bytes_is_refused(ada: Party, bikes: Party, open_offer: Document) -> None:
    assert code_of(ada, resign(bikes, open_offer, name="other"), bikes) == "id-reused"


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "another origin's id": ({"id": "https://else.example/activities/1"}, "wrong-origin"),
    "not addressed to us": ({"to": ["https://bikes.example/actors/bikes"]}, "not-addressed"),
    "unknown type": ({"type": "Like"}, "unknown-activity"),
    "two types": ({"type": ["Offer", "Accept"]}, "single-value-expected"),
    "negotiation under another origin": (
        {"context": "https://else.example/negotiations/1"},
        "wrong-negotiation",
    ),
    "negotiation used before": ({}, "negotiation-exists"),
    "ended": ({"endTime": "2026-05-04T11:00:00Z"}, "offer-expired"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_offers(ada: Party, bikes: Party, open_offer: Document, change: str) -> None:
    members, code = CHANGES[change]
    fresh = {"id": f"{bikes.origin}/activities/act_new"} | members
    assert code_of(ada, resign(bikes, open_offer, **fresh), bikes) == code


def test_an_offer_without_proof(ada: Party, bikes: Party, open_offer: Document) -> None:
    bare = {member: value for member, value in open_offer.items() if member != "proof"}
    bare["id"] += "x"
    assert code_of(ada, canonicalise(bare), bikes) == "proof-required"


def test_an_offer_to_nobody_knows_what(ada: Party, bikes: Party, open_offer: Document) -> None:
    other = {**open_offer["object"], "stipulates": {**open_offer["object"]["stipulates"]}}
    other["stipulates"]["satisfies"] = "https://ada.example/intentions/int_none#primary"
    assert (
        code_of(ada, resign(bikes, open_offer, id=open_offer["id"] + "x", object=other), bikes)
        == "unknown-intention"
    )


def test_an_offer_by_somebody_who_was_not_asked(
    ada: Party, bikes: Party, wheels: Party, open_offer: Document
) -> None:
    raw = resign(wheels, open_offer, id=f"{wheels.origin}/activities/1", actor=wheels.iri)
    assert code_of(ada, raw, wheels) == "unknown-intention"


def test_a_move_in_the_negotiation_of_others(
    ada: Party, bikes: Party, wheels: Party, open_offer: Document
) -> None:
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    countersignature = last(bikes, "countersign")
    raw = resign(wheels, countersignature, id=f"{wheels.origin}/activities/1", actor=wheels.iri)
    assert code_of(ada, raw, wheels) == "not-your-negotiation"


def test_an_answer_to_nothing(ada: Party, bikes: Party, open_offer: Document) -> None:
    undo = {
        **open_offer,
        "type": "Undo",
        "object": f"{bikes.origin}/activities/none",
        "id": f"{bikes.origin}/activities/u",
    }
    assert code_of(ada, resign(bikes, undo), bikes) == "unknown-offer"


def test_limits_of_a_peer(ada: Party, bikes: Party) -> None:
    ada.limits = replace(LIMITS, offers_per_intention=1, open_offers_per_peer=2, rounds=1)
    cast(ada, bikes)
    offer(bikes, ada)
    again = last(bikes, "offer")
    fresh = {"id": f"{bikes.origin}/activities/2", "context": f"{bikes.origin}/negotiations/2"}
    assert code_of(ada, resign(bikes, again, **fresh), bikes) == "too-many-offers"
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    assert code_of(ada, canonicalise(last(bikes, "reoffer")), bikes) == "too-many-rounds"
    ada.limits = replace(LIMITS, open_offers_per_peer=1)
    assert code_of(ada, resign(bikes, again, **fresh), bikes) == "too-many-offers"


def test_blocked_peer_gets_nothing_in(ada: Party, bikes: Party, open_offer: Document) -> None:
    ada.do(peers.block, bikes.iri)
    bikes.do(messages.write, only(bikes)["id"], "hello?")
    assert code_of(ada, canonicalise(last(bikes, "message")), bikes) == "blocked"
    ada.do(peers.unblock, bikes.iri)
    assert ada.receive(canonicalise(last(bikes, "message")), bikes) == 202


def test_refusals_are_kept_for_the_owner(ada: Party, bikes: Party, open_offer: Document) -> None:
    raw = resign(bikes, open_offer, id=open_offer["id"] + "x", endTime="2026-05-04T11:00:00Z")
    document = strictjson.parse(raw)
    received = Authentic(
        activity=jsonld.read(document),
        raw=raw,
        sha256=sha256(raw).digest(),
        digest=digest_of(document),
        sender=bikes.owner.actor,
    )
    with pytest.raises(Remote) as error:
        ada.receive(raw, bikes)
    ada.do(inbox.refuse, received, error.value)
    (kept,) = list_refusals(ada.db, ada.iri).items
    assert (kept.code, kept.peer) == ("offer-expired", bikes.iri)


class TestAcceptance:
    """The offerer's look at an acceptance: the agreement must be the offer's, by the keys that signed."""

    @pytest.fixture
    def acceptance(self, ada: Party, bikes: Party, open_offer: Document) -> Document:
        ada.do(offers.accept, only(ada)["id"])
        return last(ada, "accept")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"id": "https://else.example/agreements/1"}, "foreign-origin"),
            ({"name": "another bike"}, "terms-changed"),
            ({"offer": "https://bikes.example/activities/0"}, "offer-mismatch"),
            ({"digestMultibase": "z" + "2" * 46}, "digest-mismatch"),
            ({"attributedTo": "https://bikes.example/actors/bikes"}, "attribution-mismatch"),
            ({"supersedes": "https://ada.example/agreements/0"}, "supersedes-mismatch"),
            ({"hidden": "fee"}, "unknown-member"),
            ({"parties": []}, "agreement-incomplete"),
            ({"salt": ""}, "agreement-incomplete"),
        ],
    )
    def test_altered(
        self,
        ada: Party,
        bikes: Party,
        acceptance: Document,
        change: Document,
        code: str,
    ) -> None:
        assert code_of(bikes, resign(ada, acceptance, result=acceptance["result"] | change), ada) == code

    def test_all_of_it_is_of_its_authors_server(self, ada: Party, bikes: Party, acceptance: Document) -> None:
        elsewhere = "https://else.example/agreements/1"
        result = acceptance["result"] | {"id": elsewhere}
        for name in ("stipulates", "stipulatesReciprocal"):
            result[name] = result[name] | {"id": f"{elsewhere}#{name}"}
        assert code_of(bikes, resign(ada, acceptance, result=result), ada) == "wrong-origin"

    def test_what_it_lacks_is_said_all_at_once(self, ada: Party, bikes: Party, acceptance: Document) -> None:
        result = {name: value for name, value in acceptance["result"].items() if name != "salt"}
        for name in ("stipulates", "stipulatesReciprocal"):
            result[name] = {member: value for member, value in result[name].items() if member != "id"}
        with pytest.raises(Remote) as refused:
            bikes.receive(resign(ada, acceptance, result=result), ada)
        assert (refused.value.code, refused.value.detail) == (
            "agreement-incomplete",
            (
                "Of the acceptance: its result lacks salt; its stipulates lacks id; "
                "its stipulatesReciprocal lacks id."
            ),
        )

    def test_what_it_changed_is_named(self, ada: Party, bikes: Party, acceptance: Document) -> None:
        with pytest.raises(Remote) as refused:
            bikes.receive(resign(ada, acceptance, result=acceptance["result"] | {"name": "another"}), ada)
        assert refused.value.detail.endswith("(name).")

    def test_swapped_keys(self, ada: Party, bikes: Party, acceptance: Document) -> None:
        parties = [dict(party) for party in acceptance["result"]["parties"]]
        parties[0]["publicKeyMultibase"] = ed25519_from_seed(bytes(32)).public.multibase
        result = acceptance["result"] | {"parties": parties}
        assert code_of(bikes, resign(ada, acceptance, result=result), ada) == "parties-mismatch"

    def test_an_accept_of_other_bytes(self, ada: Party, bikes: Party, acceptance: Document) -> None:
        raw = resign(ada, acceptance, digestMultibase="z" + "2" * 46)
        assert code_of(bikes, raw, ada) == "digest-mismatch"

    def test_countersignature_with_another_key(self, ada: Party, bikes: Party, acceptance: Document) -> None:
        settle(ada, bikes)
        assert only(ada)["state"] == "concluded"


def test_intentions_of_others(ada: Party, bikes: Party, wheels: Party, clock: Clock) -> None:
    cast(ada, bikes)
    told = last(ada, "intention.told")
    proposal = told["object"]

    def again(sender: Party, object: Document, **members: Any) -> bytes:
        return canonicalise(
            told
            | {"id": f"{sender.origin}/activities/{len(str(members))}", "actor": sender.iri, "object": object}
            | members
        )

    assert code_of(bikes, again(ada, proposal), ada) == "stale-version"
    assert code_of(bikes, again(wheels, proposal), wheels) == "wrong-author"
    assert code_of(bikes, again(ada, proposal | {"purpose": "offer"}), ada) == "unsupported-purpose"
    late = proposal | {"updated": "2026-05-05T00:00:00Z", "endTime": "2026-05-01T00:00:00Z"}
    assert code_of(bikes, again(ada, late), ada) == "intention-closed"
    unknown = proposal | {"id": f"{ada.origin}/intentions/int_2"}
    assert code_of(bikes, again(ada, unknown, type="Update"), ada) == "unknown-intention"
    clock.pass_time(minutes=1)
    ada.do(casting.amend, ada.do(showing.list)["items"][0]["id"], {"name": "A city bike"})
    settle(ada, bikes)
    assert bikes.do(showing.list)["items"][0]["name"] == "A city bike"


def test_withdrawn_intention_takes_no_offers(ada: Party, bikes: Party) -> None:
    id = cast(ada, bikes)
    offer(bikes, ada)
    ada.do(ending.withdraw, id)
    late = last(bikes, "offer")
    settle(ada, bikes)
    assert bikes.do(showing.list)["items"][0]["state"] == "withdrawn"
    assert only(bikes)["state"] == "rejected"
    fresh = {"id": f"{bikes.origin}/activities/2", "context": f"{bikes.origin}/negotiations/2"}
    assert code_of(ada, resign(bikes, late, **fresh), bikes) == "intention-closed"


def test_deleting_what_nobody_knew_is_acknowledged(ada: Party, bikes: Party) -> None:
    delete = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{bikes.origin}/activities/d",
        "type": "Delete",
        "actor": bikes.iri,
        "to": [ada.iri],
        "object": f"{bikes.origin}/intentions/int_x",
    }
    assert ada.receive(canonicalise(delete), bikes) == 202


def test_deleting_what_is_ours_is_forbidden(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    delete = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{bikes.origin}/activities/d",
        "type": "Delete",
        "actor": bikes.iri,
        "to": [ada.iri],
        "object": ada.do(showing.list)["items"][0]["iri"],
    }
    assert code_of(ada, canonicalise(delete), bikes) == "not-yours"


def test_messages_from_elsewhere(ada: Party, bikes: Party, wheels: Party, open_offer: Document) -> None:
    bikes.do(messages.write, only(bikes)["id"], "hello")
    told = last(bikes, "message")
    raw = canonicalise(told | {"id": f"{wheels.origin}/activities/m", "actor": wheels.iri})
    assert code_of(ada, raw, wheels) == "not-your-negotiation"

    def note(**members: Any) -> bytes:
        object = {member: value for member, value in (told["object"] | members).items() if value is not None}
        rest = {member: value for member, value in told.items() if member != "context"}
        return canonicalise(
            rest | {"id": f"{bikes.origin}/activities/n{len(str(members))}", "object": object}
        )

    assert code_of(ada, note(context=None), bikes) == "missing-context"
    assert code_of(ada, note(context=f"{bikes.origin}/negotiations/none"), bikes) == "unknown-negotiation"
    assert code_of(ada, note(attributedTo=ada.iri), bikes) == "wrong-author"
    assert code_of(ada, note(attributedTo=[bikes.iri, ada.iri]), bikes) == "single-value-expected"
    assert code_of(ada, note(id=f"{wheels.origin}/notes/1"), bikes) == "wrong-origin"
    assert code_of(ada, note(content=""), bikes) == "missing-member"
    assert code_of(ada, note(context=""), bikes) == "missing-context"
    settle(bikes, ada)
    assert code_of(ada, note(name="again"), bikes) == "message-exists"
    ada.limits = replace(LIMITS, messages_per_offer=1)
    assert code_of(ada, note(id=f"{bikes.origin}/activities/m2#note"), bikes) == "too-many-messages"


# What is only spelled otherwise.
WRAPPED: dict[str, Callable[[str], Any]] = {
    "a list of one": lambda address: [address],
    "an object with an id": lambda address: {"id": address},
    "both": lambda address: [{"id": address}],
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_a_message_names_its_negotiation_however_that_is_wrapped(
    ada: Party, bikes: Party, open_offer: Document, wrap: Callable[[str], Any]
) -> None:
    bikes.do(messages.write, only(bikes)["id"], "hello")
    told = last(bikes, "message")
    note = {**told["object"], "context": wrap(told["object"]["context"])}
    ada.receive(canonicalise(told | {"object": note}), bikes)
    assert [item["content"] for item in ada.do(messages.list, only(ada)["id"])["items"]] == ["hello"]


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_a_confirmation_names_its_agreement_however_that_is_wrapped(
    ada: Party, bikes: Party, open_offer: Document, wrap: Callable[[str], Any]
) -> None:
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    bikes.do(agreements.confirm, only(bikes)["agreement"])
    told = last(bikes, "agreement.confirmed")
    document = {**told["object"], "context": wrap(told["object"]["context"])}
    ada.receive(resign(bikes, told, object=document), bikes)
    assert ada.do(agreements.list)["items"][0]["peer_confirmed_at"] is not None


def test_confirmations_from_elsewhere(ada: Party, bikes: Party, wheels: Party, open_offer: Document) -> None:
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    bikes.do(agreements.confirm, only(bikes)["agreement"])
    told = last(bikes, "agreement.confirmed")
    other = told | {"id": f"{wheels.origin}/activities/c", "actor": wheels.iri}
    assert code_of(ada, resign(wheels, other), wheels) == "not-your-agreement"
    nameless = {member: value for member, value in told["object"].items() if member != "context"}
    assert code_of(ada, resign(bikes, told, object=nameless), bikes) == "missing-context"
    unknown = told["object"] | {"context": f"{ada.origin}/agreements/agr_none"}
    assert code_of(ada, resign(bikes, told, object=unknown), bikes) == "unknown-agreement"


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_what_is_answered_is_named_however_that_is_wrapped(
    ada: Party, bikes: Party, open_offer: Document, wrap: Callable[[str], Any]
) -> None:
    ada.do(offers.reject, only(ada)["id"])
    said = last(ada, "reject")
    bikes.receive(resign(ada, said, object=wrap(said["object"])), ada)
    assert only(bikes)["state"] == "rejected"


def test_kinds_are_told_by_shape() -> None:
    assert inbox.kind({"type": "Create", "object": {"type": "Note"}}) == "Create/Note"
    assert inbox.kind({"type": "Accept", "object": "https://x.example/1"}) == "Accept/"
    assert inbox.kind({"type": "Accept", "object": [{"id": "https://x.example/1"}]}) == "Accept/"
    with pytest.raises(Remote, match="wrong-shape"):
        inbox.kind({"type": {"a": 1}, "object": ""})


def test_followers(ada: Party, bikes: Party) -> None:
    bikes.do(peers.follow, ada.owner.actor)
    settle(bikes, ada)
    assert ada.do(peers.show, bikes.iri)["follower"] == "requested"
    ada.do(peers.approve, bikes.iri)
    settle(ada, bikes)
    assert bikes.do(peers.show, ada.iri)["following"] == "accepted"
    ada.do(casting.cast, wish() | {"audience": ["followers"]})
    settle(ada, bikes)
    assert bikes.do(showing.list)["items"][0]["name"] == "A trekking bike"
    bikes.do(peers.unfollow, ada.iri)
    settle(bikes, ada)
    assert ada.do(peers.show, bikes.iri)["follower"] is None


def test_who_has_only_asked_to_follow_is_not_told_what_followers_are(ada: Party, bikes: Party) -> None:
    bikes.do(peers.follow, ada.owner.actor)
    settle(bikes, ada)
    ada.do(casting.cast, wish() | {"audience": ["followers"]})
    # By the inbox that they share with somebody whom she has let in.
    told = canonicalise(last(ada, "intention.told"))
    assert code_of(bikes, told, ada) == "not-addressed"
    assert bikes.do(showing.list)["items"] == []


def follow_of(follower: Party, followed: Party, name: str) -> Document:
    """Write a request to follow under an address of the test's own."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{follower.origin}/activities/{name}",
        "type": "Follow",
        "actor": follower.iri,
        "object": followed.iri,
    }


def test_a_request_made_again_is_answered_by_its_last_name(ada: Party, bikes: Party) -> None:
    for name in ("first", "second", "second"):
        ada.receive(canonicalise(follow_of(bikes, ada, name)), bikes)
    ada.do(peers.approve, bikes.iri)
    assert last(ada, "follow")["object"]["id"] == f"{bikes.origin}/activities/second"
    # Whoever has been let in already, and asks again, is answered at once.
    ada.receive(canonicalise(follow_of(bikes, ada, "third")), bikes)
    assert last(ada, "follow")["object"]["id"] == f"{bikes.origin}/activities/third"
    check_journal(ada)


def about_follow(sender: Party, type: str, follow: Document, name: str = "about") -> bytes:
    return canonicalise(follow | {"id": f"{sender.origin}/activities/{name}", "type": type, "object": follow})


@pytest.mark.parametrize("type", ["Accept", "Reject"])
def test_the_answer_to_a_request_that_was_never_made(ada: Party, bikes: Party, type: str) -> None:
    answer = about_follow(bikes, type, follow_of(ada, bikes, "never"))
    document = strictjson.parse(answer) | {"actor": bikes.iri}
    assert code_of(ada, canonicalise(document), bikes) == "unknown-follow"


def test_who_forgot_the_name_of_a_follow_can_end_it(ada: Party, bikes: Party, wheels: Party) -> None:
    ada.receive(canonicalise(follow_of(bikes, ada, "first")), bikes)
    forgotten = follow_of(bikes, ada, "forgotten")
    theft = strictjson.parse(about_follow(wheels, "Undo", forgotten)) | {"actor": wheels.iri}
    assert code_of(ada, canonicalise(theft), wheels) == "not-yours"
    elsewhere = about_follow(bikes, "Undo", forgotten | {"object": wheels.iri}, "elsewhere")
    assert ada.receive(elsewhere, bikes) == 202
    assert ada.do(peers.show, bikes.iri)["follower"] == "requested"
    assert ada.receive(about_follow(bikes, "Undo", forgotten), bikes) == 202
    assert ada.do(peers.show, bikes.iri)["follower"] is None
    assert (
        ada.receive(about_follow(bikes, "Undo", forgotten, "again"), bikes) == 202
    )  # nothing is left to end
    check_journal(ada)


def test_a_business_is_followed_at_once(ada: Party, bikes: Party) -> None:
    ada.do(peers.follow, bikes.owner.actor)
    settle(ada, bikes)
    assert ada.do(peers.show, bikes.iri)["following"] == "accepted"
    with pytest.raises(Remote, match="already-following"):
        ada.do(peers.follow, bikes.owner.actor)


def test_price_must_fit_the_intention(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    known = bikes.do(showing.list)["items"][0]["id"]
    with pytest.raises(Remote, match="currency-mismatch"):
        bikes.do(offers.make, known, {"price": [PRICE[0] | {"currency": "CHF"}]})
    with pytest.raises(Remote, match="own-intention"):
        ada.do(offers.make, ada.do(showing.list)["items"][0]["id"], {"price": PRICE})


def test_update_of_an_actor_is_acknowledged(ada: Party, bikes: Party) -> None:
    update = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{bikes.origin}/activities/up",
        "type": "Update",
        "actor": bikes.iri,
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "object": {"id": bikes.iri, "type": "Organization"},
    }
    assert ada.receive(canonicalise(update), bikes) == 202
