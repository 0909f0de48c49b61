"""`freehold profile`: who the owner is; kept on the node and sent to nobody."""

from typing import Annotated

from typer import Argument, Option

from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.options import Out
from node.terminal.printing import as_json
from node.terminal.verbs import noun, verb

app = noun(NOUNS["profile"].line)


@verb(app, "show")
def show(call: CommandCall) -> None:
    """Show your profile."""
    profile = call.node.get("/profile")
    call.out.show(profile, as_json(profile, indent=2).splitlines())


@verb(app, "set", writes=True)
def set_profile(
    call: CommandCall,
    changes: Annotated[
        list[str] | None,
        Argument(metavar="[NAME=VALUE]...", help="Members; an empty value removes one."),
    ] = None,
    *,
    file: Annotated[
        str, Option("--file", metavar="FILE", help="Replace it by this JSON file; - is stdin.")
    ] = "",
) -> None:
    """Change members of your profile, or replace it from a file."""
    if bool(changes) == bool(file):
        raise usage("Nothing to set was named.", "Give members as name=value, or --file.")
    if file:
        profile = call.read_document(file)
    else:
        profile = call.node.get("/profile") | dict(_member(change) for change in changes or [])
    # What begins with @ is the node's own frame around the members.
    members = {name: value for name, value in profile.items() if value != "" and not name.startswith("@")}
    answer = call.write("PUT", "/profile", members)
    call.out.show(answer, as_json(answer, indent=2).splitlines())


def _member(change: str) -> tuple[str, str]:
    name, sign, value = change.partition("=")
    if not sign or not name.strip():
        raise usage(f"{change!r} is no name=value.", "Write: freehold profile set name='Ada Example'")
    return name.strip(), value


@verb(app, "import", writes=True)
def import_vcard(
    call: CommandCall, file: Annotated[str, Argument(metavar="FILE", help="A vCard file; - is stdin.")]
) -> None:
    """Take your profile from a vCard."""
    content = call.read(file)
    call.stop_if_dry({"method": "POST", "path": "/profile/import", "bytes": len(content)})
    call.node.fetch("POST", "/profile/import", content, media_type="text/vcard")
    show(call)


@verb(app, "export")
def export(
    call: CommandCall,
    *,
    format: Annotated[
        str, Option("--format", metavar="FORMAT", help="json-ld, turtle or n-triples.")
    ] = "json-ld",
    out: Out = "",
) -> None:
    """Write your profile as linked data."""
    call.save(call.node.fetch("GET", "/profile/export", query={"format": format}), out)
