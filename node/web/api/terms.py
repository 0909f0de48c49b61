"""Terms about data: the most you allow, what you refuse, and what a business says that it accepts."""

from collections.abc import Mapping
from typing import Final

from node.core.linter import Severity
from node.core.term_settings import MOST, Beyond, Requires, Undertakes
from node.services.ledger.idempotency import Shown
from node.services.terms import settings
from node.web.api.comparisons import TERMS_FLAGS
from node.web.api.drafts import DATA_TERMS
from node.web.api.members import (
    MOMENT_OR_NULL,
    OBJECT,
    answered,
    items,
    or_null,
    sent,
    text,
    whole,
    word,
)
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope

_ENTRY: Final = text("An entry of the roster, such as SD-BASE-DP.", limit=200)
_WEIGHT: Final = word("What a flag does.", *Severity)
_NAMED: Final[Mapping[str, tuple[str, Schema]]] = {
    "categories": ("Another maximum for wishes of a category, by its IRI.", _ENTRY),
    "businesses": ("Another maximum for a business, by its address: it goes before all others.", _ENTRY),
    "flags": ("Those flags that weigh otherwise than at first, by code.", _WEIGHT),
}
_WHOLE: Final[Mapping[str, Schema]] = {
    "maximum": _ENTRY,
    "cap": OBJECT,
    "beyond": word("What is done with what goes beyond the maximum.", *Beyond),
    "require": word("Whether every offer needs terms, or only what is about data.", *Requires),
    "undertake": word(
        "Who signs to be told more of an intention: by itself under what you accept, a person, nobody.",
        *Undertakes,
    ),
}
_ACCEPTS: Final = items("What you say in public that you accept; of a business alone.", _ENTRY, limit=64)
_IGNORED: Final = items("What is kept of another release and not known to this one: ignored.", text("Where."))


def _by_name(said: str, value: Schema) -> Schema:
    return {"type": "object", "description": said, "additionalProperties": value, "maxProperties": MOST}


COMPONENTS: Final[Mapping[str, Schema]] = {
    "NewTermsTemplate": DATA_TERMS,
    "TermsTemplate": answered(
        "What your offers say about data, and what a customer who has set nothing would see of it.",
        {
            "terms": or_null({**OBJECT, "description": "Policy, conditions and entry; null if nothing."}),
            "set_at": MOMENT_OR_NULL,
            "flags": TERMS_FLAGS,
            "refused": items("The flags for which it would not be taken.", text("A code.")),
            "within": items("The entries of the roster that it keeps to.", text("A name.")),
            "texts": {"type": "object", "description": "What is read of it, by language: en and de."},
            "offers": answered(
                "What became of the offers that were made with it since it was set.",
                {
                    "sent": whole("How many were made."),
                    "refused": whole("How many of them were turned away for it."),
                    "codes": {"type": "object", "description": "How often for what: by code and by flag."},
                },
            ),
        },
    ),
    "TermChanges": sent(
        "What you change about terms: what is not named stays, null takes it back to as it was at first.",
        {
            **{member: or_null(schema) for member, schema in _WHOLE.items()},
            **{member: or_null(_by_name(said, or_null(value))) for member, (said, value) in _NAMED.items()},
            "accepts": or_null(_ACCEPTS),
        },
    ),
    "TermSettings": answered(
        "What you have set about terms.",
        {
            **_WHOLE,
            "cap": or_null(OBJECT),
            **{member: _by_name(said, value) for member, (said, value) in _NAMED.items()},
            "accepts": _ACCEPTS,
            "ignored": _IGNORED,
        },
    ),
}


async def change(call: ApiCall) -> Shown | RawResponse:
    """Change what holds for terms about data."""
    given = await call.write(lambda session: settings.change(session, call.acting, call.body))
    await call.runtime.reload_owners()
    return given


OPERATIONS: Final = (
    Operation(
        name="terms_show",
        method="GET",
        path="/terms",
        handler=Reads(settings.show),
        summary="Show what you allow about your data, what you refuse, and what you accept in public.",
        answer="TermSettings",
    ),
    Operation(
        name="terms_change",
        method="PATCH",
        path="/terms",
        handler=change,
        scope=Scope.WRITE,
        summary="Change what you allow about your data, what you refuse, and what you accept in public.",
        body="TermChanges",
        answer="TermSettings",
        errors=(422,),
    ),
)
