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
    "peer": "The other end, if there is one.",
    "subject": "The address of the activity, or the id the entry is about.",
    "decision": "What the node decided and cannot be read from the body, as canonical JSON.",
    "body": "The bytes as they went over the wire; empty for what happened here alone.",
}


def page() -> str:
    """Return the page.

    Raises:
        LookupError: a member of an entry is not explained here.
    """
    if {field.name for field in fields(Entry)} != set(_MEMBERS):
        raise LookupError("the members of a journal entry have changed")
    return writing.page(
        "Reference: the journal",
        prose(
            "Everything that changes the state of a node is an entry of its journal. Entries are numbered "
            "from 1 without a gap and are never changed. The tables of current state follow from them: "
            "`freehold journal rebuild` makes those anew, and they come out the same."
        ),
        "## An entry",
        items(_members()),
        prose(
            "Its hash is SHA-256 over the hash of the entry before (32 zero bytes for the first) followed "
            "by the canonical JSON (RFC 8785) of its place and its members, in which `body` is the "
            "hexadecimal SHA-256 of the bytes. `freehold journal verify` recomputes the chain. It shows any "
            "change, loss, insertion and reordering; it cannot show that the end was cut off, which only a "
            "later hash kept elsewhere can."
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
