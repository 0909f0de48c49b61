"""Grants: what a customer gives and takes back, who read it; what a business got, reads and holds."""

import asyncio
from collections.abc import Mapping
from typing import Final

from node.core import codes
from node.core.accesses import AccessRefusal
from node.services.grants import giving, holding, looking_back
from node.services.grants.giving import ACTIVE_LIMIT
from node.services.ledger.idempotency import Shown
from node.web.api.members import (
    ANY_TEXT,
    ID,
    ID_OR_NULL,
    IRI,
    MOMENT,
    MOMENT_OR_NULL,
    OBJECT,
    answered,
    items,
    page,
    ref,
    sent,
    text,
    whole,
    word,
    yes,
)
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE, choice
from node.web.api.parameters import text as text_parameter
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope
from protocol import jsonld
from protocol.errors import Conflict, Gone, NotFound
from protocol.grants import GrantState

_FIELD: Final = text("A field of your profile by its name, such as email.", limit=64)
_NUMBER_OR_NULL: Final = whole("How many; null for any number.", nullable=True)
_FACT: Final = answered(
    "A fact: a field, and what was read of it.",
    {
        "field": _FIELD,
        "value": {"description": "A text, true or false, or several texts; null if none is held."},
        "serial": whole("With which answer it was read; null if never.", nullable=True),
        "obtained_at": MOMENT_OR_NULL,
        "purge_due": MOMENT_OR_NULL,
        "purged_at": MOMENT_OR_NULL,
    },
)
_STATE: Final = choice("state", "Only in this state.", *GrantState)

COMPONENTS: Final[Mapping[str, Schema]] = {
    "GrantGiven": sent(
        f"What you grant; at most {ACTIVE_LIMIT} grants are active under an agreement.",
        {
            "agreement": text("The agreement, by its id.", limit=40, least=1),
            "fields": items("What of your profile; none for what has to be given.", _FIELD, limit=32),
            "purpose": text("What for, such as DeliveryOfGoods; may be left out if there is one.", limit=200),
            "until": MOMENT,
            "uses": whole("How often it may be read."),
            "days": whole("How many days what was read may be kept."),
            "why": text("A note of yours, which stays home.", limit=500),
            "replaces": text("The grant that this one takes the place of, by its id.", limit=40),
        },
        required=["agreement"],
    ),
    "Grant": answered(
        "A grant: what a business may read, what for, and how that stands.",
        {
            "id": ID,
            "iri": IRI,
            "own": yes("Whether you gave it."),
            "peer": ref("PeerName"),
            "agreement": ID,
            "agreement_iri": IRI,
            "fields": items("What may be read.", _FIELD),
            "purpose": text("What for."),
            "uses": _NUMBER_OR_NULL,
            "read": whole("How often it was read."),
            "state": word("How it stands.", *GrantState),
            "given_at": MOMENT,
            "until": MOMENT_OR_NULL,
            "ended_at": MOMENT_OR_NULL,
            "why": ANY_TEXT,
            "permission": items("What may be done with it, as it was signed.", OBJECT),
        },
    ),
    "GrantPage": page("Grant"),
    "Access": answered(
        "One reading, or a try.",
        {
            "at": MOMENT,
            "reader": IRI,
            "grant": ID_OR_NULL,
            "fields": items("What was told, or asked for.", _FIELD),
            "code": word("Why it was refused; empty if it was answered.", "", *AccessRefusal),
            "serial": whole("Which answer it was; null if it was refused.", nullable=True),
            "digest": text("digestMultibase of the answer.", nullable=True),
            "key": IRI,
        },
    ),
    "AccessPage": answered(
        "A page of readings, and how many refusals were counted beside them.",
        {
            "items": items("The page.", ref("Access")),
            "next": text("Give it as `cursor` for the next page; null on the last.", nullable=True),
            "unlisted": whole("How many more were refused, of whom too many were, than are listed."),
        },
    ),
    "LedgerEntry": answered(
        "A grant that you got, and what you hold of it.",
        {"grant": ref("Grant"), "facts": items("Each field of it.", _FACT)},
    ),
    "LedgerEntryPage": page("LedgerEntry"),
    "ReadingAsked": sent("What to read.", {"field": _FIELD}),
    "Obtained": answered(
        "What was read just now. What may not be stored is in no list afterwards.",
        {
            "grant": ref("Grant"),
            "serial": whole("Which answer it was."),
            "facts": items("What was told.", _FACT),
            "kept": items("What of it is held.", _FIELD),
            "empty": items("What the customer has no value for.", _FIELD),
        },
    ),
}


async def obtain(call: ApiCall) -> Shown | RawResponse:
    """Read what a grant lets be read, at the customer's node, and keep what may be kept."""
    field = str(call.body.get("field", ""))
    row, _ = await call.read(lambda session: holding.readable(session, call.acting, call.id, field))
    # Answers count on: of two at once the earlier, kept later, would be lost, though the customer counted it.
    async with call.runtime.obtaining.setdefault(row.id, asyncio.Lock()):
        return await _obtain(call, row.id, field)


async def _obtain(call: ApiCall, id: str, field: str) -> Shown | RawResponse:
    row, address = await call.read(lambda session: holding.readable(session, call.acting, id, field))
    if await call.is_repeated():
        return await call.write(lambda _session: {})
    try:
        found = await call.runtime.fetch(sender=call.acting.owner, iri=address)
    except (NotFound, Gone):
        raise Conflict(codes.READ_REFUSED) from None
    document = jsonld.read(found)
    acting = call.runtime.residents.at(call.acting.owner.handle, person=call.acting.person)
    return await call.write(
        lambda session: holding.keep(session, acting, row.id, address, document), withheld=("facts",)
    )


OPERATIONS: Final = (
    Operation(
        name="grants_list",
        method="GET",
        path="/grants",
        handler=Reads(giving.list),
        summary="List what you let businesses read, newest first.",
        query=(_STATE, *PAGE),
        answer="GrantPage",
    ),
    Operation(
        name="grants_give",
        method="POST",
        path="/grants",
        handler=Writes(giving.give),
        scope=Scope.WRITE,
        summary="Let a business read facts of your profile, for one purpose, under an agreement.",
        body="GrantGiven",
        answer="Grant",
        status=201,
        errors=(403, 404, 409, 422),
    ),
    Operation(
        name="grants_show",
        method="GET",
        path="/grants/{id}",
        handler=Reads(giving.show),
        summary="Show a grant, given or got.",
        answer="Grant",
        errors=(404, 409),
    ),
    Operation(
        name="grants_revoke",
        method="POST",
        path="/grants/{id}/revoke",
        handler=Writes(giving.revoke),
        scope=Scope.WRITE,
        summary="Take back a grant: nothing more is answered, and the business is to erase what it read.",
        answer="Grant",
        errors=(403, 404, 409),
    ),
    Operation(
        name="accesses_list",
        method="GET",
        path="/accesses",
        handler=Reads(looking_back.list),
        summary="List who read what of you, or tried to, newest first.",
        query=(text_parameter("grant", "Only under this grant, by its id.", limit=40), *PAGE),
        answer="AccessPage",
        errors=(404, 409),
    ),
    Operation(
        name="ledger_list",
        method="GET",
        path="/ledger",
        handler=Reads(holding.list),
        summary="List the grants that you got as a business, each with what you hold of it, newest first.",
        query=(_STATE, *PAGE),
        answer="LedgerEntryPage",
    ),
    Operation(
        name="ledger_read",
        method="POST",
        path="/ledger/{id}/read",
        handler=obtain,
        scope=Scope.WRITE,
        summary="Read, as a business, what a grant lets you read now, and keep what may be kept.",
        body="ReadingAsked",
        body_required=False,
        answer="Obtained",
        errors=(403, 404, 409, 422, 502),
        is_final=True,
    ),
)
