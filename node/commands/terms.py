"""`freehold terms`: what terms about data permit, and what is odd about them; read here, without a node."""

from typing import Annotated

from typer import Argument, Option

from node.terminal.call import CommandCall
from node.terminal.nouns import NOUNS
from node.terminal.verbs import noun, verb

app = noun(NOUNS["terms"].line)


@verb(app, "lint")
def lint(
    call: CommandCall,
    file: Annotated[
        str,
        Argument(metavar="FILE", help="A policy, or terms with one, in a JSON document; - is stdin."),
    ],
    *,
    maximum: Annotated[
        str,
        Option("--maximum", metavar="ENTRY", help="Compare with an entry of the roster, such as SD-BASE-DP."),
    ] = "",
) -> None:
    """Say in plain words what a policy permits, what is odd about it, and which agreements it keeps to."""
    from node.terminal import policies

    policies.report(call, call.read_document(file), maximum)
