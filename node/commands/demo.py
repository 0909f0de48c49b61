"""`freehold demo`: the market, played by real nodes on this machine."""

from pathlib import Path
from typing import Annotated

import typer
from typer import Option

from node.terminal.call import CommandCall
from node.terminal.nouns import NOUNS
from node.terminal.verbs import single, verb

app = single(NOUNS["demo"].line)


@verb(app, "demo")
def demo(
    call: CommandCall,
    *,
    once: Annotated[bool, Option("--once", help="Play it once and end; exit 1 if a check fails.")] = False,
    open: Annotated[bool, Option("--open", help="Show the customer's pages in a browser.")] = False,
) -> None:
    """Start a customer and three businesses as real nodes on this machine, and let them make a deal.

    It stays open then, with a link for each of them to look around in a browser.
    """
    from node.sandbox import market

    folder = Path(call.flags.data) if call.flags.data else call.folder.with_name("freehold-demo")
    raise typer.Exit(market.run(once=once, folder=folder, opens=open))
