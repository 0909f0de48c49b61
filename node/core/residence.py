"""Residence: the country that somebody lives in, as far as their profile says, whose law they expect."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from unicodedata import normalize

import schemas
from protocol.registries import LOC, places


def country_of(profile: Mapping[str, Any]) -> str:
    """Return the country of a profile's addresses as an IRI of `registries.places`.

    It may be named by its code of ISO 3166-1 or by its name in English or German. "" if no address names one
    that is known, or if they name several.
    """
    found = {_country(said) for address in _things(profile.get("address")) for said in _texts(address)}
    return found.pop() if len(found) == 1 else ""


def _things(value: Any) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict))


def _texts(address: Mapping[str, Any]) -> Iterable[str]:
    said = address.get("addressCountry")
    for each in said if isinstance(said, list) else [said]:
        text = each.get("identifier") or each.get("name") if isinstance(each, dict) else each
        if isinstance(text, str) and text.strip():
            yield text.strip()


def _country(text: str) -> str:
    return _countries().get(normalize("NFC", text).casefold(), "")  # whatever typed it, an accent is one


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    """Return the countries by what they are called, in one case; a group of countries is none."""
    called: dict[str, str] = {}
    for iri, words in schemas.plain_words()["places"].items():
        if places().words[iri].bit_count() == 1:
            names = (iri.removeprefix(LOC), *(word.rpartition(" (")[0] for word in words.values()))
            called |= {name.casefold(): iri for name in names}
    return called
