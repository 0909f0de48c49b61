"""`freehold calendar`: the secret address at which a calendar app reads your dates."""

from typing import Annotated

from typer import Option

from node.core.languages import LANGUAGES
from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.verbs import noun, verb
from protocol.strictjson import Document

app = noun(NOUNS["calendar"].line)


@verb(app, "make", writes=True)
def make(
    call: CommandCall,
    *,
    names: Annotated[
        bool, Option("--names", help="With the names of businesses and of what it is about.")
    ] = False,
    language: Annotated[
        str, Option("--language", metavar="LANGUAGE", help="In which language: en or de.")
    ] = "en",
    zone: Annotated[
        str,
        Option("--zone", metavar="ZONE", help="Whose days they are, such as Europe/Berlin; UTC if left out."),
    ] = "",
) -> None:
    """Make the address. It is shown once, on stdout; the one before leads nowhere any more."""
    if language not in LANGUAGES:
        raise usage(f"{language} is no language of a calendar.", "The languages are: en, de.")
    made = call.write("POST", "/calendar", {"names": names, "language": language, "zone": zone})
    call.out.show(made, [str(made.get("url") or "")])
    call.out.say("  Whoever has it reads your dates, and nothing else. It is not shown again.")


@verb(app, "show")
def show(call: CommandCall) -> None:
    """Show whether there is one, and when it was last read."""
    found = call.node.get("/calendar")
    call.out.show(found, _lines(found))


@verb(app, "revoke", writes=True)
def revoke(call: CommandCall) -> None:
    """Take the address back; whoever has it reads nothing any more."""
    found = call.write("DELETE", "/calendar")
    call.out.show(found, ["  Taken back. The address leads nowhere any more."])


def _lines(found: Document) -> list[str]:
    return [
        f"made       {phrases.date_and_time(found.get('made_at'))}",
        f"last read  {phrases.date_and_time(found.get('read_at')) or 'never'}",
        f"names      {'yes' if found.get('names') else 'no'}",
        f"language   {found.get('language')}",
        f"zone       {found.get('zone') or 'UTC'}",
    ]
