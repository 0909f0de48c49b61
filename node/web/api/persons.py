"""The people of the acting actor: see who belongs to the team, add somebody, call them, let them go."""

from typing import Final

from node.services.access import persons
from node.web.api.members import MOMENT, answered, items, page, ref, text, yes
from node.web.api.operations import ApiCall, Operation, RawResponse, Writes, paged
from node.web.api.parameters import PAGE
from node.web.edge.authentication import Scope
from protocol.strictjson import Document


async def list_(call: ApiCall) -> Document:
    """List the team, the owner first."""
    found = await call.read(lambda session: persons.show(session, call.acting))
    return paged(found["items"], **call.query)


async def remove(call: ApiCall) -> Document | RawResponse:
    """Let a person go; their sign-ins, passkeys, links and tokens end at once."""
    written = call.write(lambda session: persons.remove(session, call.acting, call.id))
    removed = await call.runtime.tokens.revoking(written)
    call.runtime.sign_outs.ring()
    return removed


COMPONENTS: Final = {
    "Person": answered(
        "Somebody of the team.",
        {
            "id": text("The owner's is the handle."),
            "name": text("What they are called."),
            "is_owner": yes("Whether it is the owner, who says who belongs to the team."),
            "added_at": MOMENT,
            "passkeys": items("Passkeys.", ref("Passkey")),
            "has_password": yes("Whether a password lets them in."),
            "sessions": items("Browsers that are signed in.", ref("WebSession")),
            "tokens": items("Programs that act for them.", ref("Token")),
        },
        maybe=["passkeys", "has_password", "sessions", "tokens"],
    ),
    "PersonPage": page("Person"),
}

OPERATIONS: Final = (
    Operation(
        name="persons_list",
        method="GET",
        path="/persons",
        handler=list_,
        scope=Scope.ADMIN,
        summary="List the people of the team, with what lets each of them in; the owner first.",
        query=PAGE,
        answer="PersonPage",
    ),
    Operation(
        name="persons_add",
        method="POST",
        path="/persons",
        handler=Writes(persons.add),
        scope=Scope.ADMIN,
        summary="Add a person to the team; a link made for them lets them in.",
        body="Name",
        answer="Person",
        status=201,
        errors=(409,),
    ),
    Operation(
        name="persons_rename",
        method="PUT",
        path="/persons/{id}",
        handler=Writes(persons.rename),
        scope=Scope.ADMIN,
        summary="Call a person of the team something else.",
        body="Name",
        answer="Person",
        errors=(404, 409),
    ),
    Operation(
        name="persons_remove",
        method="DELETE",
        path="/persons/{id}",
        handler=remove,
        scope=Scope.ADMIN,
        summary="Let a person go: their sign-ins, passkeys, links and tokens end at once.",
        answer="Person",
        errors=(404, 409),
    ),
)
