"""Drafts: the terms of an agreement as one value, and what a term of it is.

Rules that hold here:

- A term is one `Term`: how it is read and written, what it is where it is absent, whether plain software may
  leave it out, and its sentence. `offers.TERMS` lists them; every pass over a draft is made from that list.
- A term that this code works with has a field of `Draft`; any other stands in `Draft.further` under its name,
  and is carried, compared and signed like the rest.
- An acceptance of plain FEP-0837 software may leave out what the FEP has no words for, and of that only the
  terms that say so (`omissible`). Every other it must repeat: nobody gets out of a term by not knowing it.

Sources: FEP-0837 (Agreements, Accepting an agreement).
"""

from collections.abc import Callable
from dataclasses import field, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

from protocol.charges import Charge, Span, add_up, least_known
from protocol.prices import PriceLine
from protocol.quantities import Quantity
from protocol.specifications import Property
from protocol.strictjson import Document, Json
from protocol.terms import DataTerms
from protocol.values import dataclass

Value = TypeVar("Value")


class Role(StrEnum):
    """Whom a sentence speaks to: who pays, or who is paid.

    Not offerer and offeree: in an amendment the customer may be either.
    """

    CUSTOMER = "customer"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Draft:
    """The terms of an offer, a counter-offer or an agreement. Absent texts are ""."""

    name: str
    quantity: Quantity
    satisfies_primary: str
    satisfies_reciprocal: str
    price: tuple[PriceLine, ...]
    category: str = ""  # what kind of thing it is, as a URI
    properties: tuple[Property, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    notice: str | None = None  # ISO 8601 duration, such as P1M
    content: str = ""
    terms: DataTerms | None = None  # what is agreed about data; None: nothing
    further: tuple[tuple[str, Any], ...] = ()  # terms without a field here: name and value, by name
    # What its charge comes to once that has been added up: an offer is asked for it again and again.
    _charged: list[Charge] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def currency(self) -> str:
        """The ISO 4217 code of all its price lines."""
        return self.price[0].currency

    @property
    def span(self) -> Span:
        """When it begins and ends, and how it is left before."""
        return Span(self.starts_at, self.ends_at, self.notice)

    @property
    def charge(self) -> Charge:
        """What it costs, at least and all told.

        Raises:
            Unprocessable: as `charges.add_up`.
        """
        if not self._charged:
            self._charged.append(add_up(self.price, self.span))
        return self._charged[0]

    @property
    def least(self) -> Decimal:
        """What is owed at least, as far as its terms say; the quantity that is signed may be less.

        Raises:
            Unprocessable: as `charges.add_up`.
        """
        return self.charge.least if self.total is not None else least_known(self.price, self.span)

    @property
    def total(self) -> Decimal | None:
        """What it costs over the whole term; None if nobody can know that beforehand.

        Raises:
            Unprocessable: as `charges.add_up`.
        """
        return self.charge.total


_FIELDS: Final = frozenset(each.name for each in fields(Draft) if each.init) - {"further"}


class Parts(NamedTuple):
    """An Agreement's document with its two commitments, as a term finds its members or puts them there.

    `currency` is the intention's, for plain offers that do not name one.
    """

    document: Document
    primary: Document
    reciprocal: Document
    currency: str | None = None


def _silent(draft: Draft, role: Role) -> str:  # noqa: ARG001 -- what a clause is made from
    return ""


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of an agreement.

    Args:
        name: ours; a field of `Draft`, or its name in `Draft.further`.
        document: its members of the Agreement on the wire.
        primary: its members of the first commitment.
        reciprocal: its members of the second commitment.
        read: takes its value from there; raises `Unprocessable`.
        write: puts its value there.
        absent: what it is in a draft that does not mention it; that is not written.
        omissible: whether a plain FEP-0837 acceptance may leave it out.
        omitted: how it reads then, if not as absent.
        means: what of a value is compared, where several spellings mean the same.
        say: its clause of the plain sentence, "" for none.
    """

    name: str
    document: frozenset[str] = frozenset()
    primary: frozenset[str] = frozenset()
    reciprocal: frozenset[str] = frozenset()
    read: Callable[[Parts], Any]
    write: Callable[[Draft, Parts], None]
    absent: Any
    omissible: bool = False
    omitted: Callable[[Draft], Any] | None = None
    means: Callable[[Any], Any] = _as_it_is
    say: Callable[[Draft, Role], str] = _silent

    def of(self, draft: Draft) -> Any:
        """Return its value in a draft."""
        if self.name in _FIELDS:
            return getattr(draft, self.name)
        return dict(draft.further).get(self.name, self.absent)

    def is_same(self, one: Draft, other: Draft) -> bool:
        """Tell whether it means the same in two drafts."""
        return bool(self.means(self.of(one)) == self.means(self.of(other)))

    def survives(self, final: Draft, draft: Draft) -> bool:
        """Tell whether a plain acceptance of `draft` that reads as `final` leaves this term as it was."""
        said = self.of(final)
        if self.is_same(final, draft):
            return True
        return self.omissible and said == (self.absent if self.omitted is None else self.omitted(draft))


@dataclass(frozen=True, slots=True)
class Terms:
    """The list of terms, with what is made from it once."""

    all: tuple[Term, ...]
    fields: tuple[Term, ...]  # those with a field of `Draft`
    readers: tuple[tuple[str, Callable[[Parts], Any]], ...]  # of those: every offer passes here
    further: tuple[Term, ...]  # the others, by name
    document: frozenset[str]
    primary: frozenset[str]
    reciprocal: frozenset[str]


def list_terms(*terms: Term) -> Terms:
    """Make the list: read, written and said in this order."""
    others = [term for term in terms if term.name not in _FIELDS]
    return Terms(
        all=terms,
        fields=tuple(term for term in terms if term.name in _FIELDS),
        readers=tuple((term.name, term.read) for term in terms if term.name in _FIELDS),
        further=tuple(sorted(others, key=lambda term: term.name)),
        # FEP-0837 allows ids on a draft and on its commitments; they say nothing, because the final agreement
        # mints its own. Whose a draft is, its activity says already, and what a commitment does, its intent
        # does. Some software serialises every object by itself, with a context; the JSON-LD reader checks it.
        document=frozenset(
            {"@context", "type", "id", "attributedTo", "stipulates", "stipulatesReciprocal"}
        ).union(*(term.document for term in terms)),
        primary=frozenset({"type", "id", "action"}).union(*(term.primary for term in terms)),
        reciprocal=frozenset({"type", "id", "action"}).union(*(term.reciprocal for term in terms)),
    )


def member_term(
    name: str,
    member: str,
    *,
    read: Callable[[Document, str], Value],
    absent: Value,
    render: Callable[[Any], Json] = _as_it_is,
    omissible: bool = False,
    means: Callable[[Any], Any] = _as_it_is,
    say: Callable[[Draft, Role], str] = _silent,
) -> Term:
    """Make a term that is one member of the Agreement; without `render` its value is the JSON."""

    def write(draft: Draft, parts: Parts) -> None:
        parts.document[member] = render(term.of(draft))

    term = Term(
        name=name,
        document=frozenset({member}),
        read=lambda parts: read(parts.document, member) if member in parts.document else absent,
        write=write,
        absent=absent,
        omissible=omissible,
        means=means,
        say=say,
    )
    return term
