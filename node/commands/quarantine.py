"""`freehold quarantine`: offers that were one too many of one server, or about one intention."""

from collections.abc import Iterator
from typing import Annotated, Final

from typer import Argument

from node.terminal import drafts, phrases
from node.terminal.call import CommandCall
from node.terminal.nouns import NOUNS
from node.terminal.options import Limit
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

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


# Why an offer is here, as the API says it in one word; None where there would be room by now.
_WHY: Final = {
    "origin": "its server has as many offers about this intention here as are taken of one",
    "intention": "as many offers about this intention are open as are taken",
    None: "there was one too many when it came; by now there is room",
}
_STANDS: Final = "it stands beside your other offers until you answer it; its maker is not told"


@verb(app, "show")
def show(call: CommandCall, id: Quarantined) -> None:
    """Show an offer: its terms, who made it, why it is here, and what letting it out would do."""
    held = call.node.get(f"/quarantine/{call.id('/quarantine', id)}")
    call.out.show(held, fields(_described(held)))
    short = phrases.short(held["id"])
    released = [] if held["refusal"] else [f"  Let it out with: freehold quarantine release {short}"]
    for sentence in (
        *released,
        f"  Drop it with: freehold quarantine drop {short}",
        f"  Take nothing more of who made it with: freehold quarantine block {short}",
    ):
        call.out.say(call.out.typed(sentence))


def _described(held: Document) -> Iterator[tuple[str, str]]:
    """Yield label and text of what is known of an offer in quarantine."""
    wish, refusal = held["wish"], held["refusal"]
    yield "held", held["id"]
    yield "from", f"{phrases.party({**held, 'iri': held['peer']})}  {held['peer']}"
    yield "known since", phrases.date_and_time(held["first_seen"])
    yield "also held", f"{held['waiting']:,} of the same server" if held["waiting"] else ""
    yield "about", f"{wish['name']} ({phrases.short(wish['id'])})" if wish else held["intention"]
    if held["terms"]:
        yield from drafts.on_the_table(held["terms"])
    yield "plainly", held["plain"]
    yield "came", phrases.date_and_time(held["at"])
    yield "ends", phrases.date_and_time(held["expires_at"])
    yield "why", "" if refusal else _WHY.get(held["why"], str(held["why"]))
    yield "let out", f"it cannot be taken any more: {refusal['detail']}" if refusal else _STANDS


@verb(app, "block", writes=True)
def block(call: CommandCall, id: Quarantined) -> None:
    """Block who made an offer: nothing of theirs is taken any more, and all that is held of them goes."""
    path = f"/quarantine/{call.id('/quarantine', id)}"
    held = call.node.get(path)
    call.confirm(f"Block {held['name'] or held['peer']} ({held['peer']})?")
    peer = call.write("POST", f"{path}/block")
    call.out.show(peer, [f"  {phrases.party(peer)} is blocked."])


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
