"""Data terms as they stand on the wire: valid ones, of which a test varies one thing."""

from typing import Any, Final

import schemas
from protocol.rosters import NAMESPACE
from tests.protocol.market import BUSINESS, CUSTOMER
from tests.protocol.policy_cells import DPV
from tests.protocol.policy_drawing import duty, permission, policy

EMAIL: Final = "http://schema.org/email"
TEXT: Final = {
    "type": "PlainText",
    "inLanguage": "en",
    "edition": "1",
    "digestMultibase": "zQmTPFpsfcSHSnS2q9aLwfXiNuxoVdbBiZXgkJTz9qus3hv",
}


def claim(name: str) -> dict[str, Any]:
    """A reference to an entry of the roster."""
    published = schemas.roster()[name]["digest"]
    return {"id": f"{NAMESPACE}{name}", "type": "RosterEntry", "digestMultibase": published}


def asked(days: int = 30) -> dict[str, Any]:
    """What is asked: to use an e-mail address for the payment, and to delete it within so many days."""
    used = permission([f"{DPV}Use"], [EMAIL], ["PaymentManagement"])
    return policy(used, duties=[duty("delete", f"P{days}D"), duty("inform", "P365D")])


def terms(**changes: Any) -> dict[str, Any]:
    """Terms in their canonical form, with other members."""
    document = {
        "type": "Terms",
        "firstParty": CUSTOMER,
        "secondParty": BUSINESS,
        "policy": asked(),
        "plainText": [TEXT],
    }
    return document | changes
