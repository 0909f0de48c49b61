"""Media: what a fetch asks for, and which types and sizes of answers are then believed."""

from dataclasses import replace
from typing import Final

from protocol import icons
from protocol.disclosures import LIMIT_BYTES
from protocol.values import dataclass
from protocol.vocabulary import (
    ACTIVITY_JSON,
    ACTIVITYSTREAMS_CONTEXT,
    JRD_JSON,
    JSON,
    LD_JSON,
    LD_JSON_ACTIVITYSTREAMS,
)

LIMIT_DOCUMENT_BYTES: Final = 262_144  # the same as our own inbox takes
LIMIT_PICTURE_BYTES: Final = 1_048_576  # a logo as shops have it on their pages; larger ones are photographs


@dataclass(frozen=True, slots=True)
class Media:
    """What a fetch asks for, and the media types and the size that it then takes."""

    accept: str
    types: frozenset[str]
    limit_bytes: int = LIMIT_DOCUMENT_BYTES

    def admits(self, content_type: str) -> bool:
        """Say whether a Content-Type names one of the types, ld+json only with AS2's profile.

        Unlike what is posted and signed, what is fetched is believed for where it stands: files that anybody
        may put on a server are served as ld+json, too, but not with a profile.
        """
        essence, _, parameters = content_type.partition(";")
        essence = essence.strip().lower()
        return essence in self.types and (essence != LD_JSON or ACTIVITYSTREAMS_CONTEXT in parameters)


def said_always(user_agent: str, *, for_person: bool) -> dict[str, str]:
    """Return the headers of every request.

    What is asked for a person says that nothing of it is to be sold or passed on: Global Privacy Control, a
    W3C draft.
    """
    signal = {"Sec-GPC": "1"} if for_person else {}
    return {"User-Agent": user_agent, "Accept-Encoding": "identity", **signal}


# KY-07: JSON that a user uploaded is served under other types; no document of a server is read from those.
ACTIVITY: Final = Media(f"{ACTIVITY_JSON}, {LD_JSON_ACTIVITYSTREAMS}", frozenset({ACTIVITY_JSON, LD_JSON}))
FACTS: Final = replace(ACTIVITY, limit_bytes=LIMIT_BYTES)
# Servers of static files know no jrd+json; what an answer says is checked by what it names.
RESOURCE_DESCRIPTOR: Final = Media(f"{JRD_JSON}, {JSON}", frozenset({JRD_JSON, JSON}))
PICTURE: Final = Media(", ".join(sorted(icons.TYPES)), icons.TYPES, limit_bytes=LIMIT_PICTURE_BYTES)
