"""What the owner's API answers about the journal: entries, events, what holds, is rebuilt or erased."""

from collections.abc import Mapping
from typing import Final

from node.web.api.members import (
    ANY_TEXT,
    CURRENCY,
    IRI,
    IRI_OR_NULL,
    MOMENT,
    OBJECT,
    answered,
    items,
    or_null,
    text,
    whole,
    word,
    yes,
)
from node.web.api.schemas import Schema

RECORDS: Final[Mapping[str, Schema]] = {
    "JournalEntry": answered(
        "One entry of the journal.",
        {
            "place": whole("Place in the actor's journal."),
            "at": MOMENT,
            "direction": word("Which way it went.", "in", "out", "local"),
            "kind": text("What happened."),
            "peer": IRI_OR_NULL,
            "by": text("Name of the person who did it, where the owner has a team.", nullable=True),
            "subject": text("What it is about.", limit=2_048, nullable=True),
            "hash": text("SHA-256 of the chain up to here, hexadecimal."),
            "purged": yes("Whether bytes it came with were erased."),
            "decision": OBJECT,
            "activity": or_null(OBJECT),
        },
    ),
    "JournalReport": answered(
        "How far the chains of the journal hold.",
        {
            "ok": yes("Whether all that was looked at holds."),
            "complete": yes("Whether every chain was followed to its end."),
            "entries": whole("Entries that hold."),
            "purged": whole("How many of them lost bytes to an erasure."),
            "heads": items(
                "The last link of each actor's chain that holds.",
                answered(
                    "One chain.",
                    {"actor": IRI, "place": whole("Place."), "hash": text("Link, hexadecimal.")},
                ),
            ),
            "actor": or_null(IRI),
            "broken_at": whole("The place at which that actor's chain breaks.", nullable=True),
            "reason": text("How.", nullable=True),
        },
    ),
    "Rebuilt": answered(
        "What came of replaying the journal.",
        {
            "entries": whole("Entries replayed."),
            "purged": whole("How many of them lost bytes to an erasure."),
            "passed_over": whole("How many could not be applied for want of such bytes."),
            "unchanged": yes("Whether the state came out the same."),
            "different": whole("In how many places it did not."),
            "differences": items(
                "The first of these places.",
                answered(
                    "A place.",
                    {
                        "table": text("Table."),
                        "row": ANY_TEXT,
                        "column": text("Column, or null where a whole row came or went.", nullable=True),
                    },
                ),
            ),
        },
    ),
    "Purgeable": answered(
        "What a purge would erase.",
        {
            "entries": items("The entries that came with the bytes.", OBJECT),
            "bytes": whole("How many bytes."),
            "takes_along": text("What cannot be shown without them: negotiation, or nothing."),
        },
    ),
    "Purged": answered(
        "What was erased.",
        {
            "payloads": whole("How many payloads."),
            "entries": whole("How many entries they belonged to."),
        },
    ),
}
EVENT: Final = answered(
    "The data of one server-sent event. The first block of a stream has an id and no data: where it begins. "
    "The last event is `closing`, with a `reason` and no id, where the node ends the stream. Further "
    "members, all short, are what else the node decided about an entry of that kind.",
    {
        "place": whole("Place in the actor's journal, between edition and link in the event's id."),
        "at": MOMENT,
        "kind": text("What happened, as docs/reference/journal.md lists it; also the event's name."),
        "direction": word("Which way it went.", "in", "out", "local"),
        "own": yes("Whether the intention is yours, where one was cast or came."),
        "subject": text("What it is about.", limit=2_048, nullable=True),
        "peer": IRI_OR_NULL,
        "offer": text("The negotiation, where it is about one: its id."),
        "intention": text("The intention: its id; its address if it is not known here.", limit=2_048),
        "party": text("Whose move it was, where it was one: offerer or offeree."),
        "state": text("Where that offer, or else that intention, stands now; what a peer or a key became."),
        "total": text("What the offer comes to; null if nobody can know.", nullable=True),
        "currency": CURRENCY,
    },
    maybe=["own", "offer", "intention", "party", "state", "total", "currency"],
)
