"""Sign-ins to the pages: see them, end one, make a link that opens one."""

from typing import Final

from node.services.access import links, security, sessions
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, paged
from node.web.api.parameters import PAGE
from node.web.edge.authentication import Scope
from node.web.edge.hosts import by_name
from protocol.strictjson import Document


async def list_(call: ApiCall) -> Document:
    """List the browsers that are signed in."""
    now = call.acting.now
    return paged(await call.read(lambda session: sessions.list(session, now)), **call.query)


async def link(call: ApiCall) -> Document | RawResponse:
    """Make a link for the owner or a person of the team; it is in the answer and nowhere else."""
    person, here = str(call.body.get("person", "")), by_name(call.runtime.settings)
    made = await call.write(
        lambda session: links.make(session, call.acting, person=person, by_name=here), withheld=("url",)
    )
    if not call.is_tried:
        call.runtime.claims.claimed = True
        call.runtime.sign_outs.ring()
    return made


async def claim(call: ApiCall) -> Document:
    """Give out the code by which a new node is claimed; the one before ends.

    Raises:
        Conflict: `already-claimed`.
    """
    return call.runtime.claims.offer(call.acting, by_name=by_name(call.runtime.settings))


async def revoke(call: ApiCall) -> Document | RawResponse:
    """Sign a browser out at once."""
    revoked = await call.write(lambda session: sessions.revoke(session, call.id))
    call.runtime.sign_outs.ring()
    return revoked


async def lock(call: ApiCall) -> Document | RawResponse:
    """End every sign-in, link and token; only a link made afterwards lets anybody in."""
    written = call.write(lambda session: security.lock(session, call.acting))
    locked = await call.runtime.tokens.revoking(written)
    call.runtime.sign_outs.ring()
    return locked


OPERATIONS: Final = (
    Operation(
        name="sessions_list",
        method="GET",
        path="/sessions",
        handler=list_,
        scope=Scope.ADMIN,
        summary="List the browsers that are signed in to the pages.",
        query=PAGE,
        answer="WebSessionPage",
    ),
    Operation(
        name="sessions_link",
        method="POST",
        path="/sessions/links",
        handler=link,
        scope=Scope.ADMIN,
        summary="Make a link that signs in to the pages, once and within ten minutes; it is shown this once.",
        body="NewSignInLink",
        body_required=False,
        answer="SignInLink",
        status=201,
        errors=(404,),
    ),
    Operation(
        name="sessions_claim",
        method="POST",
        path="/claim",
        handler=claim,
        scope=Scope.ADMIN,
        summary="Make the code by which a new node is claimed, for a quarter of an hour.",
        answer="Claim",
        status=201,
        errors=(409,),
        is_final=True,
    ),
    Operation(
        name="sessions_revoke",
        method="DELETE",
        path="/sessions/{id}",
        handler=revoke,
        scope=Scope.ADMIN,
        summary="Sign a browser out.",
        answer="WebSession",
        errors=(404,),
    ),
    Operation(
        name="sessions_security",
        method="GET",
        path="/security",
        handler=Reads(security.show),
        scope=Scope.ADMIN,
        summary="Show what lets you in: passkeys, password, recovery words; who is in; what is weakest.",
        answer="Security",
    ),
    Operation(
        name="sessions_lock",
        method="POST",
        path="/security/lock",
        handler=lock,
        scope=Scope.ADMIN,
        summary="End every sign-in, link and token at once; only a link made afterwards opens the pages.",
        answer="Locked",
    ),
)
