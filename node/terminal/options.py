"""Arguments and options that several verbs take, each said once."""

from typing import Annotated

from typer import Argument, Option

from node.terminal.completing import accounts, ids

IntentionId = Annotated[
    str,
    Argument(
        metavar="INTENTION",
        help="The intention: its id, the beginning of it, or its IRI.",
        autocompletion=ids("/intentions"),
    ),
]
OfferId = Annotated[
    str,
    Argument(
        metavar="OFFER", help="The offer: its id, or the beginning of it.", autocompletion=ids("/offers")
    ),
]
AgreementId = Annotated[
    str,
    Argument(
        metavar="AGREEMENT",
        help="The agreement: its id, the beginning of it, or its IRI.",
        autocompletion=ids("/agreements"),
    ),
]
Who = Annotated[
    str,
    Argument(
        metavar="WHO",
        help="Whom: name@host, the actor's IRI, or what the node knows it by.",
        autocompletion=accounts(),
    ),
]

ForIntention = Annotated[
    str,
    Option(
        "--intention",
        metavar="INTENTION",
        help="Only what belongs to this intention.",
        autocompletion=ids("/intentions"),
    ),
]
Limit = Annotated[int | None, Option("--limit", metavar="N", min=1, help="At most this many.")]
Count = Annotated[int | None, Option("--count", metavar="N", min=1, help="Stop after this many.")]
Span = Annotated[str, Option("--for", metavar="SPAN", help="Stop after about this long: '10 min'.")]
Reason = Annotated[str, Option("--reason", metavar="TEXT", help="A sentence the other side will read.")]
TermsFile = Annotated[
    str, Option("--file", metavar="FILE", help="Read the terms from this JSON file; - is stdin.")
]
WishFile = Annotated[
    str, Option("--file", metavar="FILE", help="Read the wish from this JSON file; - is stdin.")
]
Key = Annotated[
    str,
    Option("--key", metavar="KEY", help="Whose: a Multikey or a PEM file; the node looks it up if left out."),
]
Out = Annotated[str, Option("--out", metavar="FILE", help="Write it to this new file instead of stdout.")]
DataText = Annotated[
    str,
    Option("--text", metavar="en|de", help="Only the text about data that is signed, in this language."),
]
