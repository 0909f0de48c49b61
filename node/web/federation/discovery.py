"""How others find this node and its actors: WebFinger, NodeInfo, what businesses accept, and the roster.

Rules here: everything is public, unsigned and small; names and addresses come from the settings and never
from the request; who does not exist is answered like who cannot be asked about.

Sources: RFC 7033, NodeInfo 2.1, FEP-d556 and FEP-2677; Global Privacy Control (W3C draft) for `gpc.json`.
"""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import orjson
from aiohttp import web

import schemas
from node import __version__
from node.core import codes
from node.core.oddities import passes_on_to_others
from node.core.reachability import Callers, callers
from node.services.terms.keeping import published_at
from node.web.edge.callers import is_from_here, is_within
from node.web.edge.problems import Refusal, not_found
from node.web.edge.runtime import RUNTIME, Runtime
from protocol import discovery
from protocol.canonical import canonicalise
from protocol.errors import Unprocessable
from protocol.rosters import RosterEntry, entry_of
from protocol.strictjson import Document
from protocol.vocabulary import JRD_JSON, JSON, NODEINFO_JSON

_LONGEST_RESOURCE: Final = 2_048
_PUBLIC: Final = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}


async def webfinger(request: web.Request) -> web.Response:
    """Say which actor an account of this node is, or which one speaks for the node itself.

    Raises:
        Refusal: 400 without exactly one `resource` (RFC 7033 §4.2), 404 for anything not of this node.
    """
    runtime = request.app[RUNTIME]
    resources = request.query.getall("resource", [])
    if len(resources) != 1 or len(resources[0]) > _LONGEST_RESOURCE:
        raise Refusal(400, codes.RESOURCE)
    return _answer(_describe(runtime, resources[0]), JRD_JSON)


def _describe(runtime: Runtime, resource: str) -> Document:
    origin = runtime.settings.origin
    if resource.removesuffix("/") == origin:
        return discovery.render_server_webfinger(origin, actor=server_actor_iri(runtime))
    handle = _handle(runtime, resource)
    if handle is None or handle not in runtime.residents.owners:
        raise not_found()
    iri = runtime.residents.owners[handle].iri
    return discovery.render_webfinger(discovery.acct_of(iri, handle), actor=iri)


def _handle(runtime: Runtime, resource: str) -> str | None:
    """Return the handle that an `acct:` or an actor's address of this node names."""
    for handle, owner in runtime.residents.owners.items():
        if resource == owner.iri:
            return handle
    try:
        acct = discovery.parse_acct(resource, allow_http=runtime.settings.dev)
    except Unprocessable:
        return None
    home = discovery.acct_of(f"{runtime.settings.origin}/", acct.user)
    return acct.user.lower() if acct.is_same_as(home) else None


def server_actor_iri(runtime: Runtime) -> str:
    """Return the address of the actor that speaks for the node as a whole."""
    return f"{runtime.settings.origin}/actor"


async def nodeinfo_links(request: web.Request) -> web.Response:
    """Point to the NodeInfo document."""
    runtime = request.app[RUNTIME]
    links = discovery.render_nodeinfo_links(runtime.settings.origin, actor=server_actor_iri(runtime))
    return _answer(links, "application/json")


async def itself(request: web.Request) -> web.Response:
    """Answer this node, which asks whether its public address leads to it (`node.delivery.reachability`).

    Raises:
        Refusal: 404, it does not ask this now.
    """
    answer = request.app[RUNTIME].own_address.answer_to(request.match_info["question"])
    if answer is None:
        raise not_found()
    headers = {"Cache-Control": "no-store", "Content-Type": "application/json"}
    return web.Response(body=orjson.dumps({"answer": answer, "callers": _learnt(request)}), headers=headers)


def _learnt(request: web.Request) -> Callers:
    settings, peer = request.app[RUNTIME].settings, request.protocol.peername
    public = urlsplit(settings.origin)
    by_our_name = request.headers.get("Host", "").lower() == public.netloc
    return callers(
        is_https=public.scheme == "https",
        is_trusted=bool(peer) and is_within(str(peer[0] if peer else ""), settings.trusted_proxies),
        is_forwarded="X-Forwarded-For" in request.headers,
        is_local=is_from_here(request) and not by_our_name,
    )


async def nodeinfo(_request: web.Request) -> web.Response:
    """Say what software this is."""
    return _answer(discovery.render_nodeinfo(version=__version__), NODEINFO_JSON)


async def myterms(request: web.Request) -> web.Response:
    """Say which agreements about data the business here accepts; of several each says it in its actor.

    Raises:
        Refusal: 404, not exactly one business lives here, or it accepts nothing.
    """
    actor, accepted, since = await _accepting(request.app[RUNTIME])
    return _answer(discovery.render_myterms(accepted, actors=[actor], since=since), JSON)


async def gpc(request: web.Request) -> web.Response:
    """Say that the business here honours Global Privacy Control: nothing that it accepts passes data on.

    Raises:
        Refusal: 404, something does; or as `myterms`.
    """
    _, accepted, since = await _accepting(request.app[RUNTIME])
    if any(passes_on_to_others(entry.template) for entry in accepted):
        raise not_found()
    return _answer(discovery.render_gpc(since=since), JSON)


async def _accepting(runtime: Runtime) -> tuple[str, list[RosterEntry], datetime]:
    """Return the one business of this origin, which it speaks for, what that accepts, and since when."""
    businesses = [owner.actor for owner in runtime.residents.owners.values() if owner.is_business]
    if len(businesses) != 1:
        raise not_found()
    (actor,) = businesses
    accepted = [entry for entry in map(entry_of, actor.accepts) if entry is not None]
    since = await runtime.store.read(lambda session: published_at(session, actor.iri)) if accepted else None
    if since is None:
        raise not_found()
    return actor.iri, accepted, since


async def roster(request: web.Request) -> web.Response:
    """Show an agreement of the roster, in the bytes that its digest is of.

    Raises:
        Refusal: 404, the roster has none of this name.
    """
    name = request.match_info["name"]
    if name not in schemas.roster():
        raise not_found()
    headers = {**_PUBLIC, "Content-Type": JSON}
    return web.Response(body=canonicalise(schemas.roster_entry(name)), headers=headers)


def _answer(document: Document, media_type: str) -> web.Response:
    return web.Response(body=orjson.dumps(document), headers={**_PUBLIC, "Content-Type": media_type})


ROUTES: Final = (
    web.get("/.well-known/webfinger", webfinger),
    web.get("/.well-known/nodeinfo", nodeinfo_links),
    web.get("/.well-known/freehold/{question}", itself),
    web.get("/.well-known/myterms", myterms),
    web.get("/.well-known/myterms.json", myterms),
    web.get("/.well-known/gpc.json", gpc),
    web.get("/nodeinfo/2.1", nodeinfo),
    web.get("/roster/{name}", roster),
)
