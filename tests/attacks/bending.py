"""Bent activities, as Hypothesis draws them: what is done to a valid one, and doing it.

A bend is drawn without knowing the document: it names places by numbers, which count round and round over the
places that there are. So the same draws do the same to every document of a kind.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from hypothesis import strategies as st

from protocol.strictjson import Document
from protocol.vocabulary import PUBLIC

Place = tuple[str | int, ...]


class Form(StrEnum):
    """Whether a document is bent, or its bytes."""

    DOCUMENT = "document"
    BYTES = "bytes"


class Made(StrEnum):
    """What becomes of the proof, and of the signature over bent bytes."""

    ANEW = "anew"
    STALE = "stale"


class Signing(StrEnum):
    """How the request is signed."""

    ED25519 = "rfc9421 ed25519"
    RSA = "rfc9421 rsa"
    CAVAGE = "draft-cavage-12"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done to a document: `what` at one place, perhaps with another place or a value."""

    what: str
    place: int
    other: int
    value: Any


@dataclass(frozen=True, slots=True)
class Bent:
    """What is done to one activity, and how it is then proved and signed; without steps it is left alone."""

    kind: str
    form: Form
    steps: tuple[Step, ...]
    proof: Made
    signing: Signing
    is_ascii: bool

    def __str__(self) -> str:
        """Say it in a line."""
        steps = ", ".join(f"{s.what}({s.place}, {s.other}, {s.value!r:.60})" for s in self.steps)
        return f"{self.kind}: {steps or 'nothing'}; {self.form}, proof {self.proof}, {self.signing}"


# --- drawing ------------------------------------------------------------------------------------------------

ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**53, 2**63, 2**64, -(2**63)-1, 10**400, 0.1, -0.0, 1e308, float("nan"), "",
    " ", "\x00", "\ud800", "\ufffe", "\u202e", "\u200b", "é", "e\u0301", "\U0001f600", "__proto__", "null",
    "true", "-1", "1e9", "1E+999999999", "NaN", "Infinity", "0x10", "٣", "1.", "2249.00", "9" * 12, "9" * 13,
    "0.000001", "0.0000001", "P1M", "P", "P9999Y9999M", "PT1H", "2098-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2098-02-30T00:00:00Z", "2020-01-01T00:00:00+14:00",
    "EUR", "XXX", "JPY", "eur", "oneOff", "recurring", "month", "must", "one", PUBLIC, "as:Public", "Public",
    "https://evil.example/x", "http://127.0.0.1:1/x", "http://localhost/x", "https://[::1]/x", "ftp://x/",
    "urn:uuid:1", "_:b0", "#primary", "/x", "//x", "x" * 300, "x" * 3_000, "x" * 20_000,
    "https://a.example/" + "x" * 2_100, "Offer", "Accept", "Reject", "Undo", "Leave", "Create", "Update",
    "Delete", "Follow", "Move", "Announce", "Agreement", "Proposal", "Note", "Document", "Tombstone",
    "Person", "Question", "Collection", [], {}, [[]], [None], [{}], {"id":None}, {"@value":"1"},
    {"@id":"https://a.example/"}, {"@list":["x"]},
    {"@value":1,"@type":"http://www.w3.org/2001/XMLSchema#decimal"}, {"@graph":[]}, {"@set":[]}, ["x"] * 70,
    [0] * 2_000, dict.fromkeys(map(str,range(300))),
)  # fmt: skip
NAMES: Final = (
    "id", "type", "actor", "object", "to", "cc", "bcc", "audience", "context", "result", "target", "origin",
    "inReplyTo", "digestMultibase", "proof", "signature", "endTime", "startTime", "published", "updated",
    "name", "content", "contentMap", "nameMap", "summary", "attributedTo", "price", "salt", "parties",
    "supersedes", "offer", "noticePeriod", "additionalProperty", "stipulates", "stipulatesReciprocal",
    "satisfies", "resourceQuantity", "@id", "@type", "@context", "@graph", "@reverse", "@included", "@nest",
    "@value", "@language", "@index", "as:actor", "https://www.w3.org/ns/activitystreams#actor",
    "https://www.w3.org/ns/activitystreams#object", "https://w3id.org/valueflows/ont/vf#stipulates",
    "vf:satisfies", "sec:proof", "fh:price", "schema:price", "__proto__", "constructor", "", " ",
    "\u0430ctor", "ACTOR", "type\u200b", "x" * 1_000, "\x00", "\ud800", "_:b0",
)  # fmt: skip

_numbers: Final = st.integers(0, 10_000)
_values: Final = (
    st.sampled_from(ODD)
    | st.text(max_size=12)
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.recursive(st.none() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
)


def bends() -> st.SearchStrategy[Bent]:
    """Draw what is done to an activity; of which kind is not drawn, so that all have their turn."""
    documents = st.builds(Step, st.sampled_from(tuple(ON_DOCUMENTS)), _numbers, _numbers, _values)
    bytes_ = st.builds(Step, st.sampled_from(tuple(ON_BYTES)), _numbers, _numbers, st.integers(0, 255))
    # One in eight: bytes are hardly ever JSON any more once they are bent.
    of_documents = _drawn(Form.DOCUMENT, st.lists(documents, min_size=1, max_size=3))
    of_bytes = _drawn(Form.BYTES, st.lists(bytes_, min_size=1, max_size=3))
    return st.integers(1, 8).flatmap(lambda turn: of_bytes if turn == 8 else of_documents)


def _drawn(form: Form, steps: st.SearchStrategy[list[Step]]) -> st.SearchStrategy[Bent]:
    return st.builds(
        Bent,
        kind=st.just(""),
        form=st.just(form),
        steps=steps.map(tuple),
        proof=st.sampled_from(Made),
        # RSA takes ten times as long; one in four is enough to see that it makes no difference.
        signing=st.sampled_from((*[Signing.ED25519] * 6, Signing.RSA, Signing.CAVAGE)),
        is_ascii=st.booleans(),
    )


# --- doing --------------------------------------------------------------------------------------------------


def places(document: Any, before: Place = ()) -> list[Place]:
    """List every member and every element, in the order of the document."""
    found: list[Place] = []
    for key, inner in document.items() if isinstance(document, dict) else enumerate(document):
        found.append((*before, key))
        if isinstance(inner, dict | list):
            found += places(inner, (*before, key))
    return found


# Every so manieth bend may fall on the context: it has a third of all places, and is soon refused as a whole.
_IN_CONTEXT: Final = 12


def cloned(value: Any) -> Any:
    """Copy a JSON value; what stands in it twice is two things afterwards."""
    if isinstance(value, dict):
        return {name: cloned(inner) for name, inner in value.items()}
    return [cloned(inner) for inner in value] if isinstance(value, list) else value


def apply(step: Step, document: Document) -> Document:
    """Return a bent copy of a document; one that has no places left is returned as it is."""
    bent: Document = cloned(document)
    found = places(bent)
    if step.place % _IN_CONTEXT:
        found = [place for place in found if place[0] != "@context"]
    if not found:
        return bent
    place, other = found[step.place % len(found)], found[step.other % len(found)]
    ON_DOCUMENTS[step.what](bent, place, other, step)
    return bent


def holder(document: Any, place: Place) -> Any:
    """Return the object or list that a place is in."""
    for key in place[:-1]:
        document = document[key]
    return document


def _read(document: Any, place: Place) -> Any:
    return holder(document, place)[place[-1]]


def _write(document: Any, place: Place, value: Any) -> None:
    holder(document, place)[place[-1]] = value


def _drop(document: Any, place: Place, _other: Place, _step: Step) -> None:
    del holder(document, place)[place[-1]]


def _double(document: Any, place: Place, _other: Place, _step: Step) -> None:
    value = _read(document, place)
    _write(document, place, [value, cloned(value)])


def _put(document: Any, place: Place, _other: Place, step: Step) -> None:
    _write(document, place, cloned(step.value))


def _add(document: Any, place: Place, _other: Place, step: Step) -> None:
    inside = holder(document, place)
    if isinstance(inside, dict):
        inside[NAMES[step.other % len(NAMES)]] = cloned(step.value)
    else:
        inside.append(cloned(step.value))


def _rename(document: Any, place: Place, _other: Place, step: Step) -> None:
    inside = holder(document, place)
    if isinstance(inside, dict):
        inside[NAMES[step.other % len(NAMES)]] = inside.pop(place[-1])


def _respell(document: Any, place: Place, _other: Place, step: Step) -> None:
    """Write a member's name as other software does, or as none does."""
    inside, name = holder(document, place), place[-1]
    if isinstance(inside, dict):
        prefixes = ("https://www.w3.org/ns/activitystreams#", "as:", "@", "vf:", "https://schema.org/", "_")
        inside[prefixes[step.other % len(prefixes)] + str(name)] = inside.pop(name)


def _swap(document: Any, place: Place, other: Place, _step: Step) -> None:
    if place[: len(other)] != other and other[: len(place)] != place:
        one, two = _read(document, place), _read(document, other)
        _write(document, place, two)
        _write(document, other, one)


def _copy(document: Any, place: Place, other: Place, _step: Step) -> None:
    _write(document, place, cloned(_read(document, other)))


def _nest(document: Any, place: Place, _other: Place, step: Step) -> None:
    value = _read(document, place)
    forms: tuple[Callable[[Any], Any], ...] = (
        lambda v: [v], lambda v: [[v]], lambda v: {"@value": v}, lambda v: {"id": v}, lambda v: {"@id": v},
        lambda v: {"@list": [v]}, lambda v: {"type": "Object", "object": v}, lambda v: {"en": v},
        lambda v: [v, None],
    )  # fmt: skip
    _write(document, place, forms[step.other % len(forms)](value))


def _retype(document: Any, place: Place, _other: Place, step: Step) -> None:
    value = _read(document, place)
    forms: tuple[Callable[[Any], Any], ...] = (
        str, json.dumps, bool, lambda _: 7, lambda v: [*v] if isinstance(v, dict | str) else {"v": v},
        lambda v: float(len(str(v))), lambda v: dict(enumerate(v)) if isinstance(v, list) else [v],
    )  # fmt: skip
    _write(document, place, forms[step.other % len(forms)](value))


def _tweak(document: Any, place: Place, _other: Place, step: Step) -> None:
    """Change one letter of a text, or a number by one."""
    value = _read(document, place)
    if isinstance(value, str) and value:
        at = step.other % len(value)
        _write(document, place, value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :])
    elif isinstance(value, int | float):
        _write(document, place, value + 1)


def _stretch(document: Any, place: Place, _other: Place, step: Step) -> None:
    value = _read(document, place)
    if isinstance(value, str):
        _write(document, place, (value or "x") * (step.other % 120))
    elif isinstance(value, list):
        _write(document, place, [cloned(each) for each in value * (step.other % 80)])


def _deepen(document: Any, place: Place, _other: Place, step: Step) -> None:
    value = _read(document, place)
    for turn in range(step.other % 40):
        value = [value] if turn % 2 else {"object": value}
    _write(document, place, value)


def _case(document: Any, place: Place, _other: Place, _step: Step) -> None:
    value = _read(document, place)
    if isinstance(value, str):
        _write(document, place, value.swapcase())


ON_DOCUMENTS: Final[dict[str, Callable[[Any, Place, Place, Step], None]]] = {
    "drop": _drop, "double": _double, "put": _put, "put again": _put, "add": _add, "rename": _rename,
    "respell": _respell, "swap": _swap, "copy": _copy, "nest": _nest, "retype": _retype, "tweak": _tweak,
    "stretch": _stretch, "deepen": _deepen, "swap case": _case,
}  # fmt: skip
ON_BYTES: Final[dict[str, Callable[[bytes, int, Step], bytes]]] = {
    "flip": lambda b, at, step: b[:at] + bytes([b[at] ^ (1 << step.value % 8)]) + b[at + 1 :],
    "set": lambda b, at, step: b[:at] + bytes([step.value]) + b[at + 1 :],
    "insert": lambda b, at, step: b[:at] + bytes([step.value]) + b[at:],
    "cut out": lambda b, at, step: b[:at] + b[at + step.other % 40 :],
    "cut off": lambda b, at, _: b[: at + 1],
    "repeat": lambda b, at, step: b[:at] + b[at : at + step.other % 200] * 2 + b[at + step.other % 200 :],
    "quote": lambda b, at, step: b[:at] + (b'"', b"\\", b"{", b"[", b"}", b",")[step.other % 6] + b[at:],
}


def apply_to_bytes(step: Step, body: bytes) -> bytes:
    """Return bent bytes."""
    return ON_BYTES[step.what](body, step.place % len(body), step) if body else body


def write(document: Document, *, is_ascii: bool) -> bytes:
    """Write a document, whatever is in it: NaN, endless numbers and lone surrogates too."""
    text = json.dumps(document, ensure_ascii=is_ascii, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
