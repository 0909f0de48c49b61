"""What a business has lost, on the command line: how much for which reason, and each with why."""

from typing import Any, Final

from node.core.losses import LossReason
from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.printing import fields
from node.terminal.tables import Column
from protocol.documents import Document

STAGE: Final = "lost"
_SHOWN: Final = 25
_WHY: Final = {
    LossReason.DECLINED: "declined",
    LossReason.TERMS: "not taken for its terms about data",
    LossReason.NOT_TAKEN: "not taken by their node",
    LossReason.CHOSEN: "another of your offers was chosen",
    LossReason.WISH_OVER: "the wish is over",
    LossReason.EXPIRED: "expired without an answer",
    LossReason.WITHDRAWN: "taken back by you",
    LossReason.LAPSED: "accepted, not signed in time",
    LossReason.RENEGED: "accepted, called off by you",
    LossReason.UNDELIVERED: "never delivered",
}


def _why(item: Document) -> str:
    """Return why something was lost, with what was said, and for what it was not taken."""
    flags = ", ".join(str(flag["code"]) for flag in item["flags"]) or str(item["code"] or "")
    said = f'"{item["said"]}"' if item["said"] else ""
    return ": ".join(filter(None, [_WHY[LossReason(item["reason"])], flags, said]))


COLUMNS: Final = (
    Column("offer", lambda item: phrases.short(str(item["offer"]))),
    Column("wish", lambda item: str(item["name"]), long=True, spare=1),
    Column("article", lambda item: str(item["offered"]), long=True),
    Column("customer", lambda item: str(item["peer"]["name"] or item["peer"]["handle"] or ""), long=True),
    Column("price", lambda item: phrases.amount(item["total"], item["currency"]), right=True),
    Column("lost", lambda item: phrases.date_and_time(item["lost_at"])),
    Column("why", _why, long=True),
)


def show(call: CommandCall, *, reason: str, limit: int | None) -> None:
    """Show what came to nothing in the last months, the newest first, and how much for which reason."""
    wanted, asked = limit or _SHOWN, {"reason": reason} if reason else {}
    found: dict[str, Any] = call.node.get("/lost", limit=min(wanted, 100), **asked)
    while found["next"] and len(found["items"]) < wanted:
        behind = {"limit": min(wanted - len(found["items"]), 100), "cursor": found["next"]}
        more = call.node.get("/lost", **behind, **asked)
        found = {**more, "items": [*found["items"], *more["items"]]}
    if call.out.machine:
        call.out.document(found)
        return
    counted = {_WHY[LossReason(each)]: count for each, count in found["reasons"].items() if count}
    call.out.show(found, fields((why, str(count)) for why, count in counted.items()))
    since = phrases.date_and_time(found["since"])
    call.table(found["items"], COLUMNS, empty=f"Nothing was lost since {since}.")
    if found["next"]:
        call.out.say("  There are older ones. See more with: --limit N")
