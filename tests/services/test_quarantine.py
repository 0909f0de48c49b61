"""Offers that are one too many of their origin, or about one wish, wait where the owner can look at them."""

from dataclasses import replace
from typing import Any

import pytest

from node.services import inbox
from node.services.intentions import casting, ending
from node.services.ledger.received import Authentic
from node.services.negotiations import messages, offers, quarantine, releasing
from node.services.people import peers
from node.storage import journal
from node.storage import quarantine as rows
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Conflict, Forbidden, NotFound, Unprocessable
from protocol.strictjson import Document
from tests.services.parties import LIMITS, Clock, Party, check_journal, settle
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import cast, offer, wish
from tests.services.test_plain_terms import plain
from tests.whole import LEDGER


class Troupe:
    """Made-up actors of one server: all of them are one shop, under other names."""

    def __init__(self, shop: Party, opening: Document) -> None:
        self._shop, self._opening, self._number = shop, opening, 0

    def offer(self, to: Party, **members: Any) -> Document:
        """Make an offer as another actor, which is received; return it."""
        self._number += 1
        document = self._opening | {
            "id": f"{self._shop.origin}/activities/of-{self._number}",
            "context": f"{self._shop.origin}/negotiations/of-{self._number}",
        }
        signed = self._sign(document | members)
        assert to.do(inbox.receive, self._as(self._number, to, signed), LEDGER).status == 202
        return signed

    def take_back(self, to: Party, signed: Document, *, number: int) -> int:
        """Withdraw an offer as the actor with a number; return the status."""
        undo = {**self._opening, "type": "Undo", "object": signed["id"], "context": signed["context"]}
        undo["id"] = f"{signed['id']}-undo-{number}"
        done = to.do(inbox.receive, self._as(number, to, self._sign(undo)), LEDGER)
        return int(done.status)

    def say(self, to: Party, document: Document, *, number: int) -> int:
        """Send something as the actor with a number, signed; return the status."""
        signed = self._sign(document) if document["type"] in {"Offer", "Undo"} else document
        return int(to.do(inbox.receive, self._as(number, to, signed), LEDGER).status)

    def reoffer(self, to: Party, signed: Document, amount: str, *, number: int) -> int:
        """Offer the same at another price in place of an offer."""
        terms = signed["object"]
        price = [terms["price"][0] | {"amount": amount}]
        owed = terms["stipulatesReciprocal"] | {
            "resourceQuantity": {"hasNumericalValue": amount.removesuffix(".00"), "hasUnit": "one"}
        }
        changed = {"price": price, "stipulatesReciprocal": owed}
        answers = {"inReplyTo": signed["id"], "digestMultibase": digest_of(signed)}
        again = {**signed, **answers, "id": f"{signed['id']}-again", "object": terms | changed}
        return self.say(to, again, number=number)

    def write(self, to: Party, signed: Document, content: str, *, number: int) -> Document:
        """Say something about an offer; return what was said."""
        note = {"id": f"{signed['id']}-note", "type": "Note", "content": content}
        said = {**signed, "id": f"{signed['id']}-said", "type": "Create", "object": note}
        said = {name: value for name, value in said.items() if name not in {"proof", "endTime"}}
        assert self.say(to, said, number=number) == 202
        return said

    def _sign(self, document: Document) -> Document:
        bare = {member: value for member, value in document.items() if member != "proof"}
        return self._shop.acting.sign(bare)

    def _as(self, number: int, to: Party, signed: Document) -> Authentic:
        name = f"actor{number}"
        iri = f"{self._shop.origin}/actors/{name}"
        actor = replace(self._shop.owner.actor, iri=iri, name=name, handle=name)
        return replace(to.verified(canonicalise(signed), self._shop), sender=actor)


@pytest.fixture
def id(ada: Party, bikes: Party) -> str:
    """Tell everybody of a wish that takes three offers of one server, five in all; an honest one is there."""
    ada.limits = replace(LIMITS, offers_per_origin=3, open_per_intention=5)
    made = ada.do(casting.cast, wish(bikes) | {"audience": [bikes.iri, "public"]})
    settle(ada, bikes)
    offer(bikes, ada)
    return str(made["id"])


@pytest.fixture
def troupe(id: str, bikes: Party) -> Troupe:
    return Troupe(bikes, last(bikes, "offer"))


def held(party: Party) -> list[dict[str, Any]]:
    return [dict(item) for item in party.do(quarantine.list)["items"]]


def listed(party: Party) -> int:
    return len(party.do(offers.list, limit=100)["items"])


def told(party: Party) -> int:
    return len(journal.entries_of(party.db, party.iri, kinds=[quarantine.HELD]))


def test_sixty_made_up_actors_do_not_crowd_the_screen(ada: Party, troupe: Troupe) -> None:
    for _ in range(60):
        troupe.offer(ada)
    assert listed(ada) == 3
    assert len(held(ada)) == rows.LIMIT_PER_ORIGIN
    assert told(ada) == 1
    newest = held(ada)[0]
    assert (newest["name"], newest["what"], newest["total"]) == ("actor60", "A trekking bike", "2390.00")
    check_journal(ada)


def test_another_server_is_heard_as_long_as_there_is_room_at_all(
    ada: Party, bikes: Party, wheels: Party, troupe: Troupe
) -> None:
    for _ in range(10):
        troupe.offer(ada)
    others = Troupe(wheels, last(bikes, "offer"))
    for _ in range(4):
        others.offer(ada)
    # Three of the one, two of the other: then five are open.
    assert listed(ada) == 5
    assert told(ada) == 2


def test_it_is_shown_with_what_releasing_would_do(ada: Party, id: str, clock: Clock, troupe: Troupe) -> None:
    for _ in range(5):
        troupe.offer(ada)
    newest, oldest = held(ada)[0]["id"], held(ada)[-1]["id"]
    before = ada.write(journal.last_number)
    shown = ada.do(releasing.show, newest)
    assert (shown["name"], shown["handle"], shown["blocked"], shown["waiting"]) == (
        "actor5",
        "actor5",
        False,
        2,
    )
    assert shown["wish"] == {"id": id, "name": "A trekking bike"}
    assert (shown["why"], shown["refusal"]) == ("origin", None)
    assert (shown["terms"]["total"], shown["plain"]) == ("2390.00", "You pay 2,390.00 EUR.")
    ada.limits = replace(ada.limits, offers_per_origin=4)
    assert ada.do(releasing.show, newest)["why"] is None
    ada.limits = replace(ada.limits, offers_per_origin=9, open_per_intention=3)
    assert ada.do(releasing.show, newest)["why"] == "intention"
    ada.do(ending.withdraw, id)
    shown = ada.do(releasing.show, newest)
    assert (shown["why"], shown["refusal"]["code"]) == (None, "intention-closed")
    with pytest.raises(Conflict, match="intention-closed"):
        ada.do(releasing.release, newest)
    assert ada.do(quarantine.sender, oldest).endswith("/actors/actor3")
    assert ada.write(journal.last_number) > before


def test_what_an_earlier_release_took_is_shown_without_terms(ada: Party, troupe: Troupe) -> None:
    for _ in range(3):
        troupe.offer(ada)
    (kept,) = held(ada)
    ada.write(lambda db: db.run("UPDATE quarantine SET raw = ?", b'{"type": "Offer"}'))
    shown = ada.do(releasing.show, kept["id"])
    assert (shown["terms"], shown["plain"], shown["why"]) == (None, "", None)
    assert shown["refusal"] is not None


def test_what_is_let_out_stands_beside_the_others(ada: Party, bikes: Party, troupe: Troupe) -> None:
    for _ in range(3):
        troupe.offer(ada)
    (kept,) = held(ada)
    out = ada.do(releasing.release, kept["id"][:8])
    assert (out["state"], out["total"], out["peer"]["name"]) == ("offered", "2390.00", "actor3")
    assert held(ada) == []
    assert listed(ada) == 4
    check_journal(ada)
    with pytest.raises(NotFound):
        ada.do(releasing.release, kept["id"])


def test_what_came_after_an_offer_is_kept_and_let_out_with_it(ada: Party, troupe: Troupe) -> None:
    for _ in range(2):
        troupe.offer(ada)
    apart = troupe.offer(ada)
    troupe.write(ada, apart, "It has new tyres.", number=3)
    assert troupe.reoffer(ada, apart, "1999.00", number=3) == 202
    assert [item["total"] for item in held(ada)] == ["2390.00"]
    out = ada.do(releasing.release, held(ada)[0]["id"])
    assert (out["state"], out["total"], out["rounds"]) == ("offered", "1999.00", 2)
    assert [one["content"] for one in ada.do(messages.list, out["id"])["items"]] == ["It has new tyres."]
    assert rows.quarantined_negotiation(ada.db, ada.iri, apart["context"]) == []
    check_journal(ada)


def test_a_move_that_names_an_offer_in_quarantine_beside_its_own_is_taken(ada: Party, troupe: Troupe) -> None:
    let_in, *_ = [troupe.offer(ada) for _ in range(2)]
    apart = troupe.offer(ada)
    undo = {**let_in, "type": "Undo", "object": let_in["id"], "context": let_in["id"]}
    undo |= {"id": f"{let_in['id']}-undo", "inReplyTo": apart["id"]}
    assert troupe.say(ada, undo, number=1) == 202
    assert [item["state"] for item in ada.do(offers.list)["items"]].count("withdrawn") == 1
    assert len(rows.quarantined_negotiation(ada.db, ada.iri, apart["context"])) == 1


def test_what_is_only_tried_weighs_nothing(ada: Party, bikes: Party, troupe: Troupe) -> None:
    def used() -> float:
        return float(sum(row[0] for row in ada.db.all("SELECT bytes FROM quotas WHERE scope = 'origin'")))

    for _ in range(2):
        troupe.offer(ada)
    apart, before = troupe.offer(ada), used()
    assert troupe.reoffer(ada, apart, "1999.00", number=3) == 202
    newest = rows.quarantined_negotiation(ada.db, ada.iri, apart["context"])[-1]
    assert used() - before == len(newest.raw)


def test_what_would_be_refused_of_an_offer_that_was_let_in_is_refused(ada: Party, troupe: Troupe) -> None:
    let_in, *_ = [troupe.offer(ada) for _ in range(2)]
    apart = troupe.offer(ada)
    for number, offered in ((1, let_in), (3, apart)):
        troupe.write(ada, offered, "Hello", number=number)
        with pytest.raises(Conflict, match="digest-mismatch"):
            troupe.reoffer(ada, {**offered, "endTime": "2026-05-06T00:00:00Z"}, "1.00", number=number)
        with pytest.raises(Forbidden, match="not-your-negotiation"):
            troupe.write(ada, {**offered, "id": f"{offered['id']}-other"}, "Hello", number=9)
        note = {"id": f"{offered['id']}-note", "type": "Note", "content": "Hello"}
        again = {**offered, "id": f"{offered['id']}-said2", "type": "Create", "object": note}
        del again["proof"]
        with pytest.raises(Conflict, match="message-exists"):
            troupe.say(ada, again, number=number)
    check_journal(ada)


def test_whoever_takes_an_offer_back_takes_back_all_that_came_after(ada: Party, troupe: Troupe) -> None:
    for _ in range(2):
        troupe.offer(ada)
    apart = troupe.offer(ada)
    troupe.write(ada, apart, "Hello", number=3)
    assert troupe.take_back(ada, apart, number=3) == 202
    assert rows.quarantined_negotiation(ada.db, ada.iri, apart["context"]) == []


def test_a_message_that_is_kept_apart_is_erased_by_its_author(ada: Party, troupe: Troupe) -> None:
    for _ in range(2):
        troupe.offer(ada)
    apart = troupe.offer(ada)
    said = troupe.write(ada, apart, "Not for you", number=3)
    gone = {**said, "id": f"{said['id']}-gone", "type": "Delete"}
    assert troupe.say(ada, {**gone, "object": said["object"]["id"]}, number=3) == 202
    assert [row.opens for row in rows.quarantined_negotiation(ada.db, ada.iri, apart["context"])] == [True]


def test_what_is_kept_apart_of_a_peer_counts_as_theirs(ada: Party, bikes: Party) -> None:
    ada.limits = replace(LIMITS, offers_per_origin=1, offers_per_intention=2)
    cast(ada, bikes)
    offer(bikes, ada)
    opening = last(bikes, "offer")
    for number in range(2):
        named = {
            "id": f"{bikes.origin}/activities/{number}",
            "context": f"{bikes.origin}/negotiations/{number}",
        }
        raw = resign(bikes, opening, **named)
        if number == 0:
            assert ada.receive(raw, bikes) == 202
            assert len(held(ada)) == 1
        else:
            assert code_of(ada, raw, bikes) == "too-many-offers"


def test_the_last_that_a_peer_may_have_is_shown_as_one_that_can_be_let_out(ada: Party, bikes: Party) -> None:
    ada.limits = replace(LIMITS, offers_per_origin=0, offers_per_intention=1)
    cast(ada, bikes)
    offer(bikes, ada)
    (kept,) = held(ada)
    assert ada.do(releasing.show, kept["id"])["refusal"] is None
    assert ada.do(releasing.release, kept["id"])["state"] == "offered"


def test_what_came_before_a_pause_can_be_let_out_during_it(ada: Party, id: str, troupe: Troupe) -> None:
    for _ in range(3):
        troupe.offer(ada)
    (kept,) = held(ada)
    ada.do(casting.amend, id, {"pause": {}})
    assert ada.do(releasing.show, kept["id"])["refusal"] is None
    assert ada.do(releasing.release, kept["id"])["state"] == "offered"


def test_a_plain_offer_is_let_out_as_well(ada: Party, bikes: Party, troupe: Troupe) -> None:
    for _ in range(3):
        troupe.offer(ada, object=plain(last(bikes, "offer")["object"]))
    (kept,) = held(ada)
    assert kept["currency"] == "EUR"
    assert ada.do(releasing.release, kept["id"])["state"] == "offered"
    check_journal(ada)


def test_what_cannot_be_taken_any_more_stays_where_it_is(
    ada: Party, id: str, troupe: Troupe, clock: Clock
) -> None:
    for _ in range(3):
        troupe.offer(ada)
    (kept,) = held(ada)
    ada.do(ending.withdraw, id)
    with pytest.raises(Conflict, match="intention-closed"):
        ada.do(releasing.release, kept["id"])
    assert held(ada) == [kept]
    assert ada.do(quarantine.drop, kept["id"])["id"] == kept["id"]
    assert held(ada) == []
    with pytest.raises(NotFound):
        ada.do(quarantine.drop, kept["id"])


def test_whoever_made_an_offer_takes_it_back_from_there(ada: Party, troupe: Troupe) -> None:
    for _ in range(3):
        sent = troupe.offer(ada)
    with pytest.raises(Forbidden, match="not-your-negotiation"):
        troupe.take_back(ada, sent, number=1)
    assert troupe.take_back(ada, sent, number=3) == 202
    assert held(ada) == []
    assert listed(ada) == 3


def test_whoever_made_an_offer_takes_it_back_also_once_it_was_dropped(
    ada: Party, bikes: Party, wheels: Party
) -> None:
    ada.limits = replace(LIMITS, offers_per_origin=0)
    cast(ada, bikes)
    made = offer(bikes, ada)
    ada.do(quarantine.drop, held(ada)[0]["id"])
    undo = {"type": "Undo", "object": last(bikes, "offer")["id"], "id": f"{wheels.origin}/activities/u"}
    stranger = resign(wheels, last(bikes, "offer") | undo | {"actor": wheels.iri})
    assert code_of(ada, stranger, wheels) == "unknown-offer"
    bikes.do(offers.withdraw, made)
    settle(bikes, ada)
    assert bikes.do(offers.show, made)["state"] == "withdrawn"
    check_journal(ada)


def test_what_can_be_read_no_more_stands_in_nobodys_way(ada: Party, troupe: Troupe) -> None:
    for _ in range(4):
        troupe.offer(ada)
    ada.db.conn.execute("UPDATE quarantine SET raw = ? WHERE id = ?", (b"{}", held(ada)[0]["id"]))
    unread, read = held(ada)
    assert (unread["what"], unread["total"], unread["currency"]) == ("", None, "EUR")
    assert read["total"] == "2390.00"
    with pytest.raises(Unprocessable):
        ada.do(releasing.release, unread["id"])
    assert ada.do(quarantine.drop, unread["id"])["id"] == unread["id"]
    assert held(ada) == [read]


def test_of_whom_the_owner_blocks_nothing_is_kept_there(ada: Party, troupe: Troupe) -> None:
    for _ in range(4):
        troupe.offer(ada)
    ada.do(peers.block, held(ada)[0]["peer"])
    assert [item["name"] for item in held(ada)] == ["actor3"]


def test_what_is_refused_anyway_is_not_held(ada: Party, troupe: Troupe) -> None:
    for _ in range(3):
        troupe.offer(ada)
    with pytest.raises(Conflict, match="offer-expired"):
        troupe.offer(ada, endTime="2026-05-04T11:00:00Z")
    assert len(held(ada)) == 1


def test_in_all_it_is_bounded_and_the_most_crowded_origin_gives_way(
    ada: Party, bikes: Party, troupe: Troupe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LIMIT", 6)
    for _ in range(8):
        troupe.offer(ada)
    (entry,) = journal.entries_of(ada.db, ada.iri, kinds=[quarantine.HELD])
    assert entry.entry.decision["intention"] == held(ada)[0]["intention"]
    first = rows.load_quarantined(ada.db, ada.iri, held(ada)[0]["id"])
    assert first is not None
    place = "https://z.example"
    other = replace(first, id="qu_other", activity=f"{place}/1", origin=place, negotiation=f"{place}/n")
    ada.write(lambda db: rows.add_quarantined(db, other))
    assert rows.count_quarantined(ada.db, ada.iri) == rows.count_quarantined(ada.db) == 6
    assert rows.count_quarantined(ada.db, ada.iri, origin="https://z.example") == 1


def test_what_is_held_apart_weighs_what_is_kept_of_it(ada: Party, bikes: Party) -> None:
    quotas = replace(LIMITS.quotas, origin=300_000)
    ada.limits = replace(LIMITS, offers_per_origin=0, offers_per_intention=20, quotas=quotas)
    cast(ada, bikes)
    offer(bikes, ada)
    opening = last(bikes, "offer")

    def large(number: int) -> bytes:
        named = {"context": f"{bikes.origin}/negotiations/{number}", "ignored": "x" * 100_000}
        return resign(bikes, opening, id=f"{bikes.origin}/activities/{number}", **named)

    assert [ada.receive(large(number), bikes) for number in range(3)] == [202] * 3
    assert code_of(ada, large(4), bikes) == "quota-spent"
