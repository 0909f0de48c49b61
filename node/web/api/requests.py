"""What may be sent to the owner's API: one schema for every kind of body."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.core.languages import LANGUAGES
from node.core.retries import LONGEST_HOLD
from node.core.rings import FIELD_NAMES
from node.web.api.drafts import LIST, QUANTITY, sent_terms
from node.web.api.members import (
    ANY_TEXT,
    CURRENCY,
    DECIMAL,
    IRI,
    MOMENT,
    MOMENT_OR_NULL,
    OBJECT,
    PROSE,
    WHO,
    items,
    or_null,
    ref,
    sent,
    text,
    whole,
    word,
    yes,
)
from node.web.api.schemas import Schema

_PEOPLE = 1_000  # whom one intention can be told by name, as many as the protocol's reader takes

_SPECIFICATION: Final[Mapping[str, Schema]] = {
    "property": text("Which property, such as range."),
    "value": {"anyOf": [DECIMAL, text("Exactly this.")]},
    "at_least": DECIMAL,
    "at_most": DECIMAL,
    "unit": text("The unit the numbers are in."),
    "necessity": word("How much it matters.", "must", "should"),
}
_WISH: Final[Mapping[str, Schema]] = {
    "name": text("What is wanted, in a few words."),
    "content": ANY_TEXT,
    "quantity": QUANTITY,
    "specifications": items(
        "What it should be.", sent("One.", _SPECIFICATION, required=["property"]), limit=LIST
    ),
    "category": or_null(IRI),
    "place": text("Where, as coarse as you like.", nullable=True),
    "window": or_null(sent("When it is needed.", {"start": MOMENT_OR_NULL, "end": MOMENT_OR_NULL})),
    "deadline": MOMENT_OR_NULL,
    "pause": or_null(
        sent("It takes no offers, until then or until further notice.", {"until": MOMENT_OR_NULL})
    ),
    "rings": or_null(
        sent(
            "Everybody is told of which kind it is, roughly where and when; the rest who signs for it.",
            {
                "category": text("Of which kind: a word such as mobility, or its address."),
                "region": text("Roughly where: a country or a part of one, such as CH or CH-BE."),
                "open": items("Parts that everybody is told all the same.", word("One.", *FIELD_NAMES)),
                "budget": or_null(
                    sent(
                        "Between which amounts you mean to pay; a part too.",
                        {"least": DECIMAL, "most": DECIMAL},
                        required=["least", "most"],
                    )
                ),
            },
        )
    ),
    "currency": CURRENCY,
    "audience": items("Who gets to know: addresses, account names, followers, public.", WHO, limit=_PEOPLE),
    "limit_price": or_null(DECIMAL),
    "notes": text("For you alone; never sent.", limit=PROSE),
}
_TERMS: Final[Mapping[str, Schema]] = {**sent_terms(), "expires_at": MOMENT_OR_NULL}
_MEETING: Final = sent(
    "Exactly what the counter asked for, and nothing besides.",
    {"meet": {**yes("Always true."), "enum": [True]}},
    required=["meet"],
)
_PREVIEWED: Final = sent(
    "The preview that is cast just as it was shown.", {"id": text("Its id."), "published": MOMENT}
)

BODIES: Final[Mapping[str, Schema]] = MappingProxyType(
    {
        "Wish": sent("What you want.", _WISH, required=["name", "currency", "audience"]),
        "NewIntention": sent(
            "What you want, and which preview it was.",
            {**_WISH, "preview": _PREVIEWED},
            required=["name", "currency", "audience"],
        ),
        "WishChanges": sent("The members that change.", _WISH),
        "Terms": sent("What is offered, and for what.", _TERMS),
        "NewOffer": sent(
            "An offer to an intention.",
            {
                "intention": text("The intention's id."),
                "terms": ref("Terms"),
                "alternative_to": text(
                    "The id of another offer of yours to it, to choose from.", nullable=True
                ),
            },
            required=["intention", "terms"],
        ),
        "NewTerms": sent("Other terms.", {"terms": ref("Terms")}, required=["terms"]),
        "ReofferedTerms": sent(
            "Other terms, or just those that the counter asked for.",
            {"terms": {"anyOf": [_MEETING, ref("Terms")]}},
            required=["terms"],
        ),
        "CounterOffer": sent(
            "Terms you would take.",
            {
                "terms": ref("Terms"),
                "on_met": word("What happens when they are met to the letter.", "accept", "ask"),
                "digest": text("The offer's digest."),
            },
            required=["terms"],
        ),
        "Acceptance": sent(
            "Acceptance of what you have read.",
            {
                "digest": text("The offer's digest."),
                "undo_seconds": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": int(LONGEST_HOLD.total_seconds()),
                    "description": "For how long it waits before it leaves, so that it can be undone; what "
                    "is sent to the same business meanwhile waits behind it. It leaves while the offer "
                    "stands.",
                },
            },
        ),
        "Rejection": sent(
            "Rejection of what you have read, and why.",
            {
                "reason": text("A sentence the peer will read.", limit=PROSE),
                "digest": text("The offer's digest."),
            },
        ),
        "Reason": sent("Why.", {"reason": text("A sentence the peer will read.", limit=PROSE)}),
        "Ending": sent(
            "When it ends.",
            {
                "at": MOMENT,
                "withdraw": yes("As the customer within the time for that: at once, or at `at`."),
            },
        ),
        "Purge": sent(
            "What to erase, and why.",
            {
                "place": whole("The entry's place in the actor's journal."),
                "why": text("In a few words of yours; they are kept.", limit=200, least=1),
            },
            required=["place", "why"],
        ),
        "NewMessage": sent(
            "A message.",
            {"content": text("Plain text the peer will read.", limit=PROSE, least=1)},
            required=["content"],
        ),
        "PeerNamed": sent("Which peer.", {"peer": WHO}, required=["peer"]),
        "PeerKeys": sent(
            "Which keys of which peer.",
            {
                "peer": WHO,
                "keys": items("Those you have looked at.", text("A key.", limit=200), least=1, limit=16),
            },
            required=["peer", "keys"],
        ),
        "PublishedMembers": sent(
            "Members of your profile, by their place.",
            {"members": items("Such as email, or address.addressLocality.", text("A member."), limit=LIST)},
            required=["members"],
        ),
        "ProfileMembers": {"type": "object", "description": "Your profile: schema.org in JSON-LD."},
        "NewRule": {"type": "object", "description": "How the shop answers intentions by itself."},
        "NewToken": sent(
            "A token for a program of yours.",
            {
                "name": text("What it is for.", limit=100, least=1),
                "scopes": items(
                    "What it may do.", word("A scope.", "read", "write", "admin"), least=1, limit=3
                ),
                "person": text(
                    "Name or id of who of the team it acts for; the owner if left out.", limit=100, least=1
                ),
            },
            required=["name", "scopes"],
        ),
        "NewSignInLink": sent(
            "Whom a link lets in.",
            {
                "person": text(
                    "Name or id of a person of the team; the owner if left out.", limit=100, least=1
                )
            },
        ),
        "NewCalendar": sent(
            "An address for your calendar.",
            {
                "names": yes("Whether it names businesses and things."),
                "language": word("In which language it is written; English if left out.", *LANGUAGES),
                "zone": text("Whose days they are, such as Europe/Berlin; UTC if left out.", limit=50),
            },
            required=["names"],
        ),
        "Name": sent("A name.", {"name": ANY_TEXT}, required=["name"]),
        "Rotation": sent(
            "How keys are replaced.",
            {"revoke": yes("Whether the old keys stop counting at once, as when they were stolen.")},
        ),
        "Lookup": sent("Whom to look up.", {"what": WHO}, required=["what"]),
        "RawSend": sent(
            "An activity to send as it is.",
            {
                "inbox": IRI,
                "activity": OBJECT,
                "prove": yes("Whether it gets a proof of ours; else it goes as it is."),
            },
            required=["inbox", "activity"],
        ),
    }
)
