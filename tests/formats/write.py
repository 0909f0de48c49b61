"""Write the files of the present format: `python -m tests.formats.write NUMBER`.

Once a format is released its files are never written again: they are what a later release must open. A new
format gets a new number and new files beside the old ones.
"""

import lzma
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from node.core.quotas import QuotaSpent
from node.core.records import RecordKind
from node.core.retries import Fate, RetryDecision
from node.services import inbox
from node.services.access import persons
from node.services.crm import connecting, deciding
from node.services.crm.connecting import NewConnection
from node.services.crm.queueing import put_before_owner
from node.services.erasure import purge
from node.services.grants import giving
from node.services.grants.ending import FOLLOWER
from node.services.intentions import casting, ending, showing, signing
from node.services.intentions import own_copies as asking
from node.services.negotiations import agreements, cosigning, messages, offers
from node.services.negotiations.asking import or_ask
from node.services.outbox import deliveries, endings
from node.services.people import names, peers, profiles, publishing
from node.services.terms import settings as term_settings
from node.services.terms import templates
from node.services.trade import pricelists, shop
from node.storage import editions, journal, own_copies
from node.storage.crm import ConflictReason
from protocol.actors import ActorKind
from protocol.canonical import canonicalise
from tests.services.granting import ask, asked, granted, read
from tests.services.loading import load
from tests.services.parties import LIMITS, Clock, Party, arrived, carry, check_journal, new_id, settle
from tests.services.test_agreements import agreement
from tests.services.test_data_terms import meet
from tests.services.test_deletions import deletion
from tests.services.test_disputed import refuse, waiting
from tests.services.test_inbox import last, resign
from tests.services.test_negotiation import LOWER, PRICE, wish
from tests.services.test_owner import rotate
from tests.services.test_plain_terms import plain
from tests.services.test_rings import acquainted
from tests.services.test_rings import wish as in_rings
from tests.services.test_shop import PRICE_LIST, RULE
from tests.services.test_terms_door import SELLING

FOLDER = Path(__file__).parent
CRM = NewConnection(adapter="spreadsheet", address="/crm", options={}, mapping="version = 1\n", secret="")


def tell(ada: Party, bikes: Party, clock: Clock) -> None:
    """Let two nodes do everything that leaves an entry in a journal."""
    for party in (ada, bikes):
        party.write(lambda db: editions.begin_edition(db, new_id("ed"), at=clock.now))
    for text in (PRICE_LIST + "b4,Old bike,90.00,EUR,1,3,19,green\n", PRICE_LIST):
        bikes.do(load, pricelists.read(text.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    bikes.do(shop.drop_rule)
    bikes.do(shop.set_rule, RULE)
    ada.do(profiles.set, profiles.prepare(ada.acting, {"name": "Ada", "email": "ada@ada.example"}))
    ada.do(publishing.publish, ["email"])
    ada.do(term_settings.change, {"maximum": "SD-BASE-DP"})
    ada.do(peers.follow, bikes.owner.actor)
    settle(ada, bikes)
    _sign_for_more(ada, bikes)
    _haggle(ada, bikes)
    bikes.do(names.rename, "Bikes")
    _join(bikes)
    settle(ada, bikes)
    _fail(ada, bikes)
    _lapse(ada, bikes, clock)
    _state(ada, bikes)
    _end(ada, bikes, clock)
    _conclude_plainly(ada, bikes)
    _overfill(ada, bikes)
    _crowd(ada, bikes)
    bikes.do(connecting.connect, CRM)
    bikes.do(connecting.activate, 0)
    _decide(bikes)
    bikes.do(connecting.disconnect)
    ada.do(peers.unfollow, bikes.iri)
    _pause(ada, bikes, clock)
    _cosign(ada, bikes, clock)
    settle(ada, bikes)
    _grant(ada, bikes, clock)
    ada.do(peers.block, bikes.iri)
    rotate(ada)
    _purge(ada, "message")
    for party in (ada, bikes):
        check_journal(party)


def _decide(bikes: Party) -> None:
    """Let somebody decide about a record that was deleted in the CRM."""
    bikes.do(put_before_owner, RecordKind.NOTE, ConflictReason.DELETED, "It is gone.", crm_id="7")
    bikes.do(deciding.discard, bikes.do(deciding.conflicts)["items"][0]["id"])


def _open(ada: Party, bikes: Party) -> tuple[str, str]:
    """Cast a wish and answer it; return the ids of the negotiation at both ends."""
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    known = next(item for item in bikes.do(showing.list, own=False)["items"] if item["iri"] == made["iri"])
    terms = {"price": PRICE, "notice": "P1M", "starts_at": "2026-05-05T00:00:00Z"}
    theirs = bikes.do(offers.make, known["id"], terms)
    settle(ada, bikes)
    found = ada.do(offers.list)["items"]
    ours = next(item for item in found if item["negotiation"] == theirs["negotiation"])
    return str(ours["id"]), str(theirs["id"])


def _join(bikes: Party) -> None:
    """Let somebody come to a business and go again."""
    person = bikes.do(persons.add, "Bea")["id"]
    bikes.do(persons.rename, person, "Beatrice")
    bikes.do(persons.remove, person)


def _cosign(ada: Party, bikes: Party, clock: Clock) -> None:
    """Let one person ask for a second signature; another declines, is late, signs, does nothing."""
    made = ada.do(casting.cast, wish(bikes, deadline="2030-01-01T00:00:00Z"))
    settle(ada, bikes)
    known = next(item for item in bikes.do(showing.list, own=False)["items"] if item["iri"] == made["iri"])
    person = bikes.do(persons.add, "Bea")["id"]
    bikes.do(cosigning.set_limit, {"amount": "100", "currency": "EUR"})
    asker, other = (replace(bikes.acting, person=one) for one in ("bikes", person))
    answers = ((cosigning.decline, ""), (cosigning.sign, "In red."), (cosigning.sign, ""), (None, ""))
    for answer, content in answers:
        terms = {"price": PRICE, "notice": "P1M", "starts_at": "2030-02-01T00:00:00Z"}
        make = partial(offers.make, acting=asker, intention=known["id"], terms=terms)
        asked = bikes.write(partial(or_ask, acting=asker, change=make))
        if content:
            ada.do(casting.amend, made["id"], {"content": content})
            settle(ada, bikes)
        if answer is not None:
            bikes.write(partial(answer, acting=other, id=asked["cosignature"]["id"]))
    clock.pass_time(days=4)
    _tick(ada, bikes)
    bikes.do(cosigning.drop_limit)


def _sign_for_more(ada: Party, bikes: Party) -> None:
    """Tell of a wish in rings: once it is signed for in time, and once when it is over."""
    acquainted(bikes, ada)
    for in_time in (True, False):
        made = ada.do(casting.cast, in_rings(bikes))
        settle(ada, bikes)
        bikes.do(signing.undertake, bikes.do(showing.list, own=False)["items"][0]["id"])
        if in_time:
            settle(ada, bikes)
        ada.do(ending.withdraw, made["id"])
        carry(bikes, ada)  # before it has heard that
        settle(ada, bikes)
    ada.do(casting.cast, in_rings(bikes, deadline="2026-05-05T00:00:00Z"))
    settle(ada, bikes)
    made = bikes.do(showing.list, own=False)["items"][0]
    bikes.do(signing.undertake, made["id"])
    carry(bikes, ada)  # and is not answered in time
    while (row := own_copies.load_own_copy(bikes.db, bikes.iri, made["iri"])) and row.due_at is not None:
        bikes.do(asking.conclude, row, asking.Came.SILENCE)
    settle(ada, bikes)


def _grant(ada: Party, bikes: Party, clock: Clock) -> None:
    """Give what is read and taken back, what runs out, what is not taken, and what ends with an agreement."""
    made = ada.do(casting.cast, wish(bikes, deadline="2030-01-01T00:00:00Z"))
    settle(ada, bikes)
    known = next(item for item in bikes.do(showing.list, own=False)["items"] if item["iri"] == made["iri"])
    stated = {"price": PRICE, "notice": "P1M", "terms": {"policy": asked()}}
    bikes.do(offers.make, known["id"], stated)
    settle(ada, bikes)
    ada.do(offers.accept, ada.do(offers.list, state="offered")["items"][0]["id"])
    settle(ada, bikes)
    agreed = next(item["id"] for item in ada.do(agreements.list)["items"] if item["terms"])
    first = granted(ada, bikes, agreed, why="It is to be sent.")
    read(ada, bikes)
    ask(ada, bikes, first["iri"], "birthDate")
    ada.do(giving.revoke, first["id"])
    settle(ada, bikes)
    granted(ada, bikes, agreed, until=(clock.now + timedelta(hours=1)).isoformat())
    clock.pass_time(hours=2)
    _tick(ada, bikes)
    ada.do(giving.give, agreement=agreed, purpose="DeliveryOfGoods", fields=["name"])
    refuse(ada, waiting(ada, "grant.given"))
    granted(ada, bikes, agreed, fields=["name"])
    ada.do(agreements.end, agreed)
    settle(ada, bikes)
    clock.pass_time(days=32)
    _tick(ada, bikes)
    for party in (ada, bikes):
        party.follow(FOLLOWER)


def _haggle(ada: Party, bikes: Party) -> None:
    """Agree after a counter-offer, confirm, and amend."""
    ours, theirs = _open(ada, bikes)
    ada.do(messages.write, ours, "Is it in stock?")
    said = ada.do(messages.write, ours, "I mean the blue one.")
    settle(ada, bikes)
    bikes.receive(deletion(ada, bikes, said["iri"]), ada)
    ada.do(offers.counter, ours, {"price": LOWER})
    settle(ada, bikes)
    bikes.do(offers.reoffer, theirs, {"meet": True})
    settle(ada, bikes)
    ada.do(offers.accept, ours)
    settle(ada, bikes)
    ada.do(agreements.confirm, agreement(ada)["id"])
    settle(ada, bikes)


def _end(ada: Party, bikes: Party, clock: Clock) -> None:
    """Amend the agreement, and give notice: once it is refused, and stands, and once it is not heard."""
    bikes.do(agreements.amend, agreement(bikes, state="concluded")["id"], {"content": "With a lock."})
    settle(ada, bikes)
    amended = next(item for item in ada.do(offers.list)["items"] if item["amends"])
    ada.do(offers.accept, amended["id"])
    settle(ada, bikes)
    left = agreement(ada, state="concluded")["id"]
    ada.do(agreements.end, left, at=clock.now + timedelta(days=60))
    refuse(ada, waiting(ada, "leave"))
    ada.do(agreements.end, left)
    row = waiting(ada, "leave")
    clock.pass_time(days=7, hours=12)
    silence = RetryDecision(Fate.QUEUED, 1, 503, "The server answered 503.", due_at=clock.now)
    ada.write(lambda db: endings.settle(db, [row], silence, now=clock.now, record=ada.residents.record))
    clock.pass_time(hours=12)
    ada.do(deliveries.retry, row.id)
    settle(ada, bikes)
    clock.pass_time(days=32)
    _tick(ada, bikes)


def _fail(ada: Party, bikes: Party) -> None:
    """Reject, recant, withdraw, renege, let run out, be refused, take back."""
    ours, _ = _open(ada, bikes)
    ada.do(offers.reject, ours)
    settle(ada, bikes)
    ours, _ = _open(ada, bikes)
    ada.do(offers.counter, ours, {"price": LOWER})
    ada.do(offers.withdraw, ours)
    settle(ada, bikes)
    _, theirs = _open(ada, bikes)
    bikes.do(offers.withdraw, theirs)
    settle(ada, bikes)
    bikes.do(shop.set_rule, RULE | {"countersign": "ask"})
    ours, _ = _open(ada, bikes)
    ada.do(offers.accept, ours)
    settle(ada, bikes)
    bikes.do(agreements.renege, agreement(bikes, state="accepted")["id"], reason="sold")
    settle(ada, bikes)
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    known = next(item for item in bikes.do(showing.list, own=False)["items"] if item["iri"] == made["iri"])
    bikes.do(offers.make, known["id"], {"price": PRICE})
    refuse(bikes, waiting(bikes, "offer"))
    ours, theirs = _open(ada, bikes)
    ada.do(offers.counter, ours, {"price": LOWER})
    refuse(ada, waiting(ada, "counter"))
    made = ada.do(casting.cast, wish(bikes))
    ada.do(casting.amend, made["id"], {"notes": "", "name": "A folding bike"})
    ada.do(casting.amend, made["id"], {"notes": "with a basket"})
    ada.do(ending.withdraw, made["id"])
    settle(ada, bikes)
    bikes.do(shop.set_rule, RULE)


def _lapse(ada: Party, bikes: Party, clock: Clock) -> None:
    """Accept twice: what is refused is revoked, and so is what nobody countersigns."""
    bikes.do(shop.set_rule, RULE | {"countersign": "ask"})
    ours, _ = _open(ada, bikes)
    ada.do(offers.accept, ours)
    refuse(ada, waiting(ada, "accept"))
    settle(ada, bikes)
    ours, _ = _open(ada, bikes)
    ada.do(offers.accept, ours)
    settle(ada, bikes)
    clock.pass_time(days=3, minutes=3)
    _tick(ada, bikes)
    settle(ada, bikes)
    bikes.do(shop.set_rule, RULE)


def _state(ada: Party, bikes: Party) -> None:
    """Offer with a template of terms about data, which is turned away, and let choose between two without."""
    meet(ada, bikes)
    meet(bikes, ada)
    made = ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    known = next(item for item in bikes.do(showing.list, own=False)["items"] if item["iri"] == made["iri"])
    bikes.do(templates.set, {"policy": SELLING})
    bikes.do(offers.make, known["id"], {"price": PRICE})
    settle(ada, bikes)
    bikes.do(templates.drop)
    first = bikes.do(offers.make, known["id"], {"price": PRICE})
    bikes.do(offers.make, known["id"], {"price": LOWER}, alternative_to=first["id"])
    settle(ada, bikes)
    ada.do(ending.withdraw, made["id"])
    settle(ada, bikes)


def _conclude_plainly(ada: Party, bikes: Party) -> None:
    """Accept an offer without price lines, which nobody countersigns."""
    made = ada.do(casting.cast, wish(bikes, deadline="2026-12-01T00:00:00Z"))
    settle(ada, bikes)
    known = next(item for item in bikes.do(showing.list, own=False)["items"] if item["iri"] == made["iri"])
    bikes.do(offers.make, known["id"], {"price": PRICE})
    sent = last(bikes, "offer")
    ada.receive(resign(bikes, sent, object=plain(sent["object"])), bikes)
    arrived(bikes, waiting(bikes, "offer"))
    ada.do(offers.accept, ada.do(offers.list, state="offered")["items"][0]["id"])
    arrived(ada, waiting(ada, "accept"))
    settle(ada, bikes)


def _crowd(ada: Party, bikes: Party) -> None:
    """Offer once too often about one intention."""
    ada.limits = replace(LIMITS, offers_per_origin=0)
    ada.do(casting.cast, wish(bikes, deadline="2026-12-01T00:00:00Z"))
    settle(ada, bikes)
    known = bikes.do(showing.list, own=False)["items"][0]
    bikes.do(offers.make, known["id"], {"price": PRICE})
    settle(ada, bikes)
    ada.limits = LIMITS


def _overfill(ada: Party, bikes: Party) -> None:
    """Send more than the other end keeps of one."""
    ada.do(messages.write, ada.do(offers.list)["items"][0]["id"], "Is it blue?")
    sent = canonicalise(last(ada, "message"))
    bikes.limits = replace(LIMITS, quotas=replace(LIMITS.quotas, partner=1))
    try:
        bikes.receive(sent, ada)
    except QuotaSpent as spent:
        bikes.do(inbox.refuse, bikes.verified(sent, ada), spent)
    bikes.limits = LIMITS
    settle(ada, bikes)


def _pause(ada: Party, bikes: Party, clock: Clock) -> None:
    """Pause a wish until a time, which comes."""
    made = ada.do(casting.cast, wish(bikes, deadline="2026-12-01T00:00:00Z", name="A trailer"))
    until = (clock.now + timedelta(hours=1)).isoformat()
    ada.do(casting.amend, made["id"], {"pause": {"until": until}})
    settle(ada, bikes)
    clock.pass_time(hours=2)
    _tick(ada, bikes)


def _tick(*parties: Party) -> None:
    for party in parties:
        party.tick()


def _purge(party: Party, kind: str) -> None:
    """Erase the bytes of the first entry of a kind."""
    found = journal.entries_of(party.db, party.iri, kinds=[kind], limit=1)
    digest = journal.digests_of(party.db, found[0].number)[-1]
    party.write(lambda db: purge(db, digest, "to show that it can be borne", party.clock.now))


def pack(path: Path, target: Path) -> None:
    """Keep a closed file as it is, compressed."""
    target.write_bytes(lzma.compress(path.read_bytes(), preset=9))


def main(number: str) -> None:
    """Write the files of a format."""
    target = FOLDER / number
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock()
        ada = Party("ada", Path(folder), clock)
        bikes = Party("bikes", Path(folder), clock, kind=ActorKind.ORGANIZATION)
        tell(ada, bikes, clock)
        for party in (ada, bikes):
            party.db.close()
            pack(party.folder / f"{party.handle}.db", target / f"{party.handle}.db.xz")


if __name__ == "__main__":
    main(sys.argv[1])
