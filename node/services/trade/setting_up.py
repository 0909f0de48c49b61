"""Setting up a shop: what is done, and what is still to do before wishes are answered by themselves."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypedDict

from node.services.access import security
from node.services.acting import Acting
from node.services.people import actors
from node.services.trade import shop
from node.storage import assortments, intentions
from node.storage.session import Session


class SetupStep(StrEnum):
    """One step, in the order in which they are taken."""

    ADDRESS = "address"
    KEYS = "keys"
    KIT = "kit"
    """Recovery words that are written down; nothing to do for who is not the owner, or does not sign in."""
    PRICES = "prices"
    RULE = "rule"


class SetupStepShown(TypedDict):
    """A step, and whether it is done."""

    step: SetupStep
    done: bool


class SettingUp(TypedDict):
    """The steps, the address at which others reach this actor, and whether it wishes for things itself."""

    steps: Sequence[SetupStepShown]
    address: str
    wishes: bool


def sells(session: Session, acting: Acting) -> bool:
    """Tell whether this actor has a desk: it is a business, or has a price list."""
    return acting.owner.is_business or has_list(session, acting)


def has_list(session: Session, acting: Acting) -> bool:
    """Tell whether there is something on the price list."""
    return bool(assortments.list_items(session, acting.iri, limit=1).items)


def show(session: Session, acting: Acting) -> SettingUp:
    """Show which steps are done."""
    done = {
        SetupStep.ADDRESS: True,
        SetupStep.KEYS: any(key["state"] == "in use" for key in actors.list_keys(session, acting)["items"]),
        SetupStep.KIT: security.kit_needs(session, acting) is None,
        SetupStep.PRICES: has_list(session, acting),
        SetupStep.RULE: shop.show_rule(session, acting) is not None,
    }
    return {
        "steps": [{"step": step, "done": done[step]} for step in SetupStep],
        "address": acting.iri,
        "wishes": bool(intentions.list_intentions(session, acting.iri, own=True, limit=1).items),
    }
