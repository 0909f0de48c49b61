"""How offers and agreements are shown on the command line, with their terms as `drafts` shows each. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from node.core import codes
from node.core.changeovers import neither_holds_until
from node.terminal import phrases
from node.terminal.alerts import said
from node.terminal.changes import changed_terms
from node.terminal.drafts import on_the_table, statable
from node.terminal.failures import ExitCode, Failure
from node.terminal.printing import fields
from protocol.documents import Document


def describe(
    offer: Mapping[str, Any], *, now: datetime, judged: Iterable[tuple[str, str]] = ()
) -> Iterator[str]:
    """Yield the lines that show an offer, its price and what it would bind both sides to.

    `judged` is how it keeps to the wish it answers, by label and text.
    """
    mine, countered, stands = offer.get("role") == "offerer", offer.get("countered"), _stands(offer, now)
    yield from fields(
        [
            ("offer", str(offer.get("id", ""))),
            ("to" if mine else "from", _party(offer)),
            ("state", standing(offer, now=now)),
            ("reason", str(offer.get("reason") or "")),
            *on_the_table(offer),
            *judged,
            *odd(offer),
            ("stands", "" if countered else stands),
            ("rounds", str(offer.get("rounds") or "")),
            ("signature", _signature(offer.get("proof") or {})),
            ("digest", str(offer.get("digest") or "")),
            ("intention", str(offer.get("intention") or "")),
            ("or instead", str(offer.get("alternative_to") or "")),
            ("changes", str(offer.get("amends") or "")),
            ("agreement", str(offer.get("agreement") or "")),
        ]
    )
    if offer.get("changes"):
        yield "  Against the agreement:"
        yield from ("  " + line for line in fields(changed_terms(offer)))
        yield from neither_holds(offer, now=now)
    if countered:  # it answered the offer: what stands, and until when, is this
        yield "  Asked for instead:" if mine else "  You asked for instead:"
        yield from ("  " + line for line in fields([*on_the_table(countered), ("stands", stands)]))


def neither_holds(offer: Mapping[str, Any], *, now: datetime) -> Iterator[str]:
    """Say that a change which begins later leaves a time in which neither it nor the agreement holds."""
    if begins := neither_holds_until(offer, now):
        yield "  It takes the place of the agreement as soon as both have signed, and begins later:"
        yield f"  until {phrases.exactly(begins)} neither of them holds."


def odd(shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is odd about terms, the heaviest first: what a note says is in the document alone."""
    for severity in ("refuse", "warn"):
        for flag in shown.get("flags") or ():
            if flag["severity"] == severity:
                yield "odd", f"{flag['sentence']} ({flag['code']})"


def agreement(agreed: Mapping[str, Any], *, now: datetime) -> Iterator[str]:
    """Yield the lines that show an agreement."""
    yield from fields(
        [
            ("agreement", str(agreed.get("id", ""))),
            ("with", _party(agreed)),
            ("state", standing(agreed, now=now)),
            ("reason", str(agreed.get("reason") or "")),
            *on_the_table(agreed),
            *odd(agreed),
            *(("know", said(alert, currency=agreed.get("currency"))) for alert in agreed.get("alerts") or ()),
            ("leaves", phrases.date_and_time(agreed.get("leaves_at"))),
            *_withdrawal(agreed, now=now),
            *_signed_at(agreed),
            ("you confirmed", phrases.date_and_time(agreed.get("own_confirmed_at"))),
            ("they confirmed", phrases.date_and_time(agreed.get("peer_confirmed_at"))),
            ("digest", str(agreed.get("digest") or "")),
            ("replaces", str(agreed.get("supersedes") or "")),
            ("offer", str(agreed.get("offer") or "")),
            *(("plainly", line) for line in str(agreed.get("plain") or "").splitlines()),
        ]
    )


# What a state means, where its name alone does not say whether anybody is bound.
_MEANINGS: Final = {
    "refused": "the other side's server did not take it; nobody can accept it",
    "lapsed": "nobody countersigned in time; nobody is bound, nothing is owed",
    "reneged": "the side that made the offer backed out, on record; nobody is bound, nothing is owed",
    "void": "the acceptance was undone, or the other side did not take it; nobody is bound, nothing is owed",
    "ending": "notice was given; it holds until its last day",
    "superseded": "an amendment has taken its place",
}
# Until its end an offer stands in these; in others it has been answered for good, or taken back.
OPEN: Final = ("offered", "countered")
_ASKED: Final = {
    "offeree": "you asked for other terms, and the other side has still to answer",
    "offerer": "the other side asked for other terms; answer with reoffer, or let it expire",
}
_WAITS: Final = {
    "offeree": "the other side has still to countersign; nothing is owed before that",
    "offerer": "countersign it, or back out with renege; nothing is owed before that",
}


def standing(deal: Mapping[str, Any], *, now: datetime) -> str:
    """Return where an offer or agreement (as `holding.marked`) stands, and what that means for whom."""
    state = str(deal.get("state") or "")
    meaning = _ASKED[str(deal["role"])] if state == "countered" else _MEANINGS.get(state, "")
    if deal.get("undoable_until"):
        leaves = phrases.exactly(deal["undoable_until"])
        meaning = f"it leaves at {leaves}; nothing is sent before that, and undo takes it back"
    elif state == "accepted":
        until = deal.get("holds_until")
        left = f", until {_until(until, now)}; else it lapses" if until else ""
        meaning = f"{_WAITS[str(deal['role'])]}{left}"
    return f"{state}: {meaning}" if meaning else state


def _withdrawal(agreed: Mapping[str, Any], *, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield until when the customer may withdraw, while they may."""
    until = phrases.moment(agreed.get("withdraws_until"))
    if until is None or now > until:
        return
    who = "you may change your" if agreed.get("pays") else "the customer may change their"
    how = ": freehold agreement end --withdraw" if agreed.get("pays") else ""
    yield "withdrawal", f"{who} mind until {phrases.exactly(agreed['withdraws_until'])}{how}"


def _signed_at(agreed: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield when it was accepted, and that it is concluded since then if both have signed."""
    word = "concluded" if agreed.get("concluded_at") else "accepted"
    yield word, phrases.date_and_time(agreed.get("accepted_at"))


def countered(offer: Mapping[str, Any]) -> Document:
    """Return the terms the other side asked for, in the shape they are offered in.

    Raises:
        Failure: nothing else was asked for.
    """
    asked = offer.get("countered")
    if not asked:
        raise Failure(codes.NO_COUNTER, exit_code=ExitCode.CONFLICT)
    return statable(asked, whole=True)


def _party(deal: Mapping[str, Any]) -> str:
    peer = deal.get("peer") or {}
    return f"{phrases.party(peer)}  {peer.get('iri', '')}"


def _signature(proof: Mapping[str, Any]) -> str:
    if not proof:
        return ""
    verdict = "✓ verified" if proof.get("verified") else "✗ NOT VERIFIED"
    return f"{verdict}  {proof.get('verification_method', '')}"


def signed(proof: Mapping[str, Any]) -> str:
    """Return the verdict on an offer's signature in a word and a mark."""
    if not proof:
        return ""
    return "signed ✓" if proof.get("verified") else "NOT VERIFIED ✗"


def shortened(text: str) -> str:
    """Return the two ends of a digest or a key: enough to compare, short enough for a line."""
    return f"{text[:8]}…{text[-4:]}"


def _stands(offer: Mapping[str, Any], now: datetime) -> str:
    expires = offer.get("expires_at")
    stands = offer.get("state") in OPEN and not offer.get("agreement")
    return f"until {_until(expires, now)}" if expires and stands else ""


def _until(at: str, now: datetime) -> str:
    return f"{phrases.date_and_time(at)} ({phrases.remaining(at, now=now)})"
