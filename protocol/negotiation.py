"""The negotiation as one table: who may do what in which state, and where that leads.

Rules that hold here:

- Both ends, and the clock of each, are driven by this table and nothing else. It knows offerer and offeree;
  which of them is the customer changes nothing.
- What the table does not list is illegal: refused, no state change.
- An Offer that opens a negotiation is `offer`, one that replaces or follows an earlier one is `reoffer`; on
  the wire the second has `inReplyTo`, so a later round always names what it answers.
- An offer that replaces a concluded agreement opens a negotiation of its own; when that one concludes, the
  old agreement is superseded.
- Nothing binds without end: an offer ends at its time, an acceptance at its own unless it is countersigned
  before, and an agreement as its terms say. Whoever waits in a state has a way out of it, or a date.
- The order in which the offeree saw things decides between moves that crossed on their way (`overrides`).

Diagram and table of the documentation are generated from here.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from protocol import codes
from protocol.errors import Conflict


class State(StrEnum):
    """Where a negotiation, and then its agreement, stands."""

    NONE = "none"
    OFFERED = "offered"
    COUNTERED = "countered"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    CONCLUDED = "concluded"
    RENEGED = "reneged"
    SUPERSEDED = "superseded"
    ENDING = "ending"
    ENDED = "ended"


class Party(StrEnum):
    """Who moves: one of the two ends, or nobody: time passes, or one thing follows from another."""

    OFFERER = "offerer"
    OFFEREE = "offeree"
    CLOCK = "clock"


class Event(StrEnum):
    """What a party does, or what happens to both of them."""

    OFFER = "offer"
    REOFFER = "reoffer"
    COUNTER = "counter"
    RECANT = "recant"
    REJECT = "reject"
    ACCEPT = "accept"
    WITHDRAW = "withdraw"
    COUNTERSIGN = "countersign"
    RENEGE = "renege"
    REVOKE = "revoke"
    ACKNOWLEDGE = "acknowledge"
    LEAVE = "leave"
    EXPIRE = "expire"
    REFUSE = "refuse"
    LAPSE = "lapse"
    CONCLUDE = "conclude"
    SUPERSEDE = "supersede"
    END = "end"


TRANSITIONS: Final[Mapping[tuple[State, Party, Event], State]] = MappingProxyType(
    {
        (State.NONE, Party.OFFERER, Event.OFFER): State.OFFERED,
        (State.OFFERED, Party.OFFERER, Event.REOFFER): State.OFFERED,
        (State.COUNTERED, Party.OFFERER, Event.REOFFER): State.OFFERED,
        (State.REJECTED, Party.OFFERER, Event.REOFFER): State.OFFERED,
        (State.OFFERED, Party.OFFEREE, Event.COUNTER): State.COUNTERED,
        (State.OFFERED, Party.OFFEREE, Event.REJECT): State.REJECTED,
        # To counter was to reject and to ask for more: who takes that back leaves the rejection.
        (State.COUNTERED, Party.OFFEREE, Event.RECANT): State.REJECTED,
        (State.COUNTERED, Party.OFFEREE, Event.REJECT): State.REJECTED,
        (State.OFFERED, Party.OFFEREE, Event.ACCEPT): State.ACCEPTED,
        (State.OFFERED, Party.OFFERER, Event.WITHDRAW): State.WITHDRAWN,
        (State.OFFERED, Party.CLOCK, Event.EXPIRE): State.EXPIRED,
        (State.COUNTERED, Party.CLOCK, Event.EXPIRE): State.EXPIRED,
        # A first offer that was not taken there, or never sent, began nothing; only its own end knows of it.
        (State.OFFERED, Party.CLOCK, Event.REFUSE): State.REFUSED,
        (State.COUNTERED, Party.CLOCK, Event.REFUSE): State.REFUSED,
        (State.OFFERED, Party.CLOCK, Event.WITHDRAW): State.WITHDRAWN,
        (State.ACCEPTED, Party.OFFERER, Event.COUNTERSIGN): State.CONCLUDED,
        (State.ACCEPTED, Party.OFFERER, Event.RENEGE): State.RENEGED,
        # An acceptance binds until its date. Time ends it then, and the offeree says so in so many words.
        (State.ACCEPTED, Party.CLOCK, Event.LAPSE): State.LAPSED,
        (State.ACCEPTED, Party.OFFEREE, Event.REVOKE): State.LAPSED,
        (State.LAPSED, Party.OFFEREE, Event.REVOKE): State.LAPSED,
        # Plain FEP-0837 has no countersignature: there the acceptance concludes, once it has arrived.
        (State.ACCEPTED, Party.CLOCK, Event.CONCLUDE): State.CONCLUDED,
        # The receipt of the countersignature; notice may cross it, and time may be faster.
        (State.CONCLUDED, Party.OFFEREE, Event.ACKNOWLEDGE): State.CONCLUDED,
        (State.ENDING, Party.OFFEREE, Event.ACKNOWLEDGE): State.ENDING,
        (State.ENDED, Party.OFFEREE, Event.ACKNOWLEDGE): State.ENDED,
        (State.SUPERSEDED, Party.OFFEREE, Event.ACKNOWLEDGE): State.SUPERSEDED,
        (State.CONCLUDED, Party.CLOCK, Event.SUPERSEDE): State.SUPERSEDED,
        # A notice may cross the amendment that replaces what was given notice of.
        (State.ENDING, Party.CLOCK, Event.SUPERSEDE): State.SUPERSEDED,
        (State.CONCLUDED, Party.OFFERER, Event.LEAVE): State.ENDING,
        (State.CONCLUDED, Party.OFFEREE, Event.LEAVE): State.ENDING,
        # Both may give notice at the same time, or one for an earlier day: the earlier of the two holds.
        (State.ENDING, Party.OFFERER, Event.LEAVE): State.ENDING,
        (State.ENDING, Party.OFFEREE, Event.LEAVE): State.ENDING,
        # An agreement is over when somebody's notice has run out, or at the end that its terms name.
        (State.ENDING, Party.CLOCK, Event.END): State.ENDED,
        (State.CONCLUDED, Party.CLOCK, Event.END): State.ENDED,
    }
)


def advance(state: State, party: Party, event: Event) -> State:
    """Return the state that the event leads to.

    Raises:
        Conflict: `illegal-transition`, if this party may not do this now; nothing changes then.
    """
    try:
        return TRANSITIONS[state, party, event]
    except KeyError:
        detail = f"The {party} cannot do this ({event}) while the negotiation is {state}."
        raise Conflict(codes.ILLEGAL_TRANSITION, detail) from None


def overrides(state_before: State, own_event: Event, answer_event: Event) -> bool:
    """Decide, at the offerer's end, whether an answer wins over an own move that it crossed.

    The offeree answers only what stands at its end. An answer to our earlier offer therefore shows that the
    offeree had not seen our move yet, and that our move will meet the state the answer led to:

    - the move is illegal there (a withdrawal, a new offer or our clock, after an acceptance; a
      countersignature after the acceptance was revoked): it has no effect at the other end, so the answer
      wins and our move is void;
    - the move is legal there (a new offer after a rejection or a counter): it takes effect at the other end,
      so our move stands and the answer is stale.

    Both ends agree either way, because a move that is legal in both states leads to the same one.

    Two moves that cross, for instance: an offer O1 stands at both ends, offered. The offerer takes it back
    (U answers O1) while, before U has arrived, the offeree accepts it (A answers O1).

        offerer: offered, U -> withdrawn;  A comes: overrides(offered, withdraw, accept)
        offeree: offered, A -> accepted;   U comes: (accepted, offerer, withdraw) is not in the table: 409

    From accepted there is no way for a withdrawal, so it is True: the offerer leaves U out, folds O1 and A,
    and stands at accepted like the offeree, which refused U. Had the offeree rejected O1 (R) while the
    offerer replaced it (O2 answers O1), then (rejected, offerer, reoffer) leads to offered: False. R is stale
    at the offerer, O2 follows R at the offeree, and both stand at offered with the terms of O2.

    Args:
        state_before: the state when our move was made, which the answer still assumes.
        own_event: the first move of ours, or of our clock, after what is answered.
        answer_event: the offeree's answer to that.

    Raises:
        Conflict: `illegal-transition`, if the offeree could not have answered like this in any case.
    """
    answered = advance(state_before, Party.OFFEREE, answer_event)
    return not any((answered, party, own_event) in TRANSITIONS for party in (Party.OFFERER, Party.CLOCK))


def diagram() -> str:
    """Draw the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.NONE}"]
    for (before, party, event), after in TRANSITIONS.items():
        lines.append(f"    {before} --> {after}: {party} {event}")
    sources = {before for (before, _, _), after in TRANSITIONS.items() if after is not before}
    lines += [f"    {state} --> [*]" for state in State if state not in sources]
    return "\n".join(lines) + "\n"


def table() -> str:
    """Write the table in Markdown, one row for each transition."""
    lines = ["| from | by | event | to |", "| --- | --- | --- | --- |"]
    for (before, party, event), after in TRANSITIONS.items():
        lines.append(f"| {before} | {party} | {event} | {after} |")
    return "\n".join(lines) + "\n"
