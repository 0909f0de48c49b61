"""Offers: the terms of an agreement that is not one yet.

Rules that hold here:

- A draft is what will be signed, so everything in it is understood or refused: in the agreement, in its
  commitments, in its price lines.
- The quantity of the reciprocal commitment is what is owed at least, by the price lines; that is their total
  where they have one. The reader adds them up itself.
- A plain FEP-0837 offer has no price lines. Its total then is the price: one line, charged once, without a
  label.
- What is not about the terms (expiry, thread, who sends it to whom) belongs to the activity, see `moves`.

Sources: FEP-0837 (Responding to a proposal, Agreements).
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from protocol import codes
from protocol.decimals import EXACT, decimal_string
from protocol.drafts import Draft, Parts, Role, Term, Terms, list_terms, member_term
from protocol.errors import Unprocessable
from protocol.intentions import ACTIONS, Intention, read_category, read_currency
from protocol.jsonld import ref
from protocol.members import (
    missing,
    read_content,
    read_iri,
    read_moment,
    read_object,
    read_required_iri,
    read_text,
    read_within,
    render_content,
)
from protocol.plain_language import plain_end, plain_leaving, plain_price
from protocol.prices import PriceLine, read_price, render_price, whole_price
from protocol.quantities import Quantity, read_resource_quantity, render_quantity
from protocol.specifications import read_properties, render_properties
from protocol.strictjson import Document, Json
from protocol.terms import DataTerms, parties_mismatch, read_data_terms, write_data_terms
from protocol.times import read_duration, render_time
from protocol.validity import check_validity
from protocol.vocabulary import UNIT_ONE, currency_iri

__all__ = [
    "TERMS",
    "Draft",
    "change",
    "check_answers",
    "plain_terms",
    "read_commitment",
    "read_draft",
    "render_draft",
]


def render_draft(draft: Draft) -> Document:
    """Write the terms as an Agreement without ids.

    Raises:
        Unprocessable: as `charges.add_up`, if the price cannot be added up.
    """
    parts = Parts({"type": "Agreement"}, {"type": "Commitment"}, {"type": "Commitment"})
    for term in TERMS.all:
        if term.of(draft) != term.absent:
            term.write(draft, parts)
    return parts.document | {"stipulates": parts.primary, "stipulatesReciprocal": parts.reciprocal}


def read_draft(json: Json, *, currency: str | None = None, author: str | None = None) -> Draft:
    """Read the terms of an Agreement draft.

    `currency` is the intention's. It serves only where a plain offer names neither price lines nor a
    currency. `author` is who makes them, if that is to be checked.

    Raises:
        Unprocessable: `attribution-mismatch`, `unknown-member`, `missing-member`, `zero-quantity`,
            `sum-mismatch` if the price lines do not come to the stated amount, `currency-mismatch` if they
            are in another currency than it, `parties-mismatch` if they have data terms of others than their
            author; or as `check_validity` and the readers of its members.
    """
    document = read_object(json, type="Agreement", known=TERMS.document)
    read_iri(document, "id")
    if author is not None and read_iri(document, "attributedTo") not in (None, author):
        raise Unprocessable(
            codes.ATTRIBUTION_MISMATCH, "The terms are attributed to another than their actor."
        )
    primary = read_commitment(document, "stipulates", known=TERMS.primary)
    reciprocal = read_commitment(document, "stipulatesReciprocal", known=TERMS.reciprocal)
    parts = Parts(document, primary, reciprocal, currency)
    draft = Draft(
        **{name: read(parts) for name, read in TERMS.readers},
        further=_read_further(parts) if TERMS.further else (),
    )
    if draft.charge.least != _read_stated_amount(reciprocal):
        said = f"The price lines come to {decimal_string(draft.charge.least)}, and not to the stated total."
        raise Unprocessable(codes.SUM_MISMATCH, said, at="stipulatesReciprocal.resourceQuantity")
    check_validity(draft)
    if draft.terms is not None and author is not None and author not in draft.terms.parties:
        raise parties_mismatch()
    return draft


def change(draft: Draft, values: Mapping[str, Any]) -> Draft:
    """Return a draft with other values of some terms, by the names of the terms."""
    further = dict(draft.further)
    further |= {term.name: values[term.name] for term in TERMS.further if term.name in values}
    changed = {term.name: values[term.name] for term in TERMS.fields if term.name in values}
    return replace(draft, **changed, further=_present(further))


def is_same(one: Draft, other: Draft) -> bool:
    """Tell whether two drafts mean the same, however a length of time is spelled in them."""
    return one == other or all(term.is_same(one, other) for term in TERMS.all)


def plain_terms(draft: Draft, *, for_role: Role) -> str:
    """Say what someone pays or is paid, for how long, and how the agreement can be left.

    Example: "You pay 24.90 EUR a month until 14 March 2028; leave with one month's notice."

    Raises:
        Unprocessable: as `charges.add_up`.
    """
    clauses = [term.say(draft, for_role) for term in TERMS.all]
    return "; ".join(filter(None, clauses)) + "."


def read_commitment(document: Document, member: str, *, known: frozenset[str]) -> Document:
    """Read one of the two commitments of an agreement.

    Its `action` may say again what every commitment here is: that something is given, or done.

    Raises:
        Unprocessable: `missing-member`, `wrong-shape`, `wrong-type`, `unknown-member`, `unknown-action`,
            `iri-invalid`.
    """
    if document.get(member) is None:
        raise missing(member)

    def read(json: Json) -> Document:
        commitment = read_object(json, type="Commitment", known=known)
        read_iri(commitment, "id")
        if commitment.get("action") is not None and ref(commitment["action"]) not in ACTIONS:
            raise Unprocessable(codes.UNKNOWN_ACTION)
        return commitment

    return read_within(member, read, document[member])


def check_answers(intention: Intention, draft: Draft) -> None:
    """Check that a draft answers this intention by the rules of FEP-0837.

    Raises:
        Unprocessable: `nothing-in-return`, `satisfies-primary`, `satisfies-reciprocal`, `unit-mismatch`,
            `quantity-mismatch`, `price-mismatch` or `currency-mismatch`.
    """
    if not intention.currency:
        raise Unprocessable(codes.NOTHING_IN_RETURN)
    # "The first commitment MUST satisfy the primary intent of the proposal."
    if draft.satisfies_primary != intention.primary_iri:
        raise Unprocessable(codes.SATISFIES_PRIMARY)
    # "The second commitment MUST satisfy the reciprocal intent of the proposal" if it has one.
    if draft.satisfies_reciprocal != intention.reciprocal_iri:
        raise Unprocessable(codes.SATISFIES_RECIPROCAL)
    # "The units specified in the agreement MUST match the units specified in the proposal."
    if draft.quantity.unit != intention.quantity.unit:
        raise Unprocessable(codes.UNIT_MISMATCH, "The offer counts in another unit than the intention.")
    if draft.currency != intention.currency:
        said = f"The offer is in {draft.currency}, and the intention asks for {intention.currency}."
        raise Unprocessable(codes.CURRENCY_MISMATCH, said)
    if not _amount_fits(draft.quantity.value, intention.quantity.value, unit_based=intention.unit_based):
        raise Unprocessable(codes.QUANTITY_MISMATCH)
    if not _amount_fits(draft.total, intention.stated_price, unit_based=intention.unit_based):
        raise Unprocessable(codes.PRICE_MISMATCH)


def _amount_fits(promised: Decimal | None, stated: Decimal | None, *, unit_based: bool | None) -> bool:
    # "hasNumericalValue ... If not specified, arbitrary amounts can be used", and so without `unitBased`.
    if not stated or unit_based is None:
        return True
    if promised is None:  # no number is equal to one, nor a multiple of it
        return False
    # "If unitBased is false, the amount ... MUST be equal"; "if true, amounts MUST be multiples".
    return EXACT.remainder(promised, stated) == 0 if unit_based else promised == stated


def _read_further(parts: Parts) -> tuple[tuple[str, Any], ...]:
    return _present({term.name: term.read(parts) for term in TERMS.further})


def _present(further: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return the terms without a field that are there at all, in their one order."""
    valued = ((term, further.get(term.name, term.absent)) for term in TERMS.further)
    return tuple((term.name, value) for term, value in valued if value != term.absent)


_PLACES = {"primary": "stipulates", "reciprocal": "stipulatesReciprocal"}


def _read_satisfies(commitment: Document) -> str:
    return read_required_iri(commitment, "satisfies")


def _satisfies(name: str, place: str) -> Term:
    """Make the term that says what a commitment satisfies; `place` is the commitment among the parts."""

    def write(draft: Draft, parts: Parts) -> None:
        getattr(parts, place)["satisfies"] = getattr(draft, name)

    return Term(
        name=name,
        primary=frozenset({"satisfies"} if place == "primary" else ()),
        reciprocal=frozenset({"satisfies"} if place == "reciprocal" else ()),
        read=lambda parts: read_within(_PLACES[place], _read_satisfies, getattr(parts, place)),
        write=write,
        absent="",
    )


def _read_quantity(parts: Parts) -> Quantity:
    quantity = read_resource_quantity(parts.primary, of="stipulates")
    if quantity.value is None:
        raise missing("hasNumericalValue")
    if quantity.value == 0:
        raise Unprocessable(codes.ZERO_QUANTITY, "Nothing is promised: the quantity is zero.")
    return quantity


def _write_quantity(draft: Draft, parts: Parts) -> None:
    parts.primary["resourceQuantity"] = render_quantity(draft.quantity)


def _write_category(draft: Draft, parts: Parts) -> None:
    parts.primary["resourceConformsTo"] = draft.category


def _write_properties(draft: Draft, parts: Parts) -> None:
    parts.primary["additionalProperty"] = render_properties(draft.properties)


def _read_stated_amount(commitment: Document) -> Decimal:
    """Read what the second commitment promises."""
    quantity = read_resource_quantity(commitment, of="stipulatesReciprocal")
    if quantity.value is None:
        raise missing("hasNumericalValue")
    if quantity.unit != UNIT_ONE:
        raise Unprocessable(codes.UNIT_MISMATCH, "Money is counted in another unit than one.")
    return quantity.value


def _read_price(parts: Parts) -> tuple[PriceLine, ...]:
    document, reciprocal, currency = parts.document, parts.reciprocal, parts.currency
    stated = reciprocal.get("resourceConformsTo") is not None
    if document.get("price") is None:
        amount = _read_stated_amount(reciprocal)
        return whole_price(
            amount, currency=read_currency(reciprocal) if stated or currency is None else currency
        )
    lines = read_price(document["price"])
    if stated and read_currency(reciprocal) != lines[0].currency:
        raise Unprocessable(
            codes.CURRENCY_MISMATCH, "The price lines are in another currency than the total."
        )
    return lines


def _write_price(draft: Draft, parts: Parts) -> None:
    parts.document["price"] = render_price(draft.price)
    parts.reciprocal["resourceQuantity"] = render_quantity(Quantity(draft.charge.least, UNIT_ONE))
    parts.reciprocal["resourceConformsTo"] = currency_iri(draft.currency)


def _whole_price(draft: Draft) -> tuple[PriceLine, ...]:
    """Return the price as its total alone says it; one without a total has to be repeated."""
    total = draft.total
    return whole_price(total, currency=draft.currency) if total else draft.price


def _read_notice(document: Document, member: str) -> str | None:
    notice = read_text(document, member) or None
    if notice is not None:
        read_within(member, read_duration, notice)
    return notice


def _read_terms(parts: Parts) -> DataTerms | None:
    terms = parts.document.get("terms")
    if terms is None:
        return None
    currency = _read_price(parts)[0].currency
    return read_within("terms", lambda json: read_data_terms(json, currency=currency), terms)


def _write_terms(draft: Draft, parts: Parts) -> None:
    assert draft.terms is not None  # noqa: S101 -- what is absent is not written
    parts.document["terms"] = write_data_terms(draft.terms, currency=draft.currency)


# Every term of an agreement, in the order in which they are read and said. Plain FEP-0837 carries what is
# promised, for what, and how much of it: its acceptance may leave out the others that are here, and reads as
# if the whole price were one line then. It may leave out no term that a later row adds without saying so.
TERMS: Terms = list_terms(
    member_term("name", "name", read=read_text, absent="", omissible=True),
    Term(
        name="quantity",
        primary=frozenset({"resourceQuantity"}),
        read=_read_quantity,
        write=_write_quantity,
        absent=None,
    ),
    _satisfies("satisfies_primary", "primary"),
    _satisfies("satisfies_reciprocal", "reciprocal"),
    Term(
        name="price",
        document=frozenset({"price"}),
        reciprocal=frozenset({"resourceQuantity", "resourceConformsTo"}),
        read=_read_price,
        write=_write_price,
        absent=(),
        omissible=True,
        omitted=_whole_price,
        say=plain_price,
    ),
    Term(
        name="category",
        primary=frozenset({"resourceConformsTo"}),
        read=lambda parts: read_category(parts.primary) or "",
        write=_write_category,
        absent="",
        omissible=True,
    ),
    Term(
        name="properties",
        primary=frozenset({"additionalProperty"}),
        read=lambda parts: read_properties(parts.primary),
        write=_write_properties,
        absent=(),
        omissible=True,
    ),
    member_term("starts_at", "startTime", read=read_moment, render=render_time, absent=None, omissible=True),
    member_term(
        "ends_at",
        "endTime",
        read=read_moment,
        render=render_time,
        absent=None,
        omissible=True,
        say=plain_end,
    ),
    member_term(
        "notice",
        "noticePeriod",
        read=_read_notice,
        absent=None,
        omissible=True,
        means=lambda notice: None if notice is None else read_duration(notice).measure,
        say=plain_leaving,
    ),
    Term(
        name="content",
        document=frozenset({"content", "mediaType"}),
        read=lambda parts: read_content(parts.document, binding=True),
        write=lambda draft, parts: parts.document.update(render_content(draft.content)),
        absent="",
        omissible=True,
    ),
    # Whoever accepts says again what may be done with the data: a plain acceptance of these is none.
    Term(
        name="terms",
        document=frozenset({"terms"}),
        read=_read_terms,
        write=_write_terms,
        absent=None,
    ),
)
