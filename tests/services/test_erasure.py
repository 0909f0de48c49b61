"""Erasure: what may go, what stands on it, and that the journal, the tables and a rebuild bear it."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import orjson
import pytest

from node.services import erasure
from node.services.access import persons
from node.services.erasure import Purged, purge
from node.services.intentions import casting, ending, showing
from node.services.ledger import idempotency, journals, recording
from node.services.ledger.idempotency import Keyed
from node.services.ledger.positions import HistoryChanged
from node.services.negotiations import agreements, cosigning, messages, offers
from node.services.negotiations.asking import or_ask
from node.services.people import profiles
from node.storage import chains, intentions, journal, refusals
from node.storage.payloads import purge_payload
from protocol.errors import Conflict, NotFound
from protocol.negotiation import State
from tests.services.parties import Clock, Party, arrived, carry, settle
from tests.services.test_fanouts import follow
from tests.services.test_inbox import last
from tests.services.test_negotiation import LOWER, cast, offer, only, wish
from tests.transactions import transact
from tests.whole import LEDGER


def body_of(party: Party, kind: str, direction: str) -> bytes:
    """Return the digest of the body of a party's last entry of a kind, or of what it keeps in its place."""
    statement = (
        "SELECT coalesce(body, document) FROM journal WHERE kind = ? AND direction = ? ORDER BY entry DESC"
    )
    return bytes(party.db.conn.execute(statement, (kind, direction)).fetchone()[0])


def document_of(party: Party, kind: str) -> bytes:
    """Return the digest of what a party's first entry of a kind keeps apart."""
    statement = "SELECT document FROM journal WHERE kind = ? ORDER BY entry"
    return bytes(party.db.conn.execute(statement, (kind,)).fetchone()[0])


def erase(party: Party, digest: bytes) -> Purged:
    return transact(party.db, lambda db: purge(db, digest, "asked to", party.clock.now))


def holds(party: Party, words: str) -> bool:
    """Tell whether words stand anywhere in a party's file."""
    party.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    tables = party.db.database.table_names()
    rows = [row for table in tables for row in party.db.conn.execute(f'SELECT * FROM "{table}"')]
    return any(words in (cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell))
               for row in rows for cell in row)  # fmt: skip


def in_file(party: Party, words: bytes) -> bool:
    """Tell whether words stand anywhere in the bytes of a party's file, its log moved into it."""
    party.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return any(words in file.read_bytes() for file in party.folder.glob(f"{party.handle}.db*"))


def deliver_all(party: Party) -> int:
    """Say of all that is queued that it has arrived, whoever it was for; return how much it was."""
    rows = party.queued()
    for row in rows:
        arrived(party, row)
    return len(rows)


def refusal(party: Party, digest: bytes) -> str:
    """Try to erase what must not be; return the code of the refusal."""
    with pytest.raises(Conflict) as refused:
        erase(party, digest)
    assert chains.verify(party.db).purged == 0
    return refused.value.code


def rebuilt(party: Party) -> dict[str, Any]:
    """Check that the journal holds and rebuild from it."""
    assert chains.verify(party.db).ok
    return transact(party.db, lambda db: journals.rebuild(db, LEDGER))


def rejected(ada: Party, bikes: Party) -> None:
    """Bring a negotiation with a message to an end from which nothing follows."""
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(messages.write, only(ada)["id"], "Is the canary yellow?")
    settle(ada, bikes)
    ada.do(offers.reject, only(ada)["id"])
    settle(ada, bikes)


def test_the_words_of_a_message_go_and_the_message_stays(ada: Party, bikes: Party) -> None:
    rejected(ada, bikes)
    assert holds(bikes, "canary")
    assert erase(bikes, body_of(bikes, "message", "in")) == Purged(payloads=1, entries=1)
    assert not holds(bikes, "canary")
    (message,) = bikes.do(messages.list, only(bikes)["id"])["items"]
    assert message["content"] == ""
    report = rebuilt(bikes)
    assert (report["unchanged"], report["purged"], report["passed_over"]) == (True, 1, 0)
    assert holds(ada, "canary")


def test_a_negotiation_from_which_nothing_follows_goes_with_its_offer(ada: Party, bikes: Party) -> None:
    rejected(ada, bikes)
    assert holds(ada, "Trekking bike")
    erase(ada, body_of(ada, "offer", "in"))
    assert not holds(ada, "Trekking bike")
    assert ada.do(offers.list)["items"] == []
    report = rebuilt(ada)
    assert (report["unchanged"], report["purged"]) == (True, 1)
    assert report["passed_over"] == 2  # the message and the rejection
    assert ada.do(offers.list)["items"] == []


def test_what_was_refused_of_others_outlives_what_is_erased(ada: Party, bikes: Party) -> None:
    rejected(ada, bikes)
    came, wished = last(bikes, "offer")["id"], last(ada, "intention.told")["object"]["id"]

    def refused(activity: str, named: str) -> None:
        body = orjson.dumps({"id": activity, "object": {"stipulates": named}})
        now = ada.clock.now
        ada.write(
            lambda db: refusals.add_refusal(
                db, at=now, code="code", detail="No.", actor=ada.iri, activity=activity, body=body
            )
        )

    for activity in (came, f"{came}-and-on", "https://wheels.example/activities/1"):
        refused(activity, wished)
    erase(ada, body_of(ada, "offer", "in"))
    left = ada.write(lambda db: refusals.list_refusals(db, ada.iri)).items
    assert [row.activity for row in left] == ["https://wheels.example/activities/1", f"{came}-and-on"]


def test_what_a_second_person_was_asked_to_sign_goes_along(ada: Party, bikes: Party) -> None:
    bikes.do(cosigning.set_limit, {"amount": "1", "currency": "EUR"})
    bea = bikes.do(persons.add, "Bea")["id"]
    cast(ada, bikes)
    owner, second = (replace(bikes.acting, person=person) for person in ("bikes", bea))
    (wished,) = bikes.do(lambda db, acting: intentions.list_intentions(db, acting.iri, own=False)).items
    terms = {"name": "Canary bike", "price": LOWER}
    asked = bikes.write(lambda db: or_ask(db, owner, lambda db: offers.make(db, owner, wished.id, terms)))
    bikes.write(lambda db: cosigning.sign(db, second, asked["cosignature"]["id"]))
    settle(ada, bikes)
    ada.do(offers.reject, only(ada)["id"])
    settle(ada, bikes)
    assert holds(bikes, "Canary bike")
    erase(bikes, body_of(bikes, "offer", "out"))
    assert not holds(bikes, "Canary bike")
    assert rebuilt(bikes)["unchanged"]


def test_a_move_in_the_middle_takes_its_negotiation_along(ada: Party, bikes: Party) -> None:
    rejected(ada, bikes)
    erase(ada, body_of(ada, "reject", "out"))
    assert ada.do(offers.list)["items"] == []
    assert rebuilt(ada)["unchanged"]


def test_what_stands_is_not_erased(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    for party, kind, direction in ((ada, "offer", "in"), (bikes, "intention.received", "in")):
        with pytest.raises(Conflict) as refused:
            erase(party, body_of(party, kind, direction))
        assert refused.value.code == "still-needed"
    ada.do(offers.accept, only(ada)["id"])
    with pytest.raises(Conflict, match="on its way"):
        erase(ada, body_of(ada, "accept", "out"))
    settle(ada, bikes)
    for kind, direction in (("offer", "in"), ("accept", "out"), ("countersign", "in")):
        with pytest.raises(Conflict) as refused:
            erase(ada, body_of(ada, kind, direction))
        assert refused.value.code == "still-needed"
    assert chains.verify(ada.db).purged == 0


def test_an_intention_that_was_taken_back_goes(ada: Party, bikes: Party) -> None:
    ada.do(ending.withdraw, cast(ada, bikes))
    settle(ada, bikes)
    assert holds(bikes, "trekking bike")
    assert erase(bikes, body_of(bikes, "intention.received", "in")) == Purged(payloads=1, entries=1)
    assert not holds(bikes, "trekking bike")
    assert bikes.do(showing.list)["items"] == []
    assert rebuilt(bikes)["unchanged"]
    assert erase(ada, document_of(ada, "intention.cast")) == Purged(payloads=1, entries=1)
    assert ada.do(showing.list)["items"] == []
    assert rebuilt(ada)["unchanged"]


@pytest.mark.parametrize("how", ["withdrawn", "expired"])
def test_a_closed_intention_stays_while_something_about_it_is_open(
    ada: Party, bikes: Party, wheels: Party, how: str
) -> None:
    """Without it nothing would keep two offers from being accepted."""
    id = cast(ada, bikes, wheels, deadline="2026-05-05T00:00:00Z")
    offer(bikes, ada)
    offer(wheels, ada, price=LOWER)
    if how == "withdrawn":
        ada.do(ending.withdraw, id)
    else:
        ada.clock.pass_time(days=1)
        ada.tick()
    assert ada.do(showing.show, id)["state"] == how
    assert refusal(ada, document_of(ada, "intention.cast")) == "still-needed"
    settle(ada, bikes, wheels)
    for item in ada.do(offers.list, state=State.OFFERED)["items"]:
        ada.do(offers.reject, item["id"])
    settle(ada, bikes, wheels)
    assert {item["state"] for item in ada.do(offers.list)["items"]} == {"rejected"}
    erase(ada, document_of(ada, "intention.cast"))
    assert ada.do(agreements.list)["items"] == []


@pytest.mark.parametrize("state", ["countered", "accepted"])
def test_an_intention_stays_whichever_way_a_negotiation_is_open(ada: Party, bikes: Party, state: str) -> None:
    cast(ada, bikes, deadline="2026-05-05T00:00:00Z")
    offer(bikes, ada)
    if state == "countered":
        ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    else:
        ada.do(offers.accept, only(ada)["id"])
    ada.clock.pass_time(days=1)
    ada.tick()
    assert only(ada)["state"] == state
    assert refusal(ada, document_of(ada, "intention.cast")) == "still-needed"


def test_an_intention_stays_until_those_who_were_told_hear_of_its_end(ada: Party, bikes: Party) -> None:
    ada.do(ending.withdraw, cast(ada, bikes))
    assert refusal(ada, document_of(ada, "intention.cast")) == "still-needed"
    assert ada.follow()
    erase(ada, document_of(ada, "intention.cast"))
    carry(ada, bikes)
    assert [item["state"] for item in bikes.do(showing.list)["items"]] == ["withdrawn"]


def test_what_is_still_to_go_to_followers_is_not_erased(ada: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FANOUT_STEP", 3)
    follow(ada, *range(7))
    ada.do(casting.cast, wish() | {"audience": ["followers"]})
    told = body_of(ada, "intention.told", "out")
    assert deliver_all(ada) == 3
    assert refusal(ada, told) == "still-needed"
    assert ada.do(recording.fan_out)
    assert deliver_all(ada) == 3
    assert refusal(ada, told) == "still-needed"
    assert ada.do(recording.fan_out)
    assert deliver_all(ada) == 1
    assert erase(ada, told) == Purged(payloads=1, entries=1)


def test_nobody_offers_anew_to_an_intention_that_is_gone(ada: Party, bikes: Party) -> None:
    """Two could be accepted: nothing is left here that one of them would meet."""
    id = cast(ada, bikes)
    made = offer(bikes, ada)
    ada.do(offers.reject, only(ada)["id"])
    settle(ada, bikes)
    ada.do(ending.withdraw, id)
    ada.follow()  # and what tells the shop does not arrive in time
    bikes.do(offers.reoffer, made, {"price": LOWER})
    deliver_all(ada)
    erase(ada, document_of(ada, "intention.cast"))
    assert carry(bikes, ada) == [("reoffer", 409)]
    assert only(ada)["state"] == "rejected"


def test_no_kept_answer_says_what_was_erased(ada: Party, bikes: Party) -> None:
    rejected(ada, bikes)
    request, words = Keyed("key", "socket", bytes(32)), {"content": "Is the canary yellow?"}
    ada.write(
        lambda db: idempotency.once(db, request, lambda _db: words, status=lambda _: 201, at=ada.clock.now)
    )
    erase(ada, body_of(ada, "message", "out"))
    assert not holds(ada, "canary")
    with pytest.raises(HistoryChanged):  # nor is the request done twice
        idempotency.given_before(ada.db, request)


def test_nothing_of_what_was_erased_is_left_in_the_file(ada: Party, bikes: Party) -> None:
    rejected(ada, bikes)
    assert in_file(bikes, b"canary")
    erase(bikes, body_of(bikes, "message", "in"))
    assert not in_file(bikes, b"canary")


def test_a_profile_goes_when_another_is_shown(ada: Party) -> None:
    for name in ("Ada Canary", "Ada"):
        ada.do(profiles.set, profiles.prepare(ada.acting, {"name": name}))
    erase(ada, document_of(ada, "profile"))
    assert not holds(ada, "Canary")
    assert ada.do(profiles.show)["name"] == "Ada"
    assert rebuilt(ada)["unchanged"]
    shown = ada.db.conn.execute("SELECT document FROM journal WHERE kind = 'profile' ORDER BY entry DESC")
    with pytest.raises(Conflict, match="stands on these bytes"):
        erase(ada, bytes(shown.fetchone()[0]))


def test_what_others_are_made_of_is_not_erased(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    with pytest.raises(Conflict) as refused:
        erase(bikes, document_of(bikes, "peer"))
    assert refused.value.code == "not-erasable"


def test_bytes_that_are_not_here_cannot_be_erased(ada: Party, bikes: Party) -> None:
    with pytest.raises(NotFound, match="unknown-payload"):
        erase(ada, sha256(b"never").digest())
    rejected(ada, bikes)
    digest = body_of(ada, "message", "out")
    erase(ada, digest)
    with pytest.raises(NotFound, match="unknown-payload"):
        erase(ada, digest)


def test_a_listed_entry_says_what_it_lost(ada: Party, bikes: Party) -> None:
    rejected(ada, bikes)
    erase(ada, body_of(ada, "message", "out"))
    listed = ada.do(lambda db, acting: journals.list(db, acting.iri))["items"]
    lost = [item for item in listed if item["purged"]]
    assert [(item["kind"], item["activity"]) for item in lost] == [("message", None)]
    assert "content" not in lost[0]["decision"]


def test_a_journal_that_lost_anything_at_all_is_still_replayed(ada: Party, bikes: Party) -> None:
    """Whatever a restore purges: a rebuild goes through, and says how much is missing."""
    rejected(ada, bikes)
    cast(ada, bikes)
    numbers = [recorded.number for recorded in journal.entries(ada.db)]
    for number in numbers:
        for digest in journal.digests_of(ada.db, number):
            purge_payload(ada.db, digest, why="all of it", at=ada.clock.now)
    report = rebuilt(ada)
    assert report["purged"] > 5
    assert report["entries"] == len(numbers)


def test_an_intention_whose_first_wording_is_gone_is_as_old_as_before(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    id = cast(ada, bikes)
    clock.pass_time(days=1)
    ada.do(casting.amend, id, {"name": "A city bike"})
    settle(ada, bikes)
    ada.do(ending.withdraw, id)
    settle(ada, bikes)
    for party, kind in ((ada, "intention.cast"), (bikes, "intention.received")):
        party.follow()
        (before,) = party.do(showing.list)["items"]
        erase(party, document_of(party, kind))
        assert party.do(showing.list)["items"] == [before]
        assert rebuilt(party)["unchanged"]
        assert party.do(showing.list)["items"][0]["received_at"] == "2026-05-04T12:00:00Z"


class TestByPlace:
    """What the owner types: the place of an entry."""

    def place_of(self, party: Party, kind: str) -> int:
        came = "coalesce(body, document) IS NOT NULL"
        statement = f"SELECT place FROM journal WHERE kind = ? AND {came} ORDER BY entry"
        return int(party.db.conn.execute(statement, (kind,)).fetchone()[0])

    def test_it_says_what_would_go_and_erases_nothing(self, ada: Party, bikes: Party) -> None:
        rejected(ada, bikes)
        place = self.place_of(bikes, "message")
        shown = bikes.do(erasure.show, place)
        (entry,) = shown["entries"]
        assert (entry["place"], entry["kind"], entry["direction"]) == (place, "message", "in")
        assert (entry["peer"], shown["takes_along"]) == (ada.iri, "")
        assert shown["bytes"] > 100
        assert holds(bikes, "canary")
        assert bikes.do(erasure.show, self.place_of(bikes, "offer"))["takes_along"] == "negotiation"

    def test_it_erases_what_it_said(self, ada: Party, bikes: Party) -> None:
        rejected(ada, bikes)
        place = self.place_of(bikes, "message")
        assert bikes.do(erasure.erase, place, "asked to") == {"payloads": 1, "entries": 1}
        assert not holds(bikes, "canary")
        for service, *why in ((erasure.show,), (erasure.erase, "again")):
            with pytest.raises(NotFound, match="unknown-payload"):
                bikes.do(service, place, *why)

    def test_what_stands_is_not_offered_for_erasure(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        with pytest.raises(Conflict, match="still-needed"):
            ada.do(erasure.show, self.place_of(ada, "offer"))
        with pytest.raises(Conflict, match="not-erasable"):
            ada.do(erasure.show, self.place_of(ada, "peer"))

    @pytest.mark.parametrize("place", [0, -1, 10**9])
    def test_no_such_place(self, ada: Party, bikes: Party, place: int) -> None:
        cast(ada, bikes)
        with pytest.raises(NotFound, match="unknown-payload"):
            ada.do(erasure.show, place)
