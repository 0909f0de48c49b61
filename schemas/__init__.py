"""The contract as files: contexts, shapes, tables, vocabulary, examples, read where they are installed.

Rules that hold here: nothing but files beside this one and a JSON parser; nothing of ours is imported;
nothing is fetched. Whoever changes what is returned changes it for every reader, so treat it as read-only.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One document of the protocol by its file name, `valid` or breaking the one rule its name tells."""

    name: str
    valid: bool
    document: dict[str, Any]


@lru_cache(maxsize=1)
def contexts() -> dict[str, str]:
    """Map the IRI of every context shipped to its file name in `schemas/contexts`."""
    return dict(_json(_folder("contexts") / "index.json"))


@lru_cache(maxsize=64)  # more than there are files: each is parsed once
def context(iri: str) -> dict[str, Any]:
    """Return the JSON-LD context document published at `iri`, as frozen with this release.

    Raises:
        KeyError: no context of that IRI is shipped; it is never fetched instead.
    """
    return dict(_json(_folder("contexts") / contexts()[iri]))


def shapes(name: str) -> str:
    """Return the SHACL shapes for one kind of document, in Turtle.

    All but `profile` build on those of `terms`; parse what is needed into one graph.

    Raises:
        FileNotFoundError: there are no shapes of that name.
    """
    return (_folder("shapes") / f"{name}.ttl").read_text(encoding="utf-8")


def examples() -> list[Example]:
    """Read every example, the valid ones first, each group by name."""
    read = [
        Example(entry.name.removesuffix(".jsonld"), folder == "valid", _json(entry))
        for folder in ("valid", "invalid")
        for entry in _files(f"examples/{folder}", ".jsonld")
    ]
    return sorted(read, key=lambda example: (not example.valid, example.name))


@lru_cache(maxsize=1)
def currencies() -> dict[str, dict[str, Any]]:
    """Map ISO 4217 codes to `{"item": Wikidata IRI, "minor_units": decimals, "name": English name}`."""
    return dict(_json(_folder("currencies.json")))


@lru_cache(maxsize=1)
def units() -> dict[str, dict[str, Any]]:
    """Map UN/CEFACT codes to `{"om", "symbols", "names", "kind", "factor"}`; a factor is `n` or `n/d`."""
    return dict(_json(_folder("units.json")))


@lru_cache(maxsize=1)
def organizations() -> frozenset[str]:
    """Return the types that schema.org has below Organization."""
    return frozenset(_json(_folder("organizations.json")))


@lru_cache(maxsize=1)
def members() -> frozenset[str]:
    """Return the names of schema.org's properties, as far as this release knows them."""
    return frozenset(_json(_folder("members.json")))


@lru_cache(maxsize=1)
def closure() -> dict[str, dict[str, list[str]]]:
    """Return `{"purposes": {purpose: all broader ones}, "places": {country or group: its countries}}`."""
    return dict(_json(_folder("vocabularies/closure.json")))


@lru_cache(maxsize=1)
def fields() -> dict[str, dict[str, Any]]:
    """Map the IRI of each field a policy may name to `{"name", "from", "category", "kind", "label"}`."""
    return dict(_json(_folder("vocabularies/fields.json")))


@lru_cache(maxsize=1)
def categories() -> dict[str, dict[str, str]]:
    """Map the IRI of each coarse category of what is wanted to its label in every language, `en` and `de`."""
    return dict(_json(_folder("vocabularies/intention-categories.json")))


@lru_cache(maxsize=1)
def roster() -> dict[str, dict[str, str]]:
    """Map the name of each entry of the roster to `{"id", "digest"}`."""
    return dict(_json(_folder("vocabularies/roster/index.json")))


@lru_cache(maxsize=16)  # more than there are
def roster_entry(name: str) -> dict[str, Any]:
    """Return an entry of the roster as it is published: id, version, summary, and the most that it allows.

    Raises:
        KeyError: no entry of that name is shipped.
    """
    if name not in roster():
        raise KeyError(name)
    return dict(_json(_folder(f"vocabularies/roster/{name}.json")))


@lru_cache(maxsize=1)
def plain_words() -> dict[str, Any]:
    """Return the words of plain texts, edition 1: sentences, and a word for each thing a policy speaks of.

    In `sentences`, `actions`, `fields`, `purposes` and `places` each has one for every language. They are
    frozen: what was signed has to come out alike for ever, so a better word is one of the next edition.
    """
    return dict(_json(_folder("vocabularies/plain-words-1.json")))


def vocabulary() -> str:
    """Return the definitions of our own terms, in Turtle."""
    return _folder("vocabulary.ttl").read_text(encoding="utf-8")


def _folder(path: str) -> Path:
    return Path(__file__).parent / path


def _files(path: str, ending: str) -> Iterator[Path]:
    return (entry for entry in _folder(path).iterdir() if entry.name.endswith(ending))


def _json(entry: Path) -> Any:
    return json.loads(entry.read_bytes())
