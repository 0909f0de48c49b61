"""The calendar's secret address: make it, see whether there is one, take it back."""

from typing import Final

from node.services.access import calendars
from node.web.api.operations import ApiCall, Operation, RawResponse
from node.web.edge.authentication import Scope
from protocol.strictjson import Document


async def show(call: ApiCall) -> Document:
    """Show the acting resident's calendar, without its address."""
    return await call.read(lambda session: calendars.show(session, call.acting))


async def make(call: ApiCall) -> Document | RawResponse:
    """Make the address; it is in the answer and nowhere else."""
    body = call.body
    return await call.write(
        lambda session: calendars.make(
            session,
            call.acting,
            names=body["names"],
            language=body.get("language", "en"),
            zone=body.get("zone", ""),
        ),
        withheld=("url",),
    )


async def revoke(call: ApiCall) -> Document | RawResponse:
    """Take the address back at once."""
    return await call.write(lambda session: calendars.revoke(session, call.acting))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/calendar",
        handler=show,
        scope=Scope.ADMIN,
        summary="Show your calendar, without its address.",
        answer="Calendar",
        errors=(404,),
    ),
    Operation(
        method="POST",
        path="/calendar",
        handler=make,
        scope=Scope.ADMIN,
        summary="Make the secret address of your calendar; it is shown this once, and the one before ends.",
        body="NewCalendar",
        answer="Calendar",
        status=201,
    ),
    Operation(
        method="DELETE",
        path="/calendar",
        handler=revoke,
        scope=Scope.ADMIN,
        summary="Take the address of your calendar back.",
        answer="Calendar",
        errors=(404,),
    ),
)
