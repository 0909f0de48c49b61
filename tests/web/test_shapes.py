"""The checker of shapes agrees with a complete implementation, and says where without saying what."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.api.components import COMPONENTS
from node.web.api.requests import BODIES
from node.web.api.schemas import check
from protocol.errors import Unprocessable

WISH = {
    "name": "A bike",
    "currency": "EUR",
    "audience": ["public"],
    "quantity": {"value": "1", "unit": "one"},
    "specifications": [{"property": "weight", "at_most": "16", "unit": "kg", "necessity": "must"}],
    "window": {"start": None, "end": "2099-01-01T00:00:00Z"},
    "limit_price": "2300.00",
}
LINE = {"kind": "recurring", "amount": "24.90", "currency": "EUR", "per": "month", "count": 24}

PLAIN = json.loads(json.dumps(dict(COMPONENTS)))


def complete(document: object, name: str) -> bool:
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": PLAIN}}
    return bool(jsonschema.Draft202012Validator(root).is_valid(document))


def ours(document: object, name: str) -> bool:
    try:
        check(document, BODIES[name], components=COMPONENTS)
    except Unprocessable:
        return False
    return True


values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 2_000),
        st.sampled_from(["", "EUR", "1.50", "must", "x" * 600]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["property", "value", "unit", "start", "kind", "amount", "other"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(BODIES)), values)
def test_any_value_gets_the_same_verdict(name: str, value: object) -> None:
    assert ours(value, name) == complete(value, name)


@given(st.sampled_from([*WISH, "canary"]), values)
def test_a_wish_with_one_member_changed_gets_the_same_verdict(member: str, value: object) -> None:
    changed = {**WISH, member: value}
    assert ours(changed, "Wish") == complete(changed, "Wish")


@given(st.sampled_from([*LINE, "canary"]), values)
def test_a_price_line_with_one_member_changed_gets_the_same_verdict(member: str, value: object) -> None:
    changed = {"price": [LINE, {**LINE, member: value}]}
    assert ours(changed, "Terms") == complete(changed, "Terms")


@pytest.mark.parametrize(
    ("name", "document", "detail"),
    [
        ("Wish", [], "The body must be an object."),
        ("Wish", {}, "name is missing."),
        ("Wish", {**WISH, "canary": 1}, "The body has a member that is not one of: name, content"),
        ("Wish", {**WISH, "name": 7}, "name must be a string."),
        ("Wish", {**WISH, "name": "n" * 501}, "name must have at most 500 characters."),
        ("Wish", {**WISH, "currency": "euro"}, "currency must be an ISO 4217 code such as EUR."),
        ("Wish", {**WISH, "currency": "EUR\n"}, "currency must be an ISO 4217 code such as EUR."),
        ("Wish", {**WISH, "limit_price": 1.5}, "limit_price must be a whole number or a string or null."),
        ("Wish", {**WISH, "quantity": True}, "quantity must be a whole number or a string or an object."),
        ("Wish", {**WISH, "quantity": "2 kg"}, 'quantity must be a decimal as text, such as "24.90".'),
        ("Wish", {**WISH, "quantity": {"unit": 1}}, "quantity.unit must be a string."),
        ("Wish", {**WISH, "limit_price": "1,50"}, 'limit_price must be a decimal as text, such as "24.90".'),
        ("Wish", {**WISH, "audience": "public"}, "audience must be a list."),
        ("Wish", {**WISH, "specifications": [{}]}, "specifications[0].property is missing."),
        (
            "Wish",
            {**WISH, "specifications": [{"property": "p", "necessity": "may"}]},
            "specifications[0].necessity must be one of: must, should.",
        ),
        ("Wish", {**WISH, "place": 1}, "place must be a string or null."),
        ("Terms", {"price": []}, "price must have at least 1 items."),
        ("Terms", {"price": [LINE] * 33}, "price must have at most 32 items."),
        ("Terms", {"price": [{**LINE, "count": 0}]}, "price[0].count must be from 1 to 1200."),
        ("Terms", {"price": [{**LINE, "count": True}]}, "price[0].count must be a whole number."),
        ("NewMessage", {"content": ""}, "content must not be empty."),
        ("Rotation", {"revoke": "yes"}, "revoke must be a boolean."),
    ],
)
def test_the_first_wrong_thing_is_named_by_its_place(name: str, document: Any, detail: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check(document, BODIES[name], components=COMPONENTS)
    assert refused.value.code == "invalid-shape"
    assert refused.value.detail.startswith(detail)
    assert "canary" not in refused.value.detail


def test_what_is_right_passes() -> None:
    check(WISH, BODIES["Wish"], components=COMPONENTS)
    check({"price": [LINE]}, BODIES["Terms"], components=COMPONENTS)
