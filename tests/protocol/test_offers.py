"""Drafts of agreements, and how they answer an intention."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Unprocessable
from protocol.offers import Draft, check_answers, read_draft, render_draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.propertynames import property_form
from protocol.quantities import Quantity
from protocol.specifications import Property
from protocol.strictjson import Document
from protocol.times import Period
from protocol.validity import check_validity
from protocol.vocabulary import currency_iri
from tests.protocol.market import DRAFT, INTENTION, TOTAL, line

# The Offer(Agreement) example of FEP-0837 (CC0): no price lines, no currency, no terms.
FEP_DRAFT: dict[str, Any] = {
    "type": "Agreement",
    "stipulates": {
        "type": "Commitment",
        "satisfies": "https://market.example/proposals/ddde9d6f-6f3b-4770-a966-3a18ef006930#primary",
        "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
    },
    "stipulatesReciprocal": {
        "type": "Commitment",
        "satisfies": "https://market.example/proposals/ddde9d6f-6f3b-4770-a966-3a18ef006930#reciprocal",
        "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "30"},
    },
}

MOMENTS = st.datetimes(*map(datetime.fromisoformat, ("2020-01-01", "2040-01-01")), timezones=st.just(UTC))
NAMES = st.text(max_size=200)
PHRASES = st.text(min_size=1, max_size=200)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Any draft of ours."""
    start = draw(MOMENTS)
    amounts = st.decimals(min_value=0, max_value=100_000, places=2)
    currency = st.just("EUR")
    periods = st.sampled_from(Period)
    price = draw(
        st.lists(
            st.one_of(
                st.builds(PriceLine, st.just(PriceLineKind.ONE_OFF), amounts, currency, NAMES),
                st.builds(
                    PriceLine,
                    st.just(PriceLineKind.RECURRING),
                    amounts,
                    currency,
                    NAMES,
                    periods,
                    st.integers(1, 100),
                ),
                st.builds(
                    PriceLine,
                    st.just(PriceLineKind.RECURRING),
                    amounts,
                    currency,
                    NAMES,
                    periods,
                    st.none(),
                    st.timedeltas(timedelta(seconds=1), timedelta(days=4_000)).map(lambda d: start + d),
                ),
            ),
            max_size=31,
        )
    )
    made = Draft(
        name=draw(NAMES),
        quantity=Quantity(draw(st.decimals(min_value="0.001", max_value=1_000, places=3)), "kilogram"),
        satisfies_primary=INTENTION.primary_iri,
        satisfies_reciprocal=INTENTION.reciprocal_iri,
        price=(PriceLine(PriceLineKind.ONE_OFF, Decimal("0.01"), "EUR"), *price),
        properties=tuple(
            draw(
                st.lists(
                    st.builds(Property, PHRASES, PHRASES, NAMES),
                    max_size=64,
                    unique_by=lambda stated: property_form(stated.name),
                )
            )
        ),
        starts_at=start,
        ends_at=draw(
            st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=4_000)).map(lambda d: start + d)
        ),
        notice=draw(st.none() | st.sampled_from(["P1M", "P2W", "P1Y6M", "P1D"])),
        content=draw(st.text(max_size=1_000)),
    )
    try:
        check_validity(made)
    except Unprocessable:  # what was drawn does not fit within its end
        return replace(made, ends_at=None)
    return made


GARAGE = "https://business.example/actors/garage"


def test_what_a_draft_says_beside_its_terms_is_read() -> None:
    """Optional in FEP-0837: whose it is, and what each commitment is to do."""
    for action in ("transfer", "deliverService", "vf:transfer", {"id": "vf:deliverService"}):
        document = render_draft(DRAFT) | {"attributedTo": GARAGE}
        for member in ("stipulates", "stipulatesReciprocal"):
            document[member] |= {"action": action}
        assert read_draft(document) == read_draft(document, author=GARAGE) == DRAFT
    with pytest.raises(Unprocessable, match="attribution-mismatch"):
        read_draft(document, author="https://rival.example/actors/garage")


def test_a_commitment_may_say_what_kind_of_thing_it_is_about() -> None:
    document = render_draft(DRAFT)
    document["stipulates"]["resourceConformsTo"] = {"id": "https://www.wikidata.org/wiki/Q1420"}
    read = read_draft(document)
    assert read == replace(DRAFT, category="https://www.wikidata.org/wiki/Q1420")
    assert read_draft(render_draft(read)) == read


def test_terms_in_words_are_hypertext_unless_they_say_otherwise() -> None:
    hypertext = render_draft(DRAFT) | {"content": "<p>Winter tyres &amp; chains.</p>", "mediaType": None}
    assert read_draft(hypertext).content == "Winter tyres & chains."
    assert read_draft(hypertext | {"mediaType": "text/plain"}).content == "<p>Winter tyres &amp; chains.</p>"


@given(drafts())
def test_a_draft_survives_the_round_trip(draft: Draft) -> None:
    assert read_draft(render_draft(draft)) == draft


def test_a_draft_is_what_fep_0837_asks_for_and_our_terms() -> None:
    assert render_draft(DRAFT) == {
        "type": "Agreement",
        "name": "Estate car on lease",
        "content": "Winter tyres included.",
        "mediaType": "text/plain",
        "stipulates": {
            "type": "Commitment",
            "satisfies": "https://customer.example/intentions/int_1#primary",
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
            "additionalProperty": [
                {
                    "type": "PropertyValue",
                    "propertyID": "fuelConsumption",
                    "value": "6.4",
                    "unitText": "l/100 km",
                }
            ],
        },
        "stipulatesReciprocal": {
            "type": "Commitment",
            "satisfies": "https://customer.example/intentions/int_1#reciprocal",
            "resourceConformsTo": currency_iri("EUR"),
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "6147.6"},
        },
        "price": [
            {
                "type": "PriceLine",
                "kind": "oneOff",
                "amount": "150.00",
                "currency": "EUR",
                "label": "Registration",
            },
            {
                "type": "PriceLine",
                "kind": "recurring",
                "amount": "249.90",
                "currency": "EUR",
                "label": "Lease",
                "per": "month",
                "count": 24,
            },
        ],
        "startTime": "2026-04-23T12:30:00Z",
        "endTime": "2028-04-23T12:30:00Z",
        "noticePeriod": "P1M",
    }
    assert (DRAFT.total, DRAFT.currency) == (TOTAL, "EUR")


def test_the_example_of_the_fep_is_one_line() -> None:
    draft = read_draft(FEP_DRAFT, currency="USD")
    assert draft == Draft(
        name="",
        quantity=Quantity(Decimal(1), "one"),
        satisfies_primary=FEP_DRAFT["stipulates"]["satisfies"],
        satisfies_reciprocal=FEP_DRAFT["stipulatesReciprocal"]["satisfies"],
        price=(PriceLine(PriceLineKind.ONE_OFF, Decimal(30), "USD", ""),),
    )
    assert draft.total == 30


def test_a_plain_offer_needs_a_currency_from_somewhere() -> None:
    with pytest.raises(Unprocessable, match="missing-member"):
        read_draft(FEP_DRAFT)
    own = changed(FEP_DRAFT, "stipulatesReciprocal", resourceConformsTo=currency_iri("CHF"))
    assert read_draft(own, currency="USD").currency == "CHF"


def changed(document: Document, member: str, **changes: Any) -> Document:
    """The document with members of one of its objects changed; None removes one."""
    part = {name: value for name, value in (document[member] | changes).items() if value is not None}
    return document | {member: part}


DOCUMENT = render_draft(DRAFT)


def test_ids_of_a_draft_say_nothing() -> None:
    named = changed(DOCUMENT, "stipulates", id="https://business.example/x#primary")
    assert read_draft(named | {"id": "https://business.example/x", "@context": []}) == DRAFT


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (None, "wrong-shape"),
        ("https://business.example/agreements/1", "wrong-shape"),
        (DOCUMENT | {"type": "Note"}, "wrong-type"),
        (DOCUMENT | {"id": "_:b0"}, "iri-invalid"),
        (DOCUMENT | {"penalty": "100 EUR"}, "unknown-member"),
        (DOCUMENT | {"proof": {}}, "unknown-member"),
        (DOCUMENT | {"salt": "x"}, "unknown-member"),
        (changed(DOCUMENT, "stipulates", penalty="100 EUR"), "unknown-member"),
        (changed(DOCUMENT, "stipulates", resourceConformsTo="a car"), "malformed-category"),
        (changed(DOCUMENT, "stipulates", resourceConformsTo=["x:a", "x:b"]), "single-value-expected"),
        (changed(DOCUMENT, "stipulates", action="consume"), "unknown-action"),
        (changed(DOCUMENT, "stipulatesReciprocal", action=["transfer", "work"]), "single-value-expected"),
        (changed(DOCUMENT, "stipulatesReciprocal", action=7), "reference-expected"),
        (DOCUMENT | {"content": "Free.<!-- 100 EUR a month -->", "mediaType": None}, "hidden-text"),
        (DOCUMENT | {"content": "Free.<script>1</script>", "mediaType": "text/html"}, "hidden-text"),
        (DOCUMENT | {"content": "<i style='color:white'>or not</i>", "mediaType": None}, "hidden-text"),
        (DOCUMENT | {"content": "<p hidden>or not", "mediaType": None}, "hidden-text"),
        (changed(DOCUMENT, "stipulatesReciprocal", additionalProperty=[]), "unknown-member"),
        (changed(DOCUMENT, "stipulates", id="_:b0"), "iri-invalid"),
        (changed(DOCUMENT, "stipulates", type="Intent"), "wrong-type"),
        (changed(DOCUMENT, "stipulates", satisfies=None), "missing-member"),
        (changed(DOCUMENT, "stipulatesReciprocal", satisfies=None), "missing-member"),
        (DOCUMENT | {"stipulates": None}, "missing-member"),
        (DOCUMENT | {"stipulatesReciprocal": None}, "missing-member"),
        (changed(DOCUMENT, "stipulates", resourceQuantity=None), "wrong-shape"),
        (changed(DOCUMENT, "stipulates", resourceQuantity={"hasUnit": "one"}), "missing-member"),
        (
            changed(DOCUMENT, "stipulates", resourceQuantity={"hasUnit": "one", "hasNumericalValue": "0"}),
            "zero-quantity",
        ),
        (changed(DOCUMENT, "stipulatesReciprocal", resourceQuantity={"hasUnit": "one"}), "missing-member"),
        (
            changed(
                DOCUMENT,
                "stipulatesReciprocal",
                resourceQuantity={"hasUnit": "kilogram", "hasNumericalValue": "6147.60"},
            ),
            "unit-mismatch",
        ),
        (
            changed(
                DOCUMENT,
                "stipulatesReciprocal",
                resourceQuantity={"hasUnit": "one", "hasNumericalValue": "6147.61"},
            ),
            "sum-mismatch",
        ),
        (
            changed(DOCUMENT, "stipulatesReciprocal", resourceConformsTo=currency_iri("CHF")),
            "currency-mismatch",
        ),
        (DOCUMENT | {"price": []}, "missing-price"),
        (DOCUMENT | {"price": [line(surcharge="5")]}, "unknown-member"),
        (DOCUMENT | {"price": [line(count=None, until="2026-04-23T12:30:00Z")]}, "until-before-start"),
        (DOCUMENT | {"endTime": "2026-04-23T12:30:00Z"}, "ends-before-start"),
        (DOCUMENT | {"noticePeriod": "one month"}, "malformed-duration"),
        (DOCUMENT | {"noticePeriod": "P0M"}, "notice-out-of-range"),
        (DOCUMENT | {"noticePeriod": "P3Y"}, "notice-exceeds-term"),
        (DOCUMENT | {"endTime": "2028-03-23T12:29:59Z"}, "payment-after-end"),
        (DOCUMENT | {"name": "x" * 201}, "text-too-long"),
        (DOCUMENT | {"content": "x" * 10_001}, "text-too-long"),
    ],
)
def test_a_draft_we_do_not_fully_understand_is_refused(document: Any, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_draft(document)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (DOCUMENT | {"endTime": "tomorrow"}, "offset from UTC (endTime)."),
        (DOCUMENT | {"name": ["a", "b"]}, "several (name)."),
        (DOCUMENT | {"price": [line(amount="1e2")]}, "such as 24.90 (price.amount)."),
        (DOCUMENT | {"price": [line(per="fortnight")]}, "understands (price.per)."),
        (DOCUMENT | {"price": [line(kind="gift")]}, "understands (price.kind)."),
        (DOCUMENT | {"price": [line(count=1.5)]}, "write it as text (price.count)."),
        (DOCUMENT | {"price": [line(currency=None)]}, "The member currency is missing (price)."),
        (DOCUMENT | {"price": [line(type="Line")]}, "stands an object of another type (price)."),
        (changed(DOCUMENT, "stipulates", satisfies=7), "does not (stipulates.satisfies)."),
        (
            changed(DOCUMENT, "stipulates", resourceQuantity={"hasUnit": "one", "hasNumericalValue": 1.5}),
            "write it as text (stipulates.resourceQuantity.hasNumericalValue).",
        ),
        (
            changed(
                DOCUMENT, "stipulates", additionalProperty=[{"type": "PropertyValue", "propertyID": "a"}]
            ),
            "The member value is missing (additionalProperty).",
        ),
        (
            changed(
                DOCUMENT,
                "stipulatesReciprocal",
                resourceQuantity={"hasUnit": "one", "hasNumericalValue": "6147.61"},
            ),
            (
                "The price lines come to 6147.6, and not to the stated total "
                "(stipulatesReciprocal.resourceQuantity)."
            ),
        ),
    ],
)
def test_where_something_is_wrong_is_said_with_it(document: Any, said: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_draft(document)
    assert refused.value.detail.endswith(said)


def test_the_total_s_currency_may_be_left_to_the_lines() -> None:
    assert read_draft(changed(DOCUMENT, "stipulatesReciprocal", resourceConformsTo=None)) == DRAFT


def test_an_agreement_may_end_without_a_start() -> None:
    assert read_draft(DOCUMENT | {"startTime": None}).ends_at == DRAFT.ends_at


def test_an_offer_that_answers_is_taken() -> None:
    check_answers(INTENTION, DRAFT)
    check_answers(
        replace(INTENTION, quantity=Quantity(None, "one")), replace(DRAFT, quantity=Quantity(Decimal(9)))
    )


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (replace(DRAFT, satisfies_primary=INTENTION.reciprocal_iri), "satisfies-primary"),
        (replace(DRAFT, satisfies_primary=INTENTION.iri), "satisfies-primary"),
        (replace(DRAFT, satisfies_reciprocal=INTENTION.primary_iri), "satisfies-reciprocal"),
        (replace(DRAFT, quantity=Quantity(Decimal(1), "kilogram")), "unit-mismatch"),
        (replace(DRAFT, quantity=Quantity(Decimal(2))), "quantity-mismatch"),
        (replace(DRAFT, price=(PriceLine(PriceLineKind.ONE_OFF, Decimal(1), "CHF"),)), "currency-mismatch"),
    ],
)
def test_an_offer_that_answers_something_else_is_refused(draft: Draft, code: str) -> None:
    with pytest.raises(Unprocessable, match=f"^{code}: "):
        check_answers(INTENTION, draft)


@pytest.mark.parametrize(
    ("unit_based", "amount", "price", "code"),
    [
        (False, 3, 30, None),
        (False, 6, 30, "quantity-mismatch"),
        (False, 3, 60, "price-mismatch"),
        (True, 6, 60, None),
        (True, 3, 30, None),
        (True, 4, 30, "quantity-mismatch"),
        (True, 6, 45, "price-mismatch"),
        (None, 7, 1, None),
    ],
)
def test_stated_amounts_bind_as_the_proposal_says(
    unit_based: bool | None, amount: int, price: int, code: str | None
) -> None:
    stated = replace(
        INTENTION, quantity=Quantity(Decimal(3)), stated_price=Decimal(30), unit_based=unit_based
    )
    draft = replace(
        DRAFT,
        quantity=Quantity(Decimal(amount)),
        price=(PriceLine(PriceLineKind.ONE_OFF, Decimal(price), "EUR"),),
    )
    if code is None:
        check_answers(stated, draft)
    else:
        with pytest.raises(Unprocessable, match=code):
            check_answers(stated, draft)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"content": "<p hidden>or not", "mediaType": None}, "content"),
        ({"noticePeriod": "one month"}, "noticePeriod"),
    ],
)
def test_where_a_term_is_wrong_is_said(change: dict[str, Any], place: str) -> None:
    with pytest.raises(Unprocessable, match=rf"\({place}\)\.$"):
        read_draft(DOCUMENT | change)
