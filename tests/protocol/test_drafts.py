"""Terms as one list: each is carried to the letter, and a plain peer may leave out what the list says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import offers
from protocol.agreements import Agreement, check_final, conclude, read_agreement
from protocol.canonical import canonicalise
from protocol.charges import add_up
from protocol.drafts import Draft, Parts, Term, list_terms, member_term
from protocol.errors import Unprocessable
from protocol.offers import change, check_answers, read_draft, render_draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.strictjson import Document
from protocol.terms import read_data_terms
from protocol.times import Period
from tests.protocol.data_terms import claim, terms
from tests.protocol.market import AGREEMENT, CUSTOMER, DRAFT, INTENTION, NOW, SALT, signatories
from tests.protocol.test_offers import drafts

OFFER = "https://business.example/activities/act_1"
DIGEST = "zQmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"


def carried(document: Document, member: str) -> Any:
    """Read a member that is signed as it stands, whatever it is."""
    return document.get(member)


# As many as are known to come; each is carried as it stands, and none may be left out.
LATER: tuple[Term, ...] = tuple(
    member_term(name, name, read=carried, absent=None)
    for name in ("billing", "meters", "adjustments", "commitments", "credits", "warranties")
)
METERED = (PriceLine(PriceLineKind.UNIT_RATE, Decimal("0.30"), "EUR", unit="kWh", estimate=Decimal(1_000)),)


@contextmanager
def more() -> Iterator[None]:
    """Have later terms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(offers, "TERMS", list_terms(*offers.TERMS.all, *LATER))
        yield


@given(drafts())
def test_every_term_survives_the_wire(draft: Draft) -> None:
    read = read_draft(render_draft(draft))
    assert [term.of(read) for term in offers.TERMS.all] == [term.of(draft) for term in offers.TERMS.all]


@given(drafts(), drafts())
def test_what_is_changed_costs_what_it_says_and_not_what_it_said(draft: Draft, other: Draft) -> None:
    assert draft.charge == add_up(draft.price, draft.span)
    assert draft.charge == draft.charge
    changed = replace(draft, price=other.price, starts_at=other.starts_at, ends_at=other.ends_at, notice=None)
    assert outcome(lambda: changed.charge) == outcome(lambda: add_up(changed.price, changed.span))


def outcome(work: Callable[[], Any]) -> str:
    try:
        return repr(work())
    except Unprocessable as error:
        return repr(error)


WHOLE = replace(
    DRAFT,
    category="https://www.wikidata.org/wiki/Q1420",
    terms=read_data_terms(terms(roster=claim("SD-BASE")), currency="EUR"),
)
MAY_BE_ABSENT = [term for term in offers.TERMS.all if term.omissible and term.name != "price"]


@pytest.mark.parametrize("term", MAY_BE_ABSENT, ids=lambda term: term.name)
def test_a_term_that_is_absent_is_not_written(term: Term) -> None:
    document = render_draft(WHOLE)
    assert term.document <= document.keys()
    assert term.primary <= document["stipulates"].keys()
    without = render_draft(change(WHOLE, {term.name: term.absent}))
    assert not term.document & without.keys()
    assert not term.primary & without["stipulates"].keys()
    assert read_draft(without) == change(WHOLE, {term.name: term.absent})


JSON = st.recursive(
    st.text(max_size=5) | st.integers(-100, 100) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(drafts(), st.dictionaries(st.sampled_from([term.name for term in LATER]), JSON))
def test_later_terms_are_carried_byte_for_byte(draft: Draft, later: dict[str, Any]) -> None:
    with more():
        changed = change(draft, later)
        document = render_draft(changed)
        assert {member: document[member] for member in later} == later
        assert read_draft(document) == changed
        assert canonicalise(render_draft(read_draft(document))) == canonicalise(document)
        assert change(changed, dict.fromkeys(later)) == draft


def test_a_term_that_is_not_listed_is_refused() -> None:
    with pytest.raises(Unprocessable, match="unknown-member"):
        read_draft(render_draft(DRAFT) | {"billing": {}})


# --- what a plain acceptance may leave out --------------------------------------------------------------


def plainly(draft: Draft, **without: Any) -> Agreement:
    """The agreement as a plain peer writes it, less the terms named."""
    document = conclude(
        replace(draft, **without),
        iri=AGREEMENT,
        offer=OFFER,
        offer_digest=DIGEST,
        parties=signatories(),
        salt=SALT,
        attributed_to=CUSTOMER,
        published=NOW,
    )
    return read_agreement(
        {name: value for name, value in document.items() if name not in ("salt", "parties")}
    )


def is_taken(final: Agreement, draft: Draft) -> bool:
    """Whether a plain acceptance is taken for this offer; else its terms are what is wrong."""
    try:
        check_final(final, draft=draft, offer=OFFER, offer_digest=DIGEST, parties=signatories(), plain=True)
    except Unprocessable as error:
        if error.code != "terms-changed":
            raise
        return False
    return True


def test_a_plain_acceptance_may_leave_out_what_the_list_says() -> None:
    assert {term.name for term in offers.TERMS.all if term.omissible} == {
        "name", "price", "category", "properties", "starts_at", "ends_at", "notice", "content",
    }  # fmt: skip


@pytest.mark.parametrize("term", offers.TERMS.all, ids=lambda term: term.name)
def test_what_is_left_out_is_taken_only_if_it_may_be(term: Term) -> None:
    left_out = term.absent if term.omitted is None else term.omitted(WHOLE)
    if left_out is None and term.name == "quantity":
        left_out = replace(
            DRAFT.quantity, value=Decimal(99)
        )  # no draft is without one: another stands for it
    final = Agreement(iri=AGREEMENT, draft=replace(WHOLE, **{term.name: left_out}))
    assert is_taken(final, WHOLE) is term.omissible


@pytest.mark.parametrize("term", LATER, ids=lambda term: term.name)
def test_no_later_term_is_lost_by_a_plain_acceptance(term: Term) -> None:
    with more():
        draft = change(DRAFT, {term.name: [{"type": "Policy"}]})
        assert is_taken(plainly(draft), draft)
        assert not is_taken(plainly(draft, further=()), draft)
        assert not is_taken(plainly(DRAFT, further=((term.name, [{"type": "Policy"}]),)), DRAFT)


# --- a price without a total --------------------------------------------------------------------------------


SUBSCRIBED = (PriceLine(PriceLineKind.RECURRING, Decimal("9.90"), "EUR", per=Period.MONTH),)


@pytest.mark.parametrize(("price", "least"), [(METERED, "0"), (SUBSCRIBED, "9.9")], ids=["used", "runs on"])
def test_what_is_owed_at_least_is_promised(price: tuple[PriceLine, ...], least: str) -> None:
    draft = replace(DRAFT, price=price)
    document = render_draft(draft)
    promised = document["stipulatesReciprocal"]["resourceQuantity"]
    assert (draft.total, promised) == (None, {"hasUnit": "one", "hasNumericalValue": least})
    assert read_draft(document) == draft
    for other in ("0.30", "0.01", "300"):
        promised["hasNumericalValue"] = other
        with pytest.raises(Unprocessable, match="sum-mismatch"):
            read_draft(document)
    del promised["hasNumericalValue"]
    with pytest.raises(Unprocessable, match="missing-member"):
        read_draft(document)


@pytest.mark.parametrize("price", [METERED, SUBSCRIBED], ids=["used", "runs on"])
def test_a_price_without_a_total_has_to_be_repeated(price: tuple[PriceLine, ...]) -> None:
    draft = replace(DRAFT, price=price)
    assert is_taken(plainly(draft), draft)
    assert not is_taken(plainly(draft, price=DRAFT.price), draft)
    once = (PriceLine(PriceLineKind.ONE_OFF, draft.charge.least or Decimal(1), "EUR"),)
    assert not is_taken(plainly(draft, price=once), draft)


@pytest.mark.parametrize("unit_based", [True, False])
def test_a_price_without_a_total_is_not_the_one_that_was_stated(unit_based: bool) -> None:
    stated = replace(INTENTION, stated_price=Decimal(30), unit_based=unit_based)
    with pytest.raises(Unprocessable, match="price-mismatch"):
        check_answers(stated, replace(DRAFT, price=METERED))
    check_answers(INTENTION, replace(DRAFT, price=METERED))


def test_a_notice_of_no_words_is_none() -> None:
    notice = next(term for term in offers.TERMS.all if term.name == "notice")
    assert notice.read(Parts({"noticePeriod": ""}, {}, {})) is None
