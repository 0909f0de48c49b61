"""Terms on the command line: the flag that puts each on the table, and the lines that show it.

Rules here: pure; every term is one row of `TERMS`; the shape is the API's `terms`; what is not mentioned is
left out, and the node keeps it as it was.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from inspect import Parameter
from typing import Annotated, Any, TypeAlias

from typer import Option

from node.terminal import amounts, moments, phrases, policies, price_lines, totals
from node.terminal.failures import usage
from node.terminal.flags import Spread
from node.terminal.wishes import category, specification
from protocol.documents import Document
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """What else a flag may depend on: when it is typed, the currency of amounts that name none, and files."""

    now: datetime
    currency: str
    document: Callable[[str], Document]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTerm:
    """A term as it is typed and shown.

    Args:
        name: its member in the API's `terms`.
        flag: the flag that states it; None for what is computed.
        read: turns what was typed into the member; raises `Failure`.
        label: what stands before its lines.
        show: its lines, by the API's view of an offer or an agreement; an empty one is left out.
    """

    name: str
    flag: Parameter | None = None
    read: Callable[[Any, Said], Any] = lambda typed, said: typed  # noqa: ARG005 -- text stays as it is
    label: str
    show: Callable[[Mapping[str, Any]], list[str]]


def term_flags() -> list[Parameter]:
    """Return the flags of all terms, and of what stands beside them."""
    stated = [term.flag for term in TERMS if term.flag is not None]
    currency = flag("currency", "--currency", metavar="CODE", help="For price lines that name none.")
    expires = flag(
        "expires", "--expires", metavar="TIME", help="Until when this stands: friday, 'in 3 days'."
    )
    return [*stated, currency, expires]


# The parameter of a verb that takes terms: what was typed, by the names of the flags.
TermFlags: TypeAlias = Annotated[dict[str, Any], Spread(term_flags)]


def terms(
    typed: Mapping[str, Any],
    base: Mapping[str, Any],
    *,
    now: datetime,
    document: Callable[[str], Document],
    before: Mapping[str, Any] | None = None,
) -> Document:
    """Return `base` (terms read from a file, or nothing) with what the flags say on top.

    `document` reads the JSON document of a file that a flag names. A property that a flag states takes the
    place of the one of that name in `base`, or else in the terms `before`, if others are to be changed; the
    rest of them stay.

    Raises:
        Failure: a flag cannot be understood, or takes away a property that is not there.
    """
    said = Said(now, amounts.currency_code(typed.get("currency") or ""), document)
    flagged = [(term, typed.get(term.flag.name)) for term in TERMS if term.flag is not None]
    read = {term.name: term.read(value, said) for term, value in flagged if value}
    if "properties" in read:
        read["properties"] = _restated(
            read["properties"], base.get("properties", (before or {}).get("properties"))
        )
    expires = typed.get("expires")
    return {**base, **read, **({"expires_at": _end(expires, said)} if expires else {})}


def on_the_table(deal: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield label and text of every term of an offer or an agreement; the text is "" where it has none."""
    for term in TERMS:
        for line in term.show(deal):
            yield term.label, line


def statable(deal: Mapping[str, Any], *, whole: bool = False) -> Document:
    """Return those terms of an offer or an agreement that can be stated, in the shape they are offered in.

    `whole` says to state also what is not there, where it could be left out for what stands.
    """
    names = [term.name for term in TERMS if term.flag is not None]
    return {name: deal[name] for name in names if deal.get(name) or (whole and name in deal)}


def flag(name: str, spelling: str, *, help: str, metavar: str | None = None) -> Parameter:
    """Return the flag of a term that is typed once."""
    option = Option(spelling, metavar=metavar, help=help)
    return Parameter(name, Parameter.KEYWORD_ONLY, default="", annotation=Annotated[str, option])


def flags(name: str, spelling: str, *, help: str) -> Parameter:
    """Return the flag of a term that may be typed several times."""
    annotation = Annotated[list[str] | None, Option(spelling, help=f"{help} Repeatable.")]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def text_of(name: str) -> Callable[[Mapping[str, Any]], list[str]]:
    """Return how a term that is text is shown."""
    return lambda deal: [str(deal.get(name) or "")]


def _start(typed: str, said: Said) -> str:
    return moments.stamp(moments.read(typed, now=said.now, end_of_day=False))


def _end(typed: str, said: Said) -> str:
    return moments.stamp(moments.read(typed, now=said.now, end_of_day=True))


def _price(typed: list[str], said: Said) -> list[Document]:
    return price_lines.price(typed, currency=said.currency, now=said.now)


def _restated(said: list[Document], stood: Any) -> list[Document]:
    """Return properties as they are said now over those that stood; of a file these may be anything."""
    stood = [item for item in stood if isinstance(item, dict)] if isinstance(stood, list) else []
    named, known = {item["property"] for item in said}, {item.get("property") for item in stood}
    for item in said:
        if not item["value"] and item["property"] not in known:
            raise usage(
                f"There is no {item['property']} to take away.", "See what is there with: freehold offer show"
            )
    kept = [item for item in stood if item.get("property") not in named]
    return [*kept, *(item for item in said if item["value"])]


def _offered(text: str) -> Document:
    """Return the property of an offer that was typed; of one that is to be taken away the value is empty."""
    name, sign, value = text.partition("=")
    if sign and name.strip() and not value.strip():
        return {"property": name.strip(), "value": ""}
    delivery = phrases.delivery(text)
    if delivery is not None:
        return delivery
    wanted = specification(text, necessity="must")
    if "value" not in wanted:
        raise usage(f"{text!r} is no property of an offer.", "Write 'fuelConsumption=5.9 l/100 km'.")
    return {member: wanted[member] for member in ("property", "value", "unit") if member in wanted}


# In the order in which they are shown.
TERMS: tuple[TypedTerm, ...] = (
    TypedTerm(
        name="name",
        flag=flag("name", "--name", help="What is offered, if it has a name of its own."),
        label="what",
        show=text_of("name"),
    ),
    TypedTerm(
        name="quantity",
        flag=flag("quantity", "--quantity", help="How much: 1, '30 kWh', 'a dozen'."),
        read=lambda typed, _: amounts.quantity(typed),
        label="quantity",
        show=lambda deal: [phrases.quantity(deal.get("quantity"))],
    ),
    TypedTerm(
        name="price",
        flag=flags(
            "price",
            "--price",
            help="A price line: '2249.00 EUR', 'Lease: 24.90 EUR/month x24', '9.90 EUR/month until ended',"
            " 'less 50 EUR', '10% off', '80 EUR/hour, about 10'.",
        ),
        read=_price,
        label="price",
        show=lambda deal: [phrases.price_line(line) for line in deal.get("price") or []],
    ),
    TypedTerm(
        name="total",
        label="total",
        show=lambda deal: [totals.total(deal)],
    ),
    TypedTerm(
        name="least",
        label="at least",
        show=lambda deal: [totals.least(deal)],
    ),
    TypedTerm(
        name="category",
        flag=flag("category", "--category", metavar="IRI", help="The kind of thing, as an IRI."),
        read=lambda typed, _: category(typed),
        label="category",
        show=text_of("category"),
    ),
    TypedTerm(
        name="properties",
        flag=flags(
            "having",
            "--with",
            help="A property: 'weight=13.2 kg', 'delivery within 6 days'; 'colour=' takes one away.",
        ),
        read=lambda typed, _: [_offered(text) for text in typed],
        label="has",
        show=lambda deal: [phrases.property_of(item) for item in deal.get("properties") or []],
    ),
    TypedTerm(
        name="starts_at",
        flag=flag("starts", "--starts", metavar="TIME", help="When the agreement begins."),
        read=_start,
        label="begins",
        show=lambda deal: [phrases.exactly(deal.get("starts_at"))],
    ),
    TypedTerm(
        name="ends_at",
        flag=flag("ends", "--ends", metavar="TIME", help="When it ends."),
        read=_end,
        label="ends",
        show=lambda deal: [phrases.ends(deal.get("ends_at"))],
    ),
    TypedTerm(
        name="notice",
        flag=flag("notice", "--notice", metavar="PERIOD", help="Notice to end it: '1 month', P1M."),
        read=lambda typed, _: moments.notice(typed),
        label="notice",
        show=lambda deal: [phrases.period(deal.get("notice"))],
    ),
    TypedTerm(
        name="content",
        flag=flag("content", "--terms", help="Further terms, in words."),
        label="terms",
        show=text_of("content"),
    ),
    TypedTerm(
        name="terms",
        flag=flag(
            "about_data",
            "--data-terms",
            metavar="FILE|none",
            help="What may be done with data: a JSON document as `freehold terms lint` reads it; or none.",
        ),
        read=lambda typed, said: None if typed == "none" else policies.stated(said.document(typed)),
        label="data",
        show=lambda deal: policies.say_terms(deal.get("terms")),
    ),
)
