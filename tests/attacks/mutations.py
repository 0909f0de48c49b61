"""Thousands of bent activities against a node in a process of its own: `python -m tests.attacks.mutations`.

Hypothesis bends valid activities of every kind (`baselines`, `bending`); each is signed and sent. Whatever
it is, the node answers with a status that the catalogue knows, never with one of 500 and above, and in time.
What it refuses changes nothing; what it takes leaves a node whose journal verifies, whose state is the one
that its journal replays to, and which takes the next honest offer. Its event loop is never held up
(`watched`).

After each refusal the head of the journal and the number of rows of the tables are compared, and every
25th time all of the state, as the catalogue's cases do: hashing it each time would cost more than all else.
Every 40th time an activity is sent as it is, and has to be taken: so it is their bend that the others
are refused for.

`--seed N` draws the same bends again. Exit codes: 0 all held, 1 something did not, 2 usage.
"""

import argparse
import itertools
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

from hypothesis import HealthCheck, Phase, given, seed, settings

from protocol.errors import ProtocolError
from protocol.signatures import Scheme
from protocol.strictjson import Document
from tests.attacks.baselines import KINDS, Make
from tests.attacks.bending import Bent, Form, Made, Signing, apply, apply_to_bytes, bends, write
from tests.attacks.parties import MARK, Party, shot
from tests.attacks.watched import STALL_SECONDS, WatchedNode
from tests.attacks.wire import HANG_SECONDS, Answer, Shot, exchange
from tests.attacks.world import ROOMY, Missed, Realm, World

# 415 is for nothing at all: who sends no bytes names no type of them.
KNOWN: Final = frozenset({200, 202, 400, 401, 403, 409, 413, 415, 422})
_REFUSED: Final = 400
_IN_FULL: Final = 25  # refusals between two looks at all of the state
_UNBENT: Final = 40  # every so manieth activity is sent as it is
_VERIFIED: Final = 8  # accepted ones between two verifications of the journal
_REPLAYED: Final = 40  # accepted ones between two replays of the journal
_LIFE: Final = 150  # accepted ones after which a fresh node takes over: looking through a full one takes long
_CHUNK: Final = 500  # bends drawn in one go
_SHOWN: Final = 20
_BY_ITSELF: Final = frozenset(
    {"offer.expired", "intention.expired", "acceptance.lapsed", "revoke", "agreement.ended"}
)
_HEAD: Final = "SELECT entry, hex(chain) FROM journal ORDER BY entry DESC LIMIT 1"
_SINCE: Final = "SELECT kind FROM journal WHERE entry > ?"
_COUNTED: Final = (
    "intentions", "offers", "moves", "agreements", "messages", "peers", "follows", "receipts", "deliveries",
    "reservations",
)  # fmt: skip
_COUNTS: Final = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in _COUNTED)


@dataclass
class Figures:
    """What came of it."""

    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest_seconds: float = 0.0
    stall_seconds: float = 0.0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of this process and of the nodes."""
    nodes: int = 0

    @property
    def count(self) -> int:
        """How many were sent."""
        return self.statuses.total()

    def __str__(self) -> str:
        """Say it in a few lines."""
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items()))
        rate, per_core = (self.count / max(took, 1e-9) for took in (self.seconds, self.cpu_seconds))
        reasons = ", ".join(f"{code}: {count}" for code, count in self.codes.most_common(8))
        never = sorted(kind for kind in self.kinds if not self.taken[kind])
        return "\n".join(
            [
                f"{self.count} activities, {len(self.kinds)} kinds, {self.nodes} nodes",
                f"{rate:.0f} a second, {per_core:.0f} for each second of CPU",
                f"statuses: {statuses}; bent and taken all the same: {self.taken.total()}",
                f"for {len(self.codes)} reasons, above all {reasons}",
                *([f"never taken when bent: {', '.join(never)}"] if never else []),
                f"slowest answer {self.slowest_seconds:.3f} s, longest stall {self.stall_seconds:.3f} s",
                f"{len(self.findings)} findings",
            ]
        )


@dataclass
class Station:
    """One kind of activity: who sends it, and from where."""

    party: Party
    make: Make


class Session:
    """A node under mutation, until it has taken so much that a fresh one is quicker."""

    def __init__(self, folder: Path, figures: Figures) -> None:
        self._folder, self._figures = folder, figures
        self._stations: dict[str, Station] = {}
        self._refused = self.accepted = 0

    def __enter__(self) -> Self:
        self._figures.nodes += 1
        flags = {name: str(value) for name, value in ROOMY.items()}
        self.node = WatchedNode(self._folder / f"n{self._figures.nodes}", flags).start()
        self._realm = Realm(self._folder, given=self.node).__enter__()
        self.world: World = self._realm.world("open")
        self._is_held = False
        # All are known from the beginning: bent addresses use up what may be asked of their server.
        self._parties = {kind: self.world.stranger() for kind in KINDS}
        for party in self._parties.values():
            self.world.must(self.world.baseline(party))
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._replay()
        except Missed as missed:
            self._figures.findings.append(f"at the end {missed}")
        self._realm.__exit__(None, None, None)
        self.node.stop()
        stalls = self.node.stalls()
        if stalls:
            self._figures.stall_seconds = max(self._figures.stall_seconds, stalls[0]["stall"])
        self._figures.findings += [
            f"the event loop stood still for {stall['stall']:.2f} s at\n{stall['place']}"
            for stall in stalls
            if stall["stall"] > STALL_SECONDS
        ]

    # --- sending --------------------------------------------------------------------------------------------

    def attack(self, bent: Bent) -> None:
        """Send a bent activity, and note whatever does not hold."""
        station = self._station(bent.kind)
        if not self._is_held:
            self._hold()
        body = self._body(bent, station)
        answer = exchange(self.world.place, self._signed(bent, station.party, body).render())
        self._count(bent, answer)
        try:
            self._judge(bent, answer, body)
        except Missed as missed:
            self._figures.findings.append(f"{bent}\n    {missed}\n    {_shown(body)}")
            self._is_held = False

    def control(self, kind: str) -> None:
        """Send an activity as it is: it is taken."""
        for _ in range(2):  # a bent one that was taken may have moved the place of another
            station = self._station(kind)
            document = station.make()
            send = self.world.say if KINDS[kind].is_proved else self.world.deliver
            answer = send(station.party, document)
            self._figures.statuses[answer.status] += 1
            self._is_held = False
            del self._stations[kind]
            if answer.status == 202:
                break
        else:
            self._figures.findings.append(f"{kind}: as it is it gets {answer.status} {answer.code}")

    def _station(self, kind: str) -> Station:
        if kind not in self._stations:
            party = self._parties[kind]
            self._stations[kind] = Station(party, KINDS[kind].prepare(self.world, party))
            self._is_held = False
        return self._stations[kind]

    def _body(self, bent: Bent, station: Station) -> bytes:
        document, is_proved = station.make(), KINDS[bent.kind].is_proved
        if is_proved and (bent.proof is Made.STALE or bent.form is Form.BYTES):
            document = self._prove(document, station.party)
        if bent.form is Form.BYTES:
            return write(document, is_ascii=bent.is_ascii)
        for step in bent.steps:
            document = apply(step, document)
        if is_proved and bent.proof is Made.ANEW:
            document = self._prove(document, station.party)
        return write(document, is_ascii=bent.is_ascii)

    def _prove(self, document: Document, party: Party) -> Document:
        # What has no canonical form cannot be proved; it goes as it is.
        with suppress(ProtocolError, ValueError, TypeError, RecursionError, AttributeError):
            return party.prove(document, now=self.world.now())
        return document

    def _signed(self, bent: Bent, party: Party, body: bytes) -> Shot:
        spoiled = body
        for step in bent.steps if bent.form is Form.BYTES else ():
            spoiled = apply_to_bytes(step, spoiled)
        covered = spoiled if bent.proof is Made.ANEW else body
        request = party.request(self.world.url(), covered)
        rsa = bent.signing is not Signing.ED25519
        headers = party.headers(
            request,
            now=self.world.now(),
            scheme=Scheme.CAVAGE if bent.signing is Signing.CAVAGE else Scheme.RFC9421,
            key=party.rsa if rsa else party.ed25519,
            key_id=party.rsa_id if rsa else party.ed25519_id,
        )
        return shot(request, headers, host=self.world.host).carrying(spoiled)

    # --- judging --------------------------------------------------------------------------------------------

    def _count(self, bent: Bent, answer: Answer) -> None:
        figures = self._figures
        figures.statuses[answer.status] += 1
        figures.kinds[bent.kind] += 1
        figures.codes.update([answer.code] if answer.code else [])
        figures.slowest_seconds = max(figures.slowest_seconds, answer.seconds)

    def _judge(self, bent: Bent, answer: Answer, body: bytes) -> None:
        _demand(answer.status in KNOWN, f"the answer is {answer.status} {answer.code}")
        _demand(answer.seconds < HANG_SECONDS, f"the answer took {answer.seconds:.1f} s")
        if answer.status >= _REFUSED:
            _demand(answer.code, "the refusal is no problem document")
            _demand(MARK.encode() not in answer.raw, "the refusal repeats what was sent")
            self._refused += 1
            self._look(in_full=self._refused % _IN_FULL == 0)
            return
        self._figures.taken[bent.kind] += 1
        self.accepted += 1
        del self._stations[bent.kind]
        self._is_held = False
        rival = self.world.rival
        honest = self.world.deliver(
            rival, self.world.offer(rival), key=rival.ed25519, key_id=rival.ed25519_id
        )
        _demand(honest.status == 202, f"an honest business then gets {honest.status} {honest.code}")
        if self.accepted % _VERIFIED == 0:  # a chain: what holds now held before
            _demand(self.world.asked("POST", "/journal/verify")["ok"], "the journal does not verify")
        if self.accepted % _REPLAYED == 0:
            self._replay()

    def _replay(self) -> None:
        self.world.settle()
        rebuilt = self.world.asked("POST", "/journal/rebuild")
        _demand(rebuilt["unchanged"], "the journal replays to another state")

    def _brief(self) -> list[Any]:
        return [*self.world.rows(_HEAD), *self.world.rows(_COUNTS)]

    def _hold(self) -> None:
        self.world.settle()
        self._held = self._brief()
        self._held_state = self.world.state()
        self._is_held = True

    def _look(self, *, in_full: bool) -> None:
        brief = self._brief()
        if brief == self._held and not in_full:
            return
        since = self._held[0][0]
        happened = {kind for (kind,) in self.world.rows(_SINCE, since)}
        if happened and happened <= _BY_ITSELF:  # an offer whose end was bent has ended
            self._hold()
            return
        _demand(brief == self._held, f"the state has changed: {sorted(happened) or brief}")
        _demand(
            self.world.state() == self._held_state, f"one of the last {_IN_FULL} refused changed something"
        )


def _shown(body: bytes) -> str:
    """Show the beginning of a body, without its context, which is always nearly the same."""
    _, mark, rest = body.partition(b'"id":')
    return repr((mark + rest or body)[:1_200])


def _demand(condition: object, sentence: str) -> None:
    if not condition:
        raise Missed(sentence)


# --- running ------------------------------------------------------------------------------------------------


def play(examples: int, *, first: int, kinds: Sequence[str] = tuple(KINDS)) -> Figures:
    """Bend and send so many activities, as drawn from the seed `first`; return the figures."""
    figures, began, cpu_began = Figures(), time.monotonic(), _cpu_seconds()
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        chunks = itertools.count(first)
        while figures.kinds.total() < examples:
            with Session(Path(name), figures) as session:
                while session.accepted < _LIFE and figures.kinds.total() < examples:
                    left = examples - figures.kinds.total()
                    _play(session, tuple(kinds), min(left, _CHUNK), next(chunks))
    figures.seconds, figures.cpu_seconds = time.monotonic() - began, _cpu_seconds() - cpu_began
    return figures


def _cpu_seconds() -> float:
    """Return what this process has used, and the nodes that have ended."""
    used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _play(session: Session, kinds: tuple[str, ...], examples: int, drawn_from: int) -> None:
    turns = itertools.count(1)

    @seed(drawn_from)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(bends())
    def one(bent: Bent) -> None:
        turn = next(turns)
        if turn % _UNBENT == 0:
            session.control(kinds[(turn // _UNBENT) % len(kinds)])
        session.attack(replace(bent, kind=kinds[turn % len(kinds)]))

    one()


def main(words: Sequence[str] | None = None) -> int:
    """Run as many as are asked for, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks.mutations", description="Bend activities.")
    parser.add_argument("--examples", type=int, default=2_000, metavar="N", help="how many, 2000 by default")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)), metavar="N")
    parser.add_argument("--kind", action="append", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    options = parser.parse_args(words)
    print(f"--seed {options.seed}", flush=True)
    figures = play(options.examples, first=options.seed, kinds=options.kind or tuple(KINDS))
    for finding in figures.findings[:_SHOWN]:
        print(f"✗ {finding}")
    print(figures)
    return 1 if figures.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
