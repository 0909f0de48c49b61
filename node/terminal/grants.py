"""Grants in lines and tables: what may be read, what for, who read it, and what is held of it."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from node.terminal import phrases
from node.terminal.printing import fields
from node.terminal.tables import Column
from protocol.documents import Document


def counted(grant: Document) -> str:
    """Return how often was read by a grant, of how often it may be: `1 of 5`."""
    return str(grant["read"]) if grant["uses"] is None else f"{grant['read']} of {grant['uses']}"


def value(said: Any) -> str:
    """Return the value of a fact as it is read: yes and no are answers."""
    if isinstance(said, bool):
        return "yes" if said else "no"
    return ", ".join(map(str, said)) if isinstance(said, list) else str(said or "")


def described(grant: Document) -> Iterator[str]:
    """Yield the lines that show one grant."""
    yield from fields(
        [
            ("grant", f"{phrases.short(grant['id'])}, {grant['state']}"),
            ("to" if grant["own"] else "of", phrases.party(grant["peer"])),
            ("what", ", ".join(grant["fields"])),
            ("for", str(grant["purpose"])),
            ("read", counted(grant)),
            ("until", phrases.ends(grant["until"])),
            ("ended", phrases.exactly(grant["ended_at"])),
            ("why", str(grant["why"])),
        ]
    )


def held(entries: Iterable[Document]) -> Iterator[Document]:
    """Yield what is held under grants, or may be read by them: an item for each field."""
    for entry in entries:
        grant = entry["grant"]
        about = {
            "grant": grant["id"],
            "peer": grant["peer"],
            "purpose": grant["purpose"],
            "state": grant["state"],
        }
        yield from ({**about, **fact} for fact in entry["facts"])


def _going(fact: Document) -> str:
    if fact["purged_at"]:
        return phrases.exactly(fact["purged_at"])
    if fact["obtained_at"] is None:
        return "not read"
    if fact["value"] is None:
        return "at once"
    return f"by {phrases.exactly(fact['purge_due'])}" if fact["purge_due"] else "with the grant"


GIVEN: Final = (
    Column("grant", lambda item: phrases.short(item["id"])),
    Column("to", lambda item: phrases.party(item["peer"]), long=True),
    Column("what", lambda item: ", ".join(item["fields"]), long=True),
    Column("for", lambda item: str(item["purpose"]), spare=1),
    Column("read", counted, right=True),
    Column("state", lambda item: str(item["state"])),
    Column("until", lambda item: phrases.ends(item["until"]), spare=2),
)
READINGS: Final = (
    Column("at", lambda item: phrases.exactly(item["at"])),
    Column("who", lambda item: str(item["reader"]), long=True),
    Column("grant", lambda item: phrases.short(item["grant"] or "")),
    Column("what", lambda item: ", ".join(item["fields"]), long=True),
    Column("answer", lambda item: str(item["code"]) or f"told, no. {item['serial']}"),
)
HELD: Final = (
    Column("grant", lambda item: phrases.short(item["grant"])),
    Column("of", lambda item: phrases.party(item["peer"]), long=True),
    Column("what", lambda item: str(item["field"])),
    Column("value", lambda item: value(item["value"]), long=True),
    Column("for", lambda item: str(item["purpose"]), spare=1),
    Column("state", lambda item: str(item["state"]), spare=2),
    Column("erased", _going),
)
