"""Peers: whom the owner deals with, follows, lets follow, and blocks."""

from typing import Final

from node.services.people import peers
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads
from node.web.api.parameters import PAGE, text
from node.web.edge.authentication import Scope
from protocol.strictjson import Document

IRI: Final = text("iri", "The peer's address.", limit=2_048)


async def show(call: ApiCall) -> Document:
    """Show one peer."""
    iri = str(call.query.get("iri", ""))
    return await call.read(lambda session: peers.show(session, call.acting, iri))


async def follow(call: ApiCall) -> Document | RawResponse:
    """Ask to follow a peer, looked up afresh."""
    actor = await call.runtime.directory.lookup(call.body["peer"])
    return await call.write(lambda session: peers.follow(session, call.acting, actor))


async def unfollow(call: ApiCall) -> Document | RawResponse:
    """Follow a peer no longer."""
    iri = await _iri(call)
    return await call.write(lambda session: peers.unfollow(session, call.acting, iri))


async def approve(call: ApiCall) -> Document | RawResponse:
    """Let a peer follow that asked to."""
    iri = await _iri(call)
    return await call.write(lambda session: peers.approve(session, call.acting, iri))


async def dismiss(call: ApiCall) -> Document | RawResponse:
    """Say no to a peer that asked to follow, or let it follow no longer."""
    iri = await _iri(call)
    return await call.write(lambda session: peers.dismiss(session, call.acting, iri))


async def block(call: ApiCall) -> Document | RawResponse:
    """Block a peer."""
    iri = await _iri(call)
    return await call.write(lambda session: peers.block(session, call.acting, iri))


async def unblock(call: ApiCall) -> Document | RawResponse:
    """Let a blocked peer in again."""
    iri = await _iri(call)
    return await call.write(lambda session: peers.unblock(session, call.acting, iri))


async def confirm_keys(call: ApiCall) -> Document | RawResponse:
    """Take keys of a peer that wait for its own."""
    return await _judge(call, confirmed=True)


async def refuse_keys(call: ApiCall) -> Document | RawResponse:
    """Refuse keys of a peer that wait."""
    return await _judge(call, confirmed=False)


async def _judge(call: ApiCall, *, confirmed: bool) -> Document | RawResponse:
    iri, named = await _iri(call), call.body["keys"]
    return await call.write(
        lambda session: peers.judge_keys(session, call.acting, iri, named, confirmed=confirmed)
    )


async def _iri(call: ApiCall) -> str:
    """Return the peer's address. Only an account name is looked up: what an address led to may be gone."""
    named = str(call.body["peer"])
    if named.startswith(("https://", "http://")):
        return named
    return (await call.runtime.directory.lookup(named)).iri


OPERATIONS: Final = (
    Operation(
        name="peers_list",
        method="GET",
        path="/peers",
        handler=Reads(peers.list),
        summary="List the peers you have dealt with.",
        query=(text("cursor", "Where to go on: `next` of the page before.", limit=2_048), PAGE[1]),
        answer="PeerPage",
    ),
    Operation(
        name="peers_show",
        method="GET",
        path="/peer",
        handler=show,
        summary="Show a peer.",
        query=(IRI,),
        answer="Peer",
        errors=(404,),
    ),
    Operation(
        name="peers_follow",
        method="POST",
        path="/peers/follow",
        handler=follow,
        scope=Scope.WRITE,
        summary="Ask to follow a peer, to hear what it tells its followers.",
        body="PeerNamed",
        answer="Peer",
        errors=(404, 409, 410, 422, 502),
    ),
    Operation(
        name="peers_unfollow",
        method="POST",
        path="/peers/unfollow",
        handler=unfollow,
        scope=Scope.WRITE,
        summary="Follow a peer no longer.",
        body="PeerNamed",
        answer="Peer",
        errors=(404, 410, 422, 502),
    ),
    Operation(
        name="peers_approve",
        method="POST",
        path="/peers/approve",
        handler=approve,
        scope=Scope.WRITE,
        summary="Let a peer follow that asked to.",
        body="PeerNamed",
        answer="Peer",
        errors=(404, 409, 410, 422, 502),
    ),
    Operation(
        name="peers_dismiss",
        method="POST",
        path="/peers/dismiss",
        handler=dismiss,
        scope=Scope.WRITE,
        summary="Say no to a peer that asked to follow, or let it follow no longer.",
        body="PeerNamed",
        answer="Peer",
        errors=(404, 410, 422, 502),
    ),
    Operation(
        name="peers_block",
        method="POST",
        path="/peers/block",
        handler=block,
        scope=Scope.WRITE,
        summary="Block a peer: nothing of it is taken, nothing but a notice is sent to it.",
        body="PeerNamed",
        answer="Peer",
        errors=(404, 410, 422, 502),
    ),
    Operation(
        name="peers_unblock",
        method="POST",
        path="/peers/unblock",
        handler=unblock,
        scope=Scope.WRITE,
        summary="Let a blocked peer in again.",
        body="PeerNamed",
        answer="Peer",
        errors=(404, 409, 410, 422, 502),
    ),
    Operation(
        name="peers_confirm_keys",
        method="POST",
        path="/peers/confirm-keys",
        handler=confirm_keys,
        scope=Scope.WRITE,
        summary="Take keys that a peer has changed to for its own: what it signed with them is taken now.",
        body="PeerKeys",
        answer="Peer",
        errors=(404, 409, 410, 422, 502),
    ),
    Operation(
        name="peers_refuse_keys",
        method="POST",
        path="/peers/refuse-keys",
        handler=refuse_keys,
        scope=Scope.WRITE,
        summary="Refuse keys that a peer has changed to: nothing signed with them is taken.",
        body="PeerKeys",
        answer="Peer",
        errors=(404, 409, 410, 422, 502),
    ),
)
