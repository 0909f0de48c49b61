"""Wishes in rings: nothing of ring 1 leaves before it was signed for, and of ring 2 nothing ever.

Whatever the customer, three businesses (all of them real services) and the network do, each secret is looked
for in all that leaves: what is sent, what is served to each reader, the words of refusals, events, logs, and
the whole files of the businesses. Who may have it is reckoned beside (`rings_oracle`).
"""

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from structlog.testing import capture_logs

from node.services import disclosure
from node.services.acting import Residents
from node.services.disclosure import Asked
from node.services.intentions import casting, ending, own_copies, showing, signing
from node.services.negotiations import offers
from node.services.outbox import deliveries
from node.services.people import peers
from node.services.terms import settings as terms
from node.storage import deliveries as delivery_rows
from node.storage import intentions, journal
from node.storage.deliveries import DeliveryRow
from node.web.edge.streams import render
from protocol import incoming
from protocol.actors import ActorKind
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Remote
from protocol.rosters import find_entry
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.undertakings import SignedUndertaking, Undertaking, render_undertaking
from protocol.withholding import IntentionField
from tests.faults.rings_oracle import FIELDS, HOME, PARTS, SALT, Secrets, Wished
from tests.services.parties import Clock, Party, arrived, check_journal, settle
from tests.services.test_rings import acquainted
from tests.whole import LEDGER

SHOPS = ("bikes", "rival", "plain")  # the last knows no terms about data
WHO = st.sampled_from(SHOPS)
WHICH = st.integers(0, 1)
OPEN = st.frozensets(st.sampled_from(PARTS), max_size=2)
AUDIENCE = st.sampled_from([("bikes",), ("bikes", "rival", "plain"), ("followers",), ("public",)])
WRONG = ("wrong", "rival's", "less", "unproved")
MOST = 2  # wishes


class Salted(Party):
    """A party whose salts are told from each other."""

    @property
    def residents(self) -> Residents:
        return replace(super().residents, salt=self.draw)

    def draw(self) -> str:
        self.drawn = getattr(self, "drawn", 0) + 1
        return f"{self.handle}salt{self.drawn:04}".ljust(22, "A")


class Rings(RuleBasedStateMachine):
    """A customer whose wishes are told in rings, three businesses, and a network that loses and repeats."""

    def __init__(self) -> None:
        super().__init__()
        self.stack, self.clock, self.secrets = ExitStack(), Clock(), Secrets()
        path = Path(self.stack.enter_context(TemporaryDirectory()))
        self.logged: list[Any] = self.stack.enter_context(capture_logs())
        self.ada = Salted("ada", path, self.clock)
        self.shops = {name: Salted(name, path, self.clock, ActorKind.ORGANIZATION) for name in SHOPS}
        for shop in self.shops.values():
            acquainted(shop, self.ada, knows_terms=shop.handle != "plain")
            acquainted(self.ada, shop)
            shop.do(peers.follow, self.ada.owner.actor)
            settle(self.ada, shop)
            self.ada.do(peers.approve, shop.iri)
            settle(self.ada, shop)
        self.wishes: list[Wished] = []
        self.blocked: set[str] = set()
        self.said: list[str] = []
        self.seen = journal.entries_of(self.ada.db, self.ada.iri, after=0, limit=10_000)[-1].place

    def teardown(self) -> None:
        for shop in self.shops.values():
            self.look(dump(shop), shop.handle)
            check_journal(shop)
        check_journal(self.ada)
        self.look(orjson.dumps(self.logged, default=repr), "", anybody=False)
        self.stack.close()

    # --- where secrets are looked for ---------------------------------------------------------------------

    def look(self, output: bytes, reader: str, *, over: bool = False, anybody: bool = True) -> None:
        """Look for what a reader may not have; where it is `over`, or they are blocked, nothing is signed."""
        for wish in self.wishes:
            live = not over or (self.is_open(wish) and reader not in self.blocked)
            for secret in wish.secrets:
                if secret.encode() in output:
                    may = anybody and wish.may(secret, reader, signed_counts=live)
                    assert may, f"{secret} of {wish.secrets[secret]} is told to {reader or 'anybody'}"

    def is_open(self, wish: Wished) -> bool:
        row = intentions.load_own_intention(self.ada.db, wish.iri)
        return row is not None and row.state == "open" and self.clock.now < (row.deadline or self.clock.now)

    def follow_up(self) -> None:
        """Do what the customer's node does at once: a wish that is over is announced."""
        while self.ada.follow():
            pass

    @invariant()
    def nothing_leaves_that_was_not_signed_for(self) -> None:
        new = journal.entries_of(self.ada.db, self.ada.iri, after=self.seen, limit=10_000)
        self.seen = max([self.seen, *(item.place for item in new)])
        self.said += [str(item.entry.subject) for item in new if item.entry.direction == "out"]
        for item in new:
            rows = delivery_rows.deliveries_of(self.ada.db, self.ada.iri, [str(item.entry.subject)])
            for row in rows:
                if row.entry == item.number:
                    reader = self.handle_of(row.address)
                    is_told = item.entry.kind == "intention.told"
                    self.look(item.entry.body, reader, over=is_told)
                    self.keep_copy(orjson.loads(item.entry.body).get("object"), reader)
        for event in self.ada.write(lambda db: render(db, new, ledger=LEDGER, edition="ed_1")):
            self.look(event, "", anybody=False)
        for asker in (None, *self.shops.values()):
            self.ask_everything(asker, self.said[-3:])

    def ask_everything(self, reader: Party | None, activities: list[str]) -> None:
        handle = "" if reader is None else reader.handle
        for wish in self.wishes:
            document = self.served(reader, wish)
            self.look(orjson.dumps(document), handle, over=True)
            if document is not None and "" not in wish.audience:
                assert handle in wish.audience
            if reader is not None:
                self.keep_copy(document, handle)
        asker = None if reader is None else reader.reader
        said = self.ada.write(lambda db: disclosure.said(db, self.ada.iri, asker))
        self.look(orjson.dumps(said), handle)
        for iri in activities:
            asked = Asked(iri, asker, [self.ada.iri])
            found = self.ada.write(lambda db, asked=asked: disclosure.find_activity(db, asked))
            self.look(orjson.dumps(found), handle)

    def served(self, reader: Party | None, wish: Wished) -> Document | None:
        asked = Asked(wish.iri, None if reader is None else reader.reader, [self.ada.iri])
        found: Document | None = self.ada.write(lambda db: disclosure.find_intention(db, asked))
        return found

    def keep_copy(self, document: Any, reader: str) -> None:
        """Note what a reader may sign on: what was sent or served to it alone."""
        if (
            isinstance(document, dict)
            and document.get("to") == [self.shops[reader].iri]
            and "terms" in document
        ):
            wish = next(each for each in self.wishes if each.iri == document["id"])
            bare = {name: value for name, value in document.items() if name != "@context"}
            withheld = frozenset(FIELDS[iri] for iri in document.get("withheld", ()))
            wish.copies.setdefault(reader, {})[digest_of(bare)] = withheld

    def handle_of(self, address: str) -> str:
        return next(name for name, shop in self.shops.items() if shop.iri == address)

    # --- what the customer does ---------------------------------------------------------------------------

    @initialize(audience=AUDIENCE, opened=OPEN)
    def begin(self, audience: tuple[str, ...], opened: frozenset[str]) -> None:
        self.cast(audience, opened)

    @precondition(lambda self: len(self.wishes) < MOST)
    @rule(audience=AUDIENCE, opened=OPEN)
    def cast(self, audience: tuple[str, ...], opened: frozenset[str]) -> None:
        home, kept = self.secrets.home()
        deadline = render_time(self.clock.now + timedelta(days=1))
        wish: Document = {"currency": "EUR", "deadline": deadline, **home}
        rings: Document = {"category": "mobility", "open": sorted(opened)}
        told: dict[str, list[str]] = {}
        for part in PARTS:
            members, told[part] = self.secrets.part(part)
            (rings if part == "budget" else wish).update(members)
        wish |= {"rings": rings, "audience": [self.shops[to].iri if to in SHOPS else to for to in audience]}
        if self.blocked.issuperset(audience):
            return
        made = self.ada.do(casting.cast, wish)
        everybody = {"followers": SHOPS, "public": ("", *SHOPS)}
        heard = frozenset(who for to in audience for who in everybody.get(to, (to,)))
        found = Wished(made["id"], made["iri"], heard, {}, rings)
        row = intentions.load_own_intention(self.ada.db, made["iri"])
        assert row is not None
        for part, secrets in {**told, HOME: kept, SALT: [row.private["rings"]["salt"]]}.items():
            found.says(part, secrets)
        self.wishes.append(found)

    def wish(self, which: int) -> Wished | None:
        return self.wishes[which % len(self.wishes)] if self.wishes else None

    @rule(which=WHICH, part=st.sampled_from([*PARTS, HOME, "quantity"]))
    def amend(self, which: int, part: str) -> None:
        wish = self.wish(which)
        if wish is None or not self.is_open(wish):
            return
        changes: Document = {"quantity": "2"}
        secrets: list[str] = []
        if part != "quantity":
            changes, secrets = self.secrets.home() if part == HOME else self.secrets.part(part)
        if part == "budget":
            wish.rings = wish.rings | changes
            changes = {"rings": wish.rings}
        if secrets:
            wish.says(part, secrets)
        self.ada.do(casting.amend, wish.id, changes)

    @rule(which=WHICH, opened=OPEN)
    def open_parts(self, which: int, opened: frozenset[str]) -> None:
        wish = self.wish(which)
        if wish is not None and self.is_open(wish):
            wish.rings = wish.rings | {"open": sorted(opened)}
            wish.opens()
            self.ada.do(casting.amend, wish.id, {"rings": wish.rings})

    @rule(who=WHO)
    def block(self, who: str) -> None:
        """Block somebody, or no longer."""
        if who in self.blocked:
            self.ada.do(peers.unblock, self.shops[who].iri)
            self.blocked.discard(who)
            return
        self.ada.do(peers.block, self.shops[who].iri)
        self.blocked.add(who)

    @rule(which=WHICH)
    def withdraw(self, which: int) -> None:
        wish = self.wish(which)
        if wish is not None and self.is_open(wish):
            self.ada.do(ending.withdraw, wish.id)
            self.follow_up()

    @rule(hours=st.sampled_from([1, 1, 30]))
    def pass_time(self, hours: int) -> None:
        self.clock.pass_time(hours=hours)
        for party in (self.ada, *self.shops.values()):
            party.tick()

    @rule(who=WHO)
    def say_no(self, who: str) -> None:
        shop = self.shops[who]
        signed = journal.entries_of(shop.db, shop.iri, kinds=["undertaking.signed"], limit=50)
        if signed:
            accept = orjson.loads(signed[-1].entry.body)
            refusal = {"@context": accept["@context"], "type": "Reject", "object": accept["id"]}
            refusal |= {
                "id": self.ada.acting.mint("activities", "act"),
                "actor": self.ada.iri,
                "to": [shop.iri],
            }
            with suppress(Remote):
                shop.receive(canonicalise(refusal), self.ada)

    # --- what businesses do -------------------------------------------------------------------------------

    @rule(who=WHO, which=WHICH)
    def sign_wrongly(self, who: str, which: int) -> None:
        for how in WRONG:
            self.sign(who, which, how)

    @rule(who=WHO, which=WHICH)
    def sign(self, who: str, which: int, how: str = "right") -> None:
        """Sign by hand, past the business's own node, rightly or not."""
        wish, asks = self.wish(which), find_entry("PDC-INTENT")
        if wish is None or asks is None:
            return
        other = "rival" if who == "bikes" else "bikes"
        copies = wish.copies.get(other if how == "rival's" else who, {})
        digest, withheld = (
            [*copies.items()][-1] if copies and how != "wrong" else ("zQmNothing", frozenset(PARTS))
        )
        fields = sorted(withheld)[1 if how == "less" else 0 :] or ["place"]
        shop = self.shops[who]
        key = shop.acting.signing_key()
        undertaking = Undertaking(
            iri=shop.acting.mint("undertakings", "und"),
            intention=wish.iri,
            customer=self.ada.iri,
            business=shop.iri,
            roster=asks,
            fields=tuple(IntentionField(iri) for iri, name in FIELDS.items() if name in fields),
            key=key.id,
            multibase=key.key.public.multibase,
            salt=shop.draw(),
            published=self.clock.now,
        )
        activity = render_undertaking(
            SignedUndertaking(undertaking, digest),
            iri=shop.acting.mint("activities", "act"),
            published=self.clock.now,
        )
        self.hand_in(shop, canonicalise(activity if how == "unproved" else shop.acting.sign(activity, key)))

    def hand_in(self, shop: Party, raw: bytes) -> bool:
        """Have the customer's node take something of a business's; tell whether it did."""
        activity = orjson.loads(raw)
        is_open = {wish.iri: self.is_open(wish) for wish in self.wishes}
        try:
            status = self.ada.receive(raw, shop)
            self.follow_up()
        except Remote as error:
            self.look(f"{error!r} {error} {error.detail} {error.code}".encode(), shop.handle)
            return False
        result = activity.get("result")
        if status == 202 and isinstance(result, dict) and result.get("type") == "Undertaking":
            wish = next(each for each in self.wishes if each.iri == activity["object"])
            fields = {FIELDS[iri] for iri in result["fields"]}
            assert "proof" in activity
            assert is_open[wish.iri]
            assert shop.handle not in self.blocked
            assert wish.is_signed_rightly(shop.handle, activity["digestMultibase"], fields)
            wish.granted.setdefault(shop.handle, set()).update(fields)
        return True

    def known(self, who: str, which: int) -> str | None:
        wish = self.wish(which)
        row = wish and intentions.load_intention_by_iri(self.shops[who].db, self.shops[who].iri, wish.iri)
        return row.id if row else None

    def attempt(self, party: Party, service: Callable[..., Any], *arguments: Any) -> None:
        with suppress(Remote):
            party.do(service, *arguments)

    @rule(who=WHO, which=WHICH)
    def let_the_node_sign(self, who: str, which: int) -> None:
        if id := self.known(who, which):
            self.attempt(self.shops[who], signing.undertake, id)

    @rule(who=WHO, which=WHICH)
    def ask_for_a_copy(self, who: str, which: int) -> None:
        wish, shop = self.wish(which), self.shops[who]
        found = None if wish is None else self.served(shop, wish)
        if wish is not None and found is not None and found["type"] == "Proposal":
            answer = incoming.read(canonicalise(found))
            self.attempt(shop, own_copies.take_copy, wish.iri, answer, self.ada.owner.actor)

    @rule(who=WHO, auto=st.booleans())
    def set_terms(self, who: str, auto: bool) -> None:
        shop = self.shops[who]
        shop.do(terms.change, {"undertake": "auto" if auto else "ask", "accepts": ["PDC-INTENT"]})
        shop.follow(signing.FOLLOWER)

    @rule(who=WHO, which=WHICH)
    def offer(self, who: str, which: int) -> None:
        if id := self.known(who, which):
            price = [{"kind": "oneOff", "amount": "500.00", "currency": "EUR", "label": "it"}]
            self.attempt(self.shops[who], offers.make, id, {"price": price})

    @rule(what=st.sampled_from(["counter", "reject", "accept"]), which=WHICH)
    def answer(self, what: str, which: int) -> None:
        found = self.ada.do(offers.list)["items"]
        if found:
            price = [{"kind": "oneOff", "amount": "400.00", "currency": "EUR", "label": "it"}]
            more = [{"price": price}] if what == "counter" else []
            self.attempt(self.ada, getattr(offers, what), found[which % len(found)]["id"], *more)
            self.follow_up()

    @rule(who=WHO, which=WHICH, end=st.sampled_from(["withdraw", "expire", "block"]), after=st.booleans())
    def sign_and_end(self, who: str, which: int, end: str, after: bool) -> None:
        """Let a business sign, and all be over before or after it was told for that."""
        self.sign(who, which, "right")
        self.nothing_leaves_that_was_not_signed_for()
        if after:
            self.carry_all()
        if end == "withdraw":
            self.withdraw(which)
        elif end == "expire":
            self.pass_time(hours=30)
        else:
            self.block(who)
        self.nothing_leaves_that_was_not_signed_for()
        self.carry_all()

    # --- what the network does ----------------------------------------------------------------------------

    @rule(fate=st.sampled_from(["arrives", "arrives", "arrives", "twice", "lost"]), nth=st.integers(0, 3))
    def carry(self, fate: str, nth: int) -> None:
        """Let something that waits arrive, arrive twice, or be lost."""
        waiting = [(party, row) for party in (self.ada, *self.shops.values()) for row in party.queued()]
        if waiting:
            self.hand_over(*waiting[nth % len(waiting)], fate)

    @rule()
    def carry_all(self) -> None:
        for _ in range(20):
            waiting = [(party, row) for party in (self.ada, *self.shops.values()) for row in party.queued()]
            for party, row in waiting:
                self.hand_over(party, row, "arrives")
            if not waiting:
                break

    def hand_over(self, sender: Party, row: DeliveryRow, fate: str) -> None:
        now = delivery_rows.load_delivery(sender.db, row.id)
        recorded = journal.load_entry(sender.db, row.entry)
        if now is None or now.state != "queued" or recorded is None:
            return
        body, taken = recorded.entry.body, True
        for _ in range({"lost": 0, "twice": 2}.get(fate, 1)):
            if sender is self.ada:
                shop = self.shops[self.handle_of(row.address)]
                self.look(body, shop.handle, over=recorded.entry.kind == "intention.told")
                taken = self.hand_to(shop, body)
            else:
                taken = self.hand_in(sender, body)
        if taken:
            arrived(sender, row)
        else:
            record, at = sender.residents.record, self.clock.now
            sender.write(
                lambda db: deliveries.refused(db, row, now=at, record=record, status=409, detail="no")
            )

    def hand_to(self, shop: Party, body: bytes) -> bool:
        try:
            shop.receive(body, self.ada)
        except Remote:
            return False
        return True

    @rule(who=WHO, nth=st.integers(0, 5))
    def repeat(self, who: str, nth: int) -> None:
        """Let something that was sent to a business once arrive again, or for the first time after all."""
        shop = self.shops[who]
        sent = journal.entries_of(self.ada.db, self.ada.iri, kinds=["intention.told"], limit=1000)
        for_it = [item for item in sent if item.entry.peer == shop.iri]
        if for_it:
            self.hand_to(shop, for_it[nth % len(for_it)].entry.body)


def dump(party: Party) -> bytes:
    """Return all that stands in a party's file."""
    conn = party.db.conn
    tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = [row for table in tables for row in conn.execute(f'SELECT * FROM "{table}"')]
    shown = [value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row]
    return b"\n".join([*shown, orjson.dumps(party.do(showing.list, own=False))])


@pytest.mark.parametrize("end", ["withdraw", "expire", "block"])
@pytest.mark.parametrize("after", [True, False])
def test_what_was_signed_for_is_told_no_more_when_all_is_over(end: str, after: bool) -> None:
    rings = Rings()
    rings.begin(("bikes", "rival"), frozenset())
    rings.nothing_leaves_that_was_not_signed_for()
    rings.sign_and_end("bikes", 0, end, after)
    assert rings.wishes[0].granted["bikes"] == {*PARTS}
    rings.nothing_leaves_that_was_not_signed_for()
    rings.teardown()


def test_what_does_not_bind_tells_nothing() -> None:
    rings = Rings()
    rings.begin(("bikes", "rival"), frozenset({"place"}))
    rings.nothing_leaves_that_was_not_signed_for()
    rings.sign_wrongly("rival", 0)
    rings.nothing_leaves_that_was_not_signed_for()
    assert rings.wishes[0].granted == {}
    rings.teardown()


# The profile says how hard to try: in a night a hundred times as many runs, and longer ones.
RUNS = min(settings().max_examples // 2, 6_000)

TestRings = pytest.mark.slow(Rings.TestCase)
TestRings.settings = settings(max_examples=RUNS, stateful_step_count=20 if RUNS < 100 else 50, deadline=None)
