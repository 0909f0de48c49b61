"""Object integrity proofs: a signature inside a document, which stays valid wherever the document goes.

One profile and nothing else: one `DataIntegrityProof` of the suite eddsa-jcs-2022 with the purpose
`assertionMethod`. Rules here:

- a proof is read from the document as parsed, before any compaction, because the JCS bytes are what was
  signed;
- a member this profile does not know is refused, not skipped: `expires`, `domain`, `challenge`, `nonce` and
  `previousProof` each narrow what the signer meant, so a reader that ignores them would claim too much;
- the proof's `@context` must be the document's. The suite would let the document's be longer, but a context
  added after signing can redefine a term that was signed. A proof without `@context` is tried as it stands,
  then once more with the document's: both are signed in the wild. Whoever forwards a document can therefore
  drop the copy in its proof. That changes nothing it says, but its digest;
- `created` is required: a document that is to serve as evidence says when it was signed.

Verifiable Credential Data Integrity 1.0; Data Integrity EdDSA Cryptosuites 1.0 §3.3; FEP-8b32.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from protocol import codes, multibase
from protocol.canonical import canonicalise
from protocol.errors import Local, Unprocessable
from protocol.keys import Algorithm, PrivateKey, PublicKey
from protocol.strictjson import Document, Json
from protocol.times import read_time, render_time
from protocol.values import dataclass

_TYPE = "DataIntegrityProof"
_CRYPTOSUITE = "eddsa-jcs-2022"
_PURPOSE = "assertionMethod"
_REQUIRED = frozenset({"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"})
MEMBERS: Final = _REQUIRED | {"@context"}
# What other proofs have, to be named where it is refused.
_NARROWING: Final = frozenset({"id", "expires", "domain", "challenge", "nonce", "previousProof"})
_SIGNATURE_BYTES = 64
_LIMIT_CHARACTERS = 1 + 88  # "z", then 64 bytes in base58 are 64 to 88 characters
_CLOCK_SKEW = timedelta(seconds=120)  # clocks of honest peers differ; the same allowance as for expiry

Writer: TypeAlias = Callable[[Json], bytes]
"""Writes the canonical form of a document: `canonicalise`, or what does the same and knows more about it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that is well formed; who made it and whether it is valid is not known yet."""

    verification_method: str
    created: datetime
    signature: bytes


def attach(document: Document, *, key: PrivateKey, verification_method: str, created: datetime) -> Document:
    """Return a copy of the document with a proof made by `key`, which readers find at `verification_method`.

    `created` is aware and kept to the second. The document's `@context` is repeated in the proof, as
    FEP-8b32 asks.

    Raises:
        Local: the document has a proof already, or the key is not an Ed25519 key.
    """
    if "proof" in document:
        raise Local(codes.ALREADY_PROVED)
    if key.algorithm is not Algorithm.ED25519:
        raise Local(codes.WRONG_KEY, "Proofs are made with Ed25519 keys only.")
    options: Document = {
        "type": _TYPE,
        "cryptosuite": _CRYPTOSUITE,
        "created": render_time(created.replace(microsecond=0)),
        "verificationMethod": verification_method,
        "proofPurpose": _PURPOSE,
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    signature = key.sign(hash_input(options, document))
    return {**document, "proof": {**options, "proofValue": multibase.encode(signature)}}


def read(document: Document) -> Proof:
    """Read the document's one proof and refuse every shape outside the profile.

    Raises:
        Unprocessable: `proof-required` if there is none, `proof-invalid` otherwise.
    """
    if "proof" not in document:
        raise Unprocessable(codes.PROOF_REQUIRED)
    proof = document["proof"]
    if not isinstance(proof, dict):
        raise _invalid("The document does not have exactly one proof, as an object and not in a list.")
    if not proof.keys() >= _REQUIRED:
        raise _invalid(f"The proof lacks {', '.join(sorted(_REQUIRED.difference(proof)))}.")
    if not proof.keys() <= MEMBERS:
        named = sorted(_NARROWING.intersection(proof))
        also = f" ({', '.join(named)})" if named else ""
        raise _invalid(f"The proof has a member that this node does not take{also}.")
    if (proof["type"], proof["cryptosuite"], proof["proofPurpose"]) != (_TYPE, _CRYPTOSUITE, _PURPOSE):
        raise _invalid("The proof is not an eddsa-jcs-2022 proof made to assert something.")
    if "@context" in proof and ("@context" not in document or proof["@context"] != document["@context"]):
        raise _invalid("The proof was made for another context than the document has.")
    if not isinstance(proof["verificationMethod"], str):
        raise _invalid("The proof does not name one key.")
    return Proof(
        verification_method=proof["verificationMethod"],
        created=_read_created(proof["created"]),
        signature=_read_signature(proof["proofValue"]),
    )


def check(document: Document, key: PublicKey) -> None:
    """Check that the holder of `key` signed this document as it stands.

    Whether the key is the author's is a question for `verification.author`.

    Raises:
        Unprocessable: as `read`, and `proof-invalid` if the signature does not fit.
    """
    check_signature(read(document), document, key)


def check_signature(
    proof: Proof,
    document: Document,
    key: PublicKey,
    *,
    write: Writer = canonicalise,
    unsecured: bytes | None = None,
) -> None:
    """Check a document as `check` does, given the proof that was read from it.

    `unsecured` is the canonical form of the document without its proof, if that is known.

    Raises:
        Unprocessable: `proof-invalid` if the signature does not fit.
    """
    if key.algorithm is not Algorithm.ED25519:
        raise _invalid("The key named by the proof is not an Ed25519 key.")
    if not any(key.verifies(proof.signature, message) for message in _messages(document, write, unsecured)):
        raise _invalid("The signature in the proof does not fit the document.")


def check_created(proof: Proof, *, now: datetime) -> None:
    """Check that a proof arriving `now` was not made in the future; its age is for the terms to judge.

    Raises:
        Unprocessable: `proof-invalid`.
    """
    if proof.created > now + _CLOCK_SKEW:
        raise _invalid("The proof claims to have been made in the future.")


def hash_input(options: Document, unsecured: Document) -> bytes:
    """Compute the 64 bytes that are signed: SHA-256 of the canonical options, then of the canonical document.

    `options` is the proof without its `proofValue`, `unsecured` the document without its proof (EdDSA
    §3.3.4).
    """
    return _hash(canonicalise(options)) + _hash(canonicalise(unsecured))


def _messages(document: Document, write: Writer, unsecured: bytes | None) -> Iterator[bytes]:
    if unsecured is None:
        unsecured = write({name: value for name, value in document.items() if name != "proof"})
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    about = _hash(unsecured)
    yield _hash(write(options)) + about
    if "@context" not in options and "@context" in document:
        yield _hash(write({**options, "@context": document["@context"]})) + about


def _hash(form: bytes) -> bytes:
    return hashlib.sha256(form).digest()


def _read_created(text: Json) -> datetime:
    try:
        return read_time(text)
    except Unprocessable as error:
        raise _invalid("The proof does not say when it was made, such as 2026-05-04T12:08:00Z.") from error


def _read_signature(text: Json) -> bytes:
    if not isinstance(text, str):
        raise _invalid("The proof has no signature.")
    try:
        signature = multibase.decode(text, limit_characters=_LIMIT_CHARACTERS)
    except ValueError as error:
        raise _invalid("The signature in the proof is not written in base58btc multibase.") from error
    if len(signature) != _SIGNATURE_BYTES:
        raise _invalid("The signature in the proof is not 64 bytes long.")
    return signature


def _invalid(detail: str) -> Unprocessable:
    return Unprocessable(codes.PROOF_INVALID, detail)
