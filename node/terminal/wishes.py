"""A wish on the command line: from flags, from a file, or from a file with flags on top; and how it is shown.

Rules here: pure; the shape is the API's `wish`; the limit price and the notes are part of a wish and stay on
the node, which is why what is sent and what stays home are shown apart.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from typer import Option

import schemas
from node.terminal import amounts, moments, phrases
from node.terminal.counts import counted
from node.terminal.failures import usage
from node.terminal.printing import as_json, fields
from protocol.documents import Document
from protocol.units import is_known
from protocol.values import dataclass

_BOUNDS: Final = {"<=": "at_most", "≤": "at_most", ">=": "at_least", "≥": "at_least"}
_SPECIFICATION: Final = re.compile(r"([^<>=≤≥]{1,200}?)\s*(<=|>=|=|≤|≥)\s*([^<>=≤≥\s].{0,499})")
_BETWEEN: Final = re.compile(r"([^<>=≤≥]{1,200}?)\s*(?:>=|≥)\s*([^<>=≤≥]+)(?:<=|≤)\s*([^<>=≤≥]+)")
_STRICT: Final = re.compile(r"[<>](?!=)")
_OTHER: Final = "https://w3id.org/freehold/categories#other"
_QUOTED: Final = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class WishFlags:
    """The flags that describe a wish; empty where nothing was said."""

    what: Annotated[str, Option("--what", help="What is wanted, in a few words.")] = ""
    details: Annotated[str, Option("--details", help="More about it, for businesses to read.")] = ""
    quantity: Annotated[str, Option("--quantity", help="How much: 1, '30 kWh', 'a dozen'.")] = ""
    must: Annotated[
        list[str] | None,
        Option("--must", help="What it must have: 'fuelConsumption<=7 l/100 km'. Repeatable."),
    ] = None
    should: Annotated[
        list[str] | None, Option("--should", help="What it should have: 'colour=blue'. Repeatable.")
    ] = None
    category: Annotated[str, Option("--category", metavar="IRI", help="The kind of thing, as an IRI.")] = ""
    place: Annotated[str, Option("--place", help="Where it is wanted, as rough as you like.")] = ""
    window: Annotated[
        str, Option("--window", metavar="START..END", help="When it is wanted: 2026-05-01..31.5.2026.")
    ] = ""
    deadline: Annotated[
        str, Option("--deadline", metavar="TIME", help="Until when offers are welcome: friday, 'in 3 weeks'.")
    ] = ""
    limit_price: Annotated[
        str,
        Option("--limit-price", metavar="AMOUNT", help="The most you would pay. It never leaves the node."),
    ] = ""
    currency: Annotated[str, Option("--currency", metavar="CODE", help="What to ask offers in: EUR.")] = ""
    rings: Annotated[
        bool, Option("--rings", help="Tell everybody little, and the rest who signs for it.")
    ] = False
    kind: Annotated[
        str,
        Option("--kind", metavar="WORD", help="Of which kind it is, for everybody: mobility. With rings."),
    ] = ""
    region: Annotated[
        str, Option("--region", metavar="CODE", help="Roughly where, for everybody: CH-BE. With rings.")
    ] = ""
    budget: Annotated[
        str,
        Option("--budget", metavar="FROM..TO", help="What you mean to pay, for who signs. With rings."),
    ] = ""
    open: Annotated[
        list[str] | None,
        Option(
            "--open", metavar="PART", help="Tell everybody this part, too: place. Repeatable. With rings."
        ),
    ] = None
    notes: Annotated[str, Option("--notes", help="Notes to yourself. They never leave the node.")] = ""


def wish(flags: WishFlags, base: Mapping[str, Any], *, now: datetime) -> Document:
    """Return `base` (a wish read from a file, or nothing) with what the flags say on top.

    Raises:
        Failure: a flag cannot be understood, or two of them name different currencies.
    """
    texts = {
        "name": flags.what,
        "content": flags.details,
        "category": category(flags.category),
        "place": flags.place,
        "notes": flags.notes,
    }
    wanted = [specification(text, necessity="must") for text in flags.must or ()]
    wanted += [specification(text, necessity="should") for text in flags.should or ()]
    return {
        **base,
        **{member: text for member, text in texts.items() if text},
        **({"quantity": amounts.quantity(flags.quantity)} if flags.quantity else {}),
        **({"specifications": wanted} if wanted else {}),
        **_times(flags, now),
        **_money(flags),
        **_rings(flags, base),
    }


def names_rings(flags: WishFlags) -> bool:
    """Tell whether any flag says how a wish is told in rings."""
    return flags.rings or bool(flags.kind or flags.region or flags.budget or flags.open)


def _rings(flags: WishFlags, base: Mapping[str, Any]) -> Document:
    if not names_rings(flags):
        return {}
    named = {
        **({"category": flags.kind} if flags.kind else {}),
        **({"region": flags.region} if flags.region else {}),
        **({"open": flags.open} if flags.open else {}),
        **({"budget": _budget(flags)} if flags.budget else {}),
    }
    return {"rings": {**(base.get("rings") or {}), **named}}


def _budget(flags: WishFlags) -> Document:
    least, dots, most = flags.budget.partition("..")
    if not dots:
        raise usage(f"{flags.budget!r} is no budget.", "Write from what to what, such as 800..1100.")
    currency = amounts.currency_code(flags.currency)
    ends = [amounts.money(end.strip(), currency=currency)[0] for end in (least, most)]
    return {"least": ends[0], "most": ends[1]}


def category(typed: str) -> str:
    """Return the address of a kind of thing, also of one of the few that have a word; "" for nothing typed.

    Raises:
        Failure: it is another word, which has no meaning beyond its own language.
    """
    if not typed or "://" in typed:
        return typed
    words = {iri.rpartition("#")[2]: iri for iri in schemas.categories()}
    if typed not in words:
        raise usage(
            f"{typed!r} is no category: that is a web address, which means the same to everybody.",
            f"Write one such as https://www.wikidata.org/wiki/Q11442, or one of: {', '.join(words)}.",
        )
    return words[typed]


def _times(flags: WishFlags, now: datetime) -> Document:
    times: Document = {}
    if flags.deadline:
        times["deadline"] = moments.stamp(moments.read(flags.deadline, now=now, end_of_day=True))
    if flags.window:
        start, end = moments.window(flags.window, now=now)
        ends = {"start": start, "end": end}
        times["window"] = {name: moments.stamp(moment) for name, moment in ends.items() if moment}
    return times


def _money(flags: WishFlags) -> Document:
    asked = amounts.currency_code(flags.currency)
    if "/" in flags.limit_price:
        raise usage(
            f"{flags.limit_price!r}: a limit is the most for all of it, over the whole term.",
            "Write one amount, such as 600 EUR for two years of 25 EUR a month.",
        )
    limit, named = amounts.money(flags.limit_price, currency=asked) if flags.limit_price else ("", "")
    if named and asked and named != asked:
        raise usage(f"The limit price is in {named}, the intention in {asked}.", "Use one currency.")
    currency = asked or named
    return {**({"limit_price": limit} if limit else {}), **({"currency": currency} if currency else {})}


def specification(text: str, *, necessity: str) -> Document:
    """Return the wanted property that `fuelConsumption<=7 l/100 km`, `seats=4..5` or `colour=blue` names.

    A value that begins with a number is one, and the rest its unit; quotes make it a text.

    Raises:
        Failure: `text` names no property, sign and value, or bounds something that is no number, or could be
            two.
    """
    both = _BETWEEN.fullmatch(text.strip())
    if both:
        text = f"{both[1]}={both[2]}..{both[3]}"
    found = _SPECIFICATION.fullmatch(text.strip())
    if not found and (strict := _STRICT.search(text)):
        raise usage(f"{text!r}: a bound includes its value.", f"Write {strict[0]}= instead of {strict[0]}.")
    if not found:
        raise usage(f"{text!r} is no requirement.", "Write 'fuelConsumption<=7 l/100 km' or 'colour=blue'.")
    bounds, unit = _bounds(found[2], found[3].strip())
    if not bounds:
        raise usage(f"{text!r} bounds something that is no number.", "Write 'weight<=14 kg', with a number.")
    named = {"unit": unit} if unit else {}
    return {"property": found[1].strip(), **bounds, **named, "necessity": necessity}


def _bounds(sign: str, value: str) -> tuple[Document, str]:
    """Return what a sign and a value say of a property, and the unit; nothing if no number is bounded."""
    quoted, (first, dots, last) = _QUOTED.fullmatch(value), value.partition("..")
    if quoted and sign not in _BOUNDS:
        return {"value": quoted[1]}, ""
    if dots and sign not in _BOUNDS:
        least, most = amounts.measure(first), amounts.measure(last)
        if least and most and least[1] in ("", most[1]):
            return {"at_least": least[0], "at_most": most[0]}, most[1]
    found = amounts.measure(value)
    if sign in _BOUNDS:
        return ({_BOUNDS[sign]: found[0]}, found[1]) if found else ({}, "")
    number, unit, apart = found or ("", "", False)
    if number and (apart or is_known(unit)):  # `14kg` is a measure, `7up` is none
        return {"value": number}, unit
    return {"value": value}, ""


def preview(answer: Mapping[str, Any], wish: Mapping[str, Any], *, now: datetime) -> Iterator[str]:
    """Yield the lines that say what a wish sends, to whom, and what stays home.

    `answer` is what the node makes of `wish`: what is said, what stays, and the addresses it reaches.
    """
    withheld = answer.get("withheld") or []
    yield "This everybody is told whom it goes to:" if withheld else "This is sent, and nothing else:"
    sender = str(answer["sends"].get("actor") or "")
    yield from fields([*described({**answer["says"], "own": True}, now=now), ("by", sender)])
    if answer["says"].get("category") == _OTHER and not (wish.get("rings") or {}).get("category"):
        yield "Nobody sees what it is about: --kind says of which kind it is, such as mobility."
    if withheld:
        yield "This is told to nobody but who signs for it:"
        yield from fields(_told_after(wish, withheld, now=now))
    reaches = answer.get("reaches") or []
    yield f"It goes to {counted(len(reaches), 'address')}:" if reaches else "It goes to nobody yet."
    yield from (f"    {iri}" for iri in reaches)
    home = answer.get("stays_home") or {}
    yield "This stays here:"
    yield from fields(
        [
            ("limit price", phrases.amount(home.get("limit_price"), wish.get("currency"))),
            ("notes", str(home.get("notes") or "")),
        ]
    )
    if not any(home.values()):
        yield "    nothing: no limit price and no notes"
    yield from (f"Look again: {warning}" for warning in answer.get("warnings") or [])
    if wish.get("deadline"):
        yield f"Offers are welcome for {phrases.remaining(wish['deadline'], now=now)}."


def _told_after(
    wish: Mapping[str, Any], withheld: Iterable[str], *, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield label and text of those parts of a wish that are kept back."""
    parts = {
        "description": {"name": wish.get("name"), "content": wish.get("content")},
        "specifications": {"specifications": wish.get("specifications")},
        "place": {"place": wish.get("place")},
        "window": {"window": wish.get("window")},
        "budget": {"budget": (wish.get("rings") or {}).get("budget"), "currency": wish.get("currency")},
    }
    told = {member: value for part in withheld for member, value in parts[part].items()}
    # The currency stands in the amounts here; everybody is told it anyway.
    return (said for said in described(told, now=now) if said[0] != "currency")


def describe(
    intention: Mapping[str, Any],
    *,
    now: datetime,
    reach: Mapping[str, Any] | None = None,
    signed: Iterable[Mapping[str, Any]] = (),
) -> Iterator[str]:
    """Yield the lines that show an intention to its owner or to a business that received it.

    `reach` is whom it has reached and `signed` who may read more of it, if it is the owner's and that is
    asked.
    """
    readers = [
        ("may read all", f"{phrases.party(one['peer'])}  {one['peer']['iri']} ({one['state']})")
        for one in signed
    ]
    away = [
        ("unreached", " ".join(filter(None, (str(one["address"]), _why(one)))))
        for one in (reach or {}).get("unreached") or []
    ]
    return fields([*described(intention, now=now), *readers, *away])


def _why(unreached: Mapping[str, Any]) -> str:
    """Say why somebody has not got an intention, and whether that is tried again."""
    again = "tried again by itself" if unreached["state"] == "queued" else str(unreached["state"])
    wrong = str(unreached.get("last_error") or "").rstrip(".")
    return f"({'; '.join(filter(None, (wrong, again)))})"


def described(intention: Mapping[str, Any], *, now: datetime) -> list[tuple[str, str]]:
    """Return label and text of all that an intention says, in the order in which it is shown."""
    private = intention.get("private") or {}
    window = intention.get("window") or {}
    offers = intention.get("offers") or {}
    wanted = intention.get("specifications") or []
    return [
        ("intention", str(intention.get("id", ""))),
        ("what", str(intention.get("name") or "")),
        ("details", str(intention.get("content") or "")),
        ("quantity", phrases.quantity(intention.get("quantity"))),
        *((str(item.get("necessity", "must")), phrases.specification(item)) for item in wanted),
        ("category", str(intention.get("category") or "")),
        ("place", str(intention.get("place") or "")),
        ("from", phrases.exactly(window.get("start"))),
        ("until", phrases.ends(window.get("end"))),
        ("currency", str(intention.get("currency") or "")),
        ("budget", _band(intention)),
        ("kept back", _kept_back(intention)),
        ("you signed", _signed(intention.get("signed"))),
        ("deadline", _deadline(intention.get("deadline"), now)),
        ("state", str(intention.get("state") or "")),
        ("paused", paused(intention)),
        ("from whom", "" if intention.get("own") else _from_whom(intention)),
        ("sent to", ", ".join(str(address) for address in intention.get("audience") or [])),
        ("offers", f"{offers['open']} open of {offers['count']}" if offers else ""),
        ("limit price", phrases.amount(private.get("limit_price"), intention.get("currency"))),
        ("notes", str(private.get("notes") or "")),
    ]


def _band(intention: Mapping[str, Any]) -> str:
    budget = intention.get("budget")
    if budget is None:
        return ""
    currency = intention.get("currency")
    return f"{phrases.amount(budget['least'], currency)} to {phrases.amount(budget['most'], currency)}"


def _kept_back(intention: Mapping[str, Any]) -> str:
    """Say which parts only who signs for them is told, and what that takes."""
    parts = ", ".join(intention.get("withheld") or [])
    return f"{parts}; for who signs {intention.get('asks')}" if parts else ""


def _signed(signed: Mapping[str, Any] | None) -> str:
    return f"{signed['roster']}, {signed['state']}" if signed else ""


def paused(intention: Mapping[str, Any]) -> str:
    """Return until when an intention takes no offers; nothing if it takes them."""
    pause = intention.get("pause")
    if pause is None:
        return ""
    return f"until {phrases.exactly(pause['until'])}" if pause.get("until") else "until further notice"


def verbatim(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that show what a wish sends byte for byte."""
    yield "Byte for byte:"
    yield from ("    " + line for line in as_json(answer["sends"], indent=2).splitlines())


def _deadline(at: Any, now: datetime) -> str:
    return f"{phrases.ends(at)} ({phrases.remaining(at, now=now)})" if at else ""


def _from_whom(intention: Mapping[str, Any]) -> str:
    """Return who cast an intention: a name, and the address that is theirs alone."""
    address = str(intention.get("proposer") or "")
    name = phrases.party(intention.get("peer"))
    return f"{name}  {address}" if name and name != address else address
