"""RFC 8785, by its published examples and against its reference implementation."""

import json
import math
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from protocol.canonical import canonicalise, digest, digest_of
from protocol.errors import Local

VECTORS = Path(__file__).parents[1] / "vectors"
JCS = VECTORS / "jcs"
NAMES = sorted(path.name for path in (JCS / "input").iterdir())

# Text that orders, escapes or encodes unusually: control characters, what JavaScript fears, both sides of the
# surrogates, beyond the basic plane.
CONTROLS = '\0\b\t\n\f\r\x1f "\\/\x7f\x80'
AWKWARD = f"{CONTROLS}\u00e9\u2028\u2029\ud7ff\ue000\ufb33\ufffd\uffff\U00010000\U0001f602\U0010ffff"
TEXT = st.text(st.sampled_from(AWKWARD) | st.characters(exclude_categories=["Cs"]), max_size=8)
SAFE = 2**53 - 1
NUMBERS = (
    st.integers(-SAFE, SAFE)
    | st.sampled_from([SAFE, -SAFE, 0, -0.0, 1e21, 1e-7, 5e-324, 0.1, 1e20, 123456.789, 9007199254740994.0])
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=16,
)


@pytest.mark.parametrize("name", NAMES)
def test_the_published_examples(name: str) -> None:
    document = json.loads((JCS / "input" / name).read_bytes())
    assert canonicalise(document) == (JCS / "output" / name).read_bytes()


def test_all_published_examples_are_here() -> None:
    assert len(NAMES) == 6
    assert sorted(path.name for path in (JCS / "output").iterdir()) == NAMES


def test_a_published_credential_is_canonicalised_as_by_the_reference() -> None:
    document = json.loads((VECTORS / "vc-di-eddsa" / "employmentAuth.json").read_bytes())
    assert canonicalise(document) == rfc8785.dumps(document)


@given(VALUES)
def test_it_equals_the_reference_implementation(document: Any) -> None:
    assert canonicalise(document) == rfc8785.dumps(document)


@given(
    st.floats(1e-9, 1e23)
    | st.floats(0, 2e-4, exclude_min=True)
    | st.decimals(-10_000, 10_000, places=6).map(float)
)
def test_every_float_is_written_as_the_reference_writes_it(number: float) -> None:
    assert canonicalise([number, -number]) == rfc8785.dumps([number, -number])


@given(st.dictionaries(TEXT, st.integers(-9, 9), min_size=2, max_size=8))
def test_names_are_ordered_by_utf_16_units(document: dict[str, int]) -> None:
    names = list(json.loads(canonicalise(document)))
    assert names == sorted(document, key=lambda name: name.encode("utf-16-be"))


@given(VALUES)
def test_canonicalising_twice_changes_nothing(document: Any) -> None:
    canonical = canonicalise(document)
    # As JavaScript reads it: every number is a double, 1e20 too, which is written like an integer.
    assert canonicalise(json.loads(canonical, parse_int=float)) == canonical


@pytest.mark.parametrize(
    "character", [chr(code) for code in [*range(0x20), 0x22, 0x5C, 0x7F, 0x2028, 0x2029]]
)
def test_each_awkward_character_is_escaped_as_in_the_reference(character: str) -> None:
    assert canonicalise({character: character}) == rfc8785.dumps({character: character})


class Colour(StrEnum):
    RED = "red"


def test_what_only_looks_like_json_is_written_as_what_it_is() -> None:
    document: Any = {"a": Colour.RED, "b": (1, 2)}
    assert canonicalise(document) == b'{"a":"red","b":[1,2]}'
    assert canonicalise({**document, "c": (1.0, 1.5)}) == b'{"a":"red","b":[1,2],"c":[1,1.5]}'


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        2**53,
        -(2**53),
        2**64,
        "\ud800",
        {"\udfff": 1},
        {1: "number"},
        {None: "null"},
        {"a": ...},
        [{"a": {1, 2}}],
        [b"bytes"],
    ],
    ids=repr,
)
def test_what_json_cannot_carry_is_our_own_mistake(value: Any) -> None:
    with pytest.raises(Local) as caught:
        canonicalise(value)
    assert caught.value.code == "not-canonicalisable"


@pytest.mark.parametrize("leaf", [1, 1.5])
def test_a_bottomless_document_is_refused(leaf: float) -> None:
    document: Any = leaf
    for _ in range(5_000):
        document = [document]
    with pytest.raises(Local):
        canonicalise(document)


def test_a_digest_is_a_multihash_in_base58() -> None:
    # SHA-256 of nothing, as every IPFS node knows it.
    assert digest(b"") == "zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"


def test_the_digest_of_a_document_is_that_of_its_canonical_form() -> None:
    assert digest_of({"b": 1, "a": "é"}) == digest('{"a":"é","b":1}'.encode())
    assert digest_of({"b": 1, "a": "e"}) != digest_of({"b": 1, "a": "é"})
