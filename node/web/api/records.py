"""What the owner's API answers about the journal, and as it grows."""

from typing import Final

from node.web.api.members import (
    CURRENCY,
    IRI,
    IRI_OR_NULL,
    MOMENT,
    answered,
    items,
    or_null,
    text,
    whole,
    yes,
)

JOURNAL_REPORT: Final = answered(
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
)
EVENT: Final = answered(
    "The data of one server-sent event.",
    {
        "place": whole("Place in the actor's journal, between edition and link in the event's id."),
        "at": MOMENT,
        "kind": text("What happened; also the event's name."),
        "subject": text("What it is about.", limit=2_048, nullable=True),
        "peer": IRI_OR_NULL,
        "offer": text("The negotiation, where it is about one: its id."),
        "intention": text("The intention: its id; its address if it is not known here.", limit=2_048),
        "state": text("Where that offer, or else that intention, stands now."),
        "total": text("What the offer comes to; null if nobody can know.", nullable=True),
        "currency": CURRENCY,
    },
    maybe=["offer", "intention", "state", "total", "currency"],
)
