"""Who stands behind a request or a document: the key must be one that the actor's own document lists.

Both questions may need the actor's document, so both are flows (see `flow`). Rules here:

- Only the actor's own document says which keys are the actor's. What the key's own document claims about its
  owner is never asked (KY-01).
- Key ids are compared whole, and a key under another origin than the actor's is refused before anything is
  fetched.
- An actor may have changed its keys since its document was cached: if no listed key fits, the document is
  fetched anew, once, and that answer is final.
- A key counts at the time its signature arrived, not at the time the signature claims (KY-11).

FEP-fe34 (origins); ActivityPub §B.1; FEP-8b32 and FEP-521a (`assertionMethod`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from protocol import codes, proofs, signatures
from protocol.actors import Actor, ActorKey, KeyPurpose
from protocol.canonical import canonicalise
from protocol.errors import Gone, NotFound, ProtocolError, Remote, Unauthenticated, Unprocessable
from protocol.flow import FetchActor, Flow
from protocol.iris import same_origin, without_fragment
from protocol.signatures import HttpSignature
from protocol.strictjson import Document

T = TypeVar("T")


def sender(signature: HttpSignature, *, actor: str | None) -> Flow[Actor]:
    """Find out who signed an HTTP request.

    With `actor`, the sender has to be that actor: the one named in the activity. Without, as for a GET, it is
    the actor whose document the key id points into, or who is served at the key id (as GoToSocial does).

    Raises:
        Unauthenticated: `key-foreign` (not of the actor's origin), `key-gone` (the actor does not exist any
            more), `key-unknown` (the actor cannot be read, or does not list the key), `key-expired`, or as
            `signatures.check`.
    """
    if not same_origin(signature.key_id, signature.key_id if actor is None else actor):
        raise Unauthenticated(codes.KEY_FOREIGN)
    iri = without_fragment(signature.key_id) if actor is None else actor
    known = yield from _fetch_sender(iri)
    return (yield from _twice(known, iri, lambda candidate: _check_sender(candidate, signature, actor)))


def author(
    document: Document,
    *,
    actor: Actor,
    now: datetime,
    write: proofs.Writer = canonicalise,
    unsecured: bytes | None = None,
) -> Flow[ActorKey]:
    """Find out with which of the actor's keys a document that arrived `now` was signed.

    `write` writes the canonical form of its parts; `unsecured` is that of all but its proof, if it is known.

    Raises:
        Unprocessable: `proof-required`, or `proof-invalid` if the proof is not by a key that the actor makes
            assertions with, was made in the future, or does not fit the document.
    """
    proof = proofs.read(document)
    proofs.check_created(proof, now=now)
    if not same_origin(proof.verification_method, actor.iri):
        raise Unprocessable(
            codes.PROOF_INVALID, "The key of the proof does not belong to the origin of the actor."
        )

    def check(candidate: Actor) -> ActorKey:
        key = _own_key(candidate, proof.verification_method, KeyPurpose.ASSERTION)
        if candidate.iri != actor.iri or key is None or _has_expired(key, now):
            raise Unprocessable(
                codes.PROOF_INVALID, "The actor makes no assertions with the key of the proof."
            )
        proofs.check_signature(proof, document, key.key, write=write, unsecured=unsecured)
        return key

    return (yield from _twice(actor, actor.iri, check))


def _twice(known: Actor, iri: str, check: Callable[[Actor], T]) -> Flow[T]:
    """Check against the actor as it is known, and if that fails, once more as its server describes it now."""
    try:
        return check(known)
    except Remote as failure:
        first = failure
    try:
        renewed = yield FetchActor(iri, refresh=True)
    except ProtocolError:
        raise first from None
    return check(renewed)


def _fetch_sender(iri: str) -> Flow[Actor]:
    try:
        return (yield FetchActor(iri))
    except (Gone, NotFound) as gone:
        raise Unauthenticated(codes.KEY_GONE) from gone
    except ProtocolError as error:
        raise Unauthenticated(codes.KEY_UNKNOWN, f"The key's actor cannot be read. {error.detail}") from error


def _check_sender(candidate: Actor, signature: HttpSignature, expected: str | None) -> Actor:
    key = _own_key(candidate, signature.key_id, KeyPurpose.HTTP)
    if key is None or expected not in (None, candidate.iri):
        raise Unauthenticated(codes.KEY_UNKNOWN)
    if _has_expired(key, signature.received):
        raise Unauthenticated(codes.KEY_EXPIRED)
    signatures.check(signature, key.key)
    return candidate


def _own_key(candidate: Actor, key_id: str, purpose: KeyPurpose) -> ActorKey | None:
    key = candidate.key(key_id, purpose)
    return key if key is not None and key.owner == candidate.iri else None


def _has_expired(key: ActorKey, moment: datetime) -> bool:
    return key.expires is not None and key.expires <= moment
