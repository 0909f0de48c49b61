"""What the owner's API answers about a profile, and about what of it is public."""

from typing import Final

from node.web.api.members import ANY_TEXT, answered, items

PROFILE: Final = answered(
    "Your profile, schema.org in JSON-LD. What of it is public you choose.",
    {
        "left_out": items(
            "Of what was handed in: what was not taken or looks like a mistake, and what to do.", ANY_TEXT
        )
    },
    maybe=["left_out"],
)
PUBLIC_PROFILE: Final = answered(
    "What of your profile everybody can read.",
    {
        "members": {"type": "object", "description": "Texts of each published member, by its place."},
        "document": {"type": "object", "description": "Your actor's document with them."},
        "outdated": items("Published members of which your profile says something else by now.", ANY_TEXT),
    },
)
