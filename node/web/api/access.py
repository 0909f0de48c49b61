"""What the API shows of who gets in: tokens of programs, sign-ins, passkeys, links, and the calendar."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.core.access import Weakness
from node.core.languages import LANGUAGES
from node.services.access.sessions import Way
from node.web.api.members import (
    ID,
    MOMENT,
    MOMENT_OR_NULL,
    answered,
    items,
    ref,
    text,
    word,
    yes,
)
from node.web.api.schemas import Schema

ACCESS: Final[Mapping[str, Schema]] = MappingProxyType(
    {
        "Token": answered(
            "A token. Its secret is in the answer that made it and nowhere else.",
            {
                "id": ID,
                "name": text("What it is for."),
                "scopes": items("What it may do.", text("A scope.")),
                "person": text("Id of who of the team it acts for; null for the owner.", nullable=True),
                "created_at": MOMENT,
                "last_used_at": MOMENT_OR_NULL,
                "revoked_at": MOMENT_OR_NULL,
                "secret": text("Shown once."),
            },
            maybe=["secret"],
        ),
        "WebSession": answered(
            "A browser that is signed in to the pages.",
            {
                "id": ID,
                "actor": text("Handle of who is shown there."),
                "person": text("Id of who signed in; the owner's is the handle."),
                "how": word("How it came in.", *Way),
                "device": text("What the browser seems to be; empty if it does not say."),
                "opened_at": MOMENT,
                "seen_at": MOMENT,
            },
        ),
        "Passkey": answered(
            "A passkey, without its key.",
            {
                "id": ID,
                "name": text("What its owner calls it."),
                "site": text("The host for which it was made."),
                "added_at": MOMENT,
                "used_at": MOMENT_OR_NULL,
            },
        ),
        "Security": answered(
            "How one gets into the pages.",
            {
                "weakest": word("What is weakest about it.", *Weakness),
                "passkeys": items("Passkeys.", ref("Passkey")),
                "sessions": items("Browsers that are signed in.", ref("WebSession")),
                "tokens": items("Programs that may use the API.", ref("Token")),
                "password_set_at": MOMENT_OR_NULL,
                "kit_made_at": {
                    **MOMENT_OR_NULL,
                    "description": "When recovery words were made; null for none.",
                },
                "kit_checked": yes("Whether it was checked that those words are written down."),
                "locked_at": MOMENT_OR_NULL,
            },
        ),
        "Calendar": answered(
            "Your calendar. Its address is in the answer that made it and nowhere else.",
            {
                "actor": text("Handle of whose dates they are."),
                "names": yes("Whether it names businesses and things."),
                "language": word("In which language it is written.", *LANGUAGES),
                "zone": text("Whose days they are, as the IANA database names it; empty for UTC."),
                "made_at": MOMENT,
                "read_at": MOMENT_OR_NULL,
                "url": text("The address, shown once.", limit=2_048),
            },
            maybe=["url"],
        ),
        "Claim": answered(
            "How a new node is claimed.",
            {
                "code": text("The code."),
                "url": text("Where it is typed, or is already."),
                "expires_at": MOMENT,
            },
        ),
        "Locked": answered("That the pages are locked.", {"locked_at": MOMENT}),
        "SignInLink": answered(
            "A link that signs in once.",
            {
                "actor": text("Handle of who it is for."),
                "person": text("Id of the person whom it lets in; the owner's is the handle."),
                "expires_at": MOMENT,
                "url": text("The link, shown once.", limit=2_048),
            },
            maybe=["url"],
        ),
    }
)
