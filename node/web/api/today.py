"""The day: what needs the owner, what is under way, what happened since yesterday."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.core.attention import Need
from node.core.comparison import Basis
from node.services import today
from node.web.api.members import (
    ANY_TEXT,
    MOMENT,
    MOMENT_OR_NULL,
    MONEY_OR_NULL,
    PAUSE,
    answered,
    items,
    text,
    whole,
    word,
    yes,
)
from node.web.api.operations import Operation, Reads
from node.web.api.schemas import Schema

_TASK: Final = answered(
    "One thing that needs you.",
    {
        "need": word("What is to be done.", *Need),
        "id": text("Id of the wish, offer or agreement; address of the peer.", limit=2_048),
        "name": ANY_TEXT,
        "peer": ANY_TEXT,
        "due": MOMENT_OR_NULL,
        "count": whole("Of how many things it is made up, such as offers."),
        "total": MONEY_OR_NULL,
        "basis": word("Whether the total is one, of a month, or over so many months.", *Basis),
        "over": whole("Over how many months the total is, if it is.", nullable=True),
        "currency": text("Currency of the total.", limit=3, nullable=True),
        "fits": yes("Whether any of the offers has all that must be."),
    },
)
_UNDER_WAY: Final = answered(
    "An open wish that needs nothing of you now.",
    {
        "id": ANY_TEXT,
        "name": ANY_TEXT,
        "deadline": MOMENT_OR_NULL,
        "pause": PAUSE,
        "offers": whole("Offers so far."),
        "chosen": text("Whose offer you have accepted, while that is not agreed yet.", nullable=True),
    },
)
_HAPPENED: Final = answered(
    "Something that happened.",
    {
        "at": MOMENT,
        "kind": text("Kind of the journal's entry."),
        "direction": word("Who did it.", "in", "out", "local"),
        "peer": ANY_TEXT,
        "name": text("What the offer or the wish is called; empty if it is about neither."),
        "offer": text("The negotiation that it is about, if something was offered to you.", nullable=True),
        "intention": text("The wish of yours that it is about.", nullable=True),
        "amends": text("The agreement that is to be changed.", nullable=True),
        "agreement": text("The agreement that came of it.", nullable=True),
        "met": yes("Whether it offers exactly what you asked for."),
    },
)
_UNDOABLE: Final = answered(
    "An acceptance of yours that has not left.",
    {
        "offer": text("The offer that you accepted."),
        "peer": ANY_TEXT,
        "leaves_at": MOMENT,
        "changes": yes("Whether it changes an agreement."),
    },
)
COMPONENTS: Final[Mapping[str, Schema]] = MappingProxyType(
    {
        "Today": answered(
            "The day.",
            {
                "needs": items("What needs you, the most urgent first.", _TASK),
                "undoable": items("What can still be undone, the newest offer first.", _UNDOABLE),
                "under_way": items("What goes on without you.", _UNDER_WAY),
                "happened": items("What happened since this time yesterday, newest first.", _HAPPENED),
            },
        )
    }
)
OPERATIONS: Final = (
    Operation(
        name="today_show",
        method="GET",
        path="/today",
        handler=Reads(today.show),
        summary="Show what needs you, by deadline, what is under way, and what happened since yesterday.",
        answer="Today",
    ),
)
