"""What the owner's API answers about a price list, and about what another would change of it."""

from collections.abc import Mapping
from typing import Final

from node.core.relisting import Odd
from node.web.api.members import ANY_TEXT, ID, OBJECT, answered, items, or_null, ref, text, whole, word
from node.web.api.schemas import Schema

LISTINGS: Final[Mapping[str, Schema]] = {
    "PriceList": answered(
        "Items with what is left of them, and the rule that answers from them.",
        {
            "items": items("Items.", OBJECT),
            "next": text("Give it as `cursor` for the next page; null on the last.", nullable=True),
            "rule": or_null(OBJECT),
            "loaded": whole("How many items were loaded; only where some were."),
        },
        maybe=["loaded"],
    ),
    "PriceListChanges": answered(
        "What a price list would change of the one there is; nothing has changed yet.",
        {
            "loaded": whole("How many items it has."),
            "unchanged": whole("Items that stay as they are."),
            "added": ref("ItemChanges"),
            "changed": ref("ItemChanges"),
            "gone": ref("ItemChanges"),
            "up": ref("ItemChanges"),
            "down": ref("ItemChanges"),
            "restocked": ref("ItemChanges"),
            "odd": ref("OddItemChanges"),
            "offers": answered(
                "Your offers that stand and hold something whose price changes, or which goes: they stay as "
                "they are.",
                {
                    "count": whole("How many."),
                    "first": items(
                        "The first such items.",
                        answered(
                            "An item.",
                            {"sku": ANY_TEXT, "name": ANY_TEXT, "count": whole("Offers that hold some.")},
                        ),
                    ),
                },
            ),
            "wishes": or_null(
                answered(
                    "The newest wishes without an offer of yours; null without a rule.",
                    {
                        "waiting": whole("How many were looked at."),
                        "answered": whole("For how many there would be something to offer."),
                        "first": items(
                            "The first of those.", answered("A wish.", {"id": ID, "name": ANY_TEXT})
                        ),
                    },
                )
            ),
        },
    ),
    "ItemChanges": answered(
        "Changes of one kind.",
        {"count": whole("How many."), "first": items("The first of them.", ref("ItemChange"))},
    ),
    "OddItemChanges": answered(
        "Changes that look odd: a wrong price comes before what goes.",
        {
            "count": whole("How many."),
            "vanished": whole("How many of them are on the new list neither by number nor by name."),
            "first": items("The first of them.", ref("ItemChange")),
        },
    ),
    "ItemChange": answered(
        "What becomes of one item of the list.",
        {
            "sku": text("Its article number."),
            "name": ANY_TEXT,
            "before": or_null(OBJECT),
            "after": or_null(OBJECT),
            "changed": items("Its fields that change, where it is on both lists.", ANY_TEXT),
            "percent": text(
                "By how much its price changes, in per cent; null if nobody can say.", nullable=True
            ),
            "odd": items("Why it looks odd.", word("A reason.", *Odd)),
        },
    ),
}
