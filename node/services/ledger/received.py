"""What the inbox hands to a use case, and what it answers with."""

from typing import Any, Final

from node.storage.peers import PeerRow
from protocol import codes as wire
from protocol.actors import Actor, ActorKey
from protocol.errors import Unprocessable
from protocol.jsonld import one, ref
from protocol.signatures import HttpSignature
from protocol.strictjson import Document
from protocol.values import dataclass

ACCEPTED: Final = 202
"""It was taken now."""

AGAIN: Final = 200
"""It had been taken before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentic:
    """An activity whose HTTP signature, and proof if it has one, are verified.

    `activity` is in our plain keys, `raw` the bytes as they came and `sha256` theirs, `digest` the
    digestMultibase of the canonical document with its proof. `sender` is the actor as its own document
    describes it; `proof_key` the key whose proof the activity carries, `http_key` the one that signed the
    request, each None if there is none. `signature` is that of the request, which counts once.
    """

    activity: Document
    raw: bytes
    sha256: bytes
    digest: str
    sender: Actor
    proof_key: ActorKey | None = None
    http_key: ActorKey | None = None
    signature: HttpSignature | None = None

    @property
    def fragment(self) -> str | None:
        """The key that vouches for it: that of its proof, or else that of the request."""
        key = self.proof_key or self.http_key
        return None if key is None else key.key.fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Authentic):
    """An authentic activity in the hands of one of our actors: `peer` is who sent it, as that actor knows it.

    A stranger is a peer without a row yet: its id is one that nothing names.
    """

    peer: PeerRow

    @classmethod
    def by(cls, peer: PeerRow, authentic: Authentic) -> "Received":
        """Return an authentic activity as this peer's."""
        return cls(
            activity=authentic.activity,
            raw=authentic.raw,
            sha256=authentic.sha256,
            digest=authentic.digest,
            sender=authentic.sender,
            proof_key=authentic.proof_key,
            http_key=authentic.http_key,
            signature=authentic.signature,
            peer=peer,
        )

    @property
    def object(self) -> Any:
        """What the activity is about: its address, or itself where it is embedded.

        Raises:
            Unprocessable: `single-value-expected`.
        """
        return one(self.activity.get("object"))

    @property
    def named(self) -> str:
        """The address of what the activity is about.

        Raises:
            Unprocessable: `missing-member`.
        """
        iri = ref(self.object)
        if iri is None:
            raise Unprocessable(wire.MISSING_MEMBER, "The activity names no object.")
        return iri


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The answer to an activity: 202 the first time, 200 for the same again."""

    status: int
    activity: str
