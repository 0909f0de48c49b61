"""Facts: what a profile says of a field that may be granted, and the answers that tell less than it says.

Rules that hold here:

- A field has a value only if the profile has one; of what is empty nothing is said.
- An answer is computed when it is asked for. That somebody is old enough is said without the day.
- What arises elsewhere, as in a wish, in a credential or while one is served, is no fact of the profile.

Sources: schema.org (Person, PostalAddress); `schemas/vocabularies/fields.json`.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import schemas
from protocol.disclosures import VALUE_LIMIT, VALUES_LIMIT, FactValue
from protocol.registries import FREEHOLD
from protocol.strictjson import Document

_ADDRESS: Final = ("streetAddress", "postalCode", "addressLocality", "addressCountry")
_AREA: Final = 2  # characters of a postcode


def field_names() -> dict[str, str]:
    """Return the fields that a profile can answer: by the name of each its IRI."""
    return {
        str(field["name"]): iri
        for iri, field in schemas.fields().items()
        if field["kind"] == "profile" or iri in _ANSWERS
    }


def name_of(iri: str) -> str:
    """Return how a field is called, such as `email`."""
    return str(schemas.fields()[iri]["name"])


def facts_of(profile: Document, wanted: Collection[str], *, now: datetime) -> dict[str, FactValue]:
    """Return what a profile says of these fields (IRIs), as far as it says something."""
    found = {iri: _fact(profile, iri, now) for iri in sorted(wanted)}
    return {iri: value for iri, value in found.items() if value is not None}


def _fact(profile: Document, iri: str, now: datetime) -> FactValue | None:
    field = schemas.fields().get(iri)
    if field is None:
        return None
    if field["kind"] == "profile":
        return _said(_at(profile, str(field["from"])))
    answer = _ANSWERS.get(iri)
    return None if answer is None else answer(profile, now)


def _at(profile: Document, pointer: str) -> Any:
    """Return what stands at a place of a profile; of several addresses the first counts."""
    found: Any = profile
    for member in pointer.removeprefix("/").split("/"):
        if isinstance(found, list):
            found = next((each for each in found if isinstance(each, dict)), None)
        if not isinstance(found, dict):
            return None
        found = found.get(member)
    return found


def _said(value: Any) -> FactValue | None:
    """Return a value as it is told: a text, or several of them; None if it is none."""
    if isinstance(value, list):
        texts = [text for each in value if (text := _text(each))][:VALUES_LIMIT]
        return texts[0] if len(texts) == 1 else texts or None
    return _text(value) or None


def _text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("@value", value.get("name"))
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()[:VALUE_LIMIT]


def _is_over(profile: Document, now: datetime, *, years: int) -> bool | None:
    born = _text(_at(profile, "/birthDate"))
    try:
        day = date.fromisoformat(born)
    except ValueError:
        return None
    today = now.date()
    age = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return age >= years


def _area(profile: Document, _now: datetime) -> str | None:
    return _text(_at(profile, "/address/postalCode"))[:_AREA] or None


def _has_address(profile: Document, _now: datetime) -> bool:
    return all(_text(_at(profile, f"/address/{member}")) for member in _ADDRESS)


_ANSWERS: Final[Mapping[str, Callable[[Document, datetime], FactValue | None]]] = MappingProxyType(
    {
        f"{FREEHOLD}ageOver16": partial(_is_over, years=16),
        f"{FREEHOLD}ageOver18": partial(_is_over, years=18),
        f"{FREEHOLD}ageOver21": partial(_is_over, years=21),
        f"{FREEHOLD}postcodeArea": _area,
        f"{FREEHOLD}hasDeliveryAddress": _has_address,
    }
)
