"""`freehold session`: who is signed in to the pages, and links that sign in."""

from typing import Annotated, Final

from typer import Argument, Option

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.claiming import claim_lines
from node.terminal.failures import not_found, usage
from node.terminal.nouns import NOUNS
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb

app = noun(NOUNS["session"].line)

COLUMNS: Final = (
    Column("session", lambda item: phrases.short(item["id"])),
    Column("actor", lambda item: str(item.get("actor") or "")),
    Column("person", lambda item: str(item.get("person") or ""), spare=3),
    Column("device", lambda item: str(item.get("device") or "unknown"), long=True),
    Column("by", lambda item: str(item.get("how") or ""), spare=1),
    Column("since", lambda item: phrases.date_and_time(item.get("opened_at")), spare=2),
    Column("last seen", lambda item: phrases.date_and_time(item.get("seen_at"))),
)


@verb(app, "link", writes=True)
def link(
    call: CommandCall,
    *,
    person: Annotated[
        str | None,
        Option("--for", metavar="NAME", help="Whom it lets in, a person of the team; the owner if left out."),
    ] = None,
) -> None:
    """Print a link that signs you in to your pages, once and within ten minutes.

    It is for the node's first actor, or the one that --actor names.
    """
    made = call.write("POST", "/sessions/links", {"person": person} if person else None)
    call.out.show(made, [str(made.get("url") or "")])
    call.out.say(f"  It holds until {phrases.date_and_time(made.get('expires_at'))}, and works once.")


@verb(app, "claim", writes=True)
def claim(call: CommandCall) -> None:
    """Print a new address at which a node that is nobody's yet is claimed; the one before ends."""
    call.stop_if_dry({"method": "POST", "path": "/claim"})
    made = call.node.request("POST", "/claim")
    call.out.show(made, claim_lines(made))


@verb(app, "list", streams=True)
def list_sessions(call: CommandCall) -> None:
    """List the browsers that are signed in."""
    call.listing(call.node.pages("/sessions"), COLUMNS, empty="Nobody is signed in.")


@verb(app, "revoke", writes=True)
def revoke(
    call: CommandCall, id: Annotated[str, Argument(metavar="SESSION", help="Its id, or its beginning.")]
) -> None:
    """Sign a browser out at once."""
    known = [session for session in call.node.pages("/sessions") if str(session["id"]).startswith(id)]
    if not known:
        raise not_found(f"No session is called {id}.", "See: freehold session list")
    if len(known) > 1:
        raise usage(f"Several sessions begin with {id}.", "Give a few more letters.")
    session = call.write("DELETE", f"/sessions/{known[0]['id']}")
    call.out.show(session, [f"  Signed out: {session['device'] or 'unknown device'}."])


@verb(app, "lock", writes=True)
def lock(call: CommandCall) -> None:
    """Sign everybody out and end every token, now; `freehold session link` opens the pages again."""
    call.confirm("Lock the pages? Every browser is signed out, and every token ends for good.")
    locked = call.write("POST", "/security/lock")
    link = call.out.typed("freehold session link")
    call.out.show(locked, [f"  Locked. Only a link from here opens the pages: {link}"])
