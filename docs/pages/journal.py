"""The journal's page: its entries, the kinds there are, and the tables that follow from them."""

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import fields

from docs.pages import writing
from docs.pages.writing import code, codes, items, prose
from node.core.entries import Direction, Entry
from node.nouns import NOUNS, ledger_of

_MEMBERS = {
    "at": "When it was recorded: RFC 3339, UTC, microseconds.",
    "direction": "Which way its body travelled.",
    "kind": "What happened; one of the kinds below.",
    "actor": "The actor of this node whose entry it is.",
    "peer": "The address of the other end at that time, if there is one; the decision has its id.",
    "subject": "The address of the activity, or the id the entry is about.",
    "decision": "What the node decided and cannot be read from the body, as canonical JSON.",
    "body": "The bytes as they went over the wire, of what we sent and of what is evidence; else empty.",
    "apart": "Which members of the decision are kept beside the journal.",
}


def page() -> str:
    """Return the page.

    Raises:
        LookupError: a member of an entry is not explained here.
    """
    if {field.name for field in fields(Entry) if field.compare} != set(_MEMBERS):
        raise LookupError("the members of a journal entry have changed")
    return writing.page(
        "Reference: the journal",
        prose(
            "Everything that changes the state of a node is an entry of its journal. An actor's entries have "
            "places from 1 without a gap and are never changed. The tables of current state follow from "
            "them: `freehold journal rebuild` makes those anew, and they come out the same."
        ),
        "## An entry",
        items(_members()),
        prose(
            "Its hash is SHA-256 over the canonical JSON (RFC 8785) of its members, in which `body` is the "
            "hexadecimal SHA-256 of the bytes; what a decision keeps apart is in it by its SHA-256 too. The "
            "link of an actor's chain at a place is SHA-256 over the link before (32 zero bytes for the "
            "first), the place as 8 bytes, big-endian, and the entry's hash. `freehold journal verify` "
            "recomputes the chains, or goes on from a link that held before. They show any change, loss, "
            "insertion and reordering; they cannot show that an end was cut off, which only a later link "
            "kept elsewhere can."
        ),
        "## What can be erased",
        prose(
            "Bodies, and these members of decisions, are kept beside the journal under their SHA-256: "
            + "; ".join(
                f"{code(kind)}: {codes(sorted(names))}" for kind, names in ledger_of(NOUNS).apart.items()
            )
            + ". When such bytes are purged a mark stays; the chain holds, and a verification counts the "
            "entries that lost bytes. A rebuild applies them as far as what is left allows: a message "
            "without its words, a negotiation or an intention not at all; what cannot be applied after "
            "that is passed over and counted. Bytes that are missing without a mark are damage. What other "
            "things are made of, as a price list or who a peer is, is not purged; nor is what still stands "
            "or is on its way. `freehold journal purge` says what would go, asks, and does it."
        ),
        "## Kinds",
        prose("Kinds are stable: an old journal is replayed by a newer release. What each one changes:"),
        items(_kinds()),
        "## Tables that follow from the journal",
        prose(
            "A rebuild empties these and fills them again. All other tables hold what may be forgotten, "
            "what is on its way, or what is not a matter of record: keys, tokens, deliveries, caches, "
            "receipts, refusals."
        ),
        items(map(code, sorted(ledger_of(NOUNS).tables))),
    )


def _members() -> Iterable[str]:
    for name, meaning in _MEMBERS.items():
        words = f" One of: {codes(Direction)}." if name == "direction" else ""
        yield f"{code(name)}: {meaning}{words}"


def _kinds() -> Iterable[str]:
    """Say what each projector does, with the kinds it does it for."""
    kinds: dict[Callable[..., None], list[str]] = defaultdict(list)
    for kind, projector in ledger_of(NOUNS).projectors.items():
        kinds[projector].append(kind)
    for projector, named in kinds.items():
        text = inspect.getdoc(projector)
        if not text:
            raise LookupError(f"{projector.__name__} does not say what it changes")
        first = " ".join(text.split("\n\n")[0].split())
        yield f"{codes(named)}: {first}"
