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
        Argument(metavar="FILE", help="A policy, terms or an offer, in a JSON document; - is stdin."),
    ],
    *,
    maximum: Annotated[
        str,
        Option("--maximum", metavar="ENTRY", help="Compare with an entry of the roster, such as SD-BASE-DP."),
    ] = "",
    accepts: Annotated[
        list[str] | None,
        Option("--accepts", metavar="ENTRY", help="An entry that the business says in public it accepts."),
    ] = None,
    country: Annotated[
        str, Option("--country", metavar="CODE", help="Where the customer lives, such as CH.")
    ] = "",
    currency: Annotated[
        str, Option("--currency", metavar="CODE", help="Of the price, for terms without one.")
    ] = "EUR",
    text: Annotated[
        str, Option("--text", metavar="en|de", help="Print the plain text of the terms instead.")
    ] = "",
) -> None:
    """Say in plain words what terms permit, what is odd about them, and which agreements they keep to."""
    from node.terminal import policies, proposed_terms

    document = call.read_document(file)
    if text:
        proposed_terms.show_text(call, document, text, currency=currency)
        return
    standpoint = proposed_terms.Standpoint(
        maximum=policies.entry(maximum) if maximum else None,
        country=policies.country(country) if country else "",
        published=None if accepts is None else tuple(map(policies.entry, accepts)),
    )
    policies.report(call, document, standpoint, currency=currency)
