"""`freehold applause`: who liked what you are looking for."""

from node.terminal.call import CommandCall
from node.terminal.nouns import Word
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb

WORD = Word("Who liked what you are looking for.", package="tests.nouns.applause")
COLUMNS = (Column("peer", lambda item: str(item["peer"])),)

app = noun(WORD.line)


@verb(app, "list", streams=True)
def list_applause(call: CommandCall) -> None:
    """List who applauded."""
    call.listing(call.node.pages("/applause"), COLUMNS, empty="No applause.")


@verb(app, "count")
def count(call: CommandCall) -> None:
    """Count who applauded."""
    found = [*call.node.pages("/applause")]
    call.out.show({"count": len(found)}, [f"{len(found)} applauded."])
