"""`freehold key`: the keys that sign for the owner. Their private halves never leave the node."""

from typing import Annotated, Final

from typer import Option

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.deals import shortened
from node.terminal.nouns import NOUNS
from node.terminal.options import Out
from node.terminal.printing import as_json
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["key"].line)

COLUMNS: Final = (
    Column("key", lambda item: str(item["id"])),
    Column("kind", lambda item: str(item.get("algorithm") or "")),
    Column("public", lambda item: shortened(str(item.get("multibase") or ""))),
    Column("state", lambda item: str(item.get("state") or "")),
    Column("since", lambda item: phrases.date_and_time(item.get("created_at")), spare=2),
    Column("until", lambda item: phrases.date_and_time(item.get("retired_at")), spare=1),
)


@verb(app, "list", streams=True)
def list_keys(call: CommandCall) -> None:
    """List your keys, those retired too."""
    call.listing(call.node.pages("/keys"), COLUMNS, empty="No keys.")


@verb(app, "rotate", writes=True)
def rotate(
    call: CommandCall,
    *,
    revoke: Annotated[
        bool, Option("--revoke", help="The old ones stop counting at once, as when they were stolen.")
    ] = False,
) -> None:
    """Replace your keys by new ones; what the old ones signed stays valid evidence."""
    question = "Replace your keys, and revoke the old ones at once?" if revoke else "Replace your keys?"
    call.confirm(question)
    path, body = "/keys/rotate", {"revoke": revoke}
    if call.flags.dry_run:
        answer = call.rehearse("POST", path, body)
        plan: Document = {"method": "POST", "path": path, "body": body}
        call.end_dry(plan, answer, (), rows=answer["items"], columns=COLUMNS)
    answer = call.write("POST", path, body)
    call.listing(answer["items"], COLUMNS, empty="No keys.")


@verb(app, "export-public")
def export_public(call: CommandCall, *, out: Out = "") -> None:
    """Write the public halves of your keys as JSON, for others to check against."""
    members = ("id", "algorithm", "multibase", "pem", "state")
    keys = [{member: key.get(member) for member in members} for key in call.node.pages("/keys")]
    call.save(as_json({"keys": keys}, indent=2).encode() + b"\n", out)
