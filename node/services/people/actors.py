"""Local actors: made on first start, shown to the network, given new keys.

Rules that hold here:

- The server actor (FEP-d556, FEP-2677) signs what the node asks on its own behalf, such as another actor's
  keys. It never acts for an owner.
- A key on its way out stays published for a week with its end, so that what it began can be concluded; a
  revoked key is gone at once.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from node.core import codes
from node.core.drafts import view_time
from node.core.identities import Identity
from node.core.publications import Publication
from node.core.term_settings import read_term_settings
from node.services.acting import Acting, LocalActor, SigningKey
from node.services.describing import update
from node.services.ledger.recording import publish
from node.storage import actors, profiles
from node.storage.actors import ActorRow, KeyRow
from node.storage.fanouts import Audience
from node.storage.session import Session
from node.storage.term_settings import load_term_settings
from protocol.actors import Actor, ActorKey, ActorKind, KeyPurpose, Statement
from protocol.errors import NotFound
from protocol.iris import origin as origin_of
from protocol.keys import Algorithm, PrivateKey, read_private_pem
from protocol.strictjson import Document
from protocol.values import dataclass
from protocol.vocabulary import PUBLIC

Generate = Callable[[Algorithm], PrivateKey]

# Long enough for a weekend's offers to be accepted and countersigned.
GRACE = timedelta(days=7)

_PURPOSES = {
    Algorithm.RSA: frozenset({KeyPurpose.HTTP.value}),
    Algorithm.ED25519: frozenset({KeyPurpose.HTTP.value, KeyPurpose.ASSERTION.value}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """The actor a node is set up for."""

    handle: str
    name: str
    kind: ActorKind


def ensure(session: Session, newcomer: Newcomer, *, origin: str, now: datetime, generate: Generate) -> None:
    """Make the server actor, and an owner's if none lives here yet. Call inside a write."""
    kinds = [row.kind for row in actors.list_actors(session)]
    if ActorKind.APPLICATION not in kinds:
        host = urlsplit(origin).hostname or "node"
        row = ActorRow(f"{origin}/actor", host, ActorKind.APPLICATION.value, host, "", now)
        move_in(session, row, generate=generate)
    if all(kind == ActorKind.APPLICATION for kind in kinds):
        iri = f"{origin}/actors/{newcomer.handle}"
        row = ActorRow(iri, newcomer.handle, newcomer.kind.value, newcomer.name, "", now)
        move_in(session, row, generate=generate)


def move_in(session: Session, row: ActorRow, *, generate: Generate) -> None:
    """Add an actor, with keys of its own. Call inside a write."""
    actors.save_actor(session, row)
    for algorithm, key in make_keys(generate).items():
        _add_key(session, row.iri, algorithm, key, now=row.created_at)


def identity(session: Session) -> Identity | None:
    """Return who the node is, None before it was set up."""
    owners = [row for row in actors.list_actors(session) if row.kind != ActorKind.APPLICATION]
    if not owners:
        return None
    first = owners[0]
    return Identity(
        origin=str(origin_of(first.iri)),
        handles=[row.handle for row in owners],
        kind=first.kind.lower(),
        name=first.name,
    )


def load_owners(session: Session, *, now: datetime) -> dict[str, LocalActor]:
    """Return the owners' actors by handle, the first made first."""
    rows = [row for row in actors.list_actors(session) if row.kind != ActorKind.APPLICATION]
    return {row.handle: _load(session, row, now=now) for row in rows}


def load_server(session: Session, *, now: datetime) -> LocalActor:
    """Return the actor that speaks for the node as a whole.

    Raises:
        NotFound: `no-server-actor`, the node is not set up.
    """
    for row in actors.list_actors(session):
        if row.kind == ActorKind.APPLICATION:
            return _load(session, row, now=now)
    raise NotFound(codes.NO_SERVER_ACTOR)


def statements(publication: Publication) -> tuple[Statement, ...]:
    """Return what of a profile is public as an actor states it."""
    return tuple(Statement(member, text) for member, texts in publication.items() for text in texts)


def make_keys(generate: Generate) -> dict[Algorithm, PrivateKey]:
    """Make one new key of each kind. Takes long enough to be done before a write, not inside it."""
    return {algorithm: generate(algorithm) for algorithm in Algorithm}


def rotate(
    session: Session, acting: Acting, made: Mapping[Algorithm, PrivateKey], *, revoke: bool = False
) -> dict[str, Any]:
    """Give the acting actor the new keys; old Ed25519 keys count for another week at most.

    With `revoke` no old key counts any more, nor one on its way out since an earlier rotation. Every peer is
    told, by the old key unless it was revoked: for whom it signs no longer, it cannot vouch for another.
    """
    ends_at = acting.now if revoke else acting.now + GRACE
    for key in actors.list_keys(session, acting.iri, retired=True):
        actors.retire_key(session, key.id, at=ends_at)
    added = [_add_key(session, acting.iri, algorithm, key, now=acting.now) for algorithm, key in made.items()]
    (row,) = [row for row in actors.list_actors(session) if row.iri == acting.iri]
    announcement = update(acting, _load(session, row, now=acting.now), PUBLIC)
    if not revoke:
        announcement = acting.sign(announcement)
    decision = {"added": added, "revoked": revoke}
    publish(session, acting, "key.rotated", announcement, decision, audience=Audience.PEERS)
    return list_keys(session, acting)


def list_keys(session: Session, acting: Acting) -> dict[str, Any]:
    """Show the acting actor's keys, public halves only, oldest first."""
    rows = actors.list_keys(session, acting.iri, retired=True)
    return {"items": [_view_key(row, now=acting.now) for row in rows], "next": None}


def _view_key(row: KeyRow, *, now: datetime) -> dict[str, Any]:
    public = read_private_pem(row.private_pem, own=True).public
    state = "in use"
    if row.retired_at is not None:
        state = "leaving" if row.retired_at > now else "retired"
    return {
        "id": row.id,
        "algorithm": row.algorithm,
        "multibase": public.multibase,
        "pem": public.pem,
        "state": state,
        "created_at": view_time(row.created_at),
        "retired_at": view_time(row.retired_at),
    }


def _add_key(session: Session, actor: str, algorithm: Algorithm, key: PrivateKey, *, now: datetime) -> str:
    id = f"{actor}#{key.public.fragment}"
    actors.add_key(session, KeyRow(id, actor, algorithm.value, key.pem, now, None))
    return id


def _load(session: Session, row: ActorRow, *, now: datetime) -> LocalActor:
    keys = actors.list_keys(session, row.iri, retired=True)
    public = profiles.load_publication(session, row.iri)
    terms = load_term_settings(session, row.iri)
    rsa, ed25519 = (_newest(keys, algorithm) for algorithm in (Algorithm.RSA, Algorithm.ED25519))
    leaving = [
        key
        for key in keys
        if key.algorithm == Algorithm.ED25519 and key.retired_at is not None and key.retired_at > now
    ]
    published = [*leaving, *(key for key in keys if key.retired_at is None)]
    signing = {
        key.id: SigningKey(id=key.id, key=read_private_pem(key.private_pem, own=True)) for key in published
    }
    actor = Actor(
        iri=row.iri,
        kind=ActorKind(row.kind),
        name=row.name,
        handle=row.handle,
        inbox=f"{row.iri}/inbox",
        shared_inbox=f"{origin_of(row.iri)}/inbox",
        outbox=f"{row.iri}/outbox",
        followers=f"{row.iri}/followers",
        summary=row.summary,
        keys=tuple(_publish(key, signing[key.id]) for key in published),
        speaks_ed25519=True,
        statements=statements(public.members) if public is not None else (),
        accepts=() if terms is None else _accepted(terms.document),
    )
    return LocalActor(
        actor=actor,
        rsa=signing[rsa.id],
        ed25519=signing[ed25519.id],
        older=tuple(signing[key.id] for key in leaving),
    )


def _accepted(document: Document) -> tuple[str, ...]:
    return tuple(entry.iri for entry in read_term_settings(document).accepts)


def _newest(keys: list[KeyRow], algorithm: Algorithm) -> KeyRow:
    in_use = [key for key in keys if key.algorithm == algorithm and key.retired_at is None]
    if not in_use:
        raise NotFound(codes.NO_KEY)
    return in_use[-1]


def _publish(row: KeyRow, signing: SigningKey) -> ActorKey:
    return ActorKey(
        row.id, row.actor, signing.key.public, _PURPOSES[Algorithm(row.algorithm)], row.retired_at
    )
