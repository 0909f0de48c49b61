"""Terms about data: the most you allow, what you refuse, and what a business says that it accepts."""

from collections.abc import Mapping
from typing import Final

from node.core.linter import FLAGS, Severity
from node.core.term_settings import MOST, Beyond, Requires, Undertakes
from node.services.ledger.idempotency import Shown
from node.services.people import terms
from node.web.api.members import OBJECT, answered, items, or_null, sent, text, word
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope

_ENTRY: Final = text("An entry of the roster, such as SD-BASE-DP.", limit=200)
_MAXIMA: Final[Mapping[str, Schema]] = {
    member: {
        "type": "object",
        "description": said,
        "additionalProperties": _ENTRY,
        "maxProperties": MOST,
    }
    for member, said in {
        "categories": "Another maximum for wishes of a category, by its IRI.",
        "businesses": "Another maximum for a business, by its address: it goes before all others.",
    }.items()
}
_WEIGHT: Final = word("What a flag does.", *Severity)
_FLAGS: Final[Mapping[str, Schema]] = {flag.code: _WEIGHT for flag in FLAGS}
_SETTINGS: Final[Mapping[str, Schema]] = {
    "maximum": _ENTRY,
    **_MAXIMA,
    "cap": or_null(OBJECT),
    "beyond": word("What is done with what goes beyond the maximum.", *Beyond),
    "require": word("Whether every offer needs terms, or only what is about data.", *Requires),
    "undertake": word(
        "Who signs to be told more of an intention: by itself under what you accept, a person, nobody.",
        *Undertakes,
    ),
    "accepts": items("What you say in public that you accept; of a business alone.", _ENTRY, limit=64),
}
COMPONENTS: Final[Mapping[str, Schema]] = {
    "NewTermSettings": sent(
        "What you set about terms; what is left out is as at first.",
        {**_SETTINGS, "flags": sent("Those flags that weigh otherwise than at first, by code.", _FLAGS)},
    ),
    "TermSettings": answered(
        "What you have set about terms.",
        {**_SETTINGS, "flags": {"type": "object", "description": "Flags that weigh otherwise, by code."}},
    ),
}


async def set_(call: ApiCall) -> Shown | RawResponse:
    """Set what holds for terms about data."""
    given = await call.write(lambda session: terms.set(session, call.acting, call.body))
    await call.runtime.reload_owners()
    return given


OPERATIONS: Final = (
    Operation(
        name="terms_show",
        method="GET",
        path="/terms",
        handler=Reads(terms.show),
        summary="Show what you allow about your data, what you refuse, and what you accept in public.",
        answer="TermSettings",
    ),
    Operation(
        name="terms_set",
        method="PUT",
        path="/terms",
        handler=set_,
        scope=Scope.WRITE,
        summary="Set what you allow about your data, what you refuse, and what you accept in public.",
        body="NewTermSettings",
        answer="TermSettings",
        errors=(422,),
    ),
)
