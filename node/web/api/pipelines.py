"""What the owner's API answers about what a business has to do next."""

from collections.abc import Mapping
from typing import Final

from node.core.gaps import GapKind
from node.core.losses import LossReason
from node.core.pipeline import NextStep, Stage
from node.services.trade.setting_up import SetupStep
from node.services.trade.waiting import Why
from node.web.api.members import (
    ANY_TEXT,
    CURRENCY,
    ID,
    ID_OR_NULL,
    IRI,
    MOMENT,
    MOMENT_OR_NULL,
    MONEY_OR_NULL,
    OBJECT,
    PAUSE,
    PROSE,
    answered,
    items,
    or_null,
    ref,
    text,
    whole,
    word,
    yes,
)
from node.web.api.schemas import Schema

PIPELINE: Final[Mapping[str, Schema]] = {
    "Pipeline": answered(
        "What a business has to do next.",
        {
            "counts": OBJECT,
            "stages": answered(
                "How much stands at each stage: to answer, to sign, offered, agreed.",
                {stage.value: whole("How many.") for stage in Stage},
            ),
            "lost": whole("How many offers came to nothing in the last 90 days."),
            "items": items("By stage, and of each what ends first.", ref("PipelineItem")),
        },
    ),
    "WishToAnswer": answered(
        "An intention of somebody else's, with your offers to it.",
        {
            "intention": ref("Intention"),
            "customer": ID,
            "peer": ref("PeerName"),
            "item": or_null(ref("PipelineItem")),
            "offer": or_null(ref("Offer")),
            "offers": items("Your offers, the newest first.", ref("Offer")),
            "difference": items("How the chosen one meets each point of the wish.", OBJECT),
            "gaps": items(
                "What it misses or leaves unsaid.",
                answered("One.", {"kind": word("What.", *GapKind), "property": text("Of which point.")}),
            ),
        },
    ),
    "Customers": answered(
        "Everybody in the pipeline.",
        {
            "items": items(
                "Those who wait first.",
                answered(
                    "A customer.",
                    {
                        "id": ID,
                        "peer": ref("PeerName"),
                        "stages": OBJECT,
                        "until": {**MOMENT_OR_NULL, "description": "When the first that is yours ends."},
                        "since": {
                            **MOMENT_OR_NULL,
                            "description": "When the last of it came to stand as it does.",
                        },
                    },
                ),
            )
        },
    ),
    "Customer": answered(
        "One customer.",
        {
            "id": ID,
            "peer": ref("Peer"),
            "items": items("Where things stand.", ref("PipelineItem")),
            "agreements": items("What was agreed.", ref("Agreement")),
            "lost": ref("LostOffers"),
            "messages": items("What was said, oldest first.", ref("Message")),
            "seen": answered(
                "How you have kept to your word with them, as they know it too.",
                {
                    "offers": whole("Offers you made them."),
                    "withdrawn": whole("Offers you took back."),
                    "accepted": whole("Offers that they accepted, and that are decided."),
                    "kept": whole("Of these, those that you signed and did not back out of."),
                    "within_seconds": whole(
                        "In how many seconds half of your first offers to a wish came.", nullable=True
                    ),
                },
            ),
            "public": {"type": "object", "description": "Texts of each public member of your profile."},
        },
    ),
    "LostOffers": answered(
        "A page of your offers that came to nothing in the last 90 days, the newest first.",
        {
            "items": items("The page.", ref("LostOffer")),
            "next": text("Give it as `cursor` for the next page; null on the last.", nullable=True),
            "reasons": answered(
                "For which reason how many; of one customer, at most 1,000 of each are counted.",
                {reason.value: whole("How many.") for reason in LossReason},
            ),
            "since": MOMENT,
        },
    ),
    "LostOffer": answered(
        "An offer of yours that came to nothing.",
        {
            "offer": ID,
            "intention": ID_OR_NULL,
            "customer": ID,
            "peer": ref("PeerName"),
            "name": ANY_TEXT,
            "offered": text("The article that was offered, as it is called."),
            "amends": yes("Whether it was to change an agreement."),
            "total": MONEY_OR_NULL,
            "least": {**MONEY_OR_NULL, "description": "What was owed at least, where the total is unknown."},
            "currency": CURRENCY,
            "reason": word("Why.", *LossReason),
            "said": text("What the customer said with it, or you where you backed out.", limit=PROSE),
            "code": text("The code with which their node refused it.", nullable=True),
            "meaning": text("What that code means."),
            "flags": items(
                "What their node named of your terms about data.",
                answered("One.", {"code": text("Its code."), "sentence": text("What it says.")}),
            ),
            "lost_at": MOMENT,
        },
    ),
    "SettingUp": answered(
        "What of a shop is set up.",
        {
            "steps": items(
                "In order.",
                answered("One.", {"step": word("Which.", *SetupStep), "done": yes("Whether it is done.")}),
            ),
            "address": IRI,
            "wishes": yes("Whether you wish for things yourself, too."),
        },
    ),
    "PipelineItem": answered(
        "A wish, or an offer for one.",
        {
            "stage": word("Where it stands.", *Stage),
            "step": word("What is next.", *NextStep),
            "intention": ID_OR_NULL,
            "offer": ID_OR_NULL,
            "agreement": ID_OR_NULL,
            "customer": ID,
            "name": ANY_TEXT,
            "offered": text("The article that is offered, as it is called.", nullable=True),
            "place": text("Where it is wanted.", nullable=True),
            "needed_by": MOMENT_OR_NULL,
            "peer": ref("PeerName"),
            "match": or_null(
                answered(
                    "How the offer meets the points of the wish.",
                    {
                        "points": whole("How many there are."),
                        "met": whole("Met."),
                        "missed": whole("Missed."),
                        "open": whole("Not said."),
                    },
                )
            ),
            "total": MONEY_OR_NULL,
            "least": {**MONEY_OR_NULL, "description": "What is owed at least, where the total is unknown."},
            "currency": or_null(CURRENCY),
            "asked": MONEY_OR_NULL,
            "asked_percent": text("How far that is from your price, in per cent.", limit=40, nullable=True),
            "until": MOMENT_OR_NULL,
            "since": {
                **MOMENT_OR_NULL,
                "description": "When it came to stand like this, which no receipt changes.",
            },
            "pause": PAUSE,
            "written_at": text(
                "When the customer last wrote of it, if nobody has written back.", limit=40, nullable=True
            ),
            "why": or_null(
                word("Why your rule made no offer, or that an answer needs another person.", *Why)
            ),
            "cosignature": {**ID_OR_NULL, "description": "What waits for a second signature (its id)."},
        },
    ),
}
