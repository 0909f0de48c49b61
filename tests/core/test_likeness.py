"""Whether a thing on a list is what is wanted: alike is offered, anything else waits for a person."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.items import Item
from node.core.likeness import called, is_like, wanted_by
from protocol.specifications import Property


def thing(name: str, *words: str, **properties: str) -> Item:
    stated = tuple(Property(property, value) for property, value in properties.items())
    return Item("s", name, Decimal(1), "EUR", Decimal(1), lead_days=0, properties=stated, words=words)


def alike(wanted: str, item: Item) -> bool:
    read = wanted_by(wanted)
    return read is not None and is_like(read, item)


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Bike", "Bike"),
        ("A touring bike", "Touring bike Linden"),
        ("touring bikes", "Touring Bike Linden"),
        ("A touring bike for long tours, used", "Touring bike Ahorn, 28 inch"),
        ("Touring bike", "Bike"),  # called by nothing else
        ("Bike", "Children's bike"),
        ("Blue touring bike", "Touring bike Linden, blue"),
        ("Bike helmet", "Helmet, bike"),
        ("Helmet", "Helmet for bikes"),
        ("Ein Rasenmäher", "Rasenma\u0308her Max 3000"),
        ("Tourenrad", "Tourenrad Linde"),
        ("vélo", "Vélo de randonnée"),
        ("bicicleta", "BICICLETA"),
        ("साइकिल", "साइकिल लाल"),
        ("(used) bikes", "Bike"),
        ("The Glass", "Glasses"),
        ("E-Bike", "e bike"),
        ("Lot 12", "Lot"),
        ("A phone 15", "Phone 15 Pro 128"),
        ("4711", "4711"),
        ("batteries", "Battery AA"),
    ],
)
def test_what_is_called_so_is_alike(wanted: str, name: str) -> None:
    assert alike(wanted, thing(name))


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Lawn mower", "Touring bike Linden"),
        ("Bike", "Bike light"),
        ("Touring bike", "Touring bike bag Linden"),
        ("Bike helmet", "Bike"),
        ("Bike", "Rack for touring bikes"),
        ("Bike", "Helmet, bike"),
        ("Bike", "Light (bike)"),
        ("Trekking bike", "City bike"),
        ("Water pump", "Heat pump"),
        ("A bicycle", "Bike"),
        ("???", "???"),
        ("", "Bike"),
        ("the", "the"),
        ("Bike", "\u2013"),
        ("Anything", "Bike"),
        ("Phone 15", "Phone 14 Pro"),
        ("Phone 15", "Tablet 15"),
    ],
)
def test_what_is_called_otherwise_waits_for_a_person(wanted: str, name: str) -> None:
    assert not alike(wanted, thing(name))


def test_words_that_a_list_gives_are_all_that_counts() -> None:
    bike = thing("Linden 28", "touring bike", "bicycle", "Tourenrad")
    for wanted in ("Touring bike", "A bike", "bicycle", "Tourenräder", "tourenrad"):
        assert alike(wanted, bike) == (wanted != "Tourenräder")
    bag = thing("Touring bike bag", "pannier")
    assert not alike("Touring bike", bag)
    assert not alike("Touring bike bag", bag)
    assert alike("Panniers", bag)


def test_properties_say_which_but_not_what() -> None:
    bike = thing("Bike", colour="blue")
    assert alike("Blue bike", bike)
    assert not alike("Blue", bike)


def test_all_that_a_thing_is_called_is_found_by_what_it_is() -> None:
    assert {found.kind for found in called("Touring bike Linden", ())} == {"bike", "linden"}
    assert {found.kind for found in called("Linden", ("touring bikes", "…"))} == {"bike"}


@given(
    wanted=st.text(max_size=40),
    name=st.text(min_size=1, max_size=40),
    words=st.lists(st.text(max_size=20), max_size=3),
)
def test_no_text_makes_it_fail_and_what_is_alike_is_found_by_its_kind(
    wanted: str, name: str, words: list[str]
) -> None:
    read, item = wanted_by(wanted), thing(name, *words)
    if read is not None and is_like(read, item):
        assert read.kind in {found.kind for found in called(name, words)}
