"""The calendar's secret address: make it, see whether there is one, take it back."""

from typing import Final

from node.services.access import calendars
from node.web.api.operations import Operation, Reads, Writes
from node.web.edge.authentication import Scope

OPERATIONS: Final = (
    Operation(
        name="calendars_show",
        method="GET",
        path="/calendar",
        handler=Reads(calendars.show),
        scope=Scope.ADMIN,
        summary="Show your calendar, without its address.",
        answer="Calendar",
        errors=(404,),
    ),
    Operation(
        name="calendars_make",
        method="POST",
        path="/calendar",
        handler=Writes(calendars.make, withheld=("url",)),
        scope=Scope.ADMIN,
        summary="Make the secret address of your calendar; it is shown this once, and the one before ends.",
        body="NewCalendar",
        answer="Calendar",
        status=201,
    ),
    Operation(
        name="calendars_revoke",
        method="DELETE",
        path="/calendar",
        handler=Writes(calendars.revoke),
        scope=Scope.ADMIN,
        summary="Take the address of your calendar back.",
        answer="Calendar",
        errors=(404,),
    ),
)
