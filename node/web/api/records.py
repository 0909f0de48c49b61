"""What the owner's API says of what was done to the journal: replayed, or bytes of it erased."""

from collections.abc import Mapping
from typing import Final

from node.web.api.members import ANY_TEXT, OBJECT, answered, items, text, whole, yes
from node.web.api.schemas import Schema

RECORDED: Final[Mapping[str, Schema]] = {
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
