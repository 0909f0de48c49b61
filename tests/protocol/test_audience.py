"""Who a document is for, whose word it is, and who may read it."""

from typing import Any

import pytest

from protocol.audience import CoreType, addressees, classify, concerns, may_read, owner, without_hidden
from protocol.errors import Unprocessable
from protocol.vocabulary import PUBLIC

ALICE = "https://alice.example/actors/alice"
SHOP = "https://bikehaus.example/actors/shop"
OTHER = "https://velonord.example/actors/shop"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"href": "https://b.example/", "actor": SHOP}, CoreType.LINK),
        ({"inbox": "i", "outbox": "o", "actor": SHOP}, CoreType.ACTOR),
        ({"inbox": "i"}, CoreType.OBJECT),
        ({"actor": SHOP, "object": "o"}, CoreType.ACTIVITY),
        ({"actor": SHOP, "items": []}, CoreType.ACTIVITY),
        ({"actor": SHOP, "attributedTo": SHOP}, CoreType.OBJECT),
        ({"items": []}, CoreType.COLLECTION),
        ({"orderedItems": []}, CoreType.COLLECTION),
        ({"totalItems": 0}, CoreType.COLLECTION),
        ({"type": "Offer"}, CoreType.OBJECT),
        ({}, CoreType.OBJECT),
    ],
)
def test_a_document_is_what_its_shape_makes_it(document: dict[str, Any], expected: CoreType) -> None:
    assert classify(document) is expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"id": ALICE, "inbox": "i", "outbox": "o", "attributedTo": SHOP}, ALICE),
        ({"actor": {"id": ALICE, "type": "Person"}}, ALICE),
        ({"actor": [ALICE]}, ALICE),
        ({"type": "Proposal", "attributedTo": SHOP}, SHOP),
        ({"totalItems": 0, "attributedTo": SHOP}, SHOP),
        ({"type": "Note"}, None),
    ],
)
def test_the_owner_is_named_where_the_kind_of_document_names_it(
    document: dict[str, Any], expected: str | None
) -> None:
    assert owner(document) == expected


def test_several_owners_are_nobodys_word() -> None:
    with pytest.raises(Unprocessable, match="single-value-expected"):
        owner({"actor": [ALICE, SHOP]})
    with pytest.raises(Unprocessable, match="reference-expected"):
        owner({"attributedTo": 7})


def test_the_audience_is_all_three_members_in_every_shape() -> None:
    document = {
        "to": [ALICE, {"id": SHOP, "type": "Organization"}],
        "cc": OTHER,
        "audience": {"id": "https://b.example/followers"},
        "bto": "https://hidden.example/",
        "bcc": ["https://hidden.example/"],
    }
    assert addressees(document) == {ALICE, SHOP, OTHER, "https://b.example/followers"}
    assert addressees({}) == frozenset()
    assert concerns(document, ALICE)
    assert not concerns(document, "https://hidden.example/")


@pytest.mark.parametrize("public", [PUBLIC, "as:Public", "Public"])
def test_the_public_has_one_name_here(public: str) -> None:
    assert addressees({"cc": [public]}) == {PUBLIC}
    assert not concerns({"to": public}, ALICE)


@pytest.mark.parametrize("odd", [7, True, {"type": "Person"}, {"id": 7}, ["x", ["y"]]])
def test_an_addressee_without_an_address_is_refused(odd: object) -> None:
    with pytest.raises(Unprocessable):
        addressees({"to": [odd]})


def test_a_private_document_is_for_whom_it_was_meant_by_name() -> None:
    offer = {"actor": SHOP, "to": [ALICE]}
    assert may_read(offer, named=True, follows=False)
    assert not may_read(offer, named=False, follows=True)
    assert not may_read(offer, named=False, follows=False)


def test_a_document_for_followers_is_for_those_who_follow_its_owner() -> None:
    proposal = {"attributedTo": ALICE, "to": [ALICE + "/followers"]}
    assert may_read(proposal, named=False, follows=True)
    assert not may_read({**proposal, "to": [OTHER + "/followers"]}, named=False, follows=True)
    assert not may_read(proposal, named=False, follows=False)


def test_a_public_document_is_for_anyone() -> None:
    assert may_read({"attributedTo": ALICE, "cc": "as:Public"}, named=False, follows=False)


def test_a_document_without_audience_or_owner_is_for_nobody() -> None:
    assert not may_read({"type": "Note"}, named=False, follows=True)
    assert not may_read({"type": "Note"}, named=False, follows=False)


def test_hidden_addressees_are_taken_out_at_every_depth() -> None:
    document = {
        "to": ALICE,
        "bto": SHOP,
        "object": {"bcc": [SHOP], "content": "bto", "tag": [{"bto": SHOP, "name": "x"}, "bcc"]},
    }
    shown = {"to": ALICE, "object": {"content": "bto", "tag": [{"name": "x"}, "bcc"]}}
    assert without_hidden(document) == shown
    assert "bto" in document
