"""What the inbox hands to a use case, and what it answers with."""

from dataclasses import dataclass

from protocol.actors import Actor, ActorKey
from protocol.strictjson import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An activity whose HTTP signature, and proof if it has one, are verified.

    `activity` is in our plain keys, `raw` the bytes as they came, `digest` the digestMultibase of the
    canonical document with its proof. `sender` is the actor as its own document describes it; `proof_key`
    the key whose proof the activity carries, or None.
    """

    activity: Document
    raw: bytes
    digest: str
    sender: Actor
    proof_key: ActorKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to an activity: 202 the first time, 200 for the same again."""

    status: int
    activity: str
