"""`freehold token`: secrets for programs that talk to the node over HTTP."""

from typing import Annotated, Final

from typer import Argument, Option

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import not_found, usage
from node.terminal.nouns import NOUNS
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb

app = noun(NOUNS["token"].line)

COLUMNS: Final = (
    Column("token", lambda item: phrases.short(item["id"])),
    Column("name", lambda item: str(item.get("name") or ""), long=True),
    Column("scopes", lambda item: " ".join(item.get("scopes") or [])),
    Column("created", lambda item: phrases.date_and_time(item.get("created_at")), spare=2),
    Column("last used", lambda item: phrases.date_and_time(item.get("last_used_at")), spare=1),
    Column("revoked", lambda item: phrases.date_and_time(item.get("revoked_at"))),
)

# Looking; acting as the owner; tokens, keys and the federation by hand.
SCOPES: Final = ("read", "write", "admin")


@verb(app, "create", writes=True)
def create(
    call: CommandCall,
    name: Annotated[str, Argument(metavar="NAME", help="What it is for, such as the program's name.")],
    *,
    scope: Annotated[
        list[str] | None,
        Option("--scope", metavar="SCOPE", help="read, write or admin; read if left out. Repeatable."),
    ] = None,
    person: Annotated[
        str | None,
        Option("--for", metavar="NAME", help="Who of the team it acts for; the owner if left out."),
    ] = None,
) -> None:
    """Make a token. Its secret is shown once, on stdout, and kept nowhere."""
    unknown = [word for word in scope or () if word not in SCOPES]
    if unknown:
        raise usage(f"{unknown[0]} is no scope.", "The scopes are: read, write, admin.")
    body = {"name": name, "scopes": scope or ["read"]} | ({"person": person} if person else {})
    token = call.write("POST", "/tokens", body)
    call.out.show(token, [str(token.get("secret") or "")])
    call.out.say("  Keep it now: it is not shown again. Programs send it as: Authorization: Bearer …")


@verb(app, "list", streams=True)
def list_tokens(call: CommandCall) -> None:
    """List the tokens, without their secrets."""
    call.listing(call.node.pages("/tokens"), COLUMNS, empty="No tokens.")


@verb(app, "revoke", writes=True)
def revoke(
    call: CommandCall, id: Annotated[str, Argument(metavar="TOKEN", help="Its id, or the beginning of it.")]
) -> None:
    """Revoke a token; whoever holds it is locked out at once."""
    known = [token for token in call.node.pages("/tokens") if str(token["id"]).startswith(id)]
    if not known:
        raise not_found(f"No token has an id that starts with {id}.", "See: freehold token list")
    if len(known) > 1:
        raise usage(f"Several tokens begin with {id}.", "Give a few more letters.")
    call.confirm(f"Revoke {known[0]['name']}? Whoever uses it is locked out.")
    token = call.write("DELETE", f"/tokens/{known[0]['id']}")
    call.out.show(token, [f"  Revoked: {token['name']}."])
