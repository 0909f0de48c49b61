"""The words of what is wrong with a price list: in the reader's language, whatever it is and wherever."""

import re

import pytest

from node.core.advice import SENTENCES, Advice, Filling
from node.core.faults import LIMIT_TOLD, FaultPlace, Faults, FaultSpot, PlaceNoun, PriceListInvalid, SpotNoun
from node.web.pages.desk.fault_words import said
from node.web.pages.wording.languages import ENGLISH, GERMAN, PSEUDO, Language, Reader, reading

CELL = FaultSpot(SpotNoun.COLUMN, "Preis")


def refused(faults: Faults) -> PriceListInvalid:
    with pytest.raises(PriceListInvalid) as caught:
        faults.refuse()
    return caught.value


def told(faults: Faults, language: Language = GERMAN) -> list[str]:
    with reading(Reader(language=language, formal=True)):
        return said(refused(faults))


def filled(advice: Advice) -> dict[str, Filling]:
    """Return something for each hole of an advice."""
    return {name: "price" if name in {"column", "price"} else 7 for name in holes(SENTENCES[advice])}


def holes(sentence: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", sentence))


@pytest.mark.parametrize("advice", Advice)
def test_each_advice_is_english_as_programs_read_it_and_german(advice: Advice) -> None:
    faults = Faults()
    faults.add(FaultPlace(PlaceNoun.LINE, 2), CELL, advice, **filled(advice))
    assert told(faults, ENGLISH) == refused(faults).sentences
    (german,) = told(faults)
    assert german.startswith("Zeile 2, Spalte Preis: ")
    assert german.partition(": ")[2] != refused(faults).sentences[0].partition(": ")[2]
    (accented,) = told(faults, PSEUDO)
    assert accented.startswith("[")


def test_places_are_counted_and_named() -> None:
    faults = Faults()
    for number in range(2, 11):
        faults.add(FaultPlace(PlaceNoun.LINE, number), CELL, Advice.MEASURE)
    for number in (1, 3):
        faults.add(FaultPlace(PlaceNoun.ITEM, number), FaultSpot(SpotNoun.MEMBER, "sku"), Advice.LITERAL)
    faults.add(FaultPlace(PlaceNoun.ITEM, 4), FaultSpot(SpotNoun.PROPERTY, "2"), Advice.PROPERTY)
    faults.add(FaultPlace(PlaceNoun.LINE, 5), FaultSpot(SpotNoun.CHARACTER, "9"), Advice.JSON)
    faults.add(FaultPlace(PlaceNoun.LIST), FaultSpot(SpotNoun.OBJECT), Advice.MEMBER_TWICE)
    assert [sentence.partition(": ")[0] for sentence in told(faults)] == [
        "Zeilen 2, 3, 4, 5, 6 und 4 weiteren, Spalte Preis",
        "Artikel 1 und 3, Feld sku",
        "Artikel 4, Eigenschaft 2",
        "Zeile 5, Zeichen 9",
        "Die Liste, ein Objekt",
    ]
    assert [sentence.partition(": ")[0] for sentence in told(faults, ENGLISH)] == [
        sentence.partition(": ")[0] for sentence in refused(faults).sentences
    ]


@pytest.mark.parametrize(("more", "said_of_it"), [(1, "Und 1 weiterer Fehler"), (9, "Und 9 weitere Fehler")])
def test_what_is_not_told_is_counted(more: int, said_of_it: str) -> None:
    faults = Faults()
    for number in range(LIMIT_TOLD + more):
        faults.add(FaultPlace(PlaceNoun.LINE, 2), FaultSpot(SpotNoun.COLUMN, str(number)), Advice.MEASURE)
    sentences = told(faults)
    assert len(sentences) == LIMIT_TOLD + 1
    assert sentences[-1].startswith(said_of_it)
