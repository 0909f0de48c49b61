"""What was said with a customer stands on their page, whatever it is about and however much came after it."""

import pytest

from node.services.negotiations import messages, offers
from node.services.trade import customers, pipeline
from tests.services.parties import Party, settle
from tests.services.test_negotiation import PRICE, cast, offer


def test_what_is_said_of_an_older_offer_is_shown_with_its_name(ada: Party, bikes: Party) -> None:
    for number in range(customers.TALKS + 1):
        cast(ada, bikes, name=f"Bike {number}")
        offer(bikes, ada, name=f"Linden {number}")
    (oldest,) = [one for one in ada.do(offers.list)["items"] if one["name"] == "Linden 0"]
    ada.do(messages.write, oldest["id"], "When can I fetch it?")
    settle(ada, bikes)
    (customer,) = bikes.do(customers.list_all)["items"]
    shown = bikes.do(customers.show, customer["id"])
    assert [(one["content"], one["name"]) for one in shown["messages"]] == [
        ("When can I fetch it?", "Linden 0")
    ]
    first, *others = shown["talks"].items()
    assert first == (shown["messages"][0]["offer"], "Linden 0")
    assert sorted(name for _, name in others) == [
        f"Bike {number}" for number in range(1, customers.TALKS + 1)
    ]


def test_of_a_long_talk_the_newest_is_shown(
    ada: Party, bikes: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customers, "SAID", 2)
    cast(ada, bikes)
    offer(bikes, ada)
    (theirs,) = ada.do(offers.list)["items"]
    for said in ("One.", "Two.", "Three."):
        ada.do(messages.write, theirs["id"], said)
    settle(ada, bikes)
    (customer,) = bikes.do(customers.list_all)["items"]
    shown = bikes.do(customers.show, customer["id"])
    assert [one["content"] for one in shown["messages"]] == ["Two.", "Three."]


def test_a_customer_is_found_by_their_address(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    (customer,) = bikes.do(customers.list_all)["items"] or [None]
    assert customer is not None
    assert bikes.do(customers.id_at, ada.iri) == customer["id"]
    assert bikes.do(customers.id_at, f"{ada.iri}x") is None


def test_what_was_offered_is_found_by_what_it_is_called(ada: Party, bikes: Party) -> None:
    cast(ada, bikes, name="Trekking bike")
    offer(bikes, ada, name="Linden 28", price=PRICE)
    for words in ("linden", "trekking linden", "28"):
        assert len(bikes.do(pipeline.show, search=words)["items"]) == 1, words
    assert bikes.do(pipeline.show, search="maple")["items"] == []
