"""`freehold ledger`: what a business may read of its customers, what it holds, and by when that has to go."""

from typing import Annotated

from typer import Argument, Option

from node.terminal import grants
from node.terminal.call import CommandCall
from node.terminal.nouns import NOUNS
from node.terminal.options import Limit
from node.terminal.verbs import noun, verb

app = noun(NOUNS["ledger"].line)


@verb(app, "list", streams=True)
def list_held(
    call: CommandCall,
    *,
    state: Annotated[str, Option("--state", help="Only under grants in this state, such as active.")] = "",
    limit: Limit = None,
) -> None:
    """List what customers let you read: each fact, its value if you hold it, and by when it has to go."""
    entries = call.node.pages("/ledger", limit=limit, state=state or None)
    empty = "No customer has given you anything. A grant comes with its message, under an agreement."
    call.listing(grants.held(entries), grants.HELD, empty=empty)


@verb(app, "read", writes=True)
def read(
    call: CommandCall,
    id: Annotated[str, Argument(metavar="GRANT", help="The grant: its id, or the beginning of it.")],
    field: Annotated[
        str, Argument(metavar="[FIELD]", help="One field, such as email; all if left out.")
    ] = "",
) -> None:
    """Read now, at the customer's node, what a grant lets you read, and keep what may be kept.

    The customer sees that you did. What is kept is erased by itself when it has to go, and with the grant.
    """
    body = {"field": field} if field else None
    own = call.id("/ledger", id)
    call.stop_if_dry({"grant": own, "field": field or "all"})
    obtained = call.node.request("POST", f"/ledger/{own}/read", body)
    grant = obtained["grant"]
    rows = list(grants.held([obtained]))
    call.out.show(obtained, grants.described(grant))
    if not call.out.machine:
        call.table(rows, grants.HELD, empty="The customer has no value for any of it.")
    if obtained["empty"]:
        call.out.say(f"  The customer has no value for: {', '.join(obtained['empty'])}.")
