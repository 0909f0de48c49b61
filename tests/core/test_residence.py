"""The country that somebody lives in is the one that their addresses name, if they name one."""

from typing import Any
from unicodedata import normalize

import pytest

from node.core.residence import country_of
from protocol.registries import LOC


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("CH", "CH"),
        ("ch", "CH"),
        (" Switzerland ", "CH"),
        ("Schweiz", "CH"),
        ({"@type": "Country", "name": "Austria"}, "AT"),
        ({"@type": "Country", "identifier": "AT"}, "AT"),
        (["AT", "Österreich"], "AT"),
        (normalize("NFD", "Österreich"), "AT"),  # as some keyboards and files write it
        ("EU27", ""),  # a group of countries has no law
        ("Atlantis", ""),
        ("", ""),
        (None, ""),
        (41, ""),
        ([[]], ""),
    ],
)
def test_a_country_is_read_by_its_code_or_its_name(said: Any, country: str) -> None:
    profile = {"address": {"@type": "PostalAddress", "addressCountry": said}}
    assert country_of(profile) == (country and LOC + country)


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ([{"addressCountry": "CH"}, {"addressCountry": "Schweiz"}, {"postalCode": "8000"}], "CH"),
        ([{"addressCountry": "CH"}, {"addressCountry": "AT"}], ""),
        ([{"addressCountry": "CH"}, {"addressCountry": "Atlantis"}], ""),
        ("Bahnhofstrasse 1, Zürich", ""),
        ([], ""),
    ],
)
def test_who_names_several_countries_lives_in_none_that_is_known(address: Any, country: str) -> None:
    assert country_of({"address": address}) == (country and LOC + country)
    assert country_of({}) == ""
