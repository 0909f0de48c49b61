"""`freehold quarantine`: offers that were one too many of one server, or about one intention."""

from typing import Annotated, Final

from typer import Argument

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.nouns import NOUNS
from node.terminal.options import Limit
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb

app = noun(NOUNS["quarantine"].line)

Quarantined = Annotated[str, Argument(metavar="ID", help="Its id, or the beginning of it.")]

COLUMNS: Final = (
    Column("id", lambda item: phrases.short(item["id"])),
    Column("from", lambda item: str(item.get("name") or item.get("peer") or ""), long=True),
    Column("what", lambda item: str(item.get("what") or ""), long=True),
    Column("total", lambda item: phrases.amount(item.get("total") or "?", item.get("currency")), right=True),
    Column("came", lambda item: phrases.date_and_time(item.get("at")), spare=2),
    Column("ends", lambda item: phrases.date_and_time(item.get("expires_at")), spare=1),
)


@verb(app, "list", streams=True)
def list_quarantined(call: CommandCall, *, limit: Limit = None) -> None:
    """List the offers that were one too many, the newest first."""
    call.listing(call.node.pages("/quarantine", limit=limit), COLUMNS, empty="Nothing is in quarantine.")


@verb(app, "release", writes=True)
def release(call: CommandCall, id: Quarantined) -> None:
    """Let an offer out: it stands beside the others, if it still can."""
    offer = call.write("POST", f"/quarantine/{call.id('/quarantine', id)}/release")
    call.out.show(offer, [f"  Let out: offer {phrases.short(offer['id'])}."])


@verb(app, "drop", writes=True)
def drop(call: CommandCall, id: Quarantined) -> None:
    """Drop an offer; whoever made it is not told."""
    known = call.id("/quarantine", id)
    call.confirm(f"Drop {known}? It cannot be had back.")
    dropped = call.write("DELETE", f"/quarantine/{known}")
    call.out.show(dropped, [f"  Dropped: {dropped['what'] or known}."])
