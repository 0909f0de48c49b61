"""How a negotiation is told, move by move. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from node.terminal import phrases, totals
from node.terminal.changes import changed
from node.terminal.deals import shortened
from node.terminal.drafts import TERMS
from node.terminal.printing import fields, printable

# What was done, by the word for it on the wire; whoever did it stands before.
_SAID: Final = {
    "offer": "offered",
    "reoffer": "offered anew",
    "counter": "asked for other terms",
    "recant": "took back what was asked for",
    "reject": "rejected the offer",
    "accept": "accepted",
    "withdraw": "withdrew the offer",
    "countersign": "countersigned",
    "renege": "backed out",
    "revoke": "revoked the acceptance",
    "acknowledge": "acknowledged the countersignature",
    "leave": "gave notice",
}
# What happened without anybody.
_HAPPENED: Final = {
    "expire": "The offer ran out",
    "refuse": "The other side's server refused the offer",
    "withdraw": "The offer was never sent",
    "lapse": "The acceptance lapsed",
    "conclude": "The agreement was concluded",
    "supersede": "An amendment took its place",
    "end": "The agreement ended",
}


def history(told: Mapping[str, Any], offer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a history: each move, with the terms of the first round, or what later ones change.

    `offer` is the negotiation as it stands, for who is who.
    """
    before: Mapping[str, Any] = {}
    for move in told["moves"]:
        done = _done(move, offer)
        digest = f"  {shortened(move['digest'])}" if move.get("digest") else ""
        void = "  (without effect)" if move.get("status") == "void" else ""
        yield f"  {phrases.date_and_time(move.get('at'))}  {done}{digest}{void}"
        yield from ("    " + line for line in _below(move, before))
        if move.get("terms") and not void:
            before = move["terms"]


def _done(move: Mapping[str, Any], offer: Mapping[str, Any]) -> str:
    event = str(move.get("event"))
    if move.get("by") == "clock":
        return _HAPPENED.get(event, event)
    who = "You" if move.get("by") == offer.get("role") else phrases.party(offer.get("peer"))
    return f"{printable(who)} {_SAID.get(event, event)}"


def _below(move: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    terms, differing = move.get("terms"), move.get("changes") or []
    lines = [line for change in differing for line in changed(change, terms or {}, differing)]
    if lines and before and not any(change["term"] == "total" for change in differing):
        lines += _estimated(before, terms or {})
    if terms and not lines and move.get("event") == "offer":
        lines = [(term.label, line) for term in TERMS for line in term.show(terms)]
    if terms and not lines:
        lines = [("terms", "just as asked for before")]
    yield from fields([*lines, *_beside(move)])


def _estimated(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what terms come to that have no total, if that is another than before: `about 7,200.00 CHF`."""
    was, becomes = totals.total(before), totals.total(after)
    if was != becomes:
        yield "total", f"{was} → {becomes}"


def _beside(move: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    leaves = "leaves" if move.get("event") == "leave" else "until"
    yield leaves, phrases.date_and_time(move.get("ends_at"))
    yield "said", str(move.get("reason") or "")
