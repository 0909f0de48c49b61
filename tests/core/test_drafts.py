"""Terms and wishes as the owner's programs write them, and back."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from node.core.drafts import opening_draft, read_owner_quantity, read_terms, view_draft
from node.core.intentions import Wish, address_all, read_wish, view_intention
from protocol.errors import Unprocessable
from protocol.intentions import Intention, render_intention
from protocol.quantities import Quantity
from protocol.vocabulary import PUBLIC

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
ADA = "https://ada.example/actors/ada"
SHOP = "https://shop.example/actors/shop"
LINE = {
    "kind": "recurring",
    "amount": "24.90",
    "currency": "EUR",
    "per": "month",
    "count": 24,
    "label": "line",
}
TWO_YEARS = {"starts_at": "2026-06-01T00:00:00Z", "ends_at": "2028-06-01T00:00:00Z"}
WISH: dict[str, Any] = {"name": "a line", "currency": "EUR", "audience": [SHOP]}


def wish(**members: Any) -> Wish:
    return read_wish(WISH | members, iri="https://ada.example/intentions/int_1", proposer=ADA, now=NOW)


@pytest.fixture
def intention() -> Intention:
    return wish().intention


def test_terms_of_every_member_are_read_and_shown(intention: Intention) -> None:
    terms = {
        "name": "Line 24",
        "quantity": {"value": "2", "unit": "one"},
        "price": [LINE],
        "category": "https://www.wikidata.org/wiki/Q1",
        "properties": [{"property": "speed", "value": "100", "unit": "Mbit/s"}],
        "starts_at": "2026-06-01T00:00:00Z",
        "ends_at": "2028-06-01T00:00:00Z",
        "notice": "P1M",
        "content": "with a router",
        "expires_at": "2026-05-20T00:00:00Z",
    }
    read = read_terms(terms, base=opening_draft(intention))
    shown = view_draft(read.draft)
    assert shown == {member: value for member, value in terms.items() if member != "expires_at"} | {
        "total": "597.60",
        "least": None,
        "currency": "EUR",
        "terms": None,
    }
    assert read.expires_at == datetime(2026, 5, 20, tzinfo=UTC)


def test_what_is_not_mentioned_stays(intention: Intention) -> None:
    base = read_terms({"price": [LINE], "notice": "P1M"}, base=opening_draft(intention)).draft
    changed = read_terms({"content": "please"}, base=base).draft
    assert (changed.price, changed.notice, changed.content) == (base.price, "P1M", "please")
    assert read_terms({"notice": None}, base=base).draft.notice is None


def test_a_whole_number_is_an_amount(intention: Intention) -> None:
    read = read_terms({"price": [LINE | {"amount": 25}]}, base=opening_draft(intention))
    assert read.draft.price[0].amount == Decimal(25)
    assert wish(limit_price=600).private.store()["limit_price"] == "600"
    with pytest.raises(Unprocessable, match=r"decimals than its currency \(limit_price\)"):
        wish(limit_price="600.001")


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({}, "missing-price"),
        ({"price": []}, "missing-price"),
        ({"price": "24.90"}, "wrong-shape"),
        ({"price": ["24.90"]}, "wrong-shape"),
        ({"price": [LINE | {"amount": 24.9}]}, "malformed-amount"),
        ({"price": [LINE | {"amount": -24}]}, "malformed-amount"),
        ({"price": [LINE | {"amount": True}]}, "malformed-amount"),
        ({"prize": [LINE]}, "unknown-member"),
        ({"price": [LINE | {"vat": "19"}]}, "unknown-member"),
        ({"price": [LINE], "quantity": {"number": "1"}}, "malformed-quantity"),
        ({"price": [LINE], "quantity": True}, "malformed-quantity"),
        ({"price": [LINE], "notice": "a month"}, "malformed-duration"),
        ({"price": [LINE], "notice": "P0M"}, "notice-out-of-range"),
        ({"price": [LINE], "notice": "P9999Y"}, "notice-out-of-range"),
        ({"price": [LINE], "notice": "P3Y"} | TWO_YEARS, "notice-exceeds-term"),
        ({"price": [LINE | {"count": 26}]} | TWO_YEARS, "payment-after-end"),
        ({"price": [LINE]} | TWO_YEARS | {"ends_at": "2026-05-01T00:00:00Z"}, "ends-before-start"),
        ({"price": [LINE], "properties": "fast"}, "wrong-shape"),
        ({"price": [LINE], "properties": ["fast"]}, "wrong-shape"),
    ],
)
def test_bad_terms(intention: Intention, terms: dict[str, Any], code: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_terms(terms, base=opening_draft(intention))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("json", "quantity"),
    [
        (3, Quantity(Decimal(3), "one")),
        ("2.5", Quantity(Decimal("2.5"), "one")),
        ({"unit": "kg"}, Quantity(None, "kg")),
    ],
)
def test_short_quantities(json: Any, quantity: Quantity) -> None:
    assert read_owner_quantity(json) == quantity


def test_wish_of_every_member() -> None:
    read = wish(
        content="for the flat",
        quantity=1,
        specifications=[{"property": "speed", "at_least": "50", "unit": "Mbit/s", "necessity": "must"}],
        category="https://www.wikidata.org/wiki/Q1",
        place="Freiburg",
        window={"start": "2026-06-01T00:00:00Z", "end": "2026-07-01T00:00:00Z"},
        deadline="2026-05-20T00:00:00Z",
        limit_price="600.00",
        notes="would pay more",
    )
    shown = view_intention(read.intention)
    assert shown["specifications"] == [
        {"property": "speed", "at_least": "50", "unit": "Mbit/s", "necessity": "must"}
    ]
    assert shown["window"] == {"start": "2026-06-01T00:00:00Z", "end": "2026-07-01T00:00:00Z"}
    assert (shown["place"], shown["category"]) == ("Freiburg", "https://www.wikidata.org/wiki/Q1")
    assert read.private.store() == {"limit_price": "600", "notes": "would pay more"}
    assert "600" not in str(render_intention(read.intention))


def test_value_specifications_are_shown_as_they_are() -> None:
    read = wish(specifications=[{"property": "colour", "value": "blue"}])
    assert view_intention(read.intention)["specifications"] == [
        {"property": "colour", "value": "blue", "unit": "", "necessity": "must"}
    ]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"deadline": "2026-05-04T12:00:00Z"}, "deadline-passed"),
        ({"currency": "XXX"}, "unknown-currency"),
        ({"audience": []}, "missing-audience"),
        ({"audience": [7]}, "malformed-audience"),
        ({"audience": ["x" * 2001]}, "malformed-audience"),
        ({"audience": ["bikes@shop.example"]}, "iri-invalid"),
        ({"window": "soon"}, "malformed-window"),
        ({"window": {"from": "2026-06-01T00:00:00Z"}}, "malformed-window"),
        ({"window": {"start": "2026-07-01T00:00:00Z", "end": "2026-06-01T00:00:00Z"}}, "window-reversed"),
        ({"limit_price": "600.001"}, "malformed-amount"),
        ({"limit_price": True}, "malformed-amount"),
        ({"budget": "600"}, "unknown-member"),
    ],
)
def test_bad_wishes(members: dict[str, Any], code: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        wish(**members)
    assert refused.value.code == code


def test_the_copy_for_all_names_nobody() -> None:
    followers = f"{ADA}/followers"
    assert address_all((SHOP, "followers", "public"), followers=followers) == (PUBLIC, followers)
    assert address_all((SHOP, "followers"), followers=followers) == (followers,)
    assert address_all((SHOP,), followers=followers) == ()
