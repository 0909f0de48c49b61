"""What the owner's second signature would sign: shown with the one form of it, wherever that stands."""

from typing import Any, Final

from node.services.negotiations import agreements
from node.services.negotiations.showing import AgreementShown
from node.web.pages.frame import signing
from node.web.pages.frame.page import PageCall
from node.web.pages.wording.refusals import mistake
from protocol.errors import Conflict
from protocol.negotiation import Party

_WAITING: Final = "accepted"


async def signable(call: PageCall, agreement: AgreementShown) -> dict[str, Any]:
    """Return what the owner's signature would sign, if it is theirs to give, or why it cannot be."""
    if agreement["state"] != _WAITING or agreement["role"] is not Party.OFFERER:
        return {"signable": None, "unsignable": "", "has_changed": False}
    try:
        shown = await signing.look_at(
            call, lambda session, acting: agreements.countersign(session, acting, agreement["id"])
        )
    except Conflict as conflict:
        reason = mistake(conflict)
        return {"signable": None, "unsignable": reason, "has_changed": False}
    return {"signable": shown, "unsignable": "", "has_changed": False}
