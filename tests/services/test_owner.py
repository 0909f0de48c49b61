"""What an owner does besides negotiating: profile, keys, peers, deliveries, the journal."""

from typing import Any

import pytest

from node.services import (
    actors,
    agreements,
    deliveries,
    intentions,
    journals,
    messages,
    offers,
    peers,
    profiles,
)
from node.services.profiles import Format
from node.storage.deliveries import DeliveryState
from protocol.actors import ActorKind, read_actor
from protocol.errors import Conflict, Forbidden, Malformed, NotFound, Remote, Unprocessable
from tests.services.parties import Clock, Party, check_journal, generate, settle
from tests.services.test_agreements import conclude
from tests.services.test_negotiation import LOWER, cast, offer, only, wish

VCARD = """BEGIN:VCARD
VERSION:3.0
N:Lovelace;Ada;;;
FN:Ada Lovelace
EMAIL:ada@ada.example
TEL:+49 761 123456
ADR:;;Marktplatz 1;Freiburg;;79098;DE
END:VCARD
"""


class TestProfile:
    def test_begins_with_the_name(self, ada: Party) -> None:
        assert ada.do(profiles.show)["name"] == "Ada"

    def test_set_and_export(self, ada: Party) -> None:
        ada.do(profiles.set, {"name": "Ada Lovelace", "email": "ada@ada.example"})
        assert ada.do(profiles.show)["@type"] == "Person"
        assert '"email": "ada@ada.example"' in ada.do(profiles.export, Format.JSON_LD)
        for format in (Format.TURTLE, Format.N_TRIPLES):
            assert "ada@ada.example" in ada.do(profiles.export, format)
        check_journal(ada)

    def test_vcard(self, ada: Party) -> None:
        document = ada.do(profiles.import_vcard, VCARD)
        assert (document["givenName"], document["familyName"]) == ("Ada", "Lovelace")
        assert document["address"]["postalCode"] == "79098"
        assert document["address"]["@type"] == "PostalAddress"

    @pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCARD\nEND:VCALENDAR"])
    def test_no_vcard(self, ada: Party, text: str) -> None:
        with pytest.raises(Malformed, match="vcard-invalid"):
            ada.do(profiles.import_vcard, text)

    @pytest.mark.parametrize(
        "members",
        [
            {"name": "Ada", "@context": "https://else.example/context"},
            {"name": "Ada", "address": {"@id": "file:///etc/passwd"}},
            {"email": "no address"},
            {"name": ["one", "two"]},
        ],
    )
    def test_bad_profiles_change_nothing(self, ada: Party, members: dict[str, Any]) -> None:
        before = ada.do(profiles.show)
        with pytest.raises(Unprocessable, match="profile-invalid"):
            ada.do(profiles.set, members)
        assert ada.do(profiles.show) == before

    def test_nothing_of_it_is_sent(self, ada: Party, bikes: Party) -> None:
        ada.do(profiles.import_vcard, VCARD)
        conclude(ada, bikes)
        seen = b"".join(bytes(row[0]) for row in bikes.db.conn.execute("SELECT body FROM journal"))
        assert b"Marktplatz" not in seen


class TestKeys:
    def test_an_actor_shows_its_keys(self, ada: Party) -> None:
        document = actors.document(ada.owner)
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
        bikes.do(actors.rotate, generate=generate)
        bikes.forget_owner()
        assert [key.id for key in bikes.owner.actor.keys if "ed25519" in key.id] == [
            f"{bikes.iri}#ed25519-1",
            f"{bikes.iri}#ed25519-2",
        ]
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
        bikes.do(actors.rotate, generate=generate, revoke=True)
        bikes.forget_owner()
        with pytest.raises(Conflict, match="key-retired"):
            bikes.do(agreements.countersign, only(bikes)["agreement"])

    def test_evidence_after_a_rotation_between_rounds(self, ada: Party, bikes: Party) -> None:
        from protocol.evidence import verify_evidence

        cast(ada, bikes)
        offer(bikes, ada)
        bikes.do(actors.rotate, generate=generate)
        bikes.forget_owner()
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

    def test_strangers(self, ada: Party, bikes: Party) -> None:
        for service in (peers.show, peers.approve, peers.unfollow):
            with pytest.raises(NotFound):
                ada.do(service, bikes.iri)

    def test_a_follow_can_be_rejected_and_repeated(self, ada: Party, bikes: Party) -> None:
        bikes.do(peers.follow, ada.owner.actor)
        settle(bikes, ada)
        ada.do(peers.approve, bikes.iri)
        settle(ada, bikes)
        check_journal(bikes)

    def test_what_is_cast_to_named_and_followers_reaches_each_once(
        self, ada: Party, bikes: Party, wheels: Party
    ) -> None:
        for business in (bikes, wheels):
            business.do(peers.follow, ada.owner.actor)
            settle(business, ada, bikes, wheels)
            ada.do(peers.approve, business.iri)
        settle(ada, bikes, wheels)
        ada.do(intentions.cast, wish() | {"audience": [bikes.iri, "followers", "public"]})
        settle(ada, bikes, wheels)
        assert [len(party.do(intentions.list)["items"]) for party in (bikes, wheels)] == [1, 1]
        ada.do(intentions.withdraw, ada.do(intentions.list)["items"][0]["id"])
        settle(ada, bikes, wheels)
        assert bikes.do(intentions.list)["items"][0]["state"] == "withdrawn"


class TestIntentions:
    def test_what_is_not_ours_cannot_be_changed(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        known = bikes.do(intentions.list)["items"][0]["id"]
        for service, arguments in ((intentions.withdraw, []), (intentions.amend, [{"name": "x"}])):
            with pytest.raises(Forbidden, match="not-yours"):
                bikes.do(service, known, *arguments)

    def test_closed_is_closed(self, ada: Party, bikes: Party) -> None:
        id = cast(ada, bikes)
        ada.do(intentions.withdraw, id)
        for service, arguments in ((intentions.withdraw, []), (intentions.amend, [{"name": "x"}])):
            with pytest.raises(Conflict, match="intention-closed"):
                ada.do(service, id, *arguments)
        settle(ada, bikes)
        known = bikes.do(intentions.list)["items"][0]["id"]
        with pytest.raises(Conflict, match="intention-closed"):
            bikes.do(offers.make, known, {"price": LOWER})

    def test_the_audience_is_fixed(self, ada: Party, bikes: Party) -> None:
        with pytest.raises(Unprocessable, match="audience-fixed"):
            ada.do(intentions.amend, cast(ada, bikes), {"audience": ["public"]})

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
        shown = ada.do(intentions.preview, wish(bikes))
        given = {"id": shown["id"], "published": shown["published"]} | change
        with pytest.raises(Remote) as refused:
            ada.do(intentions.cast, wish(bikes) | {"preview": given})
        assert refused.value.code == code

    def test_a_preview_is_cast_once(self, ada: Party, bikes: Party) -> None:
        shown = ada.do(intentions.preview, wish(bikes))
        given = wish(bikes) | {"preview": {"id": shown["id"], "published": shown["published"]}}
        ada.do(intentions.cast, given)
        with pytest.raises(Conflict, match="preview-used"):
            ada.do(intentions.cast, given)

    def test_unknown_ids(self, ada: Party) -> None:
        for service in (intentions.show, offers.show):
            with pytest.raises(NotFound):
                ada.do(service, "of_nothing")


class TestDeliveries:
    def test_what_is_on_its_way_is_shown(self, ada: Party, bikes: Party) -> None:
        ada.do(intentions.cast, wish(bikes))
        shown = ada.do(deliveries.list)
        assert shown["counts"] == {"queued": 1}
        assert (shown["items"][0]["kind"], shown["items"][0]["state"]) == ("intention.told", "queued")
        settle(ada, bikes)
        assert ada.do(deliveries.list, state="delivered")["items"][0]["last_status"] == 202
        with pytest.raises(Unprocessable, match="unknown-state"):
            ada.do(deliveries.list, state="lost")

    def test_what_was_refused_can_be_sent_again(self, ada: Party, bikes: Party) -> None:
        ada.do(intentions.cast, wish(bikes))
        (row,) = ada.queued()
        ada.write(lambda db: deliveries.refused(db, row, now=ada.clock.now, status=422, detail="x"))
        assert ada.do(deliveries.retry, row.id)["state"] == "queued"
        settle(ada, bikes)
        with pytest.raises(Conflict, match="settled"):
            ada.do(deliveries.retry, row.id)

    def test_giving_up_takes_nothing_back(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        (row,) = ada.queued()
        ada.write(lambda db: deliveries.refused(db, row, now=ada.clock.now, status=None, detail="timeout"))
        assert only(ada)["state"] == "accepted"

    def test_a_refused_first_offer_stays(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        known = bikes.do(intentions.list)["items"][0]["id"]
        bikes.do(offers.make, known, {"price": LOWER})
        (row,) = bikes.queued()
        state = DeliveryState.GONE
        bikes.write(
            lambda db: deliveries.refused(db, row, now=bikes.clock.now, status=410, detail="x", state=state)
        )
        assert only(bikes)["state"] == "offered"


class TestJournal:
    def test_it_is_listed_in_order_by_page(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        first = ada.do(lambda db, desk: journals.list(db, limit=2))
        assert [entry["sequence"] for entry in first["items"]] == [1, 2]
        rest = ada.do(lambda db, desk: journals.list(db, after=int(first["next"])))
        assert [entry["kind"] for entry in rest["items"]][-2:] == ["countersign", "intention.told"]
        assert rest["next"] is None
