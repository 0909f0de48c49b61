"""What is checked of a move before it is decided, where no negotiation of the services gets that far."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from node.core import conditions
from node.core.data_terms import address, check_data_terms, read_stated
from node.core.decisions import decide
from node.core.evidence import conclusion, exhibit
from node.core.intentions import IntentionState
from node.core.negotiations import Agreed, Counterpart, Negotiation
from protocol.errors import Conflict, NotFound, Unprocessable
from protocol.negotiation import Event, State
from protocol.offers import Draft
from protocol.terms import read_unaddressed
from tests.core.test_decisions import (
    ADA,
    INTENTION,
    OFFER,
    POLICY,
    SHOP,
    WANTED,
    acceptance,
    crowd,
    made,
    offered,
    sign,
    unbegun,
    wanted,
)
from tests.core.test_threads import NOON, draft
from tests.protocol.data_terms import terms

AGREED = Agreed(
    id="agr_1",
    link=OFFER.step.link,
    state=State.CONCLUDED,
    document=INTENTION,
    currency="EUR",
    concluded_at=NOON,
    intention=WANTED,
)


def amending(**changes: Any) -> Negotiation:
    negotiation = offered(**changes)
    assert negotiation.thread is not None
    return replace(negotiation, thread=replace(negotiation.thread, amends="https://ada.example/agreements/1"))


@pytest.mark.parametrize(
    ("agreed", "code"),
    [(replace(AGREED, state=State.OFFERED), "illegal-transition"), (AGREED, "digest-mismatch")],
)
def test_only_the_agreement_that_was_signed_and_is_in_force_is_amended(agreed: Agreed, code: str) -> None:
    move = replace(OFFER.move, answers_digest="zQmOther")
    with pytest.raises(Conflict, match=code):
        conditions.check_amendment(unbegun(), agreed, move, POLICY, now=NOON)


def test_what_amends_an_agreement_names_its_digest() -> None:
    without = replace(OFFER.move, answers_digest=None)
    with pytest.raises(Unprocessable, match="digest-required"):
        conditions.check_amendment(unbegun(), AGREED, without, POLICY, now=NOON)


def test_few_amendments_of_one_agreement_are_open_at_one_time() -> None:
    link, document = AGREED.link, acceptance().move.agreement
    assert document is not None
    amended = replace(AGREED, document=document)
    move = replace(OFFER.move, answers=link.iri, answers_digest=link.digest)
    many = unbegun(crowd=crowd(open_about=POLICY.offers_per_intention))
    with pytest.raises(Conflict, match="too-many-offers"):
        conditions.check_amendment(many, amended, move, POLICY, now=NOON)
    before = unbegun(crowd=crowd(about=50, open_about=POLICY.offers_per_intention - 1))
    conditions.check_amendment(before, amended, move, POLICY, now=NOON)


@pytest.mark.parametrize(
    ("of_origin", "open_of_all", "over"),
    [(3, 8, None), (4, 0, "origin"), (0, 9, "intention"), (9, 9, "origin")],
)
def test_one_offer_too_many_of_an_origin_or_of_all(
    of_origin: int, open_of_all: int, over: str | None
) -> None:
    counted = replace(crowd(), of_origin=of_origin, open_of_all=open_of_all)
    assert conditions.crowding(counted, POLICY) == over


def test_an_amendment_stays_about_what_it_amends() -> None:
    conditions.check_terms(amending(), draft())
    with pytest.raises(Unprocessable, match="satisfies-primary"):
        conditions.check_terms(amending(), replace(draft(), satisfies_primary="https://ada.example/other"))


def test_an_amendment_needs_no_open_intention() -> None:
    conditions.check_still_open(amending(intention=None), now=NOON)
    with pytest.raises(Conflict, match="intention-closed"):
        conditions.check_still_open(offered(intention=None), now=NOON)


def test_nothing_more_is_said_about_terms_once_the_intention_is_closed() -> None:
    conditions.check_not_closed(offered())
    with pytest.raises(Conflict, match="intention-closed"):
        conditions.check_not_closed(offered(intention=wanted(state=IntentionState.AWARDED)))


def test_an_offer_that_is_not_on_record_has_no_signatory() -> None:
    assert conditions.signatory_of(offered(), actor=ADA).actor == ADA
    with pytest.raises(NotFound, match="unknown-activity"):
        conditions.signatory_of(offered(history=()), actor=ADA)


def test_without_an_agreement_there_is_none() -> None:
    with pytest.raises(Conflict, match="no-agreement"):
        conditions.agreement_of(offered())
    assert conditions.agreement_of(offered(agreement=AGREED)) == AGREED


def test_without_an_acceptance_there_is_no_evidence() -> None:
    assert conclusion([made(OFFER)], OFFER.move.iri) == []
    with pytest.raises(Conflict, match="no-evidence"):
        exhibit([], {})


def test_what_is_stated_about_data_is_an_object_or_nothing() -> None:
    assert read_stated(None, currency="EUR") is None
    with pytest.raises(Unprocessable, match="wrong-shape"):
        read_stated(["policy"], currency="EUR")


def about_data(first: str, second: str) -> Draft:
    return address(replace(draft(), terms=read_unaddressed(terms(), currency="EUR")), (first, second))


@pytest.mark.parametrize(
    ("first", "second"), [(SHOP, ADA), (ADA, "https://stranger.example/actors/x"), (f"{ADA}s", SHOP)]
)
def test_data_terms_are_between_the_two_ends_the_customer_first(first: str, second: str) -> None:
    right, wrong = about_data(ADA, SHOP), about_data(first, second)
    opening = unbegun()
    amended = replace(opening, intention=None, amended=replace(AGREED, own=True))
    for negotiation in (opening, amended, offered(), offered(SHOP)):
        check_data_terms(right, negotiation.ends)
        with pytest.raises(Unprocessable, match="parties-mismatch"):
            check_data_terms(wrong, negotiation.ends)
    conditions.check_terms(offered(), right)
    with pytest.raises(Unprocessable, match="parties-mismatch"):
        conditions.check_terms(offered(), wrong)


@pytest.mark.parametrize(
    "drawn", [about_data(SHOP, ADA), about_data("https://stranger.example/actors/x", SHOP)]
)
def test_an_offer_with_terms_of_others_is_not_taken(drawn: Draft) -> None:
    offer = sign(Event.OFFER, "o1", SHOP, draft=drawn)
    with pytest.raises(Unprocessable, match="parties-mismatch"):
        decide(unbegun(), offer, POLICY, now=NOON)
    them = Counterpart(id="peer_2", address=ADA)
    ours = replace(unbegun(intention=wanted(own=False)), actor=SHOP, peer=them)
    with pytest.raises(Unprocessable, match="parties-mismatch"):
        decide(ours, offer, POLICY, now=NOON)
    document = acceptance().move.agreement
    assert document is not None
    amended = replace(AGREED, document=document, own=True)
    move = replace(offer.move, answers=AGREED.link.iri, answers_digest=AGREED.link.digest)
    with pytest.raises(Unprocessable, match="parties-mismatch"):
        conditions.check_amendment(replace(unbegun(), amended=amended), amended, move, POLICY, now=NOON)


def test_the_text_of_other_terms_is_none_of_these() -> None:
    right = about_data(ADA, SHOP)
    assert right.terms is not None
    (german, english) = right.terms.plain_texts
    forged = replace(english, digest=german.digest)
    wrong = replace(right, terms=replace(right.terms, plain_texts=(german, forged)))
    with pytest.raises(Unprocessable, match="text-mismatch"):
        check_data_terms(wrong, unbegun().ends)
    later = replace(english, edition="99", digest=german.digest)  # nobody here can make that text
    unknown = replace(right, terms=replace(right.terms, plain_texts=(german, later)))
    check_data_terms(unknown, unbegun().ends)
    unread = replace(right, terms=replace(right.terms, plain_texts=(later,)))
    with pytest.raises(Unprocessable, match="text-unknown"):
        check_data_terms(unread, unbegun().ends)


def test_a_fee_does_not_change_with_the_currency_of_the_price() -> None:
    right = about_data(ADA, SHOP)

    def costing(fee: str, currency: str) -> Draft:
        assert right.terms is not None
        conditions = replace(right.terms.conditions, cancellation_fee=Decimal(fee))
        draft = replace(right, price=tuple(replace(line, currency=currency) for line in right.price))
        stated = replace(right.terms, conditions=conditions, plain_texts=())
        return address(replace(draft, terms=stated), (ADA, SHOP))

    before, ends = costing("99", "CHF"), unbegun().ends
    with pytest.raises(Unprocessable, match="fee-currency"):
        check_data_terms(costing("99", "EUR"), ends, before)
    for fee, currency in (("99", "CHF"), ("103", "EUR"), ("0", "EUR")):
        check_data_terms(costing(fee, currency), ends, before)
    check_data_terms(costing("99", "EUR"), ends, replace(before, terms=None))


def test_who_is_the_customer_is_known_also_where_the_intention_was_erased() -> None:
    for end, is_customers in ((ADA, True), (SHOP, False)):
        negotiation = offered(end, intention=None)
        assert negotiation.is_customers is is_customers
        assert negotiation.ends == (ADA, SHOP)
    assert not amending(intention=None).is_customers
    assert not unbegun(intention=None).is_customers
