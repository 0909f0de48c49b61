"""What the owner's API answers: one schema for every view."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.core.rings import FIELD_NAMES
from node.core.term_settings import Beyond, Requires
from node.core.waits import Wait
from node.web.api.access import ACCESS
from node.web.api.agreed import AGREED, HOLDS_UNTIL
from node.web.api.comparisons import CHANGE, CHANGES, COMPARED, COMPARISON, HISTORY, MOVE, TERMS_FLAGS
from node.web.api.drafts import PRICE_LINE, PROPERTY, answered_terms
from node.web.api.listings import LISTINGS
from node.web.api.members import (
    ANY_TEXT,
    CURRENCY,
    DECIMAL,
    ID,
    ID_OR_NULL,
    IRI,
    IRI_OR_NULL,
    MOMENT,
    MOMENT_OR_NULL,
    OBJECT,
    PAUSE,
    PROSE,
    answered,
    items,
    or_null,
    page,
    ref,
    text,
    whole,
    word,
    yes,
)
from node.web.api.pipelines import PIPELINE
from node.web.api.publications import PROFILE, PUBLIC_PROFILE
from node.web.api.records import EVENT, RECORDS
from node.web.api.schemas import Schema
from protocol.undertakings import UndertakingState

_WITHHELD: Final = items("Parts that only who signs for them is told.", word("One.", *FIELD_NAMES))
_OFFER: Final[Mapping[str, Schema]] = {
    "id": ID,
    "negotiation": IRI,
    "intention": text("The intention's id; its address if it is not known here.", limit=2_048),
    "role": word("Your end of it.", "offerer", "offeree"),
    "pays": yes("Whether you are who pays."),
    "peer": ref("PeerName"),
    "state": text("Where the negotiation stands."),
    **answered_terms(),
    "expires_at": MOMENT_OR_NULL,
    "holds_until": HOLDS_UNTIL,
    "rounds": whole("Offers made so far."),
    "digest": text("digestMultibase of the standing offer; name it when you accept."),
    "proof": or_null(ref("ProofSummary")),
    "countered": or_null(OBJECT),
    "delivery": or_null(ref("DeliverySummary")),
    "agreement": ID_OR_NULL,
    "amends": IRI_OR_NULL,
    "changes": CHANGES,
    "flags": TERMS_FLAGS,
    "alternative_to": {**ID_OR_NULL, "description": "The other offer to choose from that it names."},
    "reason": text("Why it was rejected, or its maker backed out, in their words.", limit=PROSE),
    "opened_at": MOMENT,
}
_NEGOTIATED: Final[Mapping[str, Schema]] = {
    "Quantity": answered(
        "How much.", {"value": text("Decimal text, or null.", nullable=True), "unit": text("Unit.")}
    ),
    "PriceLine": answered(
        "One line of a price.", PRICE_LINE, maybe=["label", "per", "count", "until", "unit", "estimate"]
    ),
    "Property": answered("A property of the offered thing.", PROPERTY, maybe=["unit"]),
    "PeerName": answered(
        "The other end.",
        {
            "iri": IRI,
            "name": ANY_TEXT,
            "handle": text("Handle.", nullable=True),
            "blocked": yes("Whether you have blocked it."),
        },
    ),
    "DeliverySummary": answered(
        "What became of the standing offer on its way, if it is yours.",
        {"state": text("Where its delivery stands."), "last_error": text("Why not.", nullable=True)},
    ),
    "ProofSummary": answered(
        "Who signed it.",
        {
            "cryptosuite": text("The suite."),
            "verification_method": IRI,
            "verified": yes("Whether the proof held when it arrived."),
        },
    ),
    "Intention": answered(
        "Something wanted.",
        {
            "id": ID,
            "iri": IRI,
            "own": yes("Whether it is yours."),
            "state": word("Where it stands.", "open", "withdrawn", "awarded", "expired"),
            "name": ANY_TEXT,
            "content": ANY_TEXT,
            "quantity": ref("Quantity"),
            "specifications": items("What it should be.", OBJECT),
            "category": IRI_OR_NULL,
            "place": text("Where.", nullable=True),
            "window": answered("When.", {"start": MOMENT_OR_NULL, "end": MOMENT_OR_NULL}),
            "deadline": MOMENT_OR_NULL,
            "pause": PAUSE,
            "currency": or_null(CURRENCY),
            "audience": items("Whom you told; on your own only.", IRI),
            "proposer": IRI,
            "peer": or_null(ref("PeerName")),
            "private": answered(
                "What stays home; on your own only.",
                {"limit_price": text("The most you would pay.", nullable=True), "notes": ANY_TEXT},
            ),
            "offers": answered(
                "Offers to it.", {"count": whole("In all."), "open": whole("Still standing.")}
            ),
            "published": MOMENT_OR_NULL,
            "withheld": _WITHHELD,
            "asks": text("Which agreement that takes, such as PDC-INTENT.", nullable=True),
            "budget": or_null(
                answered("Between which amounts it may cost.", {"least": DECIMAL, "most": DECIMAL})
            ),
            "signed": or_null(
                answered(
                    "What you signed for that.",
                    {
                        "state": word("How it stands.", *UndertakingState),
                        "roster": text("Which agreement."),
                        "signed_at": MOMENT,
                    },
                )
            ),
            "rings": or_null(OBJECT),
        },
        maybe=["private", "audience", "rings"],
    ),
    "Preview": answered(
        "What would be sent, in our words and byte for byte, to whom, and what would not be sent.",
        {
            "id": ID,
            "published": MOMENT,
            "says": OBJECT,
            "sends": OBJECT,
            "copies": whole("Copies sent: one for each business named, one for the rest."),
            "stays_home": OBJECT,
            "reaches": items("Who would get it.", IRI),
            "withheld": _WITHHELD,
            "proffers": items(
                "Agreements about data that copies hold out, the most frequent first.",
                answered(
                    "One of them.",
                    {
                        "roster": text("Its name, such as SD-BASE-DP."),
                        "copies": whole("How many hold it out."),
                    },
                ),
            ),
            "signing": or_null(
                answered(
                    "What who signs for the rest is told; null if all is told, or nobody can sign.",
                    {"asks": text("What has to be signed, such as PDC-INTENT."), "says": OBJECT},
                )
            ),
            "door": answered(
                "What may come of it, as you have set it.",
                {
                    "maximum": text("The agreement that bounds what may be asked."),
                    "category": text("For which category that was set; null in general.", nullable=True),
                    "businesses": OBJECT,
                    "capped": yes("Whether a policy of yours bounds it besides."),
                    "beyond": word("What is done with what asks for more.", *Beyond),
                    "require": word("What needs terms about data.", *Requires),
                    "refuses": items("Flags with which offers are refused.", text("A code.")),
                },
            ),
            "warnings": items("Where your limit price would be told.", text("A sentence.")),
        },
    ),
    "Reach": answered(
        "Whom the last version of an intention has reached.",
        {
            "reached": whole("How many have it."),
            "counts": OBJECT,
            "unreached": items(
                "Who has not got it: name, address, state, when it is tried next, why.", OBJECT
            ),
        },
    ),
    "Offer": answered("A negotiation as you see it.", _OFFER),
    "ComparedOffer": answered(
        "A standing offer beside others to the same intention.", {**_OFFER, **COMPARED}
    ),
    "Comparison": COMPARISON,
    "History": HISTORY,
    "Move": MOVE,
    "Change": CHANGE,
    **AGREED,
    "Message": answered(
        "A message.",
        {
            "iri": IRI,
            "offer": ID,
            "sender": IRI,
            "own": yes("Whether it is yours."),
            "content": ANY_TEXT,
            "at": MOMENT,
            "deleted_at": MOMENT_OR_NULL,
        },
    ),
    "Peer": answered(
        "Someone you deal with.",
        {
            "iri": IRI,
            "name": ANY_TEXT,
            "handle": text("Handle.", nullable=True),
            "kind": text("Person, Organization, …"),
            "blocked": yes("Whether nothing of it is taken."),
            "follower": text("Whether it follows you: requested, accepted, null.", nullable=True),
            "following": text("Whether you follow it: requested, accepted, null.", nullable=True),
            "first_seen": MOMENT,
            "keys": items("Its keys, each known, held for you to confirm, or refused.", OBJECT),
        },
    ),
    **PIPELINE,
    **LISTINGS,
    "Profile": PROFILE,
    "PublicProfile": PUBLIC_PROFILE,
    "Rule": {"type": "object", "description": "How the shop answers intentions by itself."},
}
_OPERATED: Final[Mapping[str, Schema]] = {
    "Renamed": answered(
        "The name under which others see you now.",
        {"name": ANY_TEXT, "told": whole("How many were told besides followers.")},
    ),
    "Node": answered(
        "The node, and the actor that acts.",
        {
            "version": text("Version of the software."),
            "core": word("How the protocol and the pure decisions run.", "compiled", "pure Python"),
            "origin": IRI,
            "iri": IRI,
            "handle": text("Handle of the acting actor."),
            "acct": text("Its account name, or its address where no account leads to it."),
            "name": ANY_TEXT,
            "kind": text("What it is."),
            "actors": items("Handles of all actors.", text("Handle.")),
            "journal": answered(
                "The end of the actor's journal.",
                {
                    "edition": text("Name of the file's history."),
                    "place": whole("Entries."),
                    "hash": text("Of the last, hexadecimal."),
                },
            ),
            "deliveries": OBJECT,
            "turned_away": answered(
                "Requests that came too often and were answered with 429, since the node started.",
                {
                    "requests": whole("How many."),
                    "last_at": MOMENT_OR_NULL,
                    "networks": items("Those that did most lately.", text("Network, in figures.")),
                },
            ),
            "claimed": yes("Whether it is somebody's; until then its pages show the claim."),
            "dev": yes("Whether this is a development node."),
        },
    ),
    "Delivery": answered(
        "One activity on its way to one recipient.",
        {
            "id": ID,
            "activity": IRI,
            "kind": text("What it is."),
            "recipient": IRI,
            "state": word("Where it stands.", "queued", "delivered", "refused", "gone", "cancelled"),
            "attempts": whole("Times tried, as far as it is known how that ended."),
            "tried": yes("Whether it was begun to be sent, so that it may have arrived."),
            "due_at": {
                **MOMENT_OR_NULL,
                "description": "When it is tried next; null if it ended, or goes once another has.",
            },
            "waits": or_null(word("Why it has not gone yet; null if it ended.", *Wait)),
            "waits_for": text("Which delivery goes before it, by its id, or null.", limit=40, nullable=True),
            "last_status": whole("HTTP status of the last answer.", nullable=True),
            "last_error": text("What was wrong the last time.", nullable=True),
            "created_at": MOMENT,
        },
    ),
    **RECORDS,
    "Event": EVENT,
    **ACCESS,
    "Key": answered(
        "A key of yours, its public half.",
        {
            "id": IRI,
            "algorithm": word("Kind.", "rsa", "ed25519"),
            "multibase": text("As Multikey.", limit=2_000),
            "pem": text("As PEM.", limit=2_000),
            "state": word("Whether it signs.", "in use", "leaving", "retired"),
            "created_at": MOMENT,
            "retired_at": MOMENT_OR_NULL,
        },
    ),
    "FoundActor": answered(
        "An actor as its own server describes it now.",
        {
            "iri": IRI,
            "acct": text("Account name.", nullable=True),
            "kind": text("Person, Organization, …"),
            "name": ANY_TEXT,
            "handle": ANY_TEXT,
            "inbox": IRI,
            "keys": items("Its keys.", OBJECT),
        },
    ),
    "Sent": answered(
        "How a peer answered.",
        {"status": whole("HTTP status."), "body": ANY_TEXT, "activity": OBJECT},
    ),
    "Refused": answered(
        "Something that came in authentic and was refused.",
        {"at": MOMENT, "peer": IRI_OR_NULL, "code": text("Why, for programs."), "detail": text("Why.")},
    ),
    "Setting": answered(
        "A setting and where its value came from.",
        {
            "key": text("Name."),
            "value": text("Value.", limit=2_048),
            "source": word("Where from.", "flag", "environment", "file", "default"),
            "meaning": text("Meaning."),
            "unit": text("Unit."),
            "default": text("Default."),
        },
    ),
    "Problem": answered(
        "Why it was not done (RFC 9457).",
        {
            "type": IRI,
            "title": text("The status in words."),
            "status": whole("The HTTP status."),
            "detail": text("What happened.", limit=2_000),
            "code": text("The same for programs."),
            "hint": text("What to do next.", limit=2_000),
            "errors": items("Each mistake of a list, with its place.", text("A sentence.", limit=2_000)),
            "flags": items("For which flags terms were refused.", text("A code.")),
        },
        maybe=["hint", "errors", "flags"],
    ),
}
_PAGED: Final = (
    "Intention", "Offer", "Agreement", "Message", "Peer",
    "Delivery", "JournalEntry", "Refused", "Token", "WebSession", "Key", "Setting",
)  # fmt: skip

VIEWS: Final[Mapping[str, Schema]] = MappingProxyType(
    {**_NEGOTIATED, **_OPERATED, **{f"{name}Page": page(name) for name in _PAGED}}
)
