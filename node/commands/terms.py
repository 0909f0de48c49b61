"""`freehold terms`: what terms about data permit, what is odd about them, and what of that you allow."""

from collections.abc import Iterator
from typing import Annotated, Final

from typer import Argument, Option

from node.terminal import people, policies, proposed_terms, wishes
from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["terms"].line)

_PATH: Final = "/terms"
_AT_FIRST: Final = "default"
_SIGNS: Final = {
    "auto": "by itself for more of a wish, under what you accept",
    "ask": "for more of a wish when a person says so",
    "never": "for nothing more of a wish",
}
_USUAL: Final = "PDC-INTENT"
_WEIGHS: Final = {"refuse": "refused", "warn": "warned of", "note": "noted"}


FLAG_COLUMNS: Final = (
    Column("flag", lambda row: str(row["code"])),
    Column("does", lambda row: str(row["severity"])),
    Column("at first", lambda row: str(row["at_first"]), spare=1),
    Column("means", lambda row: str(row["sentence"]), long=True),
)
ROSTER_COLUMNS: Final = (
    Column("agreement", lambda row: str(row["name"])),
    Column("in short", lambda row: str(row["summary"]), long=True),
)


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


@verb(app, "show")
def show(call: CommandCall) -> None:
    """Show the most that you allow about your data, what you refuse, and what you accept in public."""
    settings = call.node.get(_PATH)
    call.out.show(settings, _lines(settings))
    call.out.say(call.out.typed("  What is refused besides, and what else may be: freehold terms flags"))


@verb(app, "flags")
def flags(call: CommandCall) -> None:
    """List every flag that terms can raise, and what it does: refuse, warn or note."""
    rows = policies.flags_that_may_be(call.node.get(_PATH)["flags"])
    call.listing(rows, FLAG_COLUMNS, empty="")


@verb(app, "roster")
def roster(
    call: CommandCall,
    entry: Annotated[
        str, Argument(metavar="[ENTRY]", help="An agreement to read in full, such as SD-BASE.")
    ] = "",
) -> None:
    """List the agreements that are known by name, or read one in full."""
    if entry:
        call.out.show(*policies.published(policies.entry(entry)))
    else:
        call.listing(policies.roster(), ROSTER_COLUMNS, empty="")


@verb(app, "maximum", writes=True)
def maximum(
    call: CommandCall,
    entry: Annotated[
        str, Argument(metavar="ENTRY|default", help="An entry of the roster, such as SD-BASE-A.")
    ],
    *,
    category: Annotated[
        str | None, Option("--category", metavar="IRI", help="For wishes of this category alone: mobility.")
    ] = None,
    business: Annotated[
        str | None, Option("--business", metavar="WHO", help="For this business alone.")
    ] = None,
    beyond: Annotated[
        str, Option("--beyond", metavar="hold|refuse", help="What is done with what asks for more.")
    ] = "",
) -> None:
    """Set the most that you allow about your data: for all, for a category of wishes, or for a business."""
    if category is not None and business is not None:
        raise usage("A maximum is for a category or for a business.", "Set one after the other.")
    most = None if entry == _AT_FIRST else policies.entry(entry).name
    if category is not None:
        changes: Document = {"categories": {wishes.category(category): most}}
    elif business is not None:
        changes = {"businesses": {people.peer(call, business): most}}
    else:
        changes = {"maximum": most}
    _change(call, changes | ({"beyond": beyond} if beyond else {}))


@verb(app, "refuse", writes=True)
def refuse(
    call: CommandCall,
    flag: Annotated[str, Argument(metavar="FLAG", help="Such as tracking, of those that terms flags lists.")],
    severity: Annotated[
        str, Argument(metavar="[refuse|warn|note|default]", help="What it does from now on.")
    ] = "refuse",
) -> None:
    """Choose what is done with terms that raise a flag: not taken, warned of, or noted."""
    _change(call, {"flags": {policies.flag(flag): None if severity == _AT_FIRST else severity}})


@verb(app, "require", writes=True)
def require(
    call: CommandCall,
    when: Annotated[str, Argument(metavar="for-data|always", help="What needs terms about data.")],
) -> None:
    """Choose whether every offer has to say what is done with your data, or only what is to get some."""
    _change(call, {"require": when})


@verb(app, "accepts", writes=True)
def accepts(
    call: CommandCall,
    entries: Annotated[
        list[str] | None, Argument(metavar="[ENTRY]...", help="Entries of the roster; none takes all back.")
    ] = None,
) -> None:
    """Say in public, as a business, which agreements of the roster you accept."""
    _change(call, {"accepts": [policies.entry(each).name for each in entries or []]})


@verb(app, "undertake", writes=True)
def undertake(
    call: CommandCall,
    who: Annotated[
        str, Argument(metavar="auto|ask|never", help="By itself under what you accept, a person, or nobody.")
    ],
) -> None:
    """Choose, as a business, who signs to be told more of an intention of somebody else's."""
    _change(call, {"undertake": who})


def _change(call: CommandCall, changes: Document) -> None:
    answer = call.write("PATCH", _PATH, changes, shown=_lines)
    call.out.show(answer, _lines(answer))


def _lines(settings: Document) -> Iterator[str]:
    """Yield the lines that show what was set; what there is nothing of is left out."""
    maxima = [*settings["categories"].items(), *settings["businesses"].items()]
    yield from fields(
        [
            ("at most", f"{settings['maximum']}; what asks for more is {_beyond(settings)}"),
            *(("at most", f"{entry} for {name}") for name, entry in maxima),
            ("and within", "a policy of yours" if settings["cap"] else ""),
            *((_WEIGHS[does], code) for code, does in settings["flags"].items()),
            ("needed", "in every offer" if settings["require"] == "always" else "where there are data"),
            ("you accept", ", ".join(settings["accepts"])),
            ("you sign", _signs(settings)),
            ("not known", _ignored(settings["ignored"])),
        ]
    )


def _signs(settings: Document) -> str:
    """Say who signs for more of a wish, where that was set or something is accepted; and what it lacks."""
    by, accepted = settings["undertake"], settings["accepts"]
    if by == "auto" and _USUAL not in accepted:
        return f"{_SIGNS[by]}; most wishes ask for {_USUAL}, which is not among it"
    return _SIGNS[by] if accepted or by != "ask" else ""


def _ignored(members: list[str]) -> str:
    return f"{', '.join(members)}: kept of another release, and ignored" if members else ""


def _beyond(settings: Document) -> str:
    return "refused" if settings["beyond"] == "refuse" else "for you to decide"
