"""What an owner does besides negotiating: profile, keys, peers, deliveries, the journal."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from node.randomness import new_key
from node.services import describing
from node.services.intentions import casting, ending, showing
from node.services.ledger import journals
from node.services.negotiations import agreements, messages, offers
from node.services.outbox import deliveries
from node.services.people import actors, peers, profiles
from node.services.people.profiles import Format
from node.storage import intentions as storage
from node.storage.deliveries import DeliveryState
from protocol.actors import ActorKind, read_actor
from protocol.canonical import canonicalise
from protocol.errors import Conflict, Forbidden, Malformed, NotFound, Remote, Unprocessable
from protocol.evidence import verify_evidence
from protocol.times import render_time
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.services.parties import Clock, Party, check_journal, generate, settle
from tests.services.test_agreements import MONTHLY, agreement, conclude
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import LOWER, cast, offer, only, wish

VCARD = b"""BEGIN:VCARD
VERSION:3.0
N:Lovelace;Ada;;;
FN:Ada Lovelace
EMAIL:ada@ada.example
TEL:+49 761 123456
ADR:;;Marktplatz 1;Freiburg;;79098;DE
END:VCARD
"""


def set_profile(party: Party, members: dict[str, Any]) -> dict[str, Any]:
    return dict(party.do(profiles.set, profiles.prepare(party.acting, members)))


def import_vcard(party: Party, content: bytes) -> dict[str, Any]:
    known = party.do(profiles.show)
    return dict(party.do(profiles.set, profiles.prepare_vcard(party.acting, known, content), known=known))


def rotate(party: Party, *, revoke: bool = False) -> None:
    party.do(actors.rotate, actors.make_keys(new_key), revoke=revoke)
    party.forget_owner()


def counter_a_change(ada: Party, bikes: Party) -> str:
    """Have the business propose a change, and the customer counter that; return its id at the business."""
    conclude(ada, bikes)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "29.90"}]})
    settle(ada, bikes)
    (change,) = [item for item in ada.do(offers.list)["items"] if item["amends"]]
    ada.do(offers.counter, change["id"], {"price": [MONTHLY[0] | {"amount": "26.90"}]}, on_met="ask")
    settle(ada, bikes)
    (asked,) = [item for item in bikes.do(offers.list)["items"] if item["state"] == "countered"]
    return str(asked["id"])


def offered(party: Party) -> str:
    """Return the id of the one negotiation in which an offer stands."""
    (found,) = [item for item in party.do(offers.list)["items"] if item["state"] == "offered"]
    return str(found["id"])


@pytest.mark.parametrize("met", ["before", "after"])
@pytest.mark.parametrize("whose", ["ada", "bikes"])
def test_a_change_that_was_talked_about_is_signed_with_keys_changed_meanwhile(
    ada: Party, bikes: Party, whose: str, met: str
) -> None:
    asked = counter_a_change(ada, bikes)
    owner = ada if whose == "ada" else bikes
    if met == "after":
        rotate(owner)
        settle(ada, bikes)
    bikes.countersigns = False
    bikes.do(offers.reoffer, asked, {"meet": True})
    settle(ada, bikes)
    if met == "before" and whose == "ada":
        rotate(ada)
    ada.do(offers.accept, offered(ada))
    settle(ada, bikes)
    first = agreement(ada, state="concluded")["iri"]
    bodies = [
        party.do(agreements.evidence, agreement(party, state="accepted")["id"]) for party in (ada, bikes)
    ]
    assert bodies[0] == bodies[1]
    assert verify_evidence(bodies[0]).supersedes == first
    bikes.do(agreements.countersign, agreement(bikes, state="accepted")["id"])
    settle(ada, bikes)
    for party in (ada, bikes):
        changed = agreement(party, state="concluded")
        assert changed["total"] == "645.60"
        assert verify_evidence(party.do(agreements.evidence, changed["id"])).supersedes == first
        check_journal(party)


def test_keys_changed_while_others_do_not_say_what_is_changed_are_named_as_what_is_in_the_way(
    ada: Party, bikes: Party
) -> None:
    asked = counter_a_change(ada, bikes)
    bikes.do(offers.reoffer, asked, {"meet": True})
    said = last(bikes, "reoffer")
    assert ada.receive(resign(bikes, said, id=f"{bikes.origin}/activities/1", supersedes=None), bikes) == 202
    rotate(ada)
    with pytest.raises(Unprocessable, match=r"after a change of keys\. Decline it, and have"):
        ada.do(offers.accept, offered(ada))


def test_a_round_of_a_change_replaces_nothing_else(ada: Party, bikes: Party) -> None:
    asked = counter_a_change(ada, bikes)
    bikes.do(offers.reoffer, asked, {"meet": True})
    other = f"{ada.origin}/agreements/agr_1"
    changed = resign(bikes, last(bikes, "reoffer"), supersedes=other)
    assert code_of(ada, changed, bikes) == "supersedes-mismatch"
    fresh = {"id": f"{bikes.origin}/activities/1", "context": f"{bikes.origin}/negotiations/1"}
    opening = resign(bikes, last(bikes, "offer"), **fresh, supersedes=other)
    assert code_of(ada, opening, bikes) == "supersedes-mismatch"


class TestProfile:
    def test_begins_with_the_name(self, ada: Party) -> None:
        assert ada.do(profiles.show)["name"] == "Ada"

    def test_set_and_export(self, ada: Party) -> None:
        set_profile(ada, {"name": "Ada Lovelace", "email": "ada@ada.example"})
        assert ada.do(profiles.show)["@type"] == "Person"
        assert '"email": "ada@ada.example"' in ada.do(profiles.export, Format.JSON_LD)
        for format in (Format.TURTLE, Format.N_TRIPLES):
            assert "ada@ada.example" in ada.do(profiles.export, format)
        check_journal(ada)

    def test_vcard(self, ada: Party) -> None:
        document = import_vcard(ada, VCARD)
        assert (document["givenName"], document["familyName"]) == ("Ada", "Lovelace")
        assert document["address"]["postalCode"] == "79098"
        assert document["address"]["@type"] == "PostalAddress"

    def test_a_vcard_without_an_address_keeps_the_known_one(self, ada: Party) -> None:
        import_vcard(ada, VCARD)
        document = import_vcard(ada, b"BEGIN:VCARD\nVERSION:3.0\nN:L;A;;;\nFN:A. L.\nEND:VCARD\n")
        assert (document["name"], document["address"]["postalCode"]) == ("A. L.", "79098")
        assert document["address"]["@type"] == "PostalAddress"
        set_profile(ada, {"name": "Ada", "memberOf": [{"type": "Organization", "name": "Choir"}]})
        assert import_vcard(ada, VCARD)["memberOf"] == [{"@type": "Organization", "name": "Choir"}]

    def test_what_was_changed_meanwhile_is_not_lost(self, ada: Party) -> None:
        known = ada.do(profiles.show)
        prepared = profiles.prepare_vcard(ada.acting, known, VCARD)
        changed = set_profile(ada, {"name": "Ada L."})
        with pytest.raises(Conflict, match="profile-changed"):
            ada.do(profiles.set, prepared, known=known)
        assert ada.do(profiles.show) == changed

    def test_what_is_shown_can_be_set_again(self, ada: Party) -> None:
        set_profile(ada, {"name": "Ada", "address": {"type": "PostalAddress", "postalCode": "1010"}})
        shown = ada.do(profiles.show)
        assert set_profile(ada, shown) == shown

    @pytest.mark.parametrize(
        "content",
        [b"", b"hello", b"BEGIN:VCARD\nEND:VCALENDAR", b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR"],
    )
    def test_no_vcard(self, ada: Party, content: bytes) -> None:
        with pytest.raises(Malformed, match="vcard-invalid"):
            import_vcard(ada, content)

    @pytest.mark.parametrize(
        "members",
        [
            {"name": "Ada", "@context": "https://else.example/context"},
            {"name": "Ada", "address": {"@id": "file:///etc/passwd"}},
            {"email": "no address"},
            {"name": ["one", "two"]},
            pytest.param({"name": "Ada", "type": "Thing", "email": 7}, id="RD-07-a-type-without-a-shape"),
            pytest.param({"name": "Ada", "knows": {"type": 7}}, id="RD-07-a-type-that-is-a-number"),
            pytest.param({"name": "Ada", "knows": {"type": ["Person", "X> ."]}}, id="RD-07-a-type"),
            pytest.param({"name": "Ada", 'x"': "y"}, id="RD-07-a-quote"),
            pytest.param({"name": "Ada", "https://else.example/name": "y"}, id="RD-07-an-address"),
            pytest.param({"name": "Ada", "": "y"}, id="RD-07-nothing"),
        ],
    )
    def test_bad_profiles_change_nothing(self, ada: Party, members: dict[str, Any]) -> None:
        before = ada.do(profiles.show)
        with pytest.raises(Unprocessable, match="profile-invalid"):
            set_profile(ada, members)
        assert ada.do(profiles.show) == before

    def test_friends_are_called_as_the_owner_calls_them(self, ada: Party) -> None:
        friend = {"type": "Person", "name": ["Bob", "Rob"], "telephone": "ask him", "address": "Bern"}
        assert set_profile(ada, {"name": "Ada", "knows": friend})["knows"]["telephone"] == "ask him"
        about_the_owner = {"@id": ada.iri, "email": "nowhere"}
        with pytest.raises(Unprocessable, match="An e-mail address is of the form"):
            set_profile(ada, {"name": "Ada", "knows": about_the_owner})

    def test_nothing_of_it_is_sent(self, ada: Party, bikes: Party) -> None:
        import_vcard(ada, VCARD)
        conclude(ada, bikes)
        seen = b"".join(bytes(row[0]) for row in bikes.db.conn.execute("SELECT bytes FROM payloads"))
        assert b"Marktplatz" not in seen


class TestKeys:
    def test_an_actor_shows_its_keys(self, ada: Party) -> None:
        document = describing.document(ada.owner)
        read = read_actor(document, iri=ada.iri)
        assert {key.id: key for key in read.keys} == {key.id: key for key in ada.owner.actor.keys}
        assert (read.inbox, read.shared_inbox) == (ada.owner.actor.inbox, f"{ada.origin}/inbox")
        assert [key["state"] for key in ada.do(actors.list_keys)["items"]] == ["in use", "in use"]

    def test_the_server_actor_is_nobodys_desk(self, ada: Party) -> None:
        server = actors.load_server(ada.db, now=ada.clock.now)
        assert server.actor.kind is ActorKind.APPLICATION
        assert server.iri == "https://ada.example/actor"
        assert list(actors.load_owners(ada.db, now=ada.clock.now)) == ["ada"]

    def test_ensuring_twice_changes_nothing(self, ada: Party) -> None:
        newcomer = actors.Newcomer(handle="ada", name="Ada", kind=ActorKind.PERSON)
        ada.write(
            lambda db: actors.ensure(db, newcomer, origin=ada.origin, now=ada.clock.now, generate=generate)
        )
        assert len(ada.do(actors.list_keys)["items"]) == 2

    def test_a_key_on_its_way_out_concludes_what_it_began(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        before = bikes.owner.ed25519
        rotate(bikes)
        proving = [key for key in bikes.owner.actor.keys if "assertionMethod" in key.purposes]
        assert [key.id for key in proving] == [f"{bikes.iri}#{key.key.multibase}" for key in proving]
        assert [key.key for key in proving] == [before.key.public, bikes.owner.ed25519.key.public]
        # The one on its way out is published with its end, so that whoever keeps the document knows it.
        published = describing.document(bikes.owner)["assertionMethod"]
        ends = [key.get("expires") for key in published]
        assert ends == [render_time(clock.now + timedelta(days=7)), None]
        assert set(read_actor(describing.document(bikes.owner), iri=bikes.iri).keys) == set(
            bikes.owner.actor.keys
        )
        ada.do(offers.accept, only(ada)["id"])
        settle(ada, bikes)
        assert only(ada)["state"] == "concluded"
        clock.pass_time(days=8)
        bikes.forget_owner()
        assert bikes.owner.older == ()
        states = [key["state"] for key in bikes.do(actors.list_keys)["items"]]
        assert sorted(states) == ["in use", "in use", "retired", "retired"]

    def test_a_revoked_key_signs_nothing_more(self, ada: Party, bikes: Party) -> None:
        bikes.countersigns = False
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        settle(ada, bikes)
        rotate(bikes, revoke=True)
        with pytest.raises(Conflict, match="key-retired"):
            bikes.do(agreements.countersign, only(bikes)["agreement"])

    def test_what_is_revoked_takes_the_keys_on_their_way_out_along(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        bikes.countersigns = False
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        settle(ada, bikes)
        rotate(bikes)
        (leaving,) = bikes.owner.older
        clock.pass_time(days=1)
        rotate(bikes, revoke=True)
        assert bikes.owner.older == ()
        assert leaving.id not in {key.id for key in bikes.owner.actor.keys}
        with pytest.raises(Conflict, match="key-retired"):
            bikes.acting.signing_key(leaving.id)
        with pytest.raises(Conflict, match="key-retired"):
            bikes.do(agreements.countersign, only(bikes)["agreement"])
        states = [key["state"] for key in bikes.do(actors.list_keys)["items"]]
        assert sorted(states) == ["in use"] * 2 + ["retired"] * 4

    def test_a_second_rotation_gives_no_leaving_key_more_time(self, bikes: Party, clock: Clock) -> None:
        rotate(bikes)
        (leaving,) = bikes.owner.older
        clock.pass_time(days=4)
        rotate(bikes)
        assert len(bikes.owner.older) == 2
        clock.pass_time(days=4)
        bikes.forget_owner()
        assert leaving.id not in {key.id for key in bikes.owner.older}

    def test_a_handle_that_begins_like_the_path(self, tmp_path: Path, clock: Clock) -> None:
        party = Party("actor1", tmp_path, clock)
        assert party.owner.actor.shared_inbox == "https://actor1.example/inbox"
        server = actors.load_server(party.db, now=clock.now)
        assert server.actor.shared_inbox == "https://actor1.example/inbox"

    def test_evidence_after_a_rotation_between_rounds(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        rotate(bikes)
        bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
        settle(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        settle(ada, bikes)
        assert verify_evidence(ada.do(agreements.evidence, only(ada)["agreement"])).state == "concluded"

    def test_without_a_server_actor_there_is_no_node(self, ada: Party) -> None:
        ada.db.conn.execute("DELETE FROM keys WHERE actor = 'https://ada.example/actor'")
        ada.db.conn.execute("DELETE FROM actors WHERE kind = 'Application'")
        with pytest.raises(NotFound, match="no-server-actor"):
            actors.load_server(ada.db, now=ada.clock.now)
        ada.db.conn.execute("DELETE FROM keys WHERE algorithm = 'rsa'")
        with pytest.raises(NotFound, match="no-key"):
            actors.load_owners(ada.db, now=ada.clock.now)


class TestPeers:
    def test_who_was_dealt_with_is_listed(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        (peer,) = ada.do(peers.list)["items"]
        assert (peer["name"], peer["kind"], peer["open_offers"]) == ("Bikes", "Organization", 1)

    def test_blocking_stops_what_waits(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(messages.write, only(ada)["id"], "hello")
        ada.do(peers.block, bikes.iri)
        assert ada.queued() == []
        assert ada.do(peers.show, bikes.iri)["blocked"]
        ada.do(peers.unblock, bikes.iri)
        with pytest.raises(Conflict, match="not-blocked"):
            ada.do(peers.unblock, bikes.iri)
        check_journal(ada)

    def test_blocking_ends_a_follow(self, ada: Party, bikes: Party) -> None:
        bikes.do(peers.follow, ada.owner.actor)
        settle(bikes, ada)
        ada.do(peers.approve, bikes.iri)
        ada.do(peers.block, bikes.iri)
        assert ada.do(peers.show, bikes.iri)["follower"] is None

    def test_a_follower_is_refused_or_let_go_and_may_ask_again(self, ada: Party, bikes: Party) -> None:
        for approved in (False, True):
            bikes.do(peers.follow, ada.owner.actor)
            settle(bikes, ada)
            if approved:
                ada.do(peers.approve, bikes.iri)
            assert ada.do(peers.dismiss, bikes.iri)["follower"] is None
            settle(ada, bikes)
            assert bikes.do(peers.show, ada.iri)["following"] is None
        with pytest.raises(NotFound, match="unknown-follow"):
            ada.do(peers.dismiss, bikes.iri)
        check_journal(ada)
        check_journal(bikes)

    def test_strangers(self, ada: Party, bikes: Party) -> None:
        for service in (peers.show, peers.approve, peers.dismiss, peers.unfollow):
            with pytest.raises(NotFound):
                ada.do(service, bikes.iri)

    def test_a_follow_can_be_rejected_and_repeated(self, ada: Party, bikes: Party) -> None:
        for answer, state in (("Reject", None), ("Accept", "accepted")):
            bikes.do(peers.follow, ada.owner.actor)
            (asked,) = bikes.queued()
            settle(bikes, ada)
            answered = {
                "@context": "https://www.w3.org/ns/activitystreams",
                "id": f"{ada.origin}/activities/{answer}",
                "type": answer,
                "actor": ada.iri,
                "to": [bikes.iri],
                "object": asked.activity,
            }
            assert bikes.receive(canonicalise(answered), ada) == 202
            assert bikes.do(peers.show, ada.iri)["following"] == state
        check_journal(bikes)

    def test_what_is_cast_to_named_and_followers_reaches_each_once(
        self, ada: Party, bikes: Party, wheels: Party
    ) -> None:
        for business in (bikes, wheels):
            business.do(peers.follow, ada.owner.actor)
            settle(business, ada, bikes, wheels)
            ada.do(peers.approve, business.iri)
        settle(ada, bikes, wheels)
        ada.do(casting.cast, wish() | {"audience": [bikes.iri, "followers", "public"]})
        settle(ada, bikes, wheels)
        assert [len(party.do(showing.list)["items"]) for party in (bikes, wheels)] == [1, 1]
        ada.do(ending.withdraw, ada.do(showing.list)["items"][0]["id"])
        settle(ada, bikes, wheels)
        assert bikes.do(showing.list)["items"][0]["state"] == "withdrawn"


class TestIntentions:
    def test_what_is_not_ours_cannot_be_changed(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        known = bikes.do(showing.list)["items"][0]["id"]
        for service, arguments in ((ending.withdraw, []), (casting.amend, [{"name": "x"}])):
            with pytest.raises(Forbidden, match="not-yours"):
                bikes.do(service, known, *arguments)

    def test_closed_is_closed(self, ada: Party, bikes: Party) -> None:
        id = cast(ada, bikes)
        ada.do(ending.withdraw, id)
        for service, arguments in ((ending.withdraw, []), (casting.amend, [{"name": "x"}])):
            with pytest.raises(Conflict, match="intention-closed"):
                ada.do(service, id, *arguments)
        settle(ada, bikes)
        known = bikes.do(showing.list)["items"][0]["id"]
        with pytest.raises(Conflict, match="intention-closed"):
            bikes.do(offers.make, known, {"price": LOWER})

    def test_the_audience_is_fixed(self, ada: Party, bikes: Party) -> None:
        with pytest.raises(Unprocessable, match="audience-fixed"):
            ada.do(casting.amend, cast(ada, bikes), {"audience": ["public"]})

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"id": "int_short"}, "malformed-preview"),
            ({"id": 7}, "malformed-preview"),
            ({"published": "2026-05-04T09:00:00Z"}, "preview-old"),
            ({"published": "2026-05-04T13:00:00Z"}, "preview-old"),
        ],
    )
    def test_previews_are_not_taken_on_trust(
        self, ada: Party, bikes: Party, change: dict[str, Any], code: str
    ) -> None:
        shown = ada.do(casting.preview, wish(bikes))
        given = {"id": shown["id"], "published": shown["published"]} | change
        with pytest.raises(Remote) as refused:
            ada.do(casting.cast, wish(bikes) | {"preview": given})
        assert refused.value.code == code

    def test_nothing_is_previewed_that_cannot_be_cast(self, ada: Party, bikes: Party) -> None:
        for do in (casting.preview, casting.cast):
            with pytest.raises(Unprocessable, match="zero-quantity"):
                ada.do(do, wish(bikes) | {"quantity": "0"})

    def test_a_preview_is_cast_once(self, ada: Party, bikes: Party) -> None:
        shown = ada.do(casting.preview, wish(bikes))
        given = wish(bikes) | {"preview": {"id": shown["id"], "published": shown["published"]}}
        ada.do(casting.cast, given)
        with pytest.raises(Conflict, match="preview-used"):
            ada.do(casting.cast, given)

    def test_unknown_ids(self, ada: Party) -> None:
        for service in (showing.show, offers.show):
            with pytest.raises(NotFound):
                ada.do(service, "of_nothing")

    def test_who_is_blocked_hears_nothing_more(self, ada: Party, bikes: Party, wheels: Party) -> None:
        id = cast(ada, bikes, wheels)
        wheels.do(peers.follow, ada.owner.actor)
        settle(wheels, ada)
        ada.do(peers.block, wheels.iri)
        ada.do(casting.amend, id, {"name": "A bike"})
        ada.do(ending.withdraw, id)
        ada.follow()
        ada.do(casting.cast, wish(bikes, wheels))
        waiting = ada.do(deliveries.list, state="queued")["items"]
        assert [item["recipient"] for item in waiting] == [bikes.iri] * 3
        assert wheels.iri not in ada.do(casting.preview, wish(bikes, wheels))["reaches"]

    def test_what_a_withdrawn_intention_left_standing_cannot_be_accepted(
        self, ada: Party, bikes: Party
    ) -> None:
        id = cast(ada, bikes)
        offer(bikes, ada)
        ada.do(peers.block, bikes.iri)
        ada.do(ending.withdraw, id)  # the blocked hear nothing, so their offer stands
        ada.do(peers.unblock, bikes.iri)
        with pytest.raises(Conflict, match="intention-closed"):
            ada.do(offers.accept, only(ada)["id"])
        assert only(ada)["state"] == "offered"

    def test_to_the_blocked_alone_nothing_is_cast(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        ada.do(peers.block, bikes.iri)
        for service in (casting.preview, casting.cast):
            with pytest.raises(Conflict, match="peer-blocked"):
                ada.do(service, wish(bikes))
        shown = ada.do(casting.preview, wish(bikes) | {"audience": [bikes.iri, "public"]})
        assert (shown["copies"], shown["reaches"]) == (1, [])

    @pytest.mark.parametrize("updated", [{}, {"updated": "2026-05-04T12:00:01Z"}])
    def test_an_update_that_has_ended_takes_it_back(
        self, ada: Party, bikes: Party, clock: Clock, updated: dict[str, str]
    ) -> None:
        cast(ada, bikes)
        clock.pass_time(minutes=1)
        ended = updated | {"endTime": "2026-05-04T12:00:30Z"}
        assert bikes.receive(changed(ada, bikes, ended), ada) == 202
        assert bikes.do(showing.list)["items"][0]["state"] == "withdrawn"
        check_journal(bikes)

    def test_an_old_end_is_overtaken(self, ada: Party, bikes: Party, clock: Clock) -> None:
        id = cast(ada, bikes)
        clock.pass_time(minutes=1)
        ada.do(casting.amend, id, {"name": "A bike"})
        settle(ada, bikes)
        older = {"updated": "2026-05-04T12:00:10Z", "endTime": "2026-05-04T12:00:30Z"}
        assert bikes.receive(changed(ada, bikes, older), ada) == 200
        assert bikes.do(showing.list)["items"][0]["state"] == "open"

    def test_nobody_ends_what_is_not_theirs(
        self, ada: Party, bikes: Party, wheels: Party, clock: Clock
    ) -> None:
        cast(ada, bikes)
        clock.pass_time(minutes=1)
        ended = changed(ada, bikes, {"endTime": "2026-05-04T12:00:30Z"}, by=wheels)
        with pytest.raises(Unprocessable, match="wrong-author"):
            bikes.receive(ended, wheels)
        with pytest.raises(Conflict, match="intention-closed"):
            bikes.receive(
                changed(
                    ada,
                    bikes,
                    {"endTime": "2026-05-04T12:00:30Z"},
                    type="Create",
                    updated="2026-05-04T12:00:40Z",
                ),
                ada,
            )
        assert bikes.do(showing.list)["items"][0]["state"] == "open"


def changed(
    customer: Party,
    business: Party,
    changes: dict[str, str],
    *,
    by: Party | None = None,
    type: str = "Update",
    **more: str,
) -> bytes:
    """Write a change of the one intention that a business knows."""
    (row,) = storage.list_intentions(business.db, business.iri).items
    sender = by or customer
    return canonicalise(
        {
            "@context": ACTIVITY_CONTEXT,
            "id": sender.acting.mint("activities", "act"),
            "type": type,
            "actor": sender.iri,
            "to": [business.iri],
            "object": row.document | changes | more,
        }
    )


class TestConfirmations:
    def test_each_side_confirms_once(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        ada.do(agreements.confirm, only(ada)["agreement"])
        settle(ada, bikes)
        (told,) = bikes.do(agreements.list)["items"]
        assert told["peer_confirmed_at"] is not None
        assert told["own_confirmed_at"] is None
        bikes.do(agreements.confirm, only(bikes)["agreement"])
        settle(bikes, ada)
        for party in (ada, bikes):
            with pytest.raises(Conflict, match="already-confirmed"):
                party.do(agreements.confirm, only(party)["agreement"])
            check_journal(party)
        (both,) = bikes.do(agreements.list)["items"]
        assert both["peer_confirmed_at"] == told["peer_confirmed_at"]
        assert both["own_confirmed_at"] is not None

    def test_what_a_confirmation_needs(self, ada: Party, bikes: Party, wheels: Party) -> None:
        bikes.countersigns = False
        conclude(ada, bikes)
        self.refused(bikes, confirmation(ada, bikes), ada, "not-in-force")
        bikes.do(agreements.countersign, only(bikes)["agreement"])
        settle(bikes, ada)
        self.refused(bikes, canonicalise(unsigned(ada, bikes)), ada, "proof-required")
        self.refused(bikes, confirmation(ada, bikes, by=wheels), wheels, "not-your-agreement")
        assert bikes.do(agreements.list)["items"][0]["peer_confirmed_at"] is None
        assert bikes.receive(confirmation(ada, bikes), ada) == 202
        self.refused(bikes, confirmation(ada, bikes), ada, "already-confirmed")
        check_journal(bikes)

    def refused(self, receiver: Party, raw: bytes, sender: Party, code: str) -> None:
        with pytest.raises(Remote) as refusal:
            receiver.receive(raw, sender)
        assert refusal.value.code == code


def unsigned(customer: Party, business: Party, *, by: Party | None = None) -> dict[str, Any]:
    sender = by or customer
    iri = sender.acting.mint("activities", "act")
    agreement = customer.do(agreements.list)["items"][0]["iri"]
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": iri,
        "type": "Create",
        "actor": sender.iri,
        "to": [business.iri],
        "object": {"id": f"{iri}#confirmation", "type": "Document", "context": agreement},
    }


def confirmation(customer: Party, business: Party, *, by: Party | None = None) -> bytes:
    return canonicalise((by or customer).acting.sign(unsigned(customer, business, by=by)))


class TestDeliveries:
    def test_what_is_on_its_way_is_shown(self, ada: Party, bikes: Party) -> None:
        ada.do(casting.cast, wish(bikes))
        shown = ada.do(deliveries.list)
        assert shown["counts"] == {"queued": 1}
        assert (shown["items"][0]["kind"], shown["items"][0]["state"]) == ("intention.told", "queued")
        settle(ada, bikes)
        assert ada.do(deliveries.list, state="delivered")["items"][0]["last_status"] == 202
        with pytest.raises(Unprocessable, match="unknown-state"):
            ada.do(deliveries.list, state="lost")

    def test_what_was_refused_can_be_sent_again(self, ada: Party, bikes: Party) -> None:
        ada.do(casting.cast, wish(bikes))
        (row,) = ada.queued()
        ada.write(
            lambda db: deliveries.refused(
                db, row, now=ada.clock.now, record=ada.residents.record, status=422, detail="x"
            )
        )
        assert ada.do(deliveries.retry, row.id)["state"] == "queued"
        settle(ada, bikes)
        with pytest.raises(Conflict, match="settled"):
            ada.do(deliveries.retry, row.id)

    @pytest.mark.parametrize("status", [None, 401, 408, 425, 429, 503])
    def test_giving_up_takes_nothing_back(self, ada: Party, bikes: Party, status: int | None) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        (row,) = ada.queued()
        ada.write(
            lambda db: deliveries.refused(
                db, row, now=ada.clock.now, record=ada.residents.record, status=status, detail="timeout"
            )
        )
        assert only(ada)["state"] == "accepted"

    def test_a_refused_first_offer_is_over(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        known = bikes.do(showing.list)["items"][0]["id"]
        bikes.do(offers.make, known, {"price": LOWER})
        (row,) = bikes.queued()
        state = DeliveryState.GONE
        bikes.write(
            lambda db: deliveries.refused(
                db,
                row,
                now=bikes.clock.now,
                record=bikes.residents.record,
                status=410,
                detail="x",
                state=state,
            )
        )
        assert only(bikes)["state"] == "refused"
        assert only(bikes)["delivery"] == {"state": "gone", "last_error": "x"}
        check_journal(bikes)
        with pytest.raises(Conflict, match="taken-back"):
            bikes.do(deliveries.retry, row.id)
        assert bikes.queued() == []

    def test_an_offer_that_waits_is_sent_before_what_takes_it_back(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        known = bikes.do(showing.list, own=False)["items"][0]["id"]
        made = bikes.do(offers.make, known, {"price": LOWER})
        bikes.do(offers.withdraw, made["id"])
        first = bikes.queued()[0]
        assert bikes.do(deliveries.retry, first.id)["state"] == "queued"


class TestJournal:
    def test_it_is_listed_in_order_by_page(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        first = ada.do(lambda db, acting: journals.list(db, acting.iri, limit=2))
        assert [entry["place"] for entry in first["items"]] == [1, 2]
        rest = ada.do(
            lambda db, acting: journals.list(db, acting.iri, after=int(first["next"].split(".")[1]))
        )
        assert [entry["kind"] for entry in rest["items"]][-3:] == [
            *("countersign", "acknowledge", "intention.told")
        ]
        assert rest["next"] is None
