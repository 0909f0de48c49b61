"""Intentions on the wire."""

from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from protocol import intentions
from protocol.errors import Unprocessable
from protocol.intentions import (
    Intention,
    Purpose,
    read_intention,
    read_proposal,
    render_as_read,
    render_intention,
)
from protocol.offers import check_answers
from protocol.quantities import Quantity
from protocol.strictjson import Document
from protocol.vocabulary import PUBLIC, currency_iri
from tests.protocol.market import CUSTOMER, DRAFT, INTENTION, NOW

# The full example of FEP-0837 (CC0), turned from an offer into a request.
FEP_PROPOSAL: dict[str, Any] = {
    "type": "Proposal",
    "id": "https://market.example/proposals/ddde9d6f-6f3b-4770-a966-3a18ef006930",
    "purpose": "request",
    "attributedTo": "https://market.example/users/alice",
    "name": "Looking for a used bike",
    "content": "Blue one-speed bike, 15 years old, some rust",
    "published": "2023-06-18T19:22:03.918737Z",
    "location": {"type": "Place", "longitude": -71.0, "latitude": 25.0},
    "publishes": {
        "type": "Intent",
        "id": "https://market.example/proposals/ddde9d6f-6f3b-4770-a966-3a18ef006930#primary",
        "action": "transfer",
        "resourceConformsTo": "https://www.wikidata.org/wiki/Q11442",
        "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
        "availableQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
    },
    "reciprocal": {
        "type": "Intent",
        "id": "https://market.example/proposals/ddde9d6f-6f3b-4770-a966-3a18ef006930#reciprocal",
        "action": "transfer",
        "resourceConformsTo": "https://www.wikidata.org/wiki/Q4917",
        "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "30"},
    },
    "unitBased": False,
    "to": "https://www.w3.org/ns/activitystreams#Public",
}


def test_an_intention_is_a_proposal_with_an_open_price() -> None:
    assert render_intention(INTENTION) == {
        "id": "https://customer.example/intentions/int_1",
        "type": "Proposal",
        "purpose": "request",
        "attributedTo": CUSTOMER,
        "name": "A car for the family",
        "content": "Seven seats would be good.",
        "mediaType": "text/plain",
        "published": "2026-03-14T12:30:00Z",
        "endTime": "2026-03-28T12:30:00Z",
        "availabilityStarts": "2026-04-13T12:30:00Z",
        "availabilityEnds": "2026-05-13T12:30:00Z",
        "location": {"type": "Place", "name": "Bern"},
        "publishes": {
            "id": "https://customer.example/intentions/int_1#primary",
            "type": "Intent",
            "action": "transfer",
            "resourceConformsTo": "https://www.wikidata.org/wiki/Q1420",
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
            "additionalProperty": [
                {
                    "type": "PropertyValue",
                    "propertyID": "fuelConsumption",
                    "maxValue": "7",
                    "unitText": "l/100 km",
                    "necessity": "must",
                }
            ],
        },
        "reciprocal": {
            "id": "https://customer.example/intentions/int_1#reciprocal",
            "type": "Intent",
            "action": "transfer",
            "resourceConformsTo": currency_iri("EUR"),
            "resourceQuantity": {"hasUnit": "one"},
        },
        "unitBased": False,
        "to": [PUBLIC],
    }


def test_nothing_that_stays_home_has_a_field() -> None:
    names = {field.name for field in fields(Intention)}
    assert not {name for name in names if "limit" in name or "note" in name or "weight" in name}
    priced = replace(INTENTION, stated_price=Decimal(4000))
    assert "4000" not in str(render_intention(priced))


SPARE = replace(
    INTENTION,
    content="",
    quantity=Quantity(None, "hour"),
    specifications=(),
    category=None,
    place=None,
    window_start=None,
    window_end=None,
    deadline=None,
    published=None,
    to=(PUBLIC, "https://business.example/actors/garage"),
)


@pytest.mark.parametrize("intention", [INTENTION, SPARE], ids=["full", "spare"])
def test_an_intention_survives_the_round_trip(intention: Intention) -> None:
    assert read_intention(render_intention(intention)) == intention


def test_a_foreign_proposal_is_read() -> None:
    intention = read_intention(FEP_PROPOSAL)
    assert intention.proposer == "https://market.example/users/alice"
    assert intention.quantity == Quantity(Decimal(1), "one")
    assert (intention.currency, intention.stated_price) == ("USD", Decimal(30))
    assert intention.primary_iri == FEP_PROPOSAL["publishes"]["id"]
    assert intention.reciprocal_iri == FEP_PROPOSAL["reciprocal"]["id"]
    assert (intention.deadline, intention.place, intention.to) == (None, None, (PUBLIC,))
    assert intention.unit_based is False


def proposal(**changes: Any) -> dict[str, Any]:
    document = render_intention(INTENTION) | changes
    return {member: value for member, value in document.items() if value is not None}


def intent(member: str, **changes: Any) -> dict[str, Any]:
    document = render_intention(INTENTION)[member] | changes
    return {member: {name: value for name, value in document.items() if value is not None}}


def test_a_foreign_proposal_may_name_its_intents_otherwise() -> None:
    other = "https://customer.example/intents/7"
    intention = read_intention(proposal(**intent("publishes", id=other), **intent("reciprocal", id=None)))
    assert intention.primary_iri == other
    assert intention.reciprocal_iri == INTENTION.reciprocal_iri


@pytest.mark.parametrize(
    ("changes", "unit_based"), [({"unitBased": True}, True), ({"unitBased": None}, None)], ids=repr
)
def test_a_foreign_proposal_says_how_its_numbers_bind(
    changes: dict[str, Any], unit_based: bool | None
) -> None:
    assert read_intention(proposal(**changes)).unit_based is unit_based


@pytest.mark.parametrize("spelling", [PUBLIC, "as:Public", "Public"])
def test_the_public_has_one_name(spelling: str) -> None:
    assert read_intention(proposal(to=[spelling])).to == (PUBLIC,)


@pytest.mark.parametrize(
    ("languages", "name"),
    [
        ({"de": "Rad"}, "Rad"),
        ({"fr": "Vélo", "de": "Rad"}, "Rad"),
        ({"de": "Rad", "en": "Bike"}, "Bike"),
        ({}, ""),
        ("Rad", ""),
    ],
)
def test_words_that_are_there_in_languages_only_are_not_lost(languages: Any, name: str) -> None:
    document = render_intention(INTENTION) | {"name": None, "nameMap": languages}
    assert read_intention(document).name == name
    spoken = render_intention(INTENTION) | {"nameMap": languages}
    assert read_intention(spoken).name == INTENTION.name


def test_members_of_an_invitation_that_we_do_not_know_are_ignored() -> None:
    assert read_intention(proposal(sensitive=False, location="Bern")) == replace(INTENTION, place=None)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (proposal(type="Note"), "wrong-type"),
        (proposal(purpose="offer"), "unsupported-purpose"),
        (proposal(purpose=None), "unsupported-purpose"),
        (proposal(id=None), "missing-member"),
        (proposal(attributedTo=None), "missing-member"),
        (proposal(attributedTo=[CUSTOMER, CUSTOMER]), "single-value-expected"),
        (proposal(publishes=None), "missing-member"),
        (proposal(publishes="https://customer.example/intentions/int_1#primary"), "wrong-shape"),
        (proposal(name="x" * 201), "text-too-long"),
        (proposal(content="x" * 10_001), "text-too-long"),
        (proposal(endTime="tomorrow"), "malformed-time"),
        (proposal(availabilityEnds="2026-04-01T00:00:00Z"), "window-reversed"),
        (proposal(unitBased="no"), "wrong-shape"),
        (proposal(to=["everyone"]), "iri-invalid"),
        (proposal(to=[PUBLIC] * 1_001), "too-many"),
        (proposal(**intent("publishes", type="Wish")), "wrong-type"),
        (proposal(**intent("publishes", resourceQuantity=None)), "wrong-shape"),
        (
            proposal(**intent("publishes", resourceQuantity={"hasUnit": "one", "hasNumericalValue": 0})),
            "zero-quantity",
        ),
        (proposal(**intent("publishes", resourceConformsTo="a car")), "malformed-category"),
        (proposal(**intent("publishes", resourceConformsTo="javascript:<b>")), "malformed-category"),
        (proposal(**intent("reciprocal", resourceConformsTo=None)), "missing-member"),
        (
            proposal(**intent("reciprocal", resourceConformsTo="https://www.wikidata.org/wiki/Q1")),
            "unknown-currency",
        ),
    ],
)
def test_any_other_proposal_is_refused(document: dict[str, Any], code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_intention(document)


def test_a_currency_that_is_none_is_said_with_its_place() -> None:
    document = proposal(**intent("reciprocal", resourceConformsTo="https://example.org/EUR"))
    with pytest.raises(Unprocessable, match=r"\(resourceConformsTo\)\.$"):
        read_intention(document)


def test_a_window_may_be_a_moment() -> None:
    moment = render_intention(INTENTION)["availabilityStarts"]
    assert read_intention(proposal(availabilityEnds=moment)).window_end == INTENTION.window_start
    assert INTENTION.published == NOW


def test_a_standing_offer_is_a_proposal_with_the_roles_turned() -> None:
    offered = read_proposal(FEP_PROPOSAL | {"purpose": "offer"})
    assert (offered.purpose, offered.stated_price) == (Purpose.OFFER, Decimal(30))
    ours = replace(INTENTION, purpose=Purpose.OFFER, stated_price=Decimal("24.90"), unit_based=True)
    document = render_intention(ours)
    assert document["purpose"] == "offer"
    assert document["unitBased"] is True
    assert document["reciprocal"]["resourceQuantity"] == {"hasUnit": "one", "hasNumericalValue": "24.9"}
    assert read_proposal(document) == ours


def test_a_standing_offer_states_its_price() -> None:
    open_price = render_intention(replace(INTENTION, purpose=Purpose.OFFER, stated_price=None))
    with pytest.raises(Unprocessable, match="missing-member"):
        read_proposal(open_price)


def test_a_proposal_may_give_nothing_in_return() -> None:
    """FEP-0837's own minimal example, both ways round; `reciprocal` is optional."""
    minimal = {
        name: FEP_PROPOSAL[name] for name in ("type", "id", "attributedTo", "publishes", "unitBased", "to")
    }
    for purpose in Purpose:
        read = read_proposal({**minimal, "purpose": purpose.value})
        assert (read.currency, read.stated_price, read.reciprocal, read.name) == ("", None, "", "")
        kept = render_as_read(read)
        assert "reciprocal" not in kept
        assert read_proposal(kept) == read
        with pytest.raises(Unprocessable, match="nothing-in-return"):
            check_answers(read, DRAFT)


def test_what_an_intention_says_is_hypertext_unless_it_says_otherwise() -> None:
    said = "<p>Seven&nbsp;seats <b>&lt; 7 l</b></p><p>or more<script>evil()</script></p>"
    for media_type in (None, "text/html", ["text/html"]):
        read = read_intention(proposal(content=said, mediaType=media_type))
        assert read.content == "Seven\xa0seats < 7 l\n\nor more"
    assert read_intention(proposal(content=said, mediaType="text/plain")).content == said
    assert read_intention(proposal(content=said, mediaType=["text/markdown"])).content == said


# What others spelled their own way is kept in ours


TIMES = st.sampled_from(
    [
        None,
        "2026-03-14T14:30:00.123456789+02:00",
        "2026-03-14t12:30:00z",
        [{"@value": "2026-03-14T12:30:00Z"}],
    ]
)
KINDS = st.sampled_from(["Intent", ["Intent", "x:Other"]])
QUANTITIES = st.sampled_from(
    [
        {"hasUnit": "one", "hasNumericalValue": "30.50"},
        {"hasUnit": "om2:one", "hasNumericalValue": 3},
        {"hasUnit": "one"},
    ]
)
MONEY = st.sampled_from(
    ["https://www.wikidata.org/wiki/Q4916", {"id": "https://www.wikidata.org/wiki/Q4917"}]
)
ADDRESSES = {
    "id": st.sampled_from(["https://market.example/i/1", "https://market.example/i/2#x"]),
    "x:seen": st.booleans(),
}
INTENTS = st.fixed_dictionaries({"type": KINDS, "resourceQuantity": QUANTITIES}, optional=ADDRESSES)
PAYMENTS = st.fixed_dictionaries(
    {"type": KINDS, "resourceQuantity": QUANTITIES, "resourceConformsTo": MONEY}, optional=ADDRESSES
)
FOREIGN = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["", "  A bike ", ["A bike"], "\u0041\u030a"]),
        "published": TIMES, "endTime": TIMES, "updated": TIMES,
        "availabilityStarts": TIMES, "availabilityEnds": TIMES,
        "location": st.sampled_from([None, "Bern", {"name": "Bern"}, [{"type": "Place", "name": "Bern"}]]),
        "publishes": INTENTS, "reciprocal": PAYMENTS,
        "unitBased": st.sampled_from([None, True, False, [True], {"@value": True}]),
        "to": st.sampled_from(["as:Public", [], ["https://a.example/a", {"id": "https://b.example/b"}]]),
    },
)  # fmt: skip


@given(FOREIGN)
def test_what_is_kept_reads_as_what_came(changes: dict[str, Any]) -> None:
    try:
        read = read_intention(FEP_PROPOSAL | changes)
    except Unprocessable:
        reject()
    kept = intentions.render_as_read(read)
    assert read_intention(kept) == read
    assert kept == intentions.render_as_read(read_intention(kept))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"unitBased": None},
        {"unitBased": [True]},
        {"to": "as:Public", "name": ["A bike"], "x:note": 1},
        {"reciprocal": FEP_PROPOSAL["reciprocal"] | {"resourceConformsTo": [currency_iri("EUR")], "x:a": 1}},
    ],
)
def test_what_is_kept_has_one_spelling_and_nothing_unread(changes: dict[str, Any]) -> None:
    kept = intentions.render_as_read(read_intention(FEP_PROPOSAL | changes))
    assert set(kept) <= set(render_intention(INTENTION))
    assert isinstance(kept["name"], str)
    assert isinstance(kept["to"], list)


# What was read is remembered


def outcome(read: Callable[[Document], Intention], document: Document) -> str:
    try:
        return repr(read(document))
    except Unprocessable as error:
        return repr(error)


LIKE_EACH_OTHER = st.sampled_from(
    [None, False, True, 0, 1, 1.0, -0.0, "1", "", [], ["1"], {}, {"@value": 1}, 2**70]
)


@given(
    st.sampled_from(["unitBased", "name", "purpose", "to", "endTime", "publishes", "location", "note"]),
    st.lists(LIKE_EACH_OTHER, min_size=1, max_size=4),
)
def test_an_intention_that_is_remembered_is_the_one_that_is_read(member: str, values: list[Any]) -> None:
    for value in [*values, *values]:
        document = {**FEP_PROPOSAL, member: value}
        assert outcome(read_intention, document) == outcome(intentions._read_request, document)


def test_what_is_remembered_is_bounded() -> None:
    for number in range(2 * intentions._REMEMBERED):
        read_intention({**FEP_PROPOSAL, "name": str(number)})
    before = intentions._recall_request.cache_info()
    read_intention({**FEP_PROPOSAL, "content": "x" * intentions._REMEMBERED_BYTES})  # too long to be kept
    assert intentions._recall_request.cache_info() == before
    assert before.currsize == intentions._REMEMBERED
