"""The table, and two ends driven by it over a channel that loses, repeats and reorders."""

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.errors import Conflict
from protocol.negotiation import TRANSITIONS, Event, Party, State, advance, diagram, overrides, table

# The table of the specification, in its own words, written here a second time on purpose.
SPECIFIED = """
    none       offerer  offer        offered
    rejected   offerer  reoffer      offered
    countered  offerer  reoffer      offered
    offered    offerer  reoffer      offered
    offered    offeree  counter      countered
    offered    offeree  reject       rejected
    countered  offeree  recant       rejected
    countered  offeree  reject       rejected
    offered    offeree  accept       accepted
    offered    offerer  withdraw     withdrawn
    offered    clock    expire       expired
    countered  clock    expire       expired
    offered    clock    refuse       refused
    countered  clock    refuse       refused
    offered    clock    withdraw     withdrawn
    accepted   offerer  countersign  concluded
    accepted   offerer  renege       reneged
    accepted   offeree  revoke       lapsed
    accepted   clock    lapse        lapsed
    accepted   clock    conclude     concluded
    lapsed     offeree  revoke       lapsed
    concluded  offeree  acknowledge  concluded
    concluded  clock    supersede    superseded
    concluded  clock    end          ended
    concluded  offerer  leave        ending
    concluded  offeree  leave        ending
    superseded offeree  acknowledge  superseded
    ending     offeree  acknowledge  ending
    ending     clock    supersede    superseded
    ending     offerer  leave        ending
    ending     offeree  leave        ending
    ending     clock    end          ended
    ended      offeree  acknowledge  ended
"""
RULES = {
    (State(before), Party(party), Event(event)): State(after)
    for before, party, event, after in (rule.split() for rule in SPECIFIED.strip().splitlines())
}


def legal(state: State, party: Party) -> frozenset[Event]:
    """List what a party may do in a state."""
    return frozenset(event for before, who, event in TRANSITIONS if (before, who) == (state, party))


@pytest.mark.parametrize(("state", "party"), list(product(State, Party)))
def test_every_state_and_party_by_every_event(state: State, party: Party) -> None:
    for event in Event:
        if (state, party, event) in RULES:
            assert advance(state, party, event) is RULES[state, party, event]
            assert event in legal(state, party)
        else:
            with pytest.raises(Conflict, match="illegal-transition"):
                advance(state, party, event)
            assert event not in legal(state, party)


def test_the_table_cannot_be_changed() -> None:
    changed: Any = TRANSITIONS
    with pytest.raises(TypeError):
        changed[State.ENDED, Party.CLOCK, Event.END] = State.NONE


def test_every_state_can_be_reached() -> None:
    assert set(TRANSITIONS.values()) | {State.NONE} == set(State)


# What binds nobody any more.
OVER = frozenset(
    {
        State.WITHDRAWN,
        State.EXPIRED,
        State.REFUSED,
        State.LAPSED,
        State.RENEGED,
        State.SUPERSEDED,
        State.ENDED,
    }
)
# What binds nobody, and waits for nobody.
FREE = OVER | {State.NONE, State.REJECTED}
# What the clock does at a date that is known beforehand.
DATED = frozenset({Event.EXPIRE, Event.LAPSE, Event.END})


@pytest.mark.parametrize("state", sorted(OVER))
def test_the_end_is_the_end(state: State) -> None:
    # A receipt, or the word that it is over, may still come; it leads nowhere else.
    assert {advance(state, party, event) for party in Party for event in legal(state, party)} <= {state}


@pytest.mark.parametrize(("state", "party"), list(product(State, [Party.OFFERER, Party.OFFEREE])))
def test_whoever_waits_has_a_way_out_or_a_date(state: State, party: Party) -> None:
    """Neither end needs the other, or its network, to be free again one day."""
    reached, before = {state}, set[State]()
    while reached != before:
        before = set(reached)
        for (source, who, event), after in TRANSITIONS.items():
            by_itself = who is party or (who is Party.CLOCK and event in DATED)
            if source in before and by_itself:
                reached.add(after)
    assert reached & FREE


@pytest.mark.parametrize(
    ("own", "answer", "wins"),
    [
        (Event.WITHDRAW, Event.ACCEPT, True),
        (Event.WITHDRAW, Event.REJECT, True),
        (Event.WITHDRAW, Event.COUNTER, True),
        (Event.REOFFER, Event.ACCEPT, True),
        (Event.REOFFER, Event.REJECT, False),
        (Event.REOFFER, Event.COUNTER, False),
        (Event.EXPIRE, Event.ACCEPT, True),
        (Event.EXPIRE, Event.REJECT, True),
        (Event.EXPIRE, Event.COUNTER, False),
    ],
)
def test_which_of_two_crossing_moves_wins(own: Event, answer: Event, wins: bool) -> None:
    assert overrides(State.OFFERED, own, answer) is wins


@pytest.mark.parametrize("own", [Event.COUNTERSIGN, Event.RENEGE, Event.LAPSE])
def test_what_the_offeree_revoked_before_it_saw_our_move_is_revoked(own: Event) -> None:
    assert overrides(State.ACCEPTED, own, Event.REVOKE)


def test_an_answer_nobody_could_give_does_not_cross_anything() -> None:
    with pytest.raises(Conflict, match="illegal-transition"):
        overrides(State.REJECTED, Event.REOFFER, Event.ACCEPT)


def test_a_move_that_stands_leads_to_the_same_state_at_both_ends() -> None:
    """This is why one comparison settles a crossing."""
    checked = 0
    for (before, party, own), after in TRANSITIONS.items():
        for answer in legal(before, Party.OFFEREE) if party is not Party.OFFEREE else ():
            if not overrides(before, own, answer):
                assert advance(advance(before, Party.OFFEREE, answer), party, own) is after
                checked += 1
    assert checked == 18


def test_the_diagram_and_the_table_are_drawn_from_the_transitions() -> None:
    drawn = diagram()
    assert drawn.startswith("stateDiagram-v2\n    [*] --> none\n    none --> offered: offerer offer\n")
    assert drawn.endswith("    ended --> [*]\n")
    assert drawn.count("-->") == 1 + len(RULES) + len(OVER)
    rows = table().splitlines()
    assert rows[:3] == [
        "| from | by | event | to |",
        "| --- | --- | --- | --- |",
        "| none | offerer | offer | offered |",
    ]
    assert len(rows) == 2 + len(RULES)


# A model of two nodes. Each keeps a state and sends moves; the channel between them loses, repeats and
# reorders whatever it likes, and the sender repeats until everything has arrived, in order per recipient, as
# delivery does.


@dataclass(frozen=True)
class Message:
    """A move on its way: its number at its sender, and the offer that stood there when it was made."""

    number: int
    event: Event
    offer: int


@dataclass
class End:
    """What both ends have in common: a state, an outbox, and how much of the other's outbox has arrived."""

    party: Party
    state: State = State.NONE
    outbox: list[Message] = field(default_factory=list)
    received: int = 0
    standing: int = -1

    def send(self, event: Event) -> None:
        self.state = advance(self.state, self.party, event)
        if event in (Event.OFFER, Event.REOFFER):
            self.standing = len(self.outbox)
        self.outbox.append(Message(len(self.outbox), event, self.standing))

    def receive(self, message: Message) -> None:
        if message.number == self.received:  # not a repetition, and nothing before it is missing
            self.received += 1
            self.take(message)

    def take(self, message: Message) -> None:
        raise AssertionError(message)

    def expire(self, event: Event) -> None:
        self.state = advance(self.state, Party.CLOCK, event)


class Offeree(End):
    """Takes moves in the order they come; what is illegal then has no effect."""

    def expire(self, event: Event) -> None:
        super().expire(event)
        if event is Event.LAPSE:  # and says so
            self.send(Event.REVOKE)

    def take(self, message: Message) -> None:
        if message.event in legal(self.state, Party.OFFERER):
            self.state = advance(self.state, Party.OFFERER, message.event)
            self.standing = message.offer


@dataclass
class Offerer(End):
    """Moves at once, and settles the crossing when an answer arrives to an offer it has moved on from."""

    # (offer, state) -> our first move, or our clock's, after the offer or its acceptance
    since: dict[tuple[int, State], Event] = field(default_factory=dict)

    def send(self, event: Event) -> None:
        self.since[self.standing, self.state] = event
        super().send(event)

    def expire(self, event: Event) -> None:
        self.since[self.standing, self.state] = event
        super().expire(event)

    def take(self, message: Message) -> None:
        assumed = State.ACCEPTED if message.event is Event.REVOKE else State.OFFERED
        own = self.since.get((message.offer, assumed))
        if own is None or message.event in (Event.LEAVE, Event.ACKNOWLEDGE):
            if message.event in legal(self.state, Party.OFFEREE):
                self.state = advance(self.state, Party.OFFEREE, message.event)
        elif overrides(assumed, own, message.event):
            self.state = advance(assumed, Party.OFFEREE, message.event)


@dataclass
class Market:
    """Two ends and what is between them."""

    offerer: Offerer = field(default_factory=lambda: Offerer(Party.OFFERER))
    offeree: Offeree = field(default_factory=lambda: Offeree(Party.OFFEREE))

    def deliver(self, sender: End, receiver: End, place: int) -> None:
        """Let one of the messages sent so far arrive: any of them, again or for the first time."""
        if sender.outbox:
            receiver.receive(sender.outbox[place % len(sender.outbox)])

    def settle(self) -> None:
        """Let everything arrive, then let the clocks run out, until nothing changes any more."""
        for _ in range(2):  # what the clocks make them say has to arrive, too
            for sender, receiver in ((self.offerer, self.offeree), (self.offeree, self.offerer)):
                for number in range(len(sender.outbox)):
                    self.deliver(sender, receiver, number)
            for end in (self.offerer, self.offeree):
                expire(end)


def expire(end: End) -> None:
    for event in legal(end.state, Party.CLOCK) & {Event.EXPIRE, Event.LAPSE}:
        end.expire(event)


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["offerer", "offeree", "to offeree", "to offerer", "time"]), st.integers(0, 5)),
    max_size=30,
)

# Both mean that there is no deal and never will be: a withdrawal that crosses the offeree's clock leaves one
# of each.
DEAD = frozenset({State.WITHDRAWN, State.EXPIRED})


OPENED = [("offerer", 0), ("to offeree", 0)]


@given(ACTIONS.map(lambda actions: OPENED + actions))
@example([*OPENED, ("offerer", 0), ("offeree", 0)])  # a new offer crosses an acceptance
@example([*OPENED, ("offerer", 0), ("offeree", 1)])  # ... a counter-offer
@example([*OPENED, ("offerer", 0), ("offeree", 2)])  # ... a rejection
@example([*OPENED, ("offerer", 1), ("offeree", 0)])  # a withdrawal crosses an acceptance
@example([*OPENED, ("offerer", 1), ("offeree", 1)])
@example([*OPENED, ("offerer", 1), ("offeree", 2)])
@example([*OPENED, ("time", 1), ("offeree", 0)])  # the offerer's clock crosses an acceptance
@example([*OPENED, ("time", 1), ("offeree", 1)])
@example([*OPENED, ("time", 1), ("offeree", 2)])
@example([*OPENED, ("time", 0), ("offerer", 0)])  # the offeree's clock crosses a new offer
@example([*OPENED, ("time", 0), ("offerer", 1)])
@example([*OPENED, ("offeree", 0), ("to offerer", 0), ("time", 0), ("offerer", 0)])  # a countersignature
@example([*OPENED, ("offeree", 0), ("to offerer", 0), ("time", 0), ("offerer", 1)])  # ... reneging
@example([*OPENED, ("offeree", 0), ("to offerer", 0), ("time", 1), ("time", 0)])  # ... both clocks
def test_two_ends_never_disagree_once_everything_has_arrived(actions: list[tuple[str, int]]) -> None:
    market = Market()
    for action, choice in actions:
        perform(market, action, choice)
    market.settle()
    ours, theirs = market.offerer.state, market.offeree.state
    assert ours is theirs or {ours, theirs} <= DEAD


def perform(market: Market, action: str, choice: int) -> None:
    match action:
        case "offerer" | "offeree":
            end = market.offerer if action == "offerer" else market.offeree
            possible = sorted(legal(end.state, end.party))
            if possible:
                end.send(possible[choice % len(possible)])
        case "to offeree":
            market.deliver(market.offerer, market.offeree, choice)
        case "to offerer":
            market.deliver(market.offeree, market.offerer, choice)
        case "time":
            expire(market.offerer if choice else market.offeree)
