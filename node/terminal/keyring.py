"""Where a command finds the public key of a signature: on its own command line, or through the owner's node.

Rules here: this process fetches nothing from strangers; the node does, behind its guard, and answers with the
actor as that actor's own document describes it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode, Failure, usage
from protocol import codes as wire
from protocol.actors import Actor, ActorKey, ActorKind
from protocol.documents import Document
from protocol.errors import ProtocolError, Unauthenticated
from protocol.flow import FetchActor
from protocol.keys import PrivateKey, PublicKey, read_multibase, read_private_pem, read_public_pem


def public_key(call: CommandCall, text: str) -> PublicKey:
    """Return the key that `text` is: a Multikey, or a file with one or with a PEM.

    Raises:
        Failure: it is neither.
    """
    try:
        content = call.read(text).decode("ascii", "replace").strip() if Path(text).is_file() else text
        return read_public_pem(content) if content.startswith("-----") else read_multibase(content)
    except ProtocolError as error:
        hint = "Give a Multikey (z6Mk…) or a PEM file."
        raise usage(f"This is no public key: {error.detail}", hint) from error


def private_key(call: CommandCall, file: str) -> PrivateKey:
    """Return the private key in a PEM file.

    Raises:
        Failure: the file cannot be read or holds none.
    """
    try:
        return read_private_pem(call.read(file).decode("ascii", "replace"))
    except ProtocolError as error:
        hint = "Give an Ed25519 key as PEM (PKCS #8)."
        raise usage(f"{file} holds no private key: {error.detail}", hint) from error


def fetcher(call: CommandCall) -> Callable[[FetchActor], Actor]:
    """Return what answers a flow's wish for an actor by asking the node for it.

    It raises Unauthenticated where the node finds no such actor, and Failure where no node can be asked.
    """
    return lambda wish: _look_up(call, wish.iri)


def _look_up(call: CommandCall, iri: str) -> Actor:
    try:
        return _actor(call.node.request("POST", "/fed/lookup", {"what": iri}))
    except Failure as failure:
        if failure.exit_code in {ExitCode.NETWORK, ExitCode.NOT_ALLOWED} and "status" not in failure.problem:
            raise
        raise Unauthenticated(wire.KEY_UNKNOWN, failure.detail) from failure


def _actor(found: Document) -> Actor:
    iri = str(found["iri"])
    return Actor(
        iri=iri,
        kind=ActorKind(found["kind"]),
        name=str(found["name"]),
        handle=str(found["handle"]),
        inbox=str(found["inbox"]),
        shared_inbox=found["shared_inbox"],
        outbox=found["outbox"],
        followers=found["followers"],
        summary=str(found["summary"]),
        keys=tuple(_key(key, owner=iri) for key in found["keys"]),
        speaks_ed25519=bool(found["speaks_ed25519"]),
    )


def _key(found: dict[str, Any], *, owner: str) -> ActorKey:
    key = read_multibase(str(found["multibase"]))
    return ActorKey(str(found["id"]), owner, key, frozenset(found["purposes"]))
