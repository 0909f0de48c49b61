"""Arrivals: a document as it counts here, out of the bytes it came in.

Rules that hold here:

- The Linked Data Signature of 2017 (`signature`) that some servers add to what they send is taken off before
  anything else. It is never verified; a proof beside it was made before it was added; and the digest of an
  activity has to come out the same for its author, who need not know that it was added.
- Whether a document has one meaning (`strictjson`), which bytes are its canonical form (`canonical`) and
  whether its keys are the plain ones (`jsonld`) are three questions, and each has a walk of its own. What is
  written as most software writes it and made as nearly all activities are, `_read_usual` recognises in one
  walk that answers all three. It never refuses: whatever it does not recognise takes the three walks, so both
  ways give the same document, the same bytes and the same errors (held by a property test).

- Nobody has signed anything yet when this is read: how long it takes is bounded by the bytes. So there is a
  bound to how many objects and lists they make, since a walk costs most where each takes two bytes.

Sources: FEP-8b32 (what a proof covers), Fedify (adds one to every activity, after the proof), RFC 8785.
"""

from hashlib import sha256
from typing import Any, Final

import orjson

from protocol import canonical, codes, jsonld, strictjson
from protocol.contexts import NOWHERE
from protocol.errors import Malformed
from protocol.jsonld import NAMING, OURS
from protocol.proofs import MEMBERS as PROOF_MEMBERS
from protocol.strictjson import LIMIT_DEPTH, LIMIT_NUMBER, Document, Json
from protocol.values import dataclass
from protocol.vocabulary import USUAL_CONTEXTS

LIMIT_PARTS: Final = 8_192  # objects and lists; the longest terms have some hundreds
_LINKED_DATA_SIGNATURE: Final = "signature"

_ANNOTATIONS: Final = frozenset({"@context", "proof", _LINKED_DATA_SIGNATURE})
_TEXTS: Final = (
    OURS - NAMING - _ANNOTATIONS
)  # whose strings are just that: half of what a document is made of
# Below the deepest object there is room for a proof and the context in it: a list of objects of objects.
_DEEPEST: Final = LIMIT_DEPTH - 4

# In the canonical form our context is a third of an activity, and once more a third in its proof. While the
# rest is read, a mark stands for it. No text can hold the member unescaped, but the end of another member's
# name can look like its own name.
_CONTEXT: Final = b'"@context":' + canonical.WRITTEN_CONTEXT
_ANCHOR: Final = _CONTEXT[: _CONTEXT.index(b"[") + 1]  # what is short is found sooner
_MARKED: Final = "^"
_MARK: Final = b'"@context":"^"'
_LOOKALIKE: Final = b'\\"@context"'
_PROOF: Final = b',"proof":'

# The last characters of the basic plane, among them two that text must not contain, and each escape by a
# number: rare, and not worth telling apart here.
_END_OF_BASIC_PLANE: Final = b"\xef\xbf"
_NUMBERED_ESCAPE: Final = b"\\u"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What arrived: `document` as parsed, and its `canonical` form where reading it has given that already.

    `sha256` is that of the bytes as they came. Treat the document as read-only.
    """

    document: Document
    sha256: bytes
    canonical: bytes | None = None
    came_canonical: bool = False

    @property
    def reading(self) -> Document:
        """The document with our plain keys.

        Raises:
            Unprocessable: as `jsonld.read`.
        """
        return jsonld.read(self.document) if self.canonical is None else self.document

    @property
    def digest(self) -> str:
        """The digestMultibase of the document, its proof included."""
        if self.came_canonical:
            return canonical.name(self.sha256)
        form = self.canonicalise(self.document) if self.canonical is None else self.canonical
        return canonical.digest(form)

    @property
    def unsecured(self) -> bytes | None:
        """The canonical form of the document without its proof, where that can be cut out of the whole."""
        whole = self.canonical
        if whole is None or "proof" not in self.document or whole.startswith(b'{"proof"'):
            return None
        start = whole.find(_PROOF)
        if start != whole.rfind(_PROOF):  # the document's own, or that of an object in it
            return None
        end = start + len(_PROOF) + len(canonical.write_plain(self.document["proof"]))
        return whole[:start] + whole[end:]

    def canonicalise(self, part: Json) -> bytes:
        """Write something that is made of members of the document in its canonical form."""
        return canonical.canonicalise(part) if self.canonical is None else canonical.write_plain(part)


def read(body: bytes, *, limit_bytes: int = strictjson.LIMIT_BYTES) -> Arrival:
    """Parse what arrived.

    Raises:
        Malformed, TooLarge: as `strictjson.parse`; Malformed `too-many-parts`, counted in texts, too.
    """
    if len(body) <= limit_bytes and body.count(b"[") + body.count(b"{") > LIMIT_PARTS:
        raise Malformed(codes.TOO_MANY_PARTS)
    usual = _read_usual(body) if len(body) <= limit_bytes else None
    if usual is not None:
        return usual
    document = bare(strictjson.parse(body, limit_bytes=limit_bytes))
    return Arrival(document, sha256(body).digest())


def bare(document: Document) -> Document:
    """Return the document without the part that nobody here verifies; the same object if it has none."""
    if _LINKED_DATA_SIGNATURE not in document:
        return document
    return {name: value for name, value in document.items() if name != _LINKED_DATA_SIGNATURE}


def _read_usual(body: bytes) -> Arrival | None:
    """Read a document that is written and made in the usual way; None for any other, right or wrong.

    Bytes that come out again when what was read is written are compact JSON in which no member name stands
    twice: of two, one would be missing.
    """
    # Looking for one byte costs next to nothing, and most bodies have neither.
    if (b"\\" in body and (_NUMBERED_ESCAPE in body or _LOOKALIKE in body)) or _MARK in body:
        return None
    if b"\xef" in body and _END_OF_BASIC_PLANE in body:
        return None
    text = _mark_contexts(body)
    try:
        document = orjson.loads(text)
        form = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        is_form = form == text
        written = is_form or orjson.dumps(document) == text
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    if not written or type(document) is not dict or not _is_usual(document):
        return None
    return Arrival(
        document, sha256(body).digest(), body if is_form else form.replace(_MARK, _CONTEXT), is_form
    )


def _mark_contexts(body: bytes) -> bytes:
    """Return the text with a mark for each context that is ours to the letter."""
    first, *others = body.split(_ANCHOR)
    rest = len(_CONTEXT) - len(_ANCHOR)
    parts = [first]
    for part in others:
        is_ours = part[:rest] == _CONTEXT[len(_ANCHOR) :]
        parts += (_MARK, part[rest:]) if is_ours else (_ANCHOR, part)
    return b"".join(parts)


def _is_usual(document: Document) -> bool:
    """Tell whether a document, and all in it, is plain for all who would look at it.

    Its names are of ASCII, so their order is the same by code points and by UTF-16 units (RFC 8785 §3.2.3).
    """
    objects = [(document, 1)]
    for node, depth in objects:  # grows while it is walked
        if depth > _DEEPEST:
            return False
        for name, value in node.items():
            if type(value) is str and (name in _TEXTS or (name == "type" and ":" not in value)):
                continue
            if name in _ANNOTATIONS:
                if not _is_usual_annotation(node, name, value):
                    return False
            elif not _is_usual_member(name, value, depth, objects):
                return False
    return True


def _is_usual_member(name: str, value: Any, depth: int, objects: list[tuple[Document, int]]) -> bool:
    """Tell that of a member of an object at this depth; the objects in it are added, to be looked at next."""
    if name not in OURS and (":" in name or name.startswith("@") or not name.isascii()):
        return False
    for member in value if type(value) is list else (value,):
        if type(member) is dict:
            objects.append((member, depth + 2))  # as if each stood in a list
        elif (type(member) is not str or name in NAMING) and not _is_usual_value(name, member):
            return False
    return True


def _is_usual_value(name: str, value: Any) -> bool:
    kind: object = type(value)
    if kind is str:
        return name not in NAMING or not (value.startswith(NOWHERE) or (name == "type" and ":" in value))
    # A number with a fraction can be written in many ways.
    return (kind is int and abs(value) <= LIMIT_NUMBER) or kind is bool or value is None


def _is_usual_annotation(node: Document, name: str, value: Any) -> bool:
    if name == "@context":
        return _is_usual_context(node, value)
    return name == "proof" and type(value) is dict and _is_usual_proof(value)


def _is_usual_context(node: Document, context: Any) -> bool:
    """Tell that of an object's context, and put ours where a mark stands for it."""
    if context == _MARKED:
        node["@context"] = canonical.READ_CONTEXT
        return True
    return context in USUAL_CONTEXTS


def _is_usual_proof(proof: Document) -> bool:
    if not proof.keys() <= PROOF_MEMBERS:
        return False
    for name, value in proof.items():
        if not (_is_usual_context(proof, value) if name == "@context" else type(value) is str):
            return False
    return True
