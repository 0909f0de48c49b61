"""Terms on the command line: of an offer, a counter or an amendment; and how offers and agreements are shown.

Rules here: pure; the shape is the API's `terms`; what is not mentioned is left out, and the node keeps it as
it was.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from typer import Option

from node.terminal import amounts, moments, wording
from node.terminal.failures import ExitCode, Failure, usage
from node.terminal.output import fields
from node.terminal.wishes import specification

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermFlags:
    """The flags that put terms on the table; empty where nothing was said."""

    price: Annotated[
        list[str] | None,
        Option("--price", help="A price line: '2249.00 EUR', 'Lease: 24.90 EUR/month x24'. Repeatable."),
    ] = None
    currency: Annotated[str, Option("--currency", metavar="CODE", help="For price lines that name none.")] = (
        ""
    )
    name: Annotated[str, Option("--name", help="What is offered, if it has a name of its own.")] = ""
    quantity: Annotated[str, Option("--quantity", help="How much: 1, '30 kWh'.")] = ""
    having: Annotated[
        list[str] | None, Option("--with", help="A property: 'fuelConsumption=5.9 l/100 km'. Repeatable.")
    ] = None
    starts: Annotated[str, Option("--starts", metavar="TIME", help="When the agreement begins.")] = ""
    ends: Annotated[str, Option("--ends", metavar="TIME", help="When it ends.")] = ""
    notice: Annotated[str, Option("--notice", metavar="PERIOD", help="Notice to end it: '1 month', P1M.")] = (
        ""
    )
    content: Annotated[str, Option("--terms", help="Further terms, in words.")] = ""
    expires: Annotated[
        str, Option("--expires", metavar="TIME", help="Until when this stands: 'in 3 days'.")
    ] = ""


def terms(flags: TermFlags, base: Mapping[str, Any], *, now: datetime) -> Document:
    """Return `base` (terms read from a file, or nothing) with what the flags say on top.

    Raises:
        Failure: a flag cannot be understood.
    """
    texts = {"name": flags.name, "content": flags.content}
    lines = [amounts.price_line(text, currency=flags.currency, now=now) for text in flags.price or ()]
    properties = [_offered(text) for text in flags.having or ()]
    return {
        **base,
        **{member: text for member, text in texts.items() if text},
        **({"quantity": amounts.quantity(flags.quantity)} if flags.quantity else {}),
        **({"price": lines} if lines else {}),
        **({"properties": properties} if properties else {}),
        **({"notice": moments.notice(flags.notice)} if flags.notice else {}),
        **_times(flags, now),
    }


def _times(flags: TermFlags, now: datetime) -> Document:
    spelt = {"starts_at": flags.starts, "ends_at": flags.ends, "expires_at": flags.expires}
    return {
        member: moments.stamp(moments.read(text, now=now, end_of_day=member != "starts_at"))
        for member, text in spelt.items()
        if text
    }


def _offered(text: str) -> Document:
    wanted = specification(text, necessity="must")
    if "value" not in wanted:
        raise usage(f"{text!r} is no property of an offer.", "Write 'fuelConsumption=5.9 l/100 km'.")
    return {member: wanted[member] for member in ("property", "value", "unit") if member in wanted}


def describe(offer: Mapping[str, Any], *, now: datetime) -> Iterator[str]:
    """Yield the lines that show an offer, its price and what it would bind both sides to."""
    mine = offer.get("role") == "offerer"
    yield from fields(
        [
            ("offer", str(offer.get("id", ""))),
            ("to" if mine else "from", _party(offer)),
            ("state", str(offer.get("state") or "")),
            *_on_the_table(offer),
            ("stands", _stands(offer, now)),
            ("rounds", str(offer.get("rounds") or "")),
            ("signature", _signature(offer.get("proof") or {})),
            ("digest", str(offer.get("digest") or "")),
            ("intention", str(offer.get("intention") or "")),
            ("changes", str(offer.get("amends") or "")),
            ("agreement", str(offer.get("agreement") or "")),
        ]
    )
    countered = offer.get("countered")
    if countered:
        yield "  Asked for instead:" if mine else "  You asked for instead:"
        yield from ("  " + line for line in fields(_on_the_table(countered)))


def agreement(agreed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show an agreement."""
    yield from fields(
        [
            ("agreement", str(agreed.get("id", ""))),
            ("with", _party(agreed)),
            ("state", str(agreed.get("state") or "")),
            *_on_the_table(agreed),
            ("leaves", wording.date_and_time(agreed.get("leaves_at"))),
            ("concluded", wording.date_and_time(agreed.get("concluded_at"))),
            ("confirmed", wording.date_and_time(agreed.get("confirmed_at"))),
            ("digest", str(agreed.get("digest") or "")),
            ("replaces", str(agreed.get("supersedes") or "")),
            ("offer", str(agreed.get("offer") or "")),
            ("plainly", str(agreed.get("plain") or "")),
        ]
    )


def countered(offer: Mapping[str, Any]) -> Document:
    """Return the terms the other side asked for, in the shape they are offered in.

    Raises:
        Failure: nothing else was asked for.
    """
    asked = offer.get("countered")
    if not asked:
        raise Failure(
            "no-counter", "The other side has not asked for other terms.", exit_code=ExitCode.CONFLICT
        )
    return {member: asked[member] for member in _OFFERED if asked.get(member)}


_OFFERED: Final = ("name", "quantity", "price", "properties", "starts_at", "ends_at", "notice", "content")


def _on_the_table(terms: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("what", str(terms.get("name") or "")),
        ("quantity", wording.quantity(terms.get("quantity"))),
        *(("price", wording.price_line(line)) for line in terms.get("price") or []),
        ("total", wording.amount(terms.get("total"), terms.get("currency"))),
        *(("has", _property(item)) for item in terms.get("properties") or []),
        ("begins", wording.date_and_time(terms.get("starts_at"))),
        ("ends", wording.date_and_time(terms.get("ends_at"))),
        ("notice", str(terms.get("notice") or "")),
        ("terms", str(terms.get("content") or "")),
    ]


def _party(deal: Mapping[str, Any]) -> str:
    peer = deal.get("peer") or {}
    return f"{wording.party(peer)}  {peer.get('iri', '')}"


def _signature(proof: Mapping[str, Any]) -> str:
    if not proof:
        return ""
    verdict = "✓ verified" if proof.get("verified") else "✗ NOT VERIFIED"
    return f"{verdict}  {proof.get('verification_method', '')}"


def signed(proof: Mapping[str, Any]) -> str:
    """Return the verdict on an offer's signature in a word and a mark."""
    if not proof:
        return ""
    return "signed ✓" if proof.get("verified") else "NOT VERIFIED ✗"


def shortened(text: str) -> str:
    """Return the two ends of a digest or a key: enough to compare, short enough for a line."""
    return f"{text[:8]}…{text[-4:]}"


def _property(item: Mapping[str, Any]) -> str:
    return " ".join(str(item[member]) for member in ("property", "value", "unit") if item.get(member))


def _stands(offer: Mapping[str, Any], now: datetime) -> str:
    expires = offer.get("expires_at")
    return (
        f"until {wording.date_and_time(expires)} ({wording.remaining(expires, now=now)})" if expires else ""
    )
