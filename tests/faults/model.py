"""A second opinion on negotiations: what a story made of activities may be, said without the product's code.

It reads activities as they went over the wire and knows nothing of threads, projections, or what crossed
what. Whatever happened on the way, in the end a negotiation is one story, the same at both ends: a path
through the table below, of moves that their actors made, each answering what stood; then time does the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from protocol.documents import Document

OFFERER, OFFEREE = "offerer", "offeree"

# (state, who, what) -> state, as docs/protocol.md has it, written down a second time.
TABLE: Mapping[tuple[str, str, str], str] = {
    ("none", OFFERER, "offer"): "offered",
    ("offered", OFFERER, "offer"): "offered",
    ("countered", OFFERER, "offer"): "offered",
    ("rejected", OFFERER, "offer"): "offered",
    ("offered", OFFEREE, "counter"): "countered",
    ("offered", OFFEREE, "reject"): "rejected",
    ("countered", OFFEREE, "recant"): "rejected",
    ("offered", OFFEREE, "accept"): "accepted",
    ("offered", OFFERER, "withdraw"): "withdrawn",
    ("accepted", OFFERER, "countersign"): "concluded",
    ("accepted", OFFERER, "renege"): "reneged",
    ("accepted", OFFEREE, "revoke"): "lapsed",
    ("concluded", OFFEREE, "acknowledge"): "concluded",
    **{(state, who, "leave"): "ending" for state in ("concluded", "ending") for who in (OFFERER, OFFEREE)},
}
OPEN = frozenset({"offered", "countered"})
# What binds nobody, and waits for nobody.
FREE = frozenset(
    {"none", "rejected", "withdrawn", "expired", "refused", "lapsed", "reneged", "superseded", "ended"}
)
SIGNED_BY_BOTH = frozenset({"concluded", "superseded", "ending", "ended"})
LIVING = SIGNED_BY_BOTH - {"superseded", "ended"} | {"accepted"}


@dataclass(frozen=True)
class Told:
    """One activity as it went over the wire: who did what, in answer to what."""

    iri: str
    actor: str
    what: str
    document: Document

    @property
    def answers(self) -> str | None:
        """The address of what it answers; None for an offer that opens a negotiation."""
        member = "inReplyTo" if self.what == "offer" else "object"
        found = self.document.get(member)
        return None if found is None else str(found)

    @property
    def digest(self) -> str | None:
        """The digest of what it answers."""
        return self.document.get("digestMultibase")

    def moment(self, member: str) -> datetime | None:
        """Return the time that a member holds."""
        text = self.document.get(member)
        return None if text is None else datetime.fromisoformat(text)


def tell(document: Document) -> Told | None:
    """Say what an activity does in a negotiation; None if it is no move."""
    inner, kind = document["object"], document["type"]
    about_agreement = isinstance(inner, str) and "/agreements/" in inner
    moves = {
        "Offer": "offer",
        "Undo": "withdraw",
        "Leave": "leave",
        "Read": "acknowledge",
        "Accept": "countersign" if about_agreement else "accept",
        "Reject": "renege" if about_agreement else "counter" if "result" in document else "reject",
    }
    if kind not in moves or (kind == "Offer" and inner["type"] != "Agreement"):
        return None
    return Told(document["id"], document["actor"], moves[kind], document)


def tell_undone(told: Sequence[Told]) -> list[Told]:
    """Say of what was told which Undo takes back no offer: by itself each looks like a withdrawal."""
    undoes = {"accept": "revoke", "counter": "recant"}
    undone = {move.iri: undoes[move.what] for move in told if move.what in undoes}
    return [
        replace(move, what=undone[str(move.answers)])
        if move.what == "withdraw" and move.answers in undone
        else move
        for move in told
    ]


@dataclass(frozen=True)
class Story:
    """A negotiation as one end tells it: the activities that count, in order, and the digest of each."""

    moves: Sequence[Told]
    digests: Sequence[str]

    @property
    def offerer(self) -> str:
        """Who opened it."""
        return self.moves[0].actor

    @property
    def amends(self) -> str | None:
        """The agreement that it is to replace."""
        return self.moves[0].answers

    @property
    def acceptance(self) -> Told | None:
        """The acceptance, if there was one."""
        return next((move for move in self.moves if move.what == "accept"), None)

    @property
    def agreement(self) -> str | None:
        """The address of what was agreed."""
        return None if self.acceptance is None else str(self.acceptance.document["result"]["id"])

    def state(self) -> str:
        """Walk through the table; return where that ends, before time had its say.

        Raises:
            AssertionError: no such story can be.
        """
        state, standing = "none", 0
        for place, move in enumerate(self.moves):
            who = OFFERER if move.actor == self.offerer else OFFEREE
            assert (state, who, move.what) in TABLE, f"{who} cannot {move.what} when {state}"
            state = TABLE[state, who, move.what]
            if place:
                self._check_answer(move, place, standing)
            if move.what == "offer":
                standing = place
        return state

    def _check_answer(self, move: Told, place: int, standing: int) -> None:
        """Check that a move names, and hashes, what stood before it."""
        if move.what in ("countersign", "renege", "leave"):
            assert move.answers == self.agreement
            return
        if move.what in ("recant", "revoke", "acknowledge"):
            whats = {"recant": "counter", "revoke": "accept", "acknowledge": "countersign"}
            answered = self._last(whats[move.what])
            assert (move.answers, move.digest) == (self.moves[answered].iri, self.digests[answered])
            return
        known = {self.moves[standing].iri: self.digests[standing]}
        if move.what == "offer":
            known[self.moves[place - 1].iri] = self.digests[place - 1]
        assert move.answers in known
        assert move.digest == known[move.answers]
        if move.what == "accept":
            ends_at, accepted_at = self.moves[standing].moment("endTime"), move.moment("published")
            assert ends_at is not None
            assert accepted_at is not None
            assert accepted_at < ends_at, "accepted when it had ended"
            assert self._holds_until() <= ends_at, "accepted for longer than it was offered"

    def _last(self, what: str) -> int:
        return max(place for place, move in enumerate(self.moves) if move.what == what)

    def _holds_until(self) -> datetime:
        assert self.acceptance is not None
        until = self.acceptance.moment("endTime")
        assert until is not None
        return until

    def outcomes(self, now: datetime, skew: timedelta, *, replaced: bool) -> set[str]:
        """Return the states that it may be in at `now`, once both clocks have been looked at.

        `replaced` says that another agreement was concluded in place of this one.
        """
        state = self.state()
        if state in SIGNED_BY_BOTH:
            self._check_in_time(skew)
        if state in OPEN and self._is_over(now - skew):
            return {"expired"}
        if state == "accepted" and self._holds_until() <= now - skew:
            return {"lapsed"}
        after = set()
        if state == "ending" and min(self._leavings()) <= now:
            after.add("ended")
        if state in ("concluded", "ending") and replaced:
            after.add("superseded")
        return after or {state}

    def _check_in_time(self, skew: timedelta) -> None:
        """Check that the offerer signed before the acceptance had lapsed, by its own clock."""
        signed_at = self.moves[self._last("countersign")].moment("published")
        assert signed_at is not None
        assert signed_at <= self._holds_until() + skew, "countersigned when it had lapsed"

    def _is_over(self, now: datetime) -> bool:
        """Say whether the last time that was named for an offer or a counter has passed."""
        named = [move.moment("endTime") for move in self.moves if move.what in ("offer", "counter")]
        last = [moment for moment in named if moment is not None][-1]
        return last <= now

    def _leavings(self) -> list[datetime]:
        named = [move.moment("endTime") for move in self.moves if move.what == "leave"]
        return [moment for moment in named if moment is not None]
