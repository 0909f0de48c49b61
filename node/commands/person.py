"""`freehold person`: who belongs to the team, and is behind what was done."""

from typing import Annotated, Final

from typer import Argument

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import not_found
from node.terminal.nouns import NOUNS
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb

app = noun(NOUNS["person"].line)

COLUMNS: Final = (
    Column("person", lambda item: str(item.get("id") or "")),
    Column("name", lambda item: str(item.get("name") or ""), long=True),
    Column("is", lambda item: "owner" if item.get("is_owner") else ""),
    Column("signed in", lambda item: str(len(item.get("sessions") or []))),
    Column("passkeys", lambda item: str(len(item.get("passkeys") or [])), spare=1),
    Column("since", lambda item: phrases.date_and_time(item.get("added_at")), spare=2),
)
Who = Annotated[str, Argument(metavar="PERSON", help="The name, or the id.")]


def _id(call: CommandCall, who: str) -> str:
    """Return the id of a person by what they are called, or by the id itself."""
    for person in call.node.pages("/persons"):
        if person["id"] == who or str(person["name"]).casefold() == who.casefold():
            return str(person["id"])
    raise not_found(f"Nobody of the team is called {who}.", "See: freehold person list")


@verb(app, "list", streams=True)
def list_persons(call: CommandCall) -> None:
    """List the people of the team, the owner first."""
    call.listing(call.node.pages("/persons"), COLUMNS, empty="Nobody.")


@verb(app, "add", writes=True)
def add(
    call: CommandCall, name: Annotated[str, Argument(metavar="NAME", help="What they are called.")]
) -> None:
    """Add a person to the team, who comes in by a link: `freehold session link --for NAME`."""
    person = call.write("POST", "/persons", {"name": name})
    called = str(person.get("name") or name)
    call.out.show(person, [f'  Added: {called}. Let them in: freehold session link --for "{called}"'])


@verb(app, "rename", writes=True)
def rename(
    call: CommandCall,
    who: Who,
    name: Annotated[str, Argument(metavar="NAME", help="What they are called from now on.")],
) -> None:
    """Call a person something else."""
    person = call.write("PUT", f"/persons/{_id(call, who)}", {"name": name})
    call.out.show(person, [f"  Called: {person.get('name') or name}."])


@verb(app, "remove", writes=True)
def remove(call: CommandCall, who: Who) -> None:
    """Let a person go: their sign-ins, passkeys, links and tokens end at once."""
    call.confirm(f"Remove {who}? They are signed out everywhere, and their programs are locked out.")
    person = call.write("DELETE", f"/persons/{_id(call, who)}")
    call.out.show(person, [f"  Removed: {person.get('name') or who}. What they did stays on record."])
